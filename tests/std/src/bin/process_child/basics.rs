//! What every program with processes does, step by step. Each step tells how it went, as a line: its name, and `works`, `refused: ` with the error, or `panicked: `.

use std::error::Error;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use selvedge::multiprocessing::connection::{
    AuthKey, Client, Connection, Listener, Sender, one_way, pipe, wait, wait_async,
};
use selvedge::multiprocessing::shared_memory::{ShareableList, SharedMemory, names};
use selvedge::multiprocessing::sharedctypes::Value;
use selvedge::multiprocessing::synchronize::{
    AcquireTimeoutError, Barrier, Condition, Event, Lock, RLock, Semaphore,
};
use selvedge::multiprocessing::{
    JoinTimeoutError, StartMethod, active_children, forkserver, parent_process, set_start_method,
    spawn,
};

type Outcome = Result<(), Box<dyn Error>>;
type Step = fn() -> Outcome;

/// With the method that is usual here, or with `spawn`.
pub(crate) fn run(method: &str) {
    if method == "spawn" {
        set_start_method(StartMethod::Spawn).expect("nobody has chosen yet");
    }
    let steps: [(&str, Step); 11] = [
        ("values", values),
        ("ends", ends),
        ("handles", handles),
        ("parents", parents),
        ("messages", messages),
        ("listeners", listeners),
        ("memory", memory),
        ("names", named_memory),
        ("locks", locks),
        ("signals", signals),
        ("deaths", deaths),
    ];
    std::panic::set_hook(Box::new(|_| ()));
    for (name, step) in steps {
        let before = left();
        let told = match catch_unwind(AssertUnwindSafe(step)) {
            Ok(Ok(())) => "works".to_owned(),
            Ok(Err(error)) => format!("refused: {error}"),
            Err(payload) => {
                let text = payload.downcast_ref::<String>().cloned();
                let text = text.or_else(|| payload.downcast_ref::<&str>().map(|&text| text.into()));
                format!("panicked: {}", text.unwrap_or_default())
            }
        };
        println!("{name} {}", told.replace('\n', " "));
        // Threads that serve children may need a moment to let go of them; some descriptors are made once.
        forkserver::stop();
        let mut turns = 0;
        while left().0 || left().1 > before.1 + 4 {
            turns += 1;
            assert!(
                turns < 10_000,
                "{name}: left {:?}, before {before:?}",
                left()
            );
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Whether there are children, also those that have ended, besides the fork server; and how many descriptors there are.
pub(crate) fn left() -> (bool, usize) {
    let server = forkserver::pid();
    let tasks = std::fs::read_dir("/proc/self/task").expect("proc");
    let children = tasks.filter_map(Result::ok).any(|task| {
        let children = std::fs::read_to_string(task.path().join("children"));
        let children = children.unwrap_or_default();
        let mut children = children.split_whitespace();
        children.any(|child| child.parse().ok() != server)
    });
    let open = std::fs::read_dir("/proc/self/fd").expect("proc").count();
    (children, open)
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

fn square(n: u64) -> u64 {
    n * n
}

fn forever(ready: Sender) {
    ready.send(&()).expect("the parent lives");
    thread::sleep(Duration::from_secs(1000));
}

/// If there is an error, what the child says is the reason.
macro_rules! or_why {
    ($child:expr, $outcome:expr) => {
        if let Err(error) = $outcome {
            return Err(match $child.join_timeout(Duration::from_secs(10)) {
                Err(JoinTimeoutError::Failed(why)) => why.into(),
                _ => error.into(),
            });
        }
    };
}

fn values() -> Outcome {
    assert_eq!(spawn(square, 12)?.join()?, 144);
    let panicked = spawn(|()| -> () { panic!("no") }, ())?;
    assert!(panicked.join().is_err());
    assert_eq!(panicked.exitcode(), Some(1));
    Ok(())
}

fn ends() -> Outcome {
    let (ready, sender) = one_way()?;
    let child = spawn(forever, sender)?;
    or_why!(child, ready.recv::<()>());
    let late = child.join_timeout(ms(20));
    assert!(matches!(late, Err(JoinTimeoutError::TimedOut)), "{late:?}");
    assert!(child.is_alive());
    assert_eq!(active_children().len(), 1);
    assert!(child.try_join().is_err());
    thread::scope(|scope| {
        let joins = [0; 2].map(|_| scope.spawn(|| child.join().is_err()));
        let future = scope.spawn(|| block_on(child.join_async()).is_err());
        thread::sleep(ms(10));
        // Even if that fails, nobody is to wait for ever.
        let told = child.terminate();
        if told.is_err() {
            let _ = child.kill();
        }
        told.expect("it is ours");
        assert!(
            joins
                .into_iter()
                .chain([future])
                .all(|it| it.join().expect("no panic"))
        );
    });
    assert_eq!(child.exitcode(), Some(-15));
    Ok(())
}

/// Children that nobody waits for are collected all the same (`left`).
fn handles() -> Outcome {
    for n in 0..3 {
        drop(spawn(square, n)?);
    }
    Ok(())
}

fn parents() -> Outcome {
    fn ask(_: ()) -> (u32, bool, bool) {
        let parent = parent_process().expect("it has one");
        (parent.pid(), parent.is_alive(), parent.join_timeout(ms(5)))
    }
    let told = spawn(ask, ())?.join()?;
    assert_eq!(told, (std::process::id(), true, false));
    Ok(())
}

fn messages() -> Outcome {
    fn echo(there: Connection) {
        while let Ok(text) = there.recv::<String>() {
            there.send(&text).expect("the parent lives");
        }
    }
    let (here, there) = pipe()?;
    let (also, nobody) = pipe()?;
    let child = spawn(echo, there)?;
    let talk = || -> Outcome {
        here.send("a")?;
        assert_eq!(wait(&[&also, &here])?, [1]);
        assert_eq!(here.recv::<String>()?, "a");
        Ok(())
    };
    or_why!(child, talk());
    here.send("b")?;
    assert_eq!(block_on(wait_async(&[&also, &here]))?, [1]);
    assert_eq!(block_on(here.recv_async::<String>())?, "b");
    drop((here, nobody));
    child.join()?;
    Ok(())
}

fn listeners() -> Outcome {
    let key = AuthKey::random()?;
    let listener = Listener::builder().authkey(key.clone()).bind_anywhere()?;
    let client = Client::new().authkey(key).timeout(Duration::from_secs(100));
    for form in 0..2 {
        thread::scope(|scope| {
            let there = scope.spawn(|| client.connect(listener.address()));
            let here = match form {
                0 => listener.accept()?,
                _ => block_on(listener.accept_async())?,
            };
            there.join().expect("no panic")?.send(&form)?;
            assert_eq!(here.recv::<i32>()?, form);
            Outcome::Ok(())
        })?;
    }
    Ok(())
}

fn memory() -> Outcome {
    let memory = SharedMemory::anonymous(100)?;
    let value = Value::new(3_u32)?;
    let child = spawn(
        |(memory, value): (SharedMemory, Value<u32>)| {
            memory.set(8, &value.get()).expect("it is inside");
            value.set(4);
        },
        (memory.try_clone()?, value.try_clone()?),
    )?;
    child.join()?;
    assert_eq!((memory.get::<u32>(8)?, value.get()), (3, 4));
    Ok(())
}

/// Also used where the place for names is not as usual.
pub(crate) fn named_memory() -> Outcome {
    fn find(name: String) -> bool {
        let memory = SharedMemory::attach(&name).expect("the parent has it");
        memory.set(0, &7_u8).is_ok() && names().is_ok_and(|names| names.contains(&name))
    }
    let name = format!("basics-{}", std::process::id());
    let memory = SharedMemory::create_named(&name, 10)?;
    assert!(SharedMemory::create_named(&name, 1).is_err());
    assert!(spawn(find, name.clone())?.join()?);
    assert_eq!(memory.get::<u8>(0)?, 7);
    drop(memory);
    assert!(!names()?.contains(&name));
    let list = ShareableList::new(["a", "b"])?;
    let again = ShareableList::attach(list.memory().name().expect("it has one"))?;
    assert_eq!(again.get(1)?, "b".into());
    Ok(())
}

/// Everything that waits, with somebody who keeps it waiting.
fn locks() -> Outcome {
    fn hold((lock, rlock, seats, there): (Lock, RLock, Semaphore, Connection)) {
        let guards = (lock.acquire(), rlock.acquire(), seats.acquire());
        there.send(&()).expect("the parent lives");
        there.recv::<()>().expect("the parent lives");
        // They wait by then, mostly.
        thread::sleep(ms(60));
        drop(guards);
    }
    let (lock, rlock, seats) = (Lock::new()?, RLock::new()?, Semaphore::new(1)?);
    let (here, there) = pipe()?;
    let all = (lock.clone(), rlock.clone(), seats.clone(), there);
    let child = spawn(hold, all)?;
    or_why!(child, here.recv::<()>());
    let late = lock.acquire_timeout(ms(1));
    assert!(matches!(late, Err(AcquireTimeoutError::TimedOut)));
    here.send(&())?;
    drop(lock.acquire().map_err(|error| error.to_string())?);
    assert!(rlock.acquire().is_ok());
    seats.acquire().keep();
    assert!(seats.acquire_timeout(ms(1)).is_err());
    child.join()?;
    Ok(())
}

fn signals() -> Outcome {
    fn meet((event, condition, barrier, ready): (Event, Condition, Barrier, Sender)) -> bool {
        event.wait();
        let guard = condition.acquire().expect("nobody has died");
        ready.send(&()).expect("the parent lives");
        let notified = condition.wait(guard).is_ok();
        notified && barrier.wait().is_ok()
    }
    let (event, condition, barrier) = (Event::new()?, Condition::new()?, Barrier::new(2)?);
    let (ready, sender) = one_way()?;
    let all = (event.clone(), condition.clone(), barrier.clone(), sender);
    let child = spawn(meet, all)?;
    assert!(event.wait_timeout(ms(20)).is_err());
    event.set();
    or_why!(child, ready.recv::<()>());
    let guard = condition.acquire().map_err(|error| error.to_string())?;
    assert!(condition.notify_one(&guard));
    drop(guard);
    barrier.wait()?;
    assert!(child.join()?);
    Ok(())
}

/// Who waits for somebody who is killed is told; what the dead held comes back.
fn deaths() -> Outcome {
    fn hold((lock, seats, ready): (Lock, Semaphore, Sender)) {
        let guards = (lock.acquire(), seats.acquire());
        ready.send(&()).expect("the parent lives");
        thread::sleep(Duration::from_secs(1000));
        drop(guards);
    }
    fn wait_for(barrier: Barrier) -> bool {
        barrier.wait().is_ok()
    }
    let (lock, seats, barrier) = (Lock::new()?, Semaphore::new(1)?, Barrier::new(2)?);
    for asleep in [false, true] {
        let (ready, sender) = one_way()?;
        let child = spawn(hold, (lock.clone(), seats.clone(), sender))?;
        or_why!(child, ready.recv::<()>());
        thread::scope(|scope| {
            let waits = [
                scope.spawn(|| lock.acquire().is_err()),
                scope.spawn(|| seats.acquire_timeout(Duration::from_secs(1000)).is_ok()),
            ];
            if asleep {
                thread::sleep(ms(60));
            }
            child.kill().expect("it is ours");
            assert!(waits.into_iter().all(|it| it.join().expect("no panic")));
        });
        assert!(child.join().is_err());
    }
    let child = spawn(wait_for, barrier.clone())?;
    while barrier.waiting() == 0 {
        thread::sleep(ms(1));
    }
    child.kill()?;
    assert!(child.join().is_err());
    assert!(barrier.wait().is_err());
    Ok(())
}
