//! Functions of any type in places of one size.
//!
//! A `Box<dyn FnOnce>` would do, at the price of an allocation for each event, and of a cache miss when its time has come: boxes are made in the order of entering and opened in that of time. Here a function that
//! captures up to three words lies in the scheduler's own memory, beside its time; a larger one is boxed.
//!
//! # Safety
//!
//! Keeps values whose type only the functions beside them know, and takes each out once.
#![allow(unsafe_code, reason = "erases the types of functions")]

use std::marker::PhantomData;
use std::mem::{ManuallyDrop, MaybeUninit};

use super::{Scheduler, Time};
use crate::port::Native;

type Words = MaybeUninit<[usize; 3]>;

/// What is called when the time has come: a `FnOnce(&Scheduler<T>) + Send + 'static`.
pub(super) struct Action<T: Time<Port = Native> + 'static> {
    /// The function, until it is called or dropped.
    words: Words,
    functions: &'static Functions<T>,
}

/// What can be done with the function. It is gone afterwards.
struct Functions<T: Time<Port = Native> + 'static> {
    call: unsafe fn(*mut Words, &Scheduler<T>),
    drop: unsafe fn(*mut Words),
}

// SAFETY: `Action::new` takes only functions that are `Send`.
unsafe impl<T: Time<Port = Native> + 'static> Send for Action<T> {}

/// Words that hold an `F`.
struct Holding<F, T>(PhantomData<(F, T)>);

impl<F: FnOnce(&Scheduler<T>), T: Time<Port = Native> + 'static> Holding<F, T> {
    const FITS: bool =
        size_of::<F>() <= size_of::<Words>() && align_of::<F>() <= align_of::<Words>();

    const FUNCTIONS: Functions<T> = Functions {
        call: Self::call,
        drop: Self::drop,
    };

    /// # Safety
    ///
    /// The words hold an `F`, which nobody uses afterwards.
    unsafe fn call(words: *mut Words, scheduler: &Scheduler<T>) {
        // SAFETY: the contract.
        let function = unsafe { words.cast::<F>().read() };
        function(scheduler);
    }

    /// # Safety
    ///
    /// As [`call`](Self::call).
    unsafe fn drop(words: *mut Words) {
        // SAFETY: the contract.
        unsafe { words.cast::<F>().drop_in_place() };
    }

    fn hold(function: F) -> Action<T> {
        assert!(Self::FITS);
        let mut words = Words::uninit();
        // SAFETY: it fits, in size and alignment.
        unsafe { (&raw mut words).cast::<F>().write(function) };
        Action {
            words,
            functions: &Self::FUNCTIONS,
        }
    }
}

impl<T: Time<Port = Native> + 'static> Action<T> {
    #[inline]
    pub(super) fn new<F: FnOnce(&Scheduler<T>) + Send + 'static>(function: F) -> Self {
        if Holding::<F, T>::FITS {
            Holding::hold(function)
        } else {
            let boxed = Box::new(function);
            Holding::hold(move |scheduler: &Scheduler<T>| boxed(scheduler))
        }
    }

    #[inline]
    pub(super) fn call(self, scheduler: &Scheduler<T>) {
        let mut action = ManuallyDrop::new(self);
        // SAFETY: the words hold what the functions are for, since `new`; and as nothing drops the action, nobody uses it afterwards.
        unsafe { (action.functions.call)(&raw mut action.words, scheduler) };
    }
}

impl<T: Time<Port = Native> + 'static> Drop for Action<T> {
    fn drop(&mut self) {
        // SAFETY: the words hold what the functions are for, as it was not called; this is the end of it.
        unsafe { (self.functions.drop)(&raw mut self.words) };
    }
}
