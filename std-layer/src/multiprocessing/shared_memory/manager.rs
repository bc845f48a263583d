//! Shared memory that goes together.

use std::collections::VecDeque;

use super::{Item, ListError, OpenError, ShareableList, SharedMemory};
use crate::threading::Mutex;

/// Keeps shared memory and its names until it is dropped or [shut down](Self::shutdown): Python's `SharedMemoryManager` (row H-13).
///
/// There it is a process that does this, so that something is left to clean up if the program is killed. Here nothing would have to be cleaned up, and it is a list.
///
/// Memory that was [unlinked](SharedMemory::unlink) and that no process has any more is used for the next of the same size, filled with zeros, under a new name. That takes a fifth of the time that new memory takes, nearly all of which goes into pages that were never used. Of another size, or hardly ever touched, it is given back when the next is asked for.
///
/// ```
/// use selvedge::multiprocessing::shared_memory::{Item, SharedMemory, SharedMemoryManager};
/// use selvedge::multiprocessing::spawn;
/// use selvedge::multiprocessing::shared_memory::ShareableList;
///
/// fn half((list, first): (ShareableList, isize)) {
///     for i in first..first + 1000 {
///         list.set(i, i as i64).unwrap();
///     }
/// }
///
/// let manager = SharedMemoryManager::new();
/// let list = manager.list((0..2000).map(|_| 0)).unwrap();
/// let children = [0, 1000].map(|first| {
///     let list = ShareableList::attach(list.memory().name().unwrap()).unwrap();
///     spawn(half, (list, first)).unwrap()
/// });
/// children.map(|child| child.join().unwrap());
/// let sum: i64 = list.iter().map(|item| if let Item::Int(n) = item { n } else { 0 }).sum();
/// assert_eq!(sum, 1999 * 1000);
/// manager.shutdown();
/// assert!(SharedMemory::attach(list.memory().name().unwrap()).is_err());
/// ```
#[derive(Debug, Default)]
pub struct SharedMemoryManager {
    /// Whoever was looked at last is the last.
    kept: Mutex<VecDeque<SharedMemory>>,
}

/// How many are looked at when memory is asked for: each takes a system call.
const LOOKS: usize = 4;

impl SharedMemoryManager {
    /// Keeps nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// New memory with a name, of zeros; or what is left of earlier memory, as if it were new.
    ///
    /// # Errors
    ///
    /// As [`SharedMemory::create`].
    pub fn memory(&self, size: usize) -> Result<SharedMemory, OpenError> {
        if let Some(memory) = self.left_over(size) {
            return Ok(memory);
        }
        let memory = SharedMemory::create(size)?;
        self.keep(&memory)?;
        Ok(memory)
    }

    fn left_over(&self, size: usize) -> Option<SharedMemory> {
        for _ in 0..LOOKS {
            let mut oldest = self.kept.lock().pop_front()?;
            let is_left = oldest.is_left();
            let is_fit = is_left && oldest.size() == size && oldest.is_used();
            let found = is_fit.then(|| oldest.anew());
            match found {
                Some(Ok(memory)) => {
                    self.kept.lock().push_back(oldest);
                    return Some(memory);
                }
                // New memory may be had all the same.
                Some(Err(_)) => {}
                None if is_left => {}
                None => self.kept.lock().push_back(oldest),
            }
        }
        None
    }

    /// A new list in memory with a name.
    ///
    /// # Errors
    ///
    /// As [`ShareableList::new`].
    pub fn list<I>(&self, items: I) -> Result<ShareableList, ListError>
    where
        I: IntoIterator<Item: Into<Item>>,
    {
        let list = ShareableList::new(items)?;
        self.keep(list.memory())?;
        Ok(list)
    }

    fn keep(&self, memory: &SharedMemory) -> Result<(), OpenError> {
        let Some(name) = memory.name() else {
            return Ok(());
        };
        memory.hold();
        let own = SharedMemory::attach(name)?;
        self.kept.lock().push_back(own);
        Ok(())
    }

    /// Takes all names away, and forgets the memory. Who has it keeps it. It can be used again afterwards.
    pub fn shutdown(&self) {
        let kept = std::mem::take(&mut *self.kept.lock());
        for memory in &kept {
            let _ = memory.unlink();
        }
    }
}

impl Drop for SharedMemoryManager {
    fn drop(&mut self) {
        self.shutdown();
    }
}
