//! Thread-local data in objects: one [`Local`], as many values as threads.

mod entry;
mod table;
mod values;

use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;
use std::sync::OnceLock;

use entry::Entry;
use table::Key;
#[cfg(unix)]
pub(super) use table::LOCALS;
pub(super) use values::thread_ends;

/// A value for each thread that asks for one.
///
/// Each thread's value is made by the initialiser at the first use there (row T-26) and is nobody else's. Unlike `thread_local!` it is an object: it can be a field, a local variable, a `static`, there
/// can be any number of them, and it can have captured what its initialiser needs. Where Python's `local` is a bag of attributes (rows T-24, T-25, T-27), the type here says what
/// is in it; use a `RefCell<HashMap<..>>` for a bag.
///
/// # Lifetime of the values
///
/// A thread's values are destroyed when the thread ends, in it, the last one first, before a [`join`](super::Thread::join) returns (row T-28), and all values are destroyed, by whoever does it, when the `Local` is dropped; that is why they
/// must be [`Send`]. The main thread's values are not destroyed at exit. A new `Local` never sees values of an old one.
///
/// References do not leave [`with`](Self::with), so a value cannot be kept beyond its thread (row T-29). Setting or clearing a value inside `with` is allowed: the old one stays until `with`
/// returns.
///
/// # Blocking
///
/// Takes a lock at the first use in a thread, and when a thread or a `Local` with values ends; otherwise it is a look into a table of the thread. The initialiser and the destructors run outside of it.
///
/// ```
/// use std::cell::Cell;
/// use selvedge::threading::{self, Local};
///
/// static VISITS: Local<Cell<u32>> = Local::new(|| Cell::new(0));
///
/// fn visit() -> u32 {
///     VISITS.with(|visits| {
///         visits.set(visits.get() + 1);
///         visits.get()
///     })
/// }
///
/// assert_eq!((visit(), visit()), (1, 2));
/// assert_eq!(threading::spawn(visit).join().unwrap(), 1);
/// ```
pub struct Local<T: Send + 'static, F = fn() -> T> {
    key: OnceLock<Key>,
    init: F,
    /// It owns values of many threads and gives each to its own thread only, so its auto traits are those of `init`.
    values: PhantomData<fn() -> T>,
}

impl<T: Send + 'static, F: Fn() -> T> Local<T, F> {
    /// An object whose values are made by `init`, each in the thread that asks for it.
    pub const fn new(init: F) -> Self {
        Self {
            key: OnceLock::new(),
            init,
            values: PhantomData,
        }
    }

    /// Calls `f` with the calling thread's value, which is made if there is none.
    ///
    /// # Panics
    ///
    /// If the initialiser panics; then there is no value, and the next use calls it again.
    pub fn with<R>(&self, f: impl FnOnce(&T) -> R) -> R {
        let key = self.key();
        let value = match values::get::<T>(key) {
            Some(value) => value,
            None => self.make(key),
        };
        f(&value)
    }

    #[cold]
    fn make(&self, key: Key) -> std::rc::Rc<T> {
        let value = (self.init)();
        // The initialiser may have used this object, and made a value: that one stays.
        if let Some(value) = values::get::<T>(key) {
            return value;
        }
        values::set(key, Some(value));
        values::get::<T>(key).expect("set above")
    }

    /// A copy of the calling thread's value, which is made if there is none.
    pub fn get(&self) -> T
    where
        T: Clone,
    {
        self.with(T::clone)
    }
}

impl<T: Send + 'static, F> Local<T, F> {
    fn key(&self) -> Key {
        *self.key.get_or_init(table::new_key)
    }

    /// Calls `f` with the calling thread's value if there is one: nothing is made. (Where Python raises `AttributeError`, row T-25.)
    pub fn try_with<R>(&self, f: impl FnOnce(&T) -> R) -> Option<R> {
        let value = values::get::<T>(*self.key.get()?)?;
        Some(f(&value))
    }

    /// Whether the calling thread has a value.
    pub fn is_set(&self) -> bool {
        self.try_with(|_| ()).is_some()
    }

    /// Gives the calling thread this value. An old one is dropped.
    pub fn set(&self, value: T) {
        values::set(self.key(), Some(value));
    }

    /// Drops the calling thread's value, if there is one.
    pub fn clear(&self) {
        if let Some(key) = self.key.get() {
            values::set::<T>(*key, None);
        }
    }

    /// Takes the calling thread's value away; `None` if there is none, or if it is in use by a [`with`](Self::with) further up.
    pub fn take(&self) -> Option<T> {
        values::take(*self.key.get()?)
    }
}

impl<T: Send + Default + 'static> Default for Local<T> {
    fn default() -> Self {
        Self::new(T::default)
    }
}

impl<T: Send + 'static, F> Drop for Local<T, F> {
    fn drop(&mut self) {
        if let Some(key) = self.key.take() {
            // Foreign destructors, outside the lock.
            for entry in table::remove_key(key) {
                entry.destroy();
            }
        }
    }
}

impl<T: Send + fmt::Debug + 'static, F> fmt::Debug for Local<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let done = Cell::new(false);
        let mut tuple = f.debug_tuple("Local");
        self.try_with(|value| {
            done.set(true);
            tuple.field(value);
        });
        if !done.get() {
            tuple.field(&"unset in this thread");
        }
        tuple.finish()
    }
}
