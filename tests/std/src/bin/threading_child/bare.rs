//! Threads without a handle, interrupts of the main thread, contexts: seen from the main thread, or from outside.
//!
//! # Safety
//!
//! Calls `fork` in a process with threads and then more than a signal handler may, and installs a signal handler: that is what is tested.
#![cfg_attr(
    target_os = "linux",
    allow(unsafe_code, reason = "tests signals, and what happens after fork")
)]

use selvedge::thread::{self, Handling, SIGINT};
use selvedge::threading::{self, Event};

pub(crate) fn run(scenario: &str) -> bool {
    match scenario {
        "bare_report" => {
            fn task() {
                panic!("task failed")
            }
            alone(task);
        }
        "bare_resumed" => {
            fn task() {
                std::panic::resume_unwind(Box::new("resumed"))
            }
            alone(task);
        }
        "bare_hook" => {
            // Not for the excepthook, whatever it is.
            threading::set_excepthook(threading::ExceptHook::new(|_| println!("hook")));
            alone(|| panic!("task failed"));
        }
        "bare_quiet" => alone(|| {
            thread::exit();
        }),
        "bare_not_joined" => {
            static RUNS: Event = Event::new();
            thread::start_new_thread(|| {
                RUNS.set();
                Event::new().wait();
            })
            .unwrap();
            RUNS.wait();
            println!("{} {}", thread::count(), threading::active_count());
        }
        "interrupt" => interrupt(),
        "interrupt_storm" => storm(),
        #[cfg(target_os = "linux")]
        "interrupt_signal" => signal(),
        #[cfg(target_os = "linux")]
        "bare_fork" => fork::in_thread(),
        #[cfg(target_os = "linux")]
        "context_fork" => fork::in_context(),
        _ => return false,
    }
    true
}

/// Runs a thread without a handle to its end.
fn alone(task: impl FnOnce() + Send + 'static) {
    thread::start_new_thread(task).unwrap();
    while thread::count() > 0 {
        std::thread::yield_now();
    }
    println!("others go on");
}

/// Rows of L-06, in order.
fn interrupt() {
    // From the main thread itself it counts at once.
    thread::interrupt_main(SIGINT).unwrap();
    assert!(thread::interrupted());
    // Twice is once; others can look, and not take.
    thread::interrupt_main(SIGINT).unwrap();
    threading::spawn(|| {
        assert!(thread::interrupted());
        assert_eq!(thread::take_interrupt(), None);
    })
    .join()
    .unwrap();
    assert_eq!(thread::take_interrupt(), Some(SIGINT));
    assert_eq!(thread::take_interrupt(), None);
    assert!(!thread::interrupted());

    // From another thread, while the main thread waits.
    let event = thread::interrupt_event();
    thread::start_new_thread(|| thread::interrupt_main(SIGINT)).unwrap();
    event.wait();
    assert_eq!(thread::take_interrupt(), Some(SIGINT));
    while event.is_set() {
        std::thread::yield_now();
    }

    // Numbers that do not exist.
    for wrong in [0, -1, 65, i32::MAX, i32::MIN] {
        assert_eq!(
            thread::interrupt_main(wrong),
            Err(thread::InvalidSignal(wrong))
        );
        assert!(thread::set_handling(wrong, Handling::Deliver).is_err());
    }
    // Default or ignored: nothing happens.
    let term = 15;
    thread::interrupt_main(term).unwrap();
    assert_eq!(
        thread::set_handling(term, Handling::Ignore),
        Ok(Handling::Default)
    );
    thread::interrupt_main(term).unwrap();
    assert!(!thread::interrupted());
    assert_eq!(
        thread::set_handling(term, Handling::Deliver),
        Ok(Handling::Ignore)
    );
    thread::interrupt_main(term).unwrap();
    thread::interrupt_main(SIGINT).unwrap();
    assert_eq!(thread::take_interrupt(), Some(SIGINT));
    assert!(thread::interrupted());
    assert_eq!(thread::take_interrupt(), Some(term));
    assert_eq!(
        thread::set_handling(SIGINT, Handling::Default),
        Ok(Handling::Deliver)
    );
    thread::interrupt_main(SIGINT).unwrap();
    assert!(!thread::interrupted());
    println!("interrupted");
}

/// No interrupt is lost: each sender waits until its own was taken, and the main thread takes one each time the event is up.
fn storm() {
    const SENDERS: usize = 3;
    const ROUNDS: u32 = 2000;
    static TAKEN: [threading::Semaphore; SENDERS] =
        [const { threading::Semaphore::new(0) }; SENDERS];
    let first = 10;
    let threads: Vec<_> = (first..)
        .zip(&TAKEN)
        .map(|(signum, taken)| {
            thread::set_handling(signum, Handling::Deliver).unwrap();
            threading::spawn(move || {
                for _ in 0..ROUNDS {
                    thread::interrupt_main(signum).unwrap();
                    taken.acquire().keep();
                }
            })
        })
        .collect();
    let event = thread::interrupt_event();
    let mut count = 0;
    while count < SENDERS as u32 * ROUNDS {
        // Hangs here if the event stays down for an interrupt.
        event.wait();
        if let Some(signum) = thread::take_interrupt() {
            TAKEN[(signum - first) as usize].release(1);
            count += 1;
        }
    }
    for thread in threads {
        thread.join().unwrap();
    }
    assert!(!thread::interrupted());
    println!("{count}");
}

#[cfg(target_os = "linux")]
fn signal() {
    extern "C" fn handler(signum: libc::c_int) {
        let _ = thread::interrupt_main(signum);
    }
    // SAFETY: the handler does what one may.
    unsafe { libc::signal(libc::SIGINT, handler as *const () as libc::sighandler_t) };
    let event = thread::interrupt_event();
    for _ in 0..200 {
        thread::start_new_thread(|| {
            // SAFETY: a signal with a handler, for this process.
            unsafe { libc::kill(libc::getpid(), libc::SIGINT) };
        })
        .unwrap();
        while thread::take_interrupt().is_none() {
            event.wait();
        }
    }
    println!("handled");
}

#[cfg(target_os = "linux")]
mod fork {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use selvedge::contextvars::{Context, ContextVar};
    use selvedge::thread;
    use selvedge::threading;

    /// Forks, calls `child` in the child, whose exit status is its result, and waits for its success.
    fn parent_of(child: impl FnOnce() -> bool) {
        // SAFETY: see above.
        let pid = unsafe { libc::fork() };
        if pid == 0 {
            // SAFETY: ends the process.
            unsafe { libc::_exit(i32::from(!child())) };
        }
        let mut status = 0;
        // SAFETY: a place for the status.
        assert_eq!(unsafe { libc::waitpid(pid, &raw mut status, 0) }, pid);
        assert_eq!(status, 0);
    }

    /// Row L-15.
    pub(crate) fn in_thread() {
        let _event = thread::interrupt_event();
        // Another one, which does not exist in the child.
        static GATE: threading::Event = threading::Event::new();
        thread::start_new_thread(|| GATE.wait()).unwrap();
        thread::start_new_thread(|| {
            let ident = thread::get_ident();
            parent_of(|| {
                let here = thread::get_ident() == ident && thread::count() == 1;
                thread::interrupt_main(thread::SIGINT).unwrap();
                thread::interrupt_event().wait();
                here && thread::take_interrupt() == Some(thread::SIGINT)
            });
            GATE.set();
        })
        .unwrap();
        while thread::count() > 0 {
            std::thread::yield_now();
        }
        println!("forked");
    }

    /// The child goes on in the context of the thread that forked, whatever others were looking at.
    pub(crate) fn in_context() {
        static V: ContextVar<u32> = ContextVar::new("v");
        static OUTER: Context = Context::new();
        static INNER: Context = Context::new();
        let stop = Arc::new(AtomicBool::new(false));
        let watchers: Vec<_> = [&OUTER, &INNER, &INNER]
            .map(|context| {
                let stop = stop.clone();
                threading::spawn(move || {
                    let mut looks = 0_u64;
                    while !stop.load(Ordering::Relaxed) {
                        looks += u64::from(context.get(&V).is_some());
                    }
                    looks
                })
            })
            .into();
        let inside = || {
            V.set(1);
            INNER.run(|| {
                for round in 0..200 {
                    V.set(round);
                    parent_of(|| {
                        // Each of these takes a lock that a watcher may have held.
                        let before = V.get() == Ok(round);
                        V.set(7);
                        before && INNER.get(&V) == Some(7) && OUTER.get(&V) == Some(1)
                    });
                }
            })
        };
        OUTER.run(inside).unwrap().unwrap();
        stop.store(true, Ordering::Relaxed);
        for watcher in watchers {
            watcher.join().unwrap();
        }
        println!("forked");
    }
}
