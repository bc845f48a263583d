#![doc = include_str!("README.md")]

mod batch;
mod bucket;
pub mod by_parking;
mod limit;
mod list;
mod node;
pub(crate) mod one_at_a_time;
mod seat;
mod sleep;
mod sleeper;
mod waiting;

pub(crate) use batch::{Batch, OnUnwind};
pub use bucket::Bucket;
use bucket::Counts;
pub(crate) use bucket::{Entered, bucket_of, unlist};
pub(crate) use limit::{AtOnce, Forever, Limit, Until};
pub(crate) use list::Kinds;
pub(crate) use node::{Node, Outcome, Wake};
pub(crate) use seat::{Left, Seat};
pub(crate) use sleep::{sleep_until_notified, sleep_until_notified_among};
pub(crate) use sleeper::{Sitter, Sleeper};
pub(crate) use waiting::{Then, Turn, Waiting};

use crate::atomics::{AtomicU32, edge, fence_of};
use crate::port::Port;

/// Wakes up to `count` tasks that wait on `word`, listed or asleep in the port, and up to `count` futures; says how many tasks it found.
///
/// The caller has changed the word by a read-modify-write before. First half of edge `listed-or-looked` (README): the fence orders
/// that change before the look at the list.
///
/// Futures come on top of tasks, not in their place: a future that is woken may not be polled for a long time (its task is busy, or even blocked on this very word), and must not keep the
/// wake-up from a task that could use it. One waiter too many looks at the word and waits again. Listed tasks and sleepers take turns in coming first.
#[cold]
pub(crate) fn wake<P: Port>(word: &AtomicU32, count: u32) -> u32 {
    let address = core::ptr::from_ref(word).addr();
    if P::SHORT_SECTIONS {
        let tasks = one_at_a_time::notify::<P>(address, count, None);
        return if P::LISTS_SLEEPERS || tasks == count {
            tasks
        } else {
            tasks + P::wake(word, count - tasks)
        };
    }
    fence_of(edge!("listed-or-looked"));
    let bucket = bucket_of::<P>(address);
    if P::LISTS_SLEEPERS {
        if bucket.is_empty() {
            return 0;
        }
        let wanted = Counts {
            tasks: count,
            futures: count,
        };
        return bucket.notify(address, wanted).tasks;
    }
    if bucket.is_empty() {
        return P::wake(word, count);
    }
    let mut tasks = 0;
    let sleepers_first = bucket.sleepers_turn();
    if sleepers_first {
        tasks = P::wake(word, count);
    }
    // A waker that panics keeps the wake-up from no sleeper.
    let on_unwind = OnUnwind::new(|| {
        P::wake(word, count);
    });
    let wanted = Counts {
        tasks: count - tasks,
        futures: count,
    };
    tasks += bucket.notify(address, wanted).tasks;
    on_unwind.defuse();
    if !sleepers_first && tasks < count {
        tasks += P::wake(word, count - tasks);
    }
    tasks
}
