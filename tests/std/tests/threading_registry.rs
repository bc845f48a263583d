//! Who lives (rows T-01 to T-08, T-13, T-16, T-53).

mod threading_support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use selvedge::threading::{
    self, Builder, Event, ExceptHook, JoinError, Lock, StackSizeError, Thread, ThreadRef,
};
use threading_support::watchdog;

#[test]
fn t03_a_thread_knows_itself() {
    let _watchdog = watchdog();
    let thread = threading::spawn(threading::current_thread);
    let handle = thread.thread();
    assert_eq!(thread.join().unwrap(), handle);
}

#[test]
fn t03_t05_a_foreign_thread_that_asks_is_listed_until_it_ends() {
    let _watchdog = watchdog();
    let go = Arc::new(Event::new());
    let (send, receive) = std::sync::mpsc::channel();
    let wait = go.clone();
    let foreign = std::thread::spawn(move || {
        let dummy = threading::current_thread();
        assert_eq!(dummy, threading::current_thread());
        assert_eq!(dummy.ident(), Some(threading::get_ident()));
        assert!(matches!(dummy.join(), Err(JoinError::CurrentThread)));
        send.send(dummy).unwrap();
        wait.wait();
    });
    let dummy: ThreadRef = receive.recv().unwrap();
    assert!(dummy.name().starts_with("Dummy-"));
    assert!(dummy.daemon() && dummy.is_alive());
    assert!(format!("{dummy:?}").starts_with("<DummyThread(Dummy-"));
    assert!(threading::enumerate().contains(&dummy));
    go.set();
    // Unlike Python's, it can be joined, and goes.
    dummy.join().unwrap();
    assert!(!threading::enumerate().contains(&dummy));
    assert!(!dummy.is_alive());
    foreign.join().unwrap();
}

/// Names say who was registered; other tests of this file run at the same time.
#[test]
fn t53_locks_register_nobody() {
    let _watchdog = watchdog();
    let lock = Arc::new(Lock::new());
    for _ in 0..15 {
        let lock = lock.clone();
        std::thread::Builder::new()
            .name("user of a lock".to_owned())
            .spawn(move || {
                let ident = threading::get_ident();
                drop(lock.acquire());
                Thread::new(|| ());
                assert!(
                    !threading::enumerate()
                        .iter()
                        .any(|thread| thread.ident() == Some(ident))
                );
            })
            .unwrap()
            .join()
            .unwrap();
    }
}

/// CPython's `test_enumerate_after_join`.
#[test]
fn t05_a_joined_thread_is_not_listed() {
    let _watchdog = watchdog();
    for _ in 0..300 {
        let thread = threading::spawn(|| ());
        let handle = thread.thread();
        thread.join().unwrap();
        assert!(!threading::enumerate().contains(&handle));
    }
}

#[test]
fn t01_t05_who_is_listed() {
    let _watchdog = watchdog();
    let go = Arc::new(Event::new());
    let threads: Vec<_> = (0..5)
        .map(|n| {
            let go = go.clone();
            Builder::new()
                .daemon(n % 2 == 0)
                .spawn(move || go.wait())
                .unwrap()
        })
        .collect();
    let unstarted = Thread::new(|| ());
    let listed = threading::enumerate();
    assert!(
        threads
            .iter()
            .all(|thread| listed.contains(&thread.thread()))
    );
    assert!(listed.contains(&threading::main_thread()));
    assert!(!listed.contains(&unstarted.thread()));
    assert!(threading::active_count() >= 6);
    go.set();
    for thread in threads {
        thread.join().unwrap();
    }
}

#[test]
fn t06_the_main_thread() {
    let _watchdog = watchdog();
    let main = threading::main_thread();
    assert_eq!(main.name(), "MainThread");
    assert!(!main.daemon() && main.is_alive());
    assert_ne!(main, threading::current_thread());
    assert_eq!(
        main,
        threading::spawn(threading::main_thread).join().unwrap()
    );
    assert_eq!(
        format!("{main:?}"),
        format!(
            "<MainThread(MainThread, started {})>",
            main.ident().unwrap()
        )
    );
    #[cfg(target_os = "linux")]
    assert_eq!(main.native_id(), Some(std::process::id()));
}

#[test]
fn t05_destructors_and_hooks_may_look() {
    let _watchdog = watchdog();
    struct Looks;
    impl Drop for Looks {
        fn drop(&mut self) {
            assert!(threading::active_count() >= 1);
            assert!(threading::enumerate().contains(&threading::current_thread()));
        }
    }
    thread_local! {
        static LOOKS: Looks = const { Looks };
    }
    let hook = |thread: &ThreadRef| assert!(threading::enumerate().contains(thread));
    let looks = Looks;
    let thread = Builder::new()
        .start_hook(hook)
        .spawn(move || {
            let _looks = looks;
            LOOKS.with(|_| ());
        })
        .unwrap();
    thread.join().unwrap();
}

#[test]
fn t13_start_hooks() {
    let _watchdog = watchdog();
    let order = Arc::new(threading::Mutex::new(Vec::new()));
    let named = |thread: &ThreadRef| thread.name() == "hooked";
    let (first, second, own, target) = (order.clone(), order.clone(), order.clone(), order.clone());
    let one = threading::add_start_hook(move |thread| {
        if named(thread) {
            first.lock().push(1);
        }
    });
    let two = threading::add_start_hook(move |thread| {
        if named(thread) {
            assert_eq!(*thread, threading::current_thread());
            second.lock().push(2);
        }
    });
    Builder::new()
        .name("hooked")
        .start_hook(move |_| own.lock().push(3))
        .spawn(move || target.lock().push(4))
        .unwrap()
        .join()
        .unwrap();
    assert_eq!(*order.lock(), [1, 2, 3, 4]);
    one.remove();
    Builder::new()
        .name("hooked")
        .spawn(|| ())
        .unwrap()
        .join()
        .unwrap();
    two.remove();
    Builder::new()
        .name("hooked")
        .spawn(|| ())
        .unwrap()
        .join()
        .unwrap();
    assert_eq!(*order.lock(), [1, 2, 3, 4, 2]);
}

#[test]
fn t13_a_start_hook_that_panics_prevents_the_target() {
    let _watchdog = watchdog();
    let ran = Arc::new(AtomicUsize::new(0));
    let (count, reports) = (ran.clone(), Arc::new(AtomicUsize::new(0)));
    let reported = reports.clone();
    let thread = Builder::new()
        .excepthook(ExceptHook::new(move |args| {
            assert_eq!(args.message(), "not today");
            reported.fetch_add(1, Ordering::SeqCst);
        }))
        .start_hook(|_| panic!("not today"))
        .spawn(move || count.fetch_add(1, Ordering::SeqCst))
        .unwrap();
    assert!(matches!(thread.join(), Err(JoinError::Panicked(_))));
    assert_eq!(
        (ran.load(Ordering::SeqCst), reports.load(Ordering::SeqCst)),
        (0, 1)
    );
}

#[test]
fn t09_t12_what_a_hook_is_told() {
    let _watchdog = watchdog();
    let calls = Arc::new(AtomicUsize::new(0));
    let count = calls.clone();
    let hook = ExceptHook::new(move |args| {
        assert_eq!(args.message(), "run failed");
        assert!(
            args.location()
                .unwrap()
                .file()
                .ends_with("threading_registry.rs")
        );
        assert_eq!(args.thread(), Some(&threading::current_thread()));
        assert_eq!(args.payload().unwrap().downcast_ref(), Some(&"run failed"));
        count.fetch_add(1, Ordering::SeqCst);
    });
    let thread = Builder::new()
        .excepthook(hook)
        .spawn(|| panic!("run failed"))
        .unwrap();
    assert!(thread.join().is_err());
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}

#[test]
fn t09_errors_are_reported_and_returned() {
    let _watchdog = watchdog();
    let calls = Arc::new(AtomicUsize::new(0));
    let count = calls.clone();
    let hook = ExceptHook::new(move |args| {
        assert_eq!(args.message(), "no luck");
        assert!(args.location().is_none());
        count.fetch_add(1, Ordering::SeqCst);
    });
    let thread = Builder::new()
        .excepthook(hook)
        .spawn_fallible(|| Err::<(), _>(String::from("no luck")))
        .unwrap();
    assert_eq!(thread.join().unwrap(), Err(String::from("no luck")));
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    let fine = Builder::new()
        .spawn_fallible(|| Ok::<_, String>(1))
        .unwrap();
    assert_eq!(fine.join().unwrap(), Ok(1));
}

#[test]
fn t16_stack_size() {
    let _watchdog = watchdog();
    let before = threading::set_stack_size(256 * 1024).unwrap();
    // Asking does not change it.
    assert_eq!(
        (threading::stack_size(), threading::stack_size()),
        (256 * 1024, 256 * 1024)
    );
    assert_eq!(
        threading::set_stack_size(4096),
        Err(StackSizeError::TooSmall)
    );
    assert_eq!(
        threading::set_stack_size(32767),
        Err(StackSizeError::TooSmall)
    );
    assert_eq!(
        threading::set_stack_size(usize::MAX),
        Err(StackSizeError::TooLarge)
    );
    assert_eq!(threading::stack_size(), 256 * 1024);
    threading::spawn(|| ()).join().unwrap();
    assert_eq!(threading::set_stack_size(0).unwrap(), 256 * 1024);
    threading::set_stack_size(before).unwrap();
}

/// Row T-22: everything at once.
#[test]
fn t22_many_threads_start_look_and_end() {
    let _watchdog = watchdog();
    let threads: Vec<_> = (0..8)
        .map(|_| {
            threading::spawn(|| {
                for _ in 0..50 {
                    let child = threading::spawn(|| threading::enumerate().len());
                    let listed = threading::enumerate();
                    assert!(listed.contains(&threading::current_thread()));
                    assert!(child.join().unwrap() >= 2);
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}
