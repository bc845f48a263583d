//! Threads and their handles (rows T-30 to T-50, T-E02; CPython's `ThreadTests` and `ThreadingExceptionTests`).

mod threading_support;

use std::collections::HashSet;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::sleep;
use std::time::{Duration, Instant};

use selvedge::threading::{
    self, AlreadyRun, AlreadyStarted, BoundedSemaphore, Builder, Event, ExceptHook, JoinError,
    JoinTimeoutError, StartError, Thread, TryJoinError,
};
use threading_support::{eventually, watchdog};

fn func() {}

/// Thread tests panic on purpose; nobody wants to read it.
fn quietly<T: Send + 'static>(target: impl FnOnce() -> T + Send + 'static) -> Thread<T> {
    Builder::new()
        .excepthook(ExceptHook::new(|_| ()))
        .spawn(target)
        .unwrap()
}

#[test]
fn t31_names() {
    assert_eq!(Builder::new().name("myname1").build(func).name(), "myname1");
    assert_eq!(Builder::new().name(123).build(func).name(), "123");
    let number = |name: String| -> usize {
        let (number, target) = name
            .strip_prefix("Thread-")
            .unwrap()
            .split_once(' ')
            .unwrap();
        assert_eq!(target, "(func)");
        number.parse().unwrap()
    };
    let first = number(Thread::new(func).name());
    let second = number(Builder::new().name("").build(func).name());
    assert!(second > first);
    let closure = Thread::new(|| ());
    assert!(
        closure.name().ends_with(" (t31_names)"),
        "{}",
        closure.name()
    );
}

#[test]
fn t30_t40_t49_many_threads_at_work() {
    let _watchdog = watchdog();
    at_work(0);
}

/// CPython's `test_various_ops`.
fn at_work(stack: usize) {
    let gate = Arc::new(BoundedSemaphore::new(3));
    let running = Arc::new(AtomicUsize::new(0));
    let threads: Vec<_> = (0..10)
        .map(|n| {
            let (gate, running) = (gate.clone(), running.clone());
            let mut builder = Builder::new().name(format!("<thread {n}>")).daemon(false);
            if stack != 0 {
                builder = builder.stack_size(stack);
            }
            let thread = builder.build(move || {
                let _permit = gate.acquire();
                assert!(running.fetch_add(1, Ordering::SeqCst) < 3);
                sleep(Duration::from_micros(50));
                assert!(running.fetch_sub(1, Ordering::SeqCst) > 0);
            });
            assert_eq!(thread.ident(), None);
            assert_eq!(thread.native_id(), None);
            assert_eq!(
                format!("{thread:?}"),
                format!("<Thread(<thread {n}>, initial)>")
            );
            thread.start().unwrap();
            thread
        })
        .collect();
    let mut idents: HashSet<_> = threads
        .iter()
        .map(|thread| thread.ident().unwrap())
        .collect();
    idents.insert(threading::get_ident());
    assert_eq!(idents.len(), 11);
    #[cfg(target_os = "linux")]
    {
        // The numbers of threads that are over may have been given again.
        let ids: Vec<_> = threads
            .iter()
            .map(|thread| thread.native_id().unwrap())
            .collect();
        assert!(
            ids.iter()
                .all(|id| *id != 0 && *id != threading::get_native_id())
        );
    }
    for (n, thread) in threads.iter().enumerate() {
        thread.join().unwrap();
        assert!(!thread.is_alive());
        let ident = thread.ident().unwrap();
        assert_eq!(
            format!("{thread:?}"),
            format!("<Thread(<thread {n}>, stopped {ident})>")
        );
    }
    assert_eq!(running.load(Ordering::SeqCst), 0);
}

#[test]
fn t16_small_and_large_stacks() {
    let _watchdog = watchdog();
    at_work(256 * 1024);
    at_work(1024 * 1024);
    // Not a multiple of the page size.
    at_work(100_000);
}

#[cfg(target_os = "linux")]
#[test]
fn t40_native_ids_of_living_threads_differ() {
    let _watchdog = watchdog();
    let go = Arc::new(Event::new());
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let go = go.clone();
            threading::spawn(move || {
                go.wait();
                threading::get_native_id()
            })
        })
        .collect();
    let ids: HashSet<_> = threads
        .iter()
        .map(|thread| thread.native_id().unwrap())
        .collect();
    assert_eq!(ids.len(), 8);
    go.set();
    for thread in threads {
        let id = thread.join().unwrap();
        assert_eq!(thread.native_id(), Some(id));
    }
}

#[test]
fn t33_a_thread_starts_once() {
    let _watchdog = watchdog();
    let thread = Thread::new(func);
    thread.start().unwrap();
    assert!(matches!(thread.start(), Err(StartError::AlreadyStarted)));
    thread.join().unwrap();
    assert!(matches!(thread.start(), Err(StartError::AlreadyStarted)));
}

#[test]
fn t33_of_many_starts_one_succeeds() {
    let _watchdog = watchdog();
    let runs = Arc::new(AtomicUsize::new(0));
    let count = runs.clone();
    let thread = Thread::new(move || count.fetch_add(1, Ordering::SeqCst));
    let starts: Vec<_> = (0..4)
        .map(|_| {
            let thread = thread.clone();
            threading::spawn(move || thread.start().is_ok())
        })
        .collect();
    let started = starts
        .into_iter()
        .filter(|start| start.join().unwrap())
        .count();
    assert_eq!(started, 1);
    thread.join().unwrap();
    assert_eq!(runs.load(Ordering::SeqCst), 1);
}

/// CPython's `test_limbo_cleanup`. The address space cannot hold this stack.
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
#[test]
fn t33_a_refused_start_leaves_nothing_and_can_be_repeated() {
    let _watchdog = watchdog();
    let thread = Builder::new().daemon(false).stack_size(1 << 60).build(func);
    for _ in 0..3 {
        assert!(matches!(thread.start(), Err(StartError::Os(_))));
        assert!(!thread.is_alive());
        assert_eq!((thread.ident(), thread.native_id()), (None, None));
        assert!(format!("{thread:?}").contains(", initial"));
        assert!(!threading::enumerate().contains(&thread.thread()));
        assert!(matches!(thread.join(), Err(JoinError::NotStarted)));
        thread.set_daemon(true).unwrap();
    }
    // The target is still there.
    thread.run().unwrap();
    assert!(matches!(
        Builder::new().stack_size(1 << 60).spawn(func),
        Err(StartError::Os(_))
    ));
    assert!(matches!(
        Builder::new().stack_size(usize::MAX).spawn(func),
        Err(StartError::Os(_))
    ));
}

/// Who is quick enough to wait for a thread that the system then refuses is told, and does not wait for ever.
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
#[test]
fn t33_nobody_waits_for_a_refused_thread() {
    let _watchdog = watchdog();
    let thread = Builder::new().stack_size(1 << 60).build(func);
    let over = Arc::new(AtomicBool::new(false));
    let joiners: Vec<_> = (0..3)
        .map(|n| {
            let (thread, over) = (thread.clone(), over.clone());
            threading::spawn(move || {
                while !over.load(Ordering::SeqCst) {
                    let refused = match n {
                        0 => matches!(thread.join(), Err(JoinError::NotStarted)),
                        1 => matches!(block_on(thread.join_async()), Err(JoinError::NotStarted)),
                        _ => thread.native_id().is_none(),
                    };
                    assert!(refused);
                }
            })
        })
        .collect();
    for _ in 0..300 {
        assert!(matches!(thread.start(), Err(StartError::Os(_))));
    }
    over.store(true, Ordering::SeqCst);
    for joiner in joiners {
        joiner.join().unwrap();
    }
}

#[test]
fn te02_t34_run_in_the_calling_thread() {
    let list = [1, 2, 3];
    let thread = Thread::new(move || list.len());
    assert_eq!(thread.run(), Ok(3));
    assert_eq!(thread.run(), Err(AlreadyRun));
    assert!(matches!(thread.start(), Err(StartError::AlreadyRun)));
    assert!(!thread.is_alive());

    let panicking = Thread::new(|| panic!("to the caller"));
    let panic = threading::catch_panic(|| panicking.run()).unwrap_err();
    assert_eq!(panic.message(), "to the caller");
    assert_eq!(panicking.run(), Err(AlreadyRun));
}

/// CPython's `test_no_refcycle_through_target`.
#[test]
fn t34_what_the_target_captured_is_dropped_with_it() {
    let _watchdog = watchdog();
    for panics in [false, true] {
        let captured = Arc::new(());
        let weak = Arc::downgrade(&captured);
        let thread = quietly(move || {
            let _captured = captured;
            if panics {
                panic!("on the way");
            }
        });
        assert_eq!(thread.join().is_err(), panics);
        assert!(weak.upgrade().is_none());
    }
}

#[test]
fn t35_join_forms() {
    let _watchdog = watchdog();
    let go = Arc::new(Event::new());
    let wait = go.clone();
    let thread = threading::spawn(move || {
        wait.wait();
        5
    });
    assert!(matches!(thread.try_join(), Err(TryJoinError::Running)));
    let limit = Duration::from_millis(20);
    let begun = Instant::now();
    assert!(matches!(
        thread.join_timeout(limit),
        Err(JoinTimeoutError::TimedOut)
    ));
    assert!(begun.elapsed() >= limit);
    assert!(matches!(
        thread.join_deadline(Instant::now() + limit),
        Err(JoinTimeoutError::TimedOut)
    ));
    assert!(matches!(
        thread.join_timeout(Duration::ZERO),
        Err(JoinTimeoutError::TimedOut)
    ));
    assert!(thread.is_alive());
    let other = thread.thread();
    assert!(matches!(other.try_join(), Err(TryJoinError::Running)));
    assert!(matches!(
        other.join_timeout(limit),
        Err(JoinTimeoutError::TimedOut)
    ));
    go.set();
    // Row T-17: the longest time limit means for ever.
    assert_eq!(thread.join_timeout(threading::TIMEOUT_MAX).unwrap(), 5);
    assert!(matches!(
        thread.try_join(),
        Err(TryJoinError::Failed(JoinError::ValueTaken))
    ));
    assert!(matches!(thread.join(), Err(JoinError::ValueTaken)));
    other.join().unwrap();
    other.try_join().unwrap();
    other.join_deadline(Instant::now()).unwrap();
}

#[test]
fn t35_many_threads_join_one() {
    let _watchdog = watchdog();
    let go = Arc::new(Event::new());
    let wait = go.clone();
    let thread = threading::spawn(move || wait.wait());
    let joiners: Vec<_> = (0..8)
        .map(|_| {
            let thread = thread.clone();
            threading::spawn(move || thread.join().is_ok())
        })
        .collect();
    go.set();
    assert!(joiners.into_iter().all(|joiner| joiner.join().unwrap()));
    thread.join().unwrap();
}

#[test]
fn t35_the_value_goes_to_one() {
    let _watchdog = watchdog();
    let thread = threading::spawn(|| String::from("one"));
    let joiners: Vec<_> = (0..8)
        .map(|_| {
            let thread = thread.clone();
            threading::spawn(move || thread.join().is_ok())
        })
        .collect();
    assert_eq!(
        joiners
            .into_iter()
            .filter(|joiner| joiner.join().unwrap())
            .count(),
        1
    );
}

#[test]
fn t35_join_refuses_what_would_never_end() {
    let _watchdog = watchdog();
    let thread = Thread::new(func);
    assert!(matches!(thread.join(), Err(JoinError::NotStarted)));
    assert!(matches!(thread.thread().join(), Err(JoinError::NotStarted)));
    assert!(matches!(
        threading::current_thread().join(),
        Err(JoinError::CurrentThread)
    ));
    let itself = threading::spawn(|| {
        matches!(
            threading::current_thread().join(),
            Err(JoinError::CurrentThread)
        )
    });
    assert!(itself.join().unwrap());
}

#[test]
fn t35_a_panic_is_a_value() {
    let _watchdog = watchdog();
    let outcome = String::from("failed");
    let thread = quietly(move || panic!("run {outcome}"));
    let Err(JoinError::Panicked(first)) = thread.join() else {
        panic!("it panicked")
    };
    assert_eq!(first.message(), "run failed");
    let location = first.location().unwrap();
    assert!(location.file().ends_with("threading_thread.rs") && location.line() > 0);
    let Err(JoinError::Panicked(second)) = thread.join() else {
        panic!("told to everybody")
    };
    assert_eq!(second.message(), "run failed");
    assert_eq!(second.location(), first.location());
    assert_eq!(
        *first.into_payload().downcast::<String>().unwrap(),
        "run failed"
    );

    let custom = quietly(|| std::panic::panic_any(7_u8));
    let Err(JoinError::Panicked(panic)) = custom.join() else {
        panic!("it panicked")
    };
    assert!(panic.location().is_some());
    assert_eq!(*panic.into_payload().downcast::<u8>().unwrap(), 7);
}

#[test]
fn t47_a_quiet_exit_drops_everything() {
    let _watchdog = watchdog();
    let held = Arc::new(());
    let weak = Arc::downgrade(&held);
    let thread = threading::spawn(move || -> u8 {
        let _held = held;
        threading::exit()
    });
    assert!(matches!(thread.join(), Err(JoinError::Exited)));
    assert!(weak.upgrade().is_none());
    thread.thread().join().unwrap();
}

struct Unpark(std::thread::Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn block_on<R>(future: impl Future<Output = R>) -> R {
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(result) => return result,
            Poll::Pending => std::thread::park(),
        }
    }
}

#[test]
fn t35_tasks_join() {
    let _watchdog = watchdog();
    let go = Arc::new(Event::new());
    let wait = go.clone();
    let thread = threading::spawn(move || {
        wait.wait();
        8
    });
    {
        // Dropped after a poll: nothing is lost.
        let mut dropped = pin!(thread.join_async());
        let mut context = Context::from_waker(Waker::noop());
        assert!(dropped.as_mut().poll(&mut context).is_pending());
    }
    let other = thread.thread();
    go.set();
    assert_eq!(block_on(thread.join_async()).unwrap(), 8);
    block_on(other.join_async()).unwrap();
    assert!(matches!(
        block_on(Thread::new(func).join_async()),
        Err(JoinError::NotStarted)
    ));
}

#[test]
fn t37_t49_names_can_change_at_any_time() {
    let _watchdog = watchdog();
    let go = Arc::new(Event::new());
    let wait = go.clone();
    let thread = Builder::new().daemon(true).build(move || wait.wait());
    thread.set_name("before");
    assert_eq!(format!("{thread:?}"), "<Thread(before, initial daemon)>");
    thread.start().unwrap();
    thread.set_name(42);
    let ident = thread.ident().unwrap();
    assert_eq!(
        format!("{thread:?}"),
        format!("<Thread(42, started daemon {ident})>")
    );
    go.set();
    thread.join().unwrap();
    thread.set_name("after");
    assert_eq!(
        format!("{thread:?}"),
        format!("<Thread(after, stopped daemon {ident})>")
    );
    assert_eq!(thread.thread().name(), "after");
}

#[cfg(target_os = "linux")]
#[test]
fn t37_the_kernel_knows_the_name() {
    let _watchdog = watchdog();
    let comm = |id: u32| {
        std::fs::read_to_string(format!("/proc/self/task/{id}/comm"))
            .unwrap()
            .trim_end()
            .to_owned()
    };
    let go = Arc::new(Event::new());
    let named = Arc::new(Event::new());
    let (wait, tell) = (go.clone(), named.clone());
    // 16 bytes, the 15th and the 16th are one character.
    let thread = Builder::new()
        .name("fourteen-chars-ä")
        .spawn(move || {
            tell.set();
            wait.wait();
            threading::current_thread().set_name("by itself");
            comm(threading::get_native_id())
        })
        .unwrap();
    named.wait();
    let id = thread.native_id().unwrap();
    assert_eq!(comm(id), "fourteen-chars-");
    thread.set_name("another one that is long");
    assert_eq!(comm(id), "another one tha");
    go.set();
    assert_eq!(thread.join().unwrap(), "by itself");
}

#[test]
fn t37_a_name_may_contain_anything() {
    let _watchdog = watchdog();
    let thread = Builder::new().name("a\0b\n").spawn(func).unwrap();
    thread.join().unwrap();
    assert_eq!(thread.name(), "a\0b\n");
}

#[test]
fn t31_std_knows_the_name() {
    let _watchdog = watchdog();
    let thread = Builder::new()
        .name("known")
        .spawn(|| std::thread::current().name().map(str::to_owned))
        .unwrap();
    assert_eq!(thread.join().unwrap().as_deref(), Some("known"));
}

#[test]
fn t32_t42_daemon_flags() {
    let _watchdog = watchdog();
    let plain = Builder::new()
        .daemon(false)
        .build(|| Thread::new(func).daemon());
    assert!(!plain.daemon());
    let daemon = Builder::new()
        .daemon(true)
        .build(|| Thread::new(func).daemon());
    assert!(daemon.daemon());
    plain.set_daemon(true).unwrap();
    assert!(plain.daemon());
    plain.set_daemon(false).unwrap();
    for thread in [&plain, &daemon] {
        thread.start().unwrap();
        assert_eq!(thread.set_daemon(true), Err(AlreadyStarted));
        // Children take after their parents.
        assert_eq!(thread.join().unwrap(), thread.daemon());
        assert_eq!(thread.set_daemon(true), Err(AlreadyStarted));
    }
}

#[test]
fn t39_t41_life() {
    let _watchdog = watchdog();
    let go = Arc::new(Event::new());
    let wait = go.clone();
    let thread = Thread::new(move || {
        wait.wait();
        (threading::get_ident(), threading::current_thread())
    });
    assert!(!thread.is_alive());
    thread.start().unwrap();
    assert!(thread.is_alive());
    let ident = thread.ident();
    assert!(ident.is_some());
    go.set();
    let (inside, itself) = thread.join().unwrap();
    assert!(!thread.is_alive());
    assert_eq!(thread.ident(), ident);
    assert_eq!(Some(inside), ident);
    assert_eq!(itself, thread.thread());
}

/// CPython's `test_repr_stopped`: it shows all on its own.
#[test]
fn t49_stopped_appears_without_a_join() {
    let _watchdog = watchdog();
    let go = Arc::new(Event::new());
    let wait = go.clone();
    let thread = threading::spawn(move || wait.wait());
    assert!(format!("{thread:?}").contains("started"));
    go.set();
    eventually(|| format!("{thread:?}").contains("stopped"));
    thread.join().unwrap();
}

struct Flag(Arc<AtomicBool>);

impl Drop for Flag {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[test]
fn t52_a_value_that_nobody_can_ask_for_is_dropped() {
    let _watchdog = watchdog();
    // The handle goes first, a handle without value stays.
    let dropped = Arc::new(AtomicBool::new(false));
    let (flag, go) = (Flag(dropped.clone()), Arc::new(Event::new()));
    let wait = go.clone();
    let thread = threading::spawn(move || {
        wait.wait();
        flag
    });
    let other = thread.thread();
    drop(thread);
    go.set();
    other.join().unwrap();
    assert!(dropped.load(Ordering::SeqCst));

    // The thread goes first.
    let dropped = Arc::new(AtomicBool::new(false));
    let flag = Flag(dropped.clone());
    let thread = threading::spawn(move || flag);
    let (copy, other) = (thread.clone(), thread.thread());
    other.join().unwrap();
    drop(thread);
    assert!(!dropped.load(Ordering::SeqCst));
    drop(copy);
    assert!(dropped.load(Ordering::SeqCst));
}

#[test]
fn t46_a_panicking_destructor_of_the_value_harms_nobody() {
    let _watchdog = watchdog();
    struct Bad;
    impl Drop for Bad {
        fn drop(&mut self) {
            panic!("bad value");
        }
    }
    let reports = Arc::new(AtomicUsize::new(0));
    let count = reports.clone();
    let hook = ExceptHook::new(move |args| {
        assert_eq!(args.message(), "bad value");
        count.fetch_add(1, Ordering::SeqCst);
    });
    let go = Arc::new(Event::new());
    let wait = go.clone();
    let spawned = Builder::new().excepthook(hook).spawn(move || {
        wait.wait();
        Bad
    });
    let other = spawned.as_ref().unwrap().thread();
    drop(spawned);
    go.set();
    other.join().unwrap();
    assert_eq!(reports.load(Ordering::SeqCst), 1);
}

#[test]
fn threads_can_start_threads_while_panicking() {
    let _watchdog = watchdog();
    struct Starts(Arc<AtomicBool>);
    impl Drop for Starts {
        fn drop(&mut self) {
            let flag = self.0.clone();
            threading::spawn(move || flag.store(true, Ordering::SeqCst))
                .join()
                .unwrap();
        }
    }
    let flag = Arc::new(AtomicBool::new(false));
    let starts = Starts(flag.clone());
    let thread = quietly(move || {
        let _starts = starts;
        panic!("on the way");
    });
    assert!(thread.join().is_err());
    assert!(flag.load(Ordering::SeqCst));
}

#[test]
fn handles_are_send_and_sync() {
    fn both<T: Send + Sync + Unpin>() {}
    both::<Thread<std::cell::Cell<u8>>>();
    both::<threading::ThreadRef>();
    both::<JoinError>();
    both::<threading::Local<std::cell::Cell<u8>>>();
    fn sends<T: Send>(_: &T) {}
    sends(&Thread::new(func).join_async());
}
