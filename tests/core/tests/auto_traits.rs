//! Which types may go to other threads, be shared with them, and be moved after they were polled: a change here is a change of what users may write.
//!
//! The payloads: `u8` may do everything, `Cell` may go but not be shared, `OnlySync` may be shared but not go, `Rc` may do neither.

use std::cell::Cell;
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::MutexGuard as StdGuard;

use selvedge::port::Native as P;
use selvedge_core::{
    Barrier, BoundedPermit, BoundedSemaphore, Condition, ConditionGuard, Condvar, Event, Lock,
    LockGuard, Mutex, MutexGuard, Permit, RLock, RLockGuard, RwLock, RwLockReadGuard,
    RwLockWriteGuard, Semaphore, Shared, raw,
};
use static_assertions::{assert_impl_all, assert_not_impl_any};

type OnlySend = Cell<u8>;
type OnlySync = PhantomData<StdGuard<'static, u8>>;
type Neither = Rc<u8>;

/// `matrix!(Type: Send Sync)`: has these of the two, and not the others.
macro_rules! matrix {
    ($($type:ty: $($has:ident)*;)*) => { $( matrix!(@ $type, $($has)*); )* };
    (@ $type:ty, Send Sync) => { assert_impl_all!($type: Send, Sync); };
    (@ $type:ty, Send) => { assert_impl_all!($type: Send); assert_not_impl_any!($type: Sync); };
    (@ $type:ty, Sync) => { assert_impl_all!($type: Sync); assert_not_impl_any!($type: Send); };
    (@ $type:ty,) => { assert_not_impl_any!($type: Send, Sync); };
}

// The payloads are what they are said to be.
matrix! {
    u8: Send Sync;
    OnlySend: Send;
    OnlySync: Sync;
    Neither: ;
}

// Without data: everything.
matrix! {
    Lock<P>: Send Sync;
    LockGuard<'static, P>: Send Sync;
    Condvar<P>: Send Sync;
    Semaphore<P>: Send Sync;
    Permit<'static, P>: Send Sync;
    BoundedSemaphore<P>: Send Sync;
    BoundedPermit<'static, P>: Send Sync;
    Event<P>: Send Sync;
    Barrier<P>: Send Sync;
    raw::RawLock<P>: Send Sync;
    raw::RawRLock<P>: Send Sync;
    raw::RawRwLock<P>: Send Sync;
    raw::RawCondition<P>: Send Sync;
    raw::RawSemaphore<P>: Send Sync;
    raw::RawEvent<P>: Send Sync;
    raw::RawBarrier<P>: Send Sync;
}

// A mutex hands its data on, one thread at a time: they must be able to go. A guard stands for `&mut`.
matrix! {
    Mutex<P, u8>: Send Sync;
    Mutex<P, OnlySend>: Send Sync;
    Mutex<P, OnlySync>: ;
    Mutex<P, Neither>: ;
    MutexGuard<'static, P, u8>: Send Sync;
    MutexGuard<'static, P, OnlySend>: Send;
    MutexGuard<'static, P, OnlySync>: ;
    MutexGuard<'static, P, Neither>: ;
}

// The guard of a reentrant lock belongs to its thread; whoever else sees it sees the data.
matrix! {
    RLock<P, u8>: Send Sync;
    RLock<P, OnlySend>: Send Sync;
    RLock<P, OnlySync>: ;
    RLock<P, Neither>: ;
    RLockGuard<'static, P, u8>: Sync;
    RLockGuard<'static, P, OnlySend>: ;
    RLockGuard<'static, P, Neither>: ;
}

// Readers share, a writer takes along.
matrix! {
    RwLock<P, u8>: Send Sync;
    RwLock<P, OnlySend>: Send;
    RwLock<P, OnlySync>: ;
    RwLock<P, Neither>: ;
    RwLockReadGuard<'static, P, u8>: Send Sync;
    RwLockReadGuard<'static, P, OnlySend>: ;
    RwLockReadGuard<'static, P, OnlySync>: ;
    RwLockReadGuard<'static, P, Neither>: ;
    RwLockWriteGuard<'static, P, u8>: Send Sync;
    RwLockWriteGuard<'static, P, OnlySend>: ;
    RwLockWriteGuard<'static, P, OnlySync>: ;
    RwLockWriteGuard<'static, P, Neither>: ;
}

// An action is called by whoever comes last.
matrix! {
    Barrier<P, fn()>: Send Sync;
    Barrier<P, OnlySend>: Send Sync;
    Barrier<P, Neither>: ;
}

// A condition is as its lock.
matrix! {
    Condition<Lock<P>>: Send Sync;
    Condition<Mutex<P, OnlySend>>: Send Sync;
    Condition<Mutex<P, Neither>>: ;
    Condition<&'static Mutex<P, u8>>: Send Sync;
    Condition<Shared<std::sync::Arc<Mutex<P, u8>>>>: Send Sync;
    Condition<Shared<Rc<Mutex<P, u8>>>>: ;
    Condition<RLock<P>>: Send Sync;
    ConditionGuard<'static, Mutex<P, u8>>: Send Sync;
    ConditionGuard<'static, Mutex<P, OnlySend>>: Send;
    ConditionGuard<'static, RLock<P>>: Sync;
}

// Nothing is pinned but futures.
assert_impl_all!(Lock<P>: Unpin);
assert_impl_all!(Mutex<P, u8>: Unpin);
assert_impl_all!(RLock<P, u8>: Unpin);
assert_impl_all!(RwLock<P, u8>: Unpin);
assert_impl_all!(Condvar<P>: Unpin);
assert_impl_all!(Condition<Mutex<P, u8>>: Unpin);
assert_impl_all!(Semaphore<P>: Unpin);
assert_impl_all!(BoundedSemaphore<P>: Unpin);
assert_impl_all!(Event<P>: Unpin);
assert_impl_all!(Barrier<P>: Unpin);
assert_impl_all!(MutexGuard<'static, P, u8>: Unpin);

/// Whether a future, whose type has no name, has an auto trait. Method look-up finds the trait for the value first, if its bound holds, and the one for the reference otherwise.
macro_rules! has {
    ($trait:ident, $value:expr) => {{
        #[allow(dead_code, reason = "one of the two answers")]
        trait Holds {
            fn answer(&self) -> bool {
                true
            }
        }
        #[allow(dead_code, reason = "one of the two answers")]
        trait HoldsNot {
            fn answer(&self) -> bool {
                false
            }
        }
        struct Of<T>(PhantomData<T>);
        fn of<T>(_: &T) -> Of<T> {
            Of(PhantomData)
        }
        impl<T: $trait> Holds for Of<T> {}
        impl<T> HoldsNot for &Of<T> {}
        (&of(&$value)).answer()
    }};
}

/// (`Send`, `Unpin`).
macro_rules! future {
    ($value:expr) => {{
        let future = $value;
        (has!(Send, future), has!(Unpin, future))
    }};
}

#[test]
fn the_question_itself() {
    assert!(has!(Send, 1_u8) && !has!(Send, Neither::new(1)));
    assert!(has!(Unpin, 1_u8) && !has!(Unpin, std::marker::PhantomPinned));
}

/// Futures go to other threads if their outcome may be used there, and are pinned.
#[test]
fn futures() {
    let (lock, event) = (Lock::<P>::new(), Event::<P>::new());
    assert_eq!(future!(lock.acquire_async()), (true, false));
    assert_eq!(future!(event.wait_async()), (true, false));
    let (one, two) = (Semaphore::<P>::new(1), BoundedSemaphore::<P>::new(1));
    assert_eq!(future!(one.acquire_async()), (true, false));
    assert_eq!(future!(two.acquire_async()), (true, false));
    let barrier = Barrier::<P>::new(1);
    assert_eq!(future!(barrier.wait_async()), (true, false));

    let mutex = Mutex::<P, OnlySend>::new(Cell::new(1));
    assert_eq!(future!(mutex.lock_async()), (true, false));
    let mutex = Mutex::<P, Neither>::new(Rc::new(1));
    assert_eq!(future!(mutex.lock_async()), (false, false));

    let shared = RwLock::<P, u8>::new(1);
    assert_eq!(future!(shared.read_async()), (true, false));
    assert_eq!(future!(shared.write_async()), (true, false));
    let shared = RwLock::<P, OnlySend>::new(Cell::new(1));
    assert_eq!(future!(shared.read_async()), (false, false));

    // Until it has the lock it belongs to nobody.
    let reentrant = RLock::<P, OnlySend>::new(Cell::new(1));
    assert_eq!(future!(reentrant.acquire_async()), (true, false));
}

/// A wait on a condition holds the guard.
#[test]
fn futures_of_conditions() {
    let condvar = Condvar::<P>::new();
    let mutex = Mutex::<P, OnlySend>::new(Cell::new(1));
    assert_eq!(future!(condvar.wait_async(mutex.lock())), (true, false));
    let reentrant = RLock::<P, u8>::new(1);
    assert_eq!(
        future!(condvar.wait_async(reentrant.acquire())),
        (false, false)
    );
}
