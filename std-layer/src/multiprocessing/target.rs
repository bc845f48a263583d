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
    /// Where the code for these types is.
    fn entry(&self) -> &'static Entry;
    /// The function's address, here.
    fn function(&self) -> *const c_void;
    /// The argument as it travels.
    fn pack(&self) -> Result<Parcel, PackError>;
    /// Calls it in this process instead.
    fn run(self: Box<Self>) -> T;
    /// Calls it in a copy of this process.
    fn tell(self: Box<Self>) -> Told;
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
    fn entry(&self) -> &'static Entry {
        &EntryFor::<A, T>::ENTRY
    }

    fn function(&self) -> *const c_void {
        self.function as *const c_void
    }

    fn pack(&self) -> Result<Parcel, PackError> {
        Parcel::pack(&self.argument)
    }

    fn run(self: Box<Self>) -> T {
        (self.function)(self.argument)
    }

    fn tell(self: Box<Self>) -> Told {
        tell(move || (self.function)(self.argument))
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
