//! Which variable: a small number, given at first use.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The next number to be given. They are never given again: a context may hold values of a variable that is gone.
static NEXT: AtomicUsize = AtomicUsize::new(1);

/// Names a context variable: a number that no other variable of the process has or will have. Unlike an address it stays when the variable moves.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VarKey(NonZeroUsize);

impl VarKey {
    /// The place in the maps. Variables that were used first have the lowest ones.
    #[inline]
    pub(super) const fn place(self) -> usize {
        self.0.get() - 1
    }
}

impl fmt::Debug for VarKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VarKey").field(&self.0).finish()
    }
}

/// A variable's key, or 0 until somebody asks for it.
///
/// One role, a number; Relaxed. What is stored under it is published by other ways.
pub(super) struct KeyCell(AtomicUsize);

impl KeyCell {
    pub(super) const fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    /// The key, if there is one; without one the variable has never been set.
    #[inline]
    pub(super) fn get(&self) -> Option<VarKey> {
        NonZeroUsize::new(self.0.load(Ordering::Relaxed)).map(VarKey)
    }

    /// The key.
    #[inline]
    pub(super) fn get_or_make(&self) -> VarKey {
        match self.get() {
            Some(key) => key,
            None => self.make(),
        }
    }

    #[cold]
    fn make(&self) -> VarKey {
        let fresh = fresh();
        match self
            .0
            .compare_exchange(0, fresh.get(), Ordering::Relaxed, Ordering::Relaxed)
        {
            Ok(_) => VarKey(fresh),
            // Another thread was faster; our number stays unused.
            Err(theirs) => VarKey(NonZeroUsize::new(theirs).unwrap_or(fresh)),
        }
    }
}

/// A number that nobody has had.
fn fresh() -> NonZeroUsize {
    let number = NEXT
        .try_update(Ordering::Relaxed, Ordering::Relaxed, |next| {
            next.checked_add(1)
        })
        .ok();
    number
        .and_then(NonZeroUsize::new)
        .expect("the numbers of context variables are used up")
}
