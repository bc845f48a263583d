#![doc = include_str!("README.md")]

mod batch;
mod bucket;
pub mod by_parking;
mod limit;
mod list;
mod node;
mod seat;
mod sleep;
mod waiting;

pub(crate) use batch::Batch;
pub use bucket::Bucket;
pub(crate) use bucket::{Entered, bucket_of};
pub(crate) use limit::{Forever, Limit, Until};
pub(crate) use node::{Node, Outcome, Wake};
pub(crate) use seat::{Left, Seat};
pub(crate) use sleep::sleep_until_notified;
pub(crate) use waiting::{Turn, Waiting};

use crate::atomics::{AtomicU32, Ordering, fence};
use crate::port::Port;

/// Wakes up to `count` waiters on `word`, listed ones and sleeping ones, and says how many it found.
///
/// The caller has changed the word by a read-modify-write before. First half of edge `listed-or-looked` (README): the fence orders
/// that change before the look at the list.
///
/// Where both kinds wait on one word and one is to be woken, they take turns: neither can starve the other.
#[cold]
pub(crate) fn wake<P: Port>(word: &AtomicU32, count: u32) -> u32 {
    fence(Ordering::SeqCst);
    let address = core::ptr::from_ref(word).addr();
    let bucket = bucket_of::<P>(address);
    if bucket.is_empty() {
        return P::wake(word, count);
    }
    let mut woken = 0;
    if count == 1 && bucket.sleepers_turn() {
        woken = P::wake(word, 1);
        if woken == 1 {
            return 1;
        }
    }
    woken += bucket.notify(address, count, Outcome::Plain);
    if woken < count {
        woken += P::wake(word, count - woken);
    }
    woken
}
