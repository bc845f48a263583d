//! The low level, scenario by scenario (rows L-01 to L-15, L-E01; CPython's `test_thread`).

mod threading_support;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use selvedge::contextvars::{ContextVar, Inherit};
use selvedge::thread::{self, LockType, ThreadError};
use selvedge::threading::{self, StackSizeError};
use threading_support::{child, eventually, watchdog};

/// Tests that count the process's threads, one at a time.
fn one_at_a_time() -> MutexGuard<'static, ()> {
    static LOCK: Mutex<()> = Mutex::new(());
    LOCK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts ten threads and waits for them in CPython's manner: a counter, and a lock that the last one releases.
fn ten_tasks() {
    struct Team {
        running: Mutex<u32>,
        done: LockType,
        ran: AtomicU32,
    }
    let team = Arc::new(Team {
        running: Mutex::new(10),
        done: thread::allocate_lock(),
        ran: AtomicU32::new(0),
    });
    team.done.acquire().keep();
    for _ in 0..10 {
        let team = team.clone();
        thread::start_new_thread(move || {
            std::thread::sleep(Duration::from_micros(50));
            team.ran.fetch_add(1, Ordering::SeqCst);
            let mut running = team.running.lock().unwrap();
            *running -= 1;
            if *running == 0 {
                team.done.release().unwrap();
            }
        })
        .unwrap();
    }
    team.done.acquire().keep();
    assert_eq!(team.ran.load(Ordering::SeqCst), 10);
}

#[test]
fn l03_starting_threads() {
    let _watchdog = watchdog();
    let _one = one_at_a_time();
    ten_tasks();
    eventually(|| thread::count() == 0);
}

#[test]
fn l03_the_ident_is_that_of_the_thread() {
    let _watchdog = watchdog();
    let _one = one_at_a_time();
    let (sender, receiver) = std::sync::mpsc::channel();
    let started = thread::start_new_thread(move || {
        sender.send((thread::get_ident(), thread::get_native_id()))
    });
    let (ident, native) = receiver.recv().unwrap();
    assert_eq!(started.unwrap(), ident);
    assert_ne!(ident, thread::get_ident());
    assert_ne!(native, thread::get_native_id());
}

#[test]
fn l05_unknown_to_threading_but_as_a_dummy() {
    let _watchdog = watchdog();
    let _one = one_at_a_time();
    let (sender, receiver) = std::sync::mpsc::channel();
    thread::start_new_thread(move || {
        let ident = Some(thread::get_ident());
        let known = || {
            threading::enumerate()
                .iter()
                .any(|thread| thread.ident() == ident)
        };
        let before = known();
        let name = threading::current_thread().name();
        sender.send((before, known(), name)).unwrap();
    })
    .unwrap();
    let (before, after, name) = receiver.recv().unwrap();
    assert!(!before && after);
    assert!(name.starts_with("Dummy-"), "{name}");
}

#[test]
fn l13_count() {
    let _watchdog = watchdog();
    let _one = one_at_a_time();
    eventually(|| thread::count() == 0);
    static GATE: LockType = thread::allocate_lock();
    GATE.acquire().keep();
    let started = Arc::new(AtomicU32::new(0));
    let (one, other) = (started.clone(), started.clone());
    thread::start_new_thread(move || {
        one.fetch_add(1, Ordering::SeqCst);
        drop(GATE.acquire());
    })
    .unwrap();
    eventually(|| started.load(Ordering::SeqCst) == 1);
    assert_eq!(thread::count(), 1);
    // Those with a handle count, too; those of others do not.
    let with_handle = threading::spawn(move || {
        other.fetch_add(1, Ordering::SeqCst);
        drop(GATE.acquire());
    });
    eventually(|| started.load(Ordering::SeqCst) == 2);
    std::thread::spawn(|| assert_eq!(thread::count(), 2))
        .join()
        .unwrap();
    GATE.release().unwrap();
    with_handle.join().unwrap();
    eventually(|| thread::count() == 0);
}

#[test]
fn l04_a_panic_is_reported_and_ignored() {
    let told = child("bare_report");
    let header = "Exception ignored in thread started by: task\n";
    assert!(told.err.starts_with(header), "{}", told.err);
    assert!(told.err.contains("task failed"), "{}", told.err);
    assert_eq!((told.out.as_str(), told.code), ("others go on\n", Some(0)));

    let told = child("bare_resumed");
    assert_eq!(told.err, format!("{header}resumed\n"));
    assert_eq!(told.out, "others go on\n");

    let told = child("bare_hook");
    assert!(told.err.contains("started by: run\n"), "{}", told.err);
    assert_eq!(told.out, "others go on\n");
}

#[test]
fn l04_l07_exit_is_quiet() {
    assert_eq!(child("bare_quiet").clean(), "others go on\n");
}

#[test]
fn l05_not_joined_at_exit() {
    assert_eq!(child("bare_not_joined").clean(), "1 1\n");
}

#[test]
fn l06_interrupt_main() {
    assert_eq!(child("interrupt").clean(), "interrupted\n");
}

#[test]
fn l06_no_interrupt_is_lost() {
    assert_eq!(child("interrupt_storm").clean(), "6000\n");
}

#[cfg(target_os = "linux")]
#[test]
fn l06_l14_from_a_signal_handler() {
    assert_eq!(child("interrupt_signal").clean(), "handled\n");
}

#[cfg(target_os = "linux")]
#[test]
fn l15_fork_in_a_thread() {
    assert_eq!(child("bare_fork").clean(), "forked\n");
}

#[cfg(target_os = "linux")]
#[test]
fn fork_in_a_context() {
    assert_eq!(child("context_fork").clean(), "forked\n");
}

#[test]
fn l10_l15_stack_size() {
    let _watchdog = watchdog();
    let _one = one_at_a_time();
    assert_eq!(thread::stack_size(), 0);
    assert_eq!(thread::set_stack_size(4096), Err(StackSizeError::TooSmall));
    for size in [256 * 1024, 1024 * 1024] {
        thread::set_stack_size(size).unwrap();
        assert_eq!(thread::stack_size(), size);
        ten_tasks();
    }
    thread::set_stack_size(0).unwrap();
    assert_eq!(thread::stack_size(), 0);
}

/// A barrier of two locks, each of which is released by another thread than the one that acquired it.
struct Barrier {
    threads: u32,
    waiting: Mutex<u32>,
    check_in: LockType,
    check_out: LockType,
}

impl Barrier {
    fn enter(&self) {
        let add = |n: i32| {
            let mut waiting = self.waiting.lock().unwrap();
            *waiting = waiting.checked_add_signed(n).unwrap();
            *waiting
        };
        self.check_in.acquire().keep();
        if add(1) == self.threads {
            add(-1);
            self.check_out.release().unwrap();
            return;
        }
        self.check_in.release().unwrap();
        self.check_out.acquire().keep();
        if add(-1) == 0 {
            self.check_in.release().unwrap();
        } else {
            self.check_out.release().unwrap();
        }
    }
}

#[test]
fn l15_a_barrier_of_two_locks() {
    const TASKS: u32 = 10;
    const TRIPS: u32 = 3;
    let _watchdog = watchdog();
    let _one = one_at_a_time();
    let barrier = Arc::new(Barrier {
        threads: TASKS,
        waiting: Mutex::new(0),
        check_in: thread::allocate_lock(),
        check_out: thread::allocate_lock(),
    });
    barrier.check_out.acquire().keep();
    let arrived = Arc::new(AtomicU32::new(0));
    let over = Arc::new(AtomicU32::new(0));
    for task in 0..TASKS {
        let (barrier, arrived, over) = (barrier.clone(), arrived.clone(), over.clone());
        thread::start_new_thread(move || {
            for trip in 1..=TRIPS {
                if task != 0 {
                    std::thread::sleep(Duration::from_micros(u64::from(task * 10)));
                }
                arrived.fetch_add(1, Ordering::SeqCst);
                barrier.enter();
                assert!(arrived.load(Ordering::SeqCst) >= trip * TASKS);
            }
            over.fetch_add(1, Ordering::SeqCst);
        })
        .unwrap();
    }
    eventually(|| over.load(Ordering::SeqCst) == TASKS);
    assert_eq!(arrived.load(Ordering::SeqCst), TASKS * TRIPS);
}

#[test]
fn l01_l02_l08_l11_l12_names() {
    let lock: LockType = thread::allocate_lock();
    assert!(!lock.locked());
    {
        // Row L-E01.
        let _guard = lock.acquire();
        assert!(lock.locked() && lock.try_acquire().is_none());
        assert!(lock.acquire_timeout(Duration::from_millis(1)).is_err());
    }
    lock.acquire_timeout(thread::TIMEOUT_MAX).unwrap().keep();
    lock.release().unwrap();
    assert!(lock.release().is_err());
    let failed = || -> Result<(), ThreadError> {
        threading::spawn(|| panic!("oops")).join()?;
        Ok(())
    };
    let hook = threading::set_excepthook(threading::ExceptHook::new(|_| {}));
    assert!(failed().is_err());
    threading::set_excepthook(hook);
}

#[test]
fn context_variables_are_carried() {
    let _watchdog = watchdog();
    let _one = one_at_a_time();
    static CARRIED: ContextVar<u32> = ContextVar::new("carried").inherited_by(Inherit::THREADS);
    static NOT: ContextVar<u32> = ContextVar::new("not");
    CARRIED.set(5);
    NOT.set(6);
    let (sender, receiver) = std::sync::mpsc::channel();
    thread::start_new_thread(move || sender.send((CARRIED.get_or(0), NOT.get_or(0)))).unwrap();
    assert_eq!(receiver.recv(), Ok((5, 0)));
}
