//! Awaiting in a task that blocks.
//!
//! # Safety
//!
//! Makes a [`Waker`] from an event that lives for ever.
#![allow(unsafe_code, reason = "makes wakers from statics")]

use core::future::Future;
use core::marker::PhantomData;
use core::pin::pin;
use core::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};

use selvedge_core::Event;
use selvedge_core::port::Port;

/// Drives `future` in a task that sleeps meanwhile; whoever wakes it sets `bell`, which must be this task's own.
pub fn block_on<P: Port, F: Future>(bell: &'static Event<P>, future: F) -> F::Output {
    // SAFETY: the functions keep the contract of a waker: the data are an event that lives for ever and may be set from anywhere.
    let waker = unsafe { Waker::from_raw(raw(bell)) };
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        bell.clear();
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        bell.wait();
    }
}

fn raw<P: Port>(bell: &'static Event<P>) -> RawWaker {
    RawWaker::new(core::ptr::from_ref(bell).cast(), Functions::<P>::TABLE)
}

struct Functions<P>(PhantomData<P>);

impl<P: Port> Functions<P> {
    const TABLE: &'static RawWakerVTable =
        &RawWakerVTable::new(Self::clone, Self::wake, Self::wake, |_| {});

    fn bell(data: *const ()) -> &'static Event<P> {
        // SAFETY: the data of these wakers come from a reference that lives for ever, in `raw`.
        unsafe { &*data.cast() }
    }

    fn clone(data: *const ()) -> RawWaker {
        raw(Self::bell(data))
    }

    fn wake(data: *const ()) {
        Self::bell(data).set();
    }
}
