//! From a function and its argument to bytes, and back in the child.
//!
//! # Safety
//!
//! Turns an address back into a function pointer, in [`call`].
#![allow(unsafe_code, reason = "makes a function pointer from an address")]

use std::ffi::c_void;
use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::boot;
use super::image::{self, Entry};
use super::outcome::Told;
use super::parcel::{self, PackError, Parcel};
use crate::threading::catch_panic;

/// What a child is to call.
pub(super) trait Call<T>: Send {
    /// As it travels; `None` if it cannot, as it is for copies of this process.
    fn pack(&self) -> Option<Result<Packed, PackError>>;
    /// Calls it in this process instead.
    fn run(self: Box<Self>) -> T;
    /// Calls it in a copy of this process.
    fn tell(self: Box<Self>) -> Told;
}

/// A call as it travels.
pub(super) struct Packed {
    /// Where the code for its types is.
    pub(super) entry: &'static Entry,
    /// The function's address, here.
    pub(super) function: *const c_void,
    pub(super) argument: Parcel,
}

/// A function and its argument.
pub(super) struct Bound<A, T> {
    pub(super) function: fn(A) -> T,
    pub(super) argument: A,
}

/// The entry for a pair of types: a constant, so one for all calls.
struct EntryFor<A, T>(PhantomData<(A, T)>);

impl<A: DeserializeOwned, T: Serialize> EntryFor<A, T> {
    const ENTRY: Entry = Entry::new(call::<A, T>);
}

impl<A, T> Call<T> for Bound<A, T>
where
    A: Serialize + DeserializeOwned + Send + 'static,
    T: Serialize + DeserializeOwned + 'static,
{
    fn pack(&self) -> Option<Result<Packed, PackError>> {
        let packed = Parcel::pack(&self.argument).map(|argument| Packed {
            entry: &EntryFor::<A, T>::ENTRY,
            function: self.function as *const c_void,
            argument,
        });
        Some(packed)
    }

    fn run(self: Box<Self>) -> T {
        (self.function)(self.argument)
    }

    fn tell(self: Box<Self>) -> Told {
        tell(move || (self.function)(self.argument))
    }
}

/// A function that is for copies of this process, as it may capture.
pub(super) struct Captured<F>(pub(super) F);

impl<F, T> Call<T> for Captured<F>
where
    F: FnOnce() -> T + Send,
    T: Serialize,
{
    fn pack(&self) -> Option<Result<Packed, PackError>> {
        None
    }

    fn run(self: Box<Self>) -> T {
        (self.0)()
    }

    fn tell(self: Box<Self>) -> Told {
        tell(self.0)
    }
}

/// Calls a function in a child, and packs what comes of it. What the function owns goes with it, so that nothing is left when the outcome is known.
pub(super) fn tell<T: Serialize>(function: impl FnOnce() -> T) -> Told {
    match catch_panic(|| Parcel::pack(&function())) {
        Ok(Ok(parcel)) if parcel.fds.is_empty() => Told::Value(parcel.bytes),
        Ok(Ok(_)) => Told::BadValue("it holds descriptors, which a value cannot bring home".into()),
        Ok(Err(error)) => Told::BadValue(error.to_string()),
        Err(panic) => Told::of(&panic),
    }
}

/// In the child: does what was asked for, by these types.
fn call<A: DeserializeOwned, T: Serialize>() {
    let Some(job) = boot::take_job() else {
        return;
    };
    let Some(address) = image::code_at(job.function) else {
        return;
    };
    // SAFETY: the address of a `fn(A) -> T` in the parent, which is this program (`identity`), and named this entry, which is the one for these types, together with it.
    let function = unsafe { std::mem::transmute::<*const c_void, fn(A) -> T>(address) };
    let told = match parcel::unpack::<A>(&job.bytes, job.fds) {
        Err(error) => Told::BadArgument(error.to_string()),
        Ok(argument) => tell(move || function(argument)),
    };
    boot::put_outcome(told);
}
