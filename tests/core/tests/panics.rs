//! Documented panics: that they come, what they say, that they point at the caller, and that nothing has changed after them.

use std::panic::{self, AssertUnwindSafe};
use std::sync::{Mutex as StdMutex, PoisonError};
use std::time::{Duration, Instant};

use selvedge::port::Native as P;
use selvedge_conformance::host::Watchdog;
use selvedge_core::{
    Barrier, BoundedSemaphore, Condition, Condvar, Event, Lock, Mutex, RLock, RwLock, Semaphore,
};

const NOT_HELD: &str = "waited on a condition without holding the lock";
const TOO_MANY: &str = "a semaphore holds at most 2^31 - 1 permits";

/// The message, and the file and line, of the panic of `body`.
#[track_caller]
fn panic_of(body: impl FnOnce()) -> (String, String, u32) {
    // The hook is the process's; tests run side by side.
    static ONE_AT_A_TIME: StdMutex<()> = StdMutex::new(());
    static SEEN: StdMutex<Option<(String, String, u32)>> = StdMutex::new(None);
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let old = panic::take_hook();
    panic::set_hook(Box::new(|info| {
        let place = info.location().expect("every panic has a place");
        let message = info.payload_as_str().unwrap_or("").to_owned();
        *SEEN.lock().unwrap() = Some((message, place.file().to_owned(), place.line()));
    }));
    let outcome = panic::catch_unwind(AssertUnwindSafe(body));
    panic::set_hook(old);
    assert!(outcome.is_err(), "no panic");
    SEEN.lock().unwrap().take().expect("the hook saw it")
}

/// `call` panics with `message`, and the place is where this macro is used.
macro_rules! panics_here {
    ($message:expr, $call:expr) => {{
        let line = line!();
        let (message, file, at) = panic_of(|| {
            let _ = $call;
        });
        assert_eq!(message, $message);
        assert_eq!(file, file!());
        // The call may be set over several lines.
        assert!((line..line + 8).contains(&at), "at {at}, not {line}");
    }};
}

#[test]
fn waits_without_the_lock() {
    let _watchdog = Watchdog::new("waits_without_the_lock");
    let (lock, condvar) = (Lock::<P>::new(), Condvar::<P>::new());
    let mut guard = lock.acquire();
    lock.release().unwrap();
    panics_here!(NOT_HELD, condvar.wait(&mut guard));
    panics_here!(NOT_HELD, condvar.wait_timeout(&mut guard, Duration::ZERO));
    panics_here!(NOT_HELD, condvar.wait_deadline(&mut guard, Instant::now()));
    panics_here!(NOT_HELD, condvar.wait_for(&mut guard, |_| false));
    panics_here!(
        NOT_HELD,
        condvar.wait_for_timeout(&mut guard, Duration::ZERO, |_| false)
    );
    panics_here!(
        NOT_HELD,
        condvar.wait_for_deadline(&mut guard, Instant::now(), |_| false)
    );
    assert_eq!(condvar.waiting(), 0);
    drop(guard);
    assert!(!lock.locked());

    let lock = RLock::<P>::default();
    let mut guard = lock.acquire();
    lock.release().unwrap();
    panics_here!(NOT_HELD, condvar.wait(&mut guard));

    let condition = Condition::new(Lock::<P>::new());
    let mut guard = condition.acquire();
    condition.lock().release().unwrap();
    panics_here!(NOT_HELD, guard.wait());
    panics_here!(NOT_HELD, guard.wait_timeout(Duration::ZERO));
    panics_here!(NOT_HELD, guard.wait_for(|_| false));
}

/// Asynchronously: at the first poll.
#[test]
fn waits_async_without_the_lock() {
    let _watchdog = Watchdog::new("waits_async_without_the_lock");
    let (lock, condvar) = (Lock::<P>::new(), Condvar::<P>::new());
    let guard = lock.acquire();
    lock.release().unwrap();
    let probe = selvedge_conformance::probe::Probe::new();
    let mut future = std::pin::pin!(Some(condvar.wait_async(guard)));
    let (message, ..) = panic_of(|| {
        let _ = probe.poll(&mut future);
    });
    assert_eq!(message, "waited on a condition without holding the lock");
    assert_eq!(condvar.waiting(), 0);
    assert!(!lock.locked());
}

#[test]
fn too_many_permits() {
    const MOST: u32 = u32::MAX >> 1;
    let full = Semaphore::<P>::new(MOST);
    for n in [1, MOST, MOST + 1, u32::MAX] {
        panics_here!(TOO_MANY, full.release(n));
        assert_eq!(full.value(), MOST, "unchanged");
    }
    full.acquire().keep();
    panics_here!(TOO_MANY, full.release(2));
    full.release(1);
    assert_eq!(full.value(), MOST);
}

#[test]
fn constructors() {
    panics_here!(TOO_MANY, Semaphore::<P>::new(1 << 31));
    panics_here!(TOO_MANY, BoundedSemaphore::<P>::new(u32::MAX));
    panics_here!("a barrier needs at least one party", Barrier::<P>::new(0));
    panics_here!(
        "a barrier needs at least one party",
        Barrier::<P, _>::with_action(0, || {})
    );
    panics_here!(
        "a barrier has at most 2^29 - 1 parties",
        Barrier::<P>::new(1 << 29)
    );
    assert_eq!(Barrier::<P>::new((1 << 29) - 1).parties(), (1 << 29) - 1);
}

/// No poisoning: a panic under a lock leaves it free, and the data as they were.
#[test]
fn holders_that_panic() {
    let _watchdog = Watchdog::new("holders_that_panic");
    let mutex = Mutex::<P, u32>::new(0);
    let lock = Lock::<P>::new();
    let reentrant = RLock::<P>::default();
    let shared = RwLock::<P, u32>::new(0);
    let semaphore = Semaphore::<P>::new(1);
    panic_of(|| {
        let _guards = (lock.acquire(), reentrant.acquire(), reentrant.acquire());
        let _permit = semaphore.acquire();
        let mut one = mutex.lock();
        let mut two = shared.write();
        *one = 1;
        *two = 1;
        panic!("expected");
    });
    assert_eq!((*mutex.lock(), *shared.read()), (1, 1));
    assert!(!lock.locked() && !reentrant.locked());
    assert_eq!(semaphore.value(), 1);
}

/// A waker that panics takes no other waiter with it.
#[test]
fn wakers_that_panic() {
    use std::future::Future;
    use std::task::{Context, Wake, Waker};
    struct Panics;
    impl Wake for Panics {
        fn wake(self: std::sync::Arc<Self>) {
            panic!("expected");
        }
    }
    let _watchdog = Watchdog::new("wakers_that_panic");
    let event = Event::<P>::new();
    let panics = Waker::from(std::sync::Arc::new(Panics));
    let probe = selvedge_conformance::probe::Probe::new();
    let mut one = std::pin::pin!(event.wait_async());
    let mut two = std::pin::pin!(Some(event.wait_async()));
    assert!(
        one.as_mut()
            .poll(&mut Context::from_waker(&panics))
            .is_pending()
    );
    assert!(probe.poll(&mut two).is_pending());
    let (message, ..) = panic_of(|| event.set());
    assert_eq!(message, "expected");
    assert!(probe.woken());
    assert!(probe.poll(&mut two).is_ready());
    assert!(
        one.as_mut()
            .poll(&mut Context::from_waker(&panics))
            .is_ready()
    );
}

/// A future that is polled after it was ready says so; that is a bug of an executor.
#[test]
fn polled_after_ready() {
    let event = Event::<P>::new();
    event.set();
    let probe = selvedge_conformance::probe::Probe::new();
    let mut future = std::pin::pin!(Some(event.wait_async()));
    assert!(probe.poll(&mut future).is_ready());
    panic_of(|| {
        let _ = probe.poll(&mut future);
    });
}
