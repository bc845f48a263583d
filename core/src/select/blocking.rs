//! The blocking forms.

use core::pin::pin;

use super::order::Order;
use super::seated::{Looked, Seated, first_ready};
use super::work::Work;
use crate::atomics::edge;
use crate::port::{Port, Relax};
use crate::waiters::{Limit, Seat, Sitter, Sleeper};

/// Performs one operation if that needs no waiting.
#[inline]
pub(super) fn try_now<P: Port, R, A: Work<P, R>>(mut arms: A, order: Order) -> Option<R> {
    arms.begin();
    let at = first_ready(&mut arms, order)?;
    Some(arms.finish(at))
}

/// Waits until one operation can be performed.
#[inline]
pub(super) fn wait<P: Port, R, A: Work<P, R>, L: Limit<P>>(
    mut arms: A,
    order: Order,
    limit: &L,
) -> Result<R, L::Expired> {
    arms.begin();
    if let Some(at) = first_ready(&mut arms, order) {
        return Ok(arms.finish(at));
    }
    let at = wait_seated(&mut arms, order, limit)?;
    Ok(arms.finish(at))
}

/// First looks again a few times, awake; then waits at all objects at once, asleep. See `waiters/sleeper.rs`.
#[cold]
fn wait_seated<P: Port, R, A: Work<P, R>, L: Limit<P>>(
    arms: &mut A,
    order: Order,
    limit: &L,
) -> Result<usize, L::Expired> {
    limit.check()?;
    let mut turn = 0;
    while P::Relax::answer_turn(turn) {
        if let Some(at) = first_ready(arms, order) {
            return Ok(at);
        }
        turn += 1;
    }
    P::assert_may_block();
    // Outlives the seats, as it was made before them.
    let sleeper = pin!(Sleeper::<P>::new());
    let sleeper = sleeper.into_ref();
    let seats = pin!(arms.seats(Seat::for_arm));
    let mut seated = Seated::new(arms, seats.into_ref());
    loop {
        match seated.sit(&Sitter::Arm(sleeper.get_ref())) {
            Ok(_) => {
                if let Looked::Found(performed) = seated.look_again(order) {
                    return Ok(seated.settle(performed));
                }
            }
            Err(performed) => return Ok(seated.settle(performed)),
        }
        // If a seat was told of something in the meantime, the flag is up, and this returns at once.
        let slept = sleeper.sleep(limit);
        // A notifier that was held up in the middle puts the flag up and then ends its node: who stayed in a seat like that would take the flag down, and be told of nothing there.
        if edge!("all-risen").is_taken() {
            seated.rise();
        }
        // One more look after the last sleep: what came in time is never reported as late.
        if let Some(performed) = seated.choose(order) {
            return Ok(seated.settle(performed));
        }
        slept?;
        sleeper.again();
    }
}
