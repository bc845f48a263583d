//! Locks for tasks.

use std::sync::Arc;
use std::thread;
use std::time::Instant;

use tokio::runtime::{Builder, Runtime};

use crate::contender::AsyncLock;
use crate::row::{Plan, Sample};
use crate::team::Stop;

pub(super) fn runtime(workers: usize) -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(workers)
        .build()
        .expect("it starts")
}

/// One task on a runtime of one thread acquires and releases.
pub(crate) fn uncontended<L: AsyncLock>(plan: &Plan) -> Sample {
    let runtime = Builder::new_current_thread().build().expect("it starts");
    let mut lock = L::new();
    let time = runtime.block_on(async {
        let start = Instant::now();
        for _ in 0..plan.ops {
            lock.visit(false).await;
        }
        start.elapsed()
    });
    lock.inspect().expect(plan.ops);
    Sample::new(plan.ops, time)
}

/// More tasks than threads, which want the lock all the time. If they pause with the lock held, the others come and queue.
pub(crate) fn contended<L: AsyncLock>(plan: &Plan, tasks: usize, pauses: bool) -> Sample {
    let runtime = runtime(2);
    let shared = Arc::new((L::new(), Stop::default()));
    let start = Instant::now();
    let handles: Vec<_> = (0..tasks)
        .map(|_| {
            let shared = Arc::clone(&shared);
            runtime.spawn(async move {
                let (lock, stop) = &*shared;
                let mut count = 0;
                loop {
                    lock.visit(pauses).await;
                    count += 1;
                    if stop.asked() {
                        return count;
                    }
                }
            })
        })
        .collect();
    thread::sleep(plan.window);
    let time = start.elapsed();
    shared.1.ask();
    let counts: Vec<u64> = handles
        .into_iter()
        .map(|handle| runtime.block_on(handle).expect("it did not panic"))
        .collect();
    drop(runtime);
    let (mut lock, _) = Arc::into_inner(shared).expect("the tasks are gone");
    let section = lock.inspect();
    section.expect(counts.iter().sum());
    assert_eq!(section.get(0), section.get(1), "each visit was to its end");
    Sample::shared(&counts, time)
}
