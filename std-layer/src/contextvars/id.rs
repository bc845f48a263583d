//! Names of contexts, by which a token knows its own.

use std::cell::Cell;
use std::num::NonZeroU64;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Names a context for its tokens. Given when the first token is made: a context in which nothing is set needs none.
///
/// It does not come back, but on a 32-bit system after four thousand million blocks; a token that is as old as that would then be taken for a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Id(NonZeroU64);

/// A thread takes so many at once.
const BLOCK: u64 = 1 << 20;

static BLOCKS: AtomicUsize = AtomicUsize::new(1);

impl Id {
    /// A name that nobody has had. `next` is the calling thread's own; 0 at first.
    #[cold]
    pub(super) fn fresh(next: &Cell<u64>) -> Self {
        let mut id = next.get();
        if id.is_multiple_of(BLOCK) {
            id = BLOCKS.fetch_add(1, Ordering::Relaxed) as u64 * BLOCK + 1;
        }
        next.set(id + 1);
        Self(NonZeroU64::new(id).expect("not the first of a block"))
    }
}
