//! Sleeping on words, built from parking: for ports whose system can only block and resume tasks.
//!
//! Such a port implements [`Park`] and writes its [`Port`] functions as calls to the functions of this module: `wait` to [`wait`], `wake` to [`wake`],
//! `task` to [`Park::current`], `block` to [`block`], `unblock` to [`unblock`], with
//! [`UNBLOCK_NEEDS_LIVE_TASK`](Port::UNBLOCK_NEEDS_LIVE_TASK) true unless unparking a task that has ended is harmless.
//!
//! Sleepers are listed in the port's table in order of arrival, together with async tasks: waking is FIFO across both.
//!
//! # Safety
//!
//! Lists nodes that live in the frame of the waiting function, which does not return before they are off the list.
#![allow(unsafe_code, reason = "lists a node in its own frame")]

use core::pin::pin;

use super::bucket::bucket_of;
use super::limit::{Forever, Limit, Until};
use super::node::Node;
use super::sleep::sleep_until_notified;
use crate::atomics::{AtomicU32, Ordering};
use crate::port::{Park, Port, TimedPark, TimedPort};

/// [`Port::wait`] by parking.
pub fn wait<P: Port + Park>(word: &AtomicU32, expected: u32) {
    let Ok(()) = wait_limited::<P, _>(word, expected, &Forever);
}

/// [`TimedPort::wait_until`] by parking.
pub fn wait_until<P: TimedPort + TimedPark>(word: &AtomicU32, expected: u32, deadline: P::Instant) {
    let _ = wait_limited::<P, _>(word, expected, &Until::deadline(deadline));
}

/// [`Port::wake`] by parking: nobody sleeps anywhere but in the list, and the list has been served by then.
pub fn wake(_word: *const AtomicU32, _count: u32) -> u32 {
    0
}

/// [`Port::block`] by parking.
pub fn block<P: Port + Park>(flag: &AtomicU32, expected: u32) {
    if flag.load(Ordering::Acquire) == expected {
        P::park();
    }
}

/// [`TimedPort::block_until`] by parking.
pub fn block_until<P: TimedPort + TimedPark>(
    flag: &AtomicU32,
    expected: u32,
    deadline: P::Instant,
) {
    if flag.load(Ordering::Acquire) == expected {
        P::park_until(deadline);
    }
}

/// [`Port::unblock`] by parking.
pub fn unblock<P: Park>(task: &P::Task) {
    P::unpark(task);
}

fn wait_limited<P: Port, L: Limit<P>>(
    word: &AtomicU32,
    expected: u32,
    limit: &L,
) -> Result<(), L::Expired> {
    let node = pin!(Node::<P>::for_task());
    let node = node.into_ref().get_ref();
    let address = core::ptr::from_ref(word).addr();
    let listed = bucket_of::<P>(address).enter(|entered| {
        // SAFETY: pinned in this frame, new, and `sleep_until_notified` returns only when it is off the list.
        unsafe { entered.push(node, address, |_| word.load(Ordering::Relaxed) == expected) }
    });
    if listed {
        sleep_until_notified(node, limit, |_| true)?;
    }
    Ok(())
}
