//! Workers that fall asleep, and tasks that come meanwhile.

use std::sync::{Arc, Mutex};

use loom::thread::JoinHandle;
use loom_tests::{Bound, Data, Seen, Signal, World, explore, spawn};
use selvedge_core::atomics::{AtomicU32, Ordering};
use selvedge_core::raw::{Attempt, RawIdle, Roused, Slept};

models! {
    a_task_meets_a_worker,
    a_stored_task_meets_a_worker,
    two_tasks_that_need_each_other,
    a_task_that_needs_one_that_it_adds,
    a_worker_whose_time_is_up,
    a_stop_meets_a_worker,
    workers_that_are_made,
}

/// A pool: how many tasks wait in each of two places, and what they need.
struct Pool<P: World> {
    idle: RawIdle<P>,
    /// Tasks are added by a read-modify-write.
    claimed: AtomicU32,
    /// A task is added by a store.
    stored: AtomicU32,
    data: Data,
    /// How many tasks have begun.
    count: AtomicU32,
    /// How many workers were asked for.
    made: AtomicU32,
    threads: Mutex<Vec<JoinHandle<()>>>,
    began: [Arc<Signal>; 2],
}

impl<P: World> Pool<P> {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            idle: RawIdle::new(),
            claimed: AtomicU32::new(0),
            stored: AtomicU32::new(0),
            data: Data::default(),
            count: AtomicU32::new(0),
            made: AtomicU32::new(0),
            threads: Mutex::new(Vec::new()),
            began: [Signal::new(), Signal::new()],
        })
    }

    fn add(&self) -> Roused {
        self.claimed.fetch_add(1, Ordering::SeqCst);
        self.idle.added()
    }

    fn add_by_a_store(&self) -> Roused {
        self.stored.store(1, Ordering::Release);
        self.idle.added_by_a_store()
    }

    /// Searches and sleeps until there is a task, which is worth one; `None` if it is told to stop.
    fn next(&self) -> Option<u32> {
        self.idle.begin_search();
        loop {
            let mut look = Look(self);
            if let Some(task) = look.attempt() {
                assert_ne!(self.idle.end_search(|| look.is_more()), Roused::Grow);
                return Some(task);
            }
            match self.idle.sleep(&mut look) {
                Slept::Found(task, roused) => {
                    assert_ne!(roused, Roused::Grow);
                    return Some(task);
                }
                Slept::Woken => {}
                Slept::Stopped => return None,
                Slept::TimedOut => panic!("there was no limit"),
            }
        }
    }

    /// Of the two tasks one begins first: each waits for the other.
    fn meet(&self, task: u32) {
        self.began[task as usize].clone().wake_it();
        self.began[1 - task as usize].wait();
    }
}

/// Sets a signal.
trait WakeIt {
    fn wake_it(self);
}

impl WakeIt for Arc<Signal> {
    fn wake_it(self) {
        std::task::Waker::from(self).wake();
    }
}

struct Look<'a, P: World>(&'a Pool<P>);

impl<P: World> Attempt for Look<'_, P> {
    type Output = u32;

    fn attempt(&mut self) -> Option<u32> {
        for place in [&self.0.claimed, &self.0.stored] {
            let mut there = place.load(Ordering::Acquire);
            while there != 0 {
                match place.compare_exchange(there, there - 1, Ordering::AcqRel, Ordering::Acquire)
                {
                    Ok(_) => return Some(there - 1),
                    Err(now) => there = now,
                }
            }
        }
        None
    }

    fn is_quiet(&self) -> bool {
        // A task that is added by a store says nothing before.
        false
    }

    fn is_more(&self) -> bool {
        self.0.claimed.load(Ordering::Acquire) + self.0.stored.load(Ordering::Acquire) != 0
    }
}

/// A task is added while a worker falls asleep.
fn a_task_meets_a_worker<P: World>() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::preemptions::<P>(4, 3), move || {
        let pool = Pool::<P>::new();
        let worker = spawn(&pool, |pool| {
            assert_eq!(pool.next(), Some(0));
            assert_eq!(pool.data.get(), 1);
        });
        pool.data.bump();
        let roused = pool.add();
        notes.note(match roused {
            Roused::Enough => "enough",
            Roused::Woken => "woken",
            Roused::Grow => "grow",
        });
        worker.join().unwrap();
        assert_eq!(pool.idle.searching() + pool.idle.asleep(), 0);
    });
    seen.exactly(["enough", "woken"]);
}

/// The same by the other way of adding.
fn a_stored_task_meets_a_worker<P: World>() {
    explore(Bound::preemptions::<P>(4, 3), || {
        let pool = Pool::<P>::new();
        let worker = spawn(&pool, |pool| {
            assert_eq!(pool.next(), Some(0));
            assert_eq!(pool.data.get(), 1);
        });
        pool.data.bump();
        assert_ne!(pool.add_by_a_store(), Roused::Grow);
        worker.join().unwrap();
    });
}

/// Two tasks each wait for the other, so both workers must be awake: the second is woken by whoever adds, or by the first.
fn two_tasks_that_need_each_other<P: World>() {
    explore(Bound::preemptions::<P>(2, 1).roughly(), || {
        let pool = Pool::<P>::new();
        let workers = [(); 2].map(|()| {
            spawn(&pool, |pool| {
                let _ = pool.next().unwrap();
                // Which of the two it is does not matter: the first to begin is 0.
                let task = pool.count.fetch_add(1, Ordering::AcqRel);
                pool.meet(task);
            })
        });
        let _ = pool.add();
        let _ = pool.add();
        for worker in workers {
            worker.join().unwrap();
        }
        assert_eq!(pool.idle.searching() + pool.idle.asleep(), 0);
    });
}

/// A task adds another one and waits until that has begun: the worker beside it must hear of it.
fn a_task_that_needs_one_that_it_adds<P: World>() {
    explore(Bound::preemptions::<P>(3, 2).roughly(), || {
        let pool = Pool::<P>::new();
        let worker = spawn(&pool, |pool| {
            assert_eq!(pool.next(), Some(0));
            pool.meet(1);
        });
        // This one is a worker, too, with a task.
        assert_ne!(pool.add_by_a_store(), Roused::Grow);
        pool.meet(0);
        worker.join().unwrap();
    });
}

/// A worker's time is up while a task comes: it has it, or whoever makes workers is told.
fn a_worker_whose_time_is_up<P: World>() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::preemptions::<P>(3, 2), move || {
        let pool = Pool::<P>::new();
        let worker = spawn(&pool, |pool| {
            pool.idle.begin_search();
            let mut look = Look(pool);
            loop {
                match pool.idle.sleep_deadline(&mut look, 1) {
                    Slept::Found(..) => return true,
                    Slept::TimedOut => break,
                    Slept::Woken => {
                        if look.attempt().is_some() {
                            let _ = pool.idle.end_search(|| look.is_more());
                            return true;
                        }
                    }
                    Slept::Stopped => unreachable!("nobody stops it"),
                }
            }
            // It is no worker any more: another one may be made, for a task that came before that was known.
            pool.idle.may_grow(true);
            look.attempt().is_some()
        });
        let roused = pool.add();
        let mine = roused == Roused::Grow && Look(&pool).attempt().is_some();
        let its = worker.join().unwrap();
        assert!(mine || its, "nobody was told of the task");
        assert!(!(mine && its), "it was taken twice");
        notes.note_if(mine, "grow", "worker");
    });
    seen.exactly(["grow", "worker"]);
}

/// A worker falls asleep while the pool stops: it sees what was done before.
fn a_stop_meets_a_worker<P: World>() {
    explore(Bound::preemptions::<P>(4, 3), || {
        let pool = Pool::<P>::new();
        let worker = spawn(&pool, |pool| {
            assert_eq!(pool.next(), None);
            assert_eq!(pool.data.get(), 1);
        });
        pool.data.bump();
        pool.idle.stop();
        worker.join().unwrap();
        assert_eq!(pool.idle.asleep(), 0);
    });
}

/// Makes a worker if that is asked for and there are not two yet.
fn heed<P: World>(pool: &Arc<Pool<P>>, roused: Roused) {
    if roused != Roused::Grow {
        return;
    }
    let before = pool.made.fetch_add(1, Ordering::AcqRel);
    if before == 1 {
        pool.idle.may_grow(false);
    }
    if before < 2 {
        let own = pool.clone();
        let thread = loom::thread::spawn(move || work_once(&own));
        pool.threads.lock().unwrap().push(thread);
    }
}

/// A worker that was just made, up to the end of its first task.
fn work_once<P: World>(pool: &Arc<Pool<P>>) {
    pool.idle.begin_search();
    let mut look = Look(pool);
    let roused = loop {
        if look.attempt().is_some() {
            break pool.idle.end_search(|| look.is_more());
        }
        match pool.idle.sleep(&mut look) {
            Slept::Found(_, roused) => break roused,
            Slept::Woken => {}
            Slept::Stopped | Slept::TimedOut => unreachable!("there are two tasks for two workers"),
        }
    };
    heed(pool, roused);
    let task = pool.count.fetch_add(1, Ordering::AcqRel);
    pool.meet(task);
}

/// Two tasks that need each other, and no worker yet: who adds, or the first worker, has the second one made or woken.
fn workers_that_are_made<P: World>() {
    explore(Bound::preemptions::<P>(2, 1).roughly(), || {
        let pool = Pool::<P>::new();
        pool.idle.may_grow(true);
        for _ in 0..2 {
            let roused = pool.add();
            heed(&pool, roused);
        }
        // If only one is made, it waits for ever. The first has had the second made before it ends.
        let next = || pool.threads.lock().unwrap().pop();
        while let Some(thread) = next() {
            thread.join().unwrap();
        }
        assert_eq!(pool.made.load(Ordering::Relaxed).min(2), 2);
    });
}
