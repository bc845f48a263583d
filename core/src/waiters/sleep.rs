//! Sleeping as a listed waiter.

use super::bucket::{Entered, bucket_of, unlist};
use super::limit::Limit;
use super::node::{ASLEEP, LISTED, NOTIFIED, Node, Outcome};
use crate::atomics::{Ordering, edge};
use crate::port::{Port, Relax};

/// Waits until the listed `node` of the calling task is notified; first awake, for a notifier that is about to answer, then asleep.
///
/// When time runs out `may_leave` is asked, inside the guard. If it agrees, the node is taken off its list, and nobody will notify it any more; it refuses
/// when it knows that a notifier is on its way. A notifier that came first wins: then the outcome is what it said, even if that takes a moment longer.
pub(crate) fn sleep_until_notified<P: Port, L: Limit<P>>(
    node: &Node<P>,
    limit: &L,
    may_leave: impl FnOnce(&mut Entered<'_, P>) -> bool,
) -> Result<Outcome, L::Expired> {
    sleep_until_notified_among(node, limit, || 0, may_leave)
}

/// As [`sleep_until_notified`], for one that can tell how often others got what it waits for: see [`Relax::answer_turn_among`].
pub(crate) fn sleep_until_notified_among<P: Port, L: Limit<P>>(
    node: &Node<P>,
    limit: &L,
    served: impl Fn() -> usize,
    may_leave: impl FnOnce(&mut Entered<'_, P>) -> bool,
) -> Result<Outcome, L::Expired> {
    let outcome = sleep(node, limit, served, may_leave);
    if P::UNBLOCK_NEEDS_LIVE_TASK {
        // The notifier calls `unblock` inside the guard: once we have been in after it, it is done with us.
        bucket_of::<P>(node.key().load(Ordering::Relaxed)).enter(|_| {});
    }
    outcome.map(|()| node.outcome())
}

fn sleep<P: Port, L: Limit<P>>(
    node: &Node<P>,
    limit: &L,
    served: impl Fn() -> usize,
    may_leave: impl FnOnce(&mut Entered<'_, P>) -> bool,
) -> Result<(), L::Expired> {
    let state = node.state();
    let mut turn = 0;
    while P::Relax::answer_turn_among(turn, &served) {
        if state.load(edge!("notified", Acquire)) == NOTIFIED {
            return Ok(());
        }
        turn += 1;
    }
    if state
        .compare_exchange(
            LISTED,
            ASLEEP,
            Ordering::Relaxed,
            edge!("notified", Acquire),
        )
        .is_err()
    {
        return Ok(());
    }
    loop {
        let Err(expired) = limit.block(state, ASLEEP) else {
            match state.load(edge!("notified", Acquire)) {
                ASLEEP => continue,
                NOTIFIED => return Ok(()),
                _ => break,
            }
        };
        if unlist(node, may_leave) {
            return Err(expired);
        }
        break;
    }
    // Notified, or moved to the queue of a lock, whose holder will notify it.
    loop {
        match state.load(edge!("notified", Acquire)) {
            NOTIFIED => return Ok(()),
            state_now => P::block(state, state_now),
        }
    }
}
