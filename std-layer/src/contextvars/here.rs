//! The calling thread's current context, and what it is reading just now.
//!
//! Every thread has a context of its own, its *base*: the current one while it is inside of no other. All of it is in one thread-local without a destructor, so that variables can be used at any time of a thread's
//! life, in the destructors of other thread-locals, too. What the base holds is dropped when the thread's target is done, again among the thread's `thread_local!`s, and again after them, as the values of
//! [`Local`](crate::threading::Local) are. The main thread's stays.
//!
//! # Reading without a count
//!
//! A reader looks at a value through the current context's own reference, without taking one. Foreign code runs meanwhile (a `Clone`, the closure of `with`) and may set the same variable; the value
//! must outlive that. So every read is on a list of the thread, and a change keeps the value it took out alive for those that read it: the read drops it when it is over. Values do not leave the current
//! context in any other way while somebody reads: contexts that have been entered are borrowed until they are left, and the base is not emptied as long as there are reads.
//!
//! # Safety
//!
//! * `current` is null (then the base is the current one) or points to a state that this thread has entered and not left. [`Entered`] sets it back before the borrow of that state ends; it is never handed to users, and
//!   so never leaked.
//! * `reads` points to the innermost [`Read`] on this thread's stack; each takes itself off before it goes, in the same way.
//! * The owner of both kinds of state is this thread.
#![allow(
    unsafe_code,
    reason = "pointers into frames of the same thread, from a thread-local"
)]

use std::cell::{Cell, UnsafeCell};
use std::mem::ManuallyDrop;
use std::ptr;
use std::sync::Arc;

use super::binding::{AnyBound, Entry, typed};
use super::id::Id;
use super::state::State;
use super::vars::Vars;
use super::{ContextVar, Inherit, VarKey};
use crate::threading::ends;

struct Here {
    current: Cell<*const State>,
    reads: Cell<*const Read>,
    /// The id that this thread gives next.
    ids: Cell<u64>,
    /// Whether somebody will empty the base.
    armed: Cell<bool>,
    base: State,
}

thread_local! {
    static HERE: ManuallyDrop<Here> = const {
        ManuallyDrop::new(Here {
            current: Cell::new(ptr::null()),
            reads: Cell::new(ptr::null()),
            ids: Cell::new(0),
            armed: Cell::new(false),
            base: State::new(Vars::new()),
        })
    };
    /// Empties the base of a thread that this crate does not end itself.
    static GUARD: Guard = const { Guard };
}

struct Guard;

impl Drop for Guard {
    fn drop(&mut self) {
        thread_ends();
    }
}

/// The calling thread's. The reference is good as long as the thread lives, and does not leave this module.
#[inline]
fn here() -> &'static Here {
    // SAFETY: a thread-local without a destructor lives as long as its thread, and a `&Here` cannot be sent to another one.
    HERE.with(|here| unsafe { &*ptr::from_ref::<Here>(here) })
}

impl Here {
    #[inline]
    fn state(&self) -> &State {
        // SAFETY: entered and not left, by the rule above.
        unsafe { self.current.get().as_ref() }.unwrap_or(&self.base)
    }

    /// The current context and its name.
    #[inline]
    fn state_and_id(&self) -> (&State, Id) {
        let state = self.state();
        // SAFETY: this thread is the owner.
        let place = unsafe { state.id() };
        let id = place.get().unwrap_or_else(|| {
            let id = Id::fresh(&self.ids);
            place.set(Some(id));
            id
        });
        (state, id)
    }
}

/// A value that somebody reads.
struct Read {
    value: *const dyn AnyBound,
    /// The value's reference, once it has been taken out of the context.
    kept: UnsafeCell<Option<Entry>>,
    outer: *const Read,
}

/// Takes the innermost read off the list.
struct Reading<'a> {
    here: &'a Here,
    read: &'a Read,
}

impl Drop for Reading<'_> {
    #[inline]
    fn drop(&mut self) {
        self.here.reads.set(self.read.outer);
    }
}

/// Calls `f` with the value of a variable in the current context, or gives `f` back.
#[inline]
pub(super) fn read<T: 'static, R, F>(variable: &ContextVar<T>, f: F) -> Result<R, F>
where
    F: FnOnce(&T) -> R,
{
    let Some(key) = variable.key_if_used() else {
        return Err(f);
    };
    let here = here();
    // SAFETY: this thread is the owner, and the reference ends in this line.
    let Some(value) = (unsafe { here.state().vars() }).get(key).map(Arc::as_ptr) else {
        return Err(f);
    };
    let read = Read {
        value,
        kept: UnsafeCell::new(None),
        outer: here.reads.get(),
    };
    here.reads.set(&raw const read);
    // Goes before `read` does.
    let _reading = Reading { here, read: &read };
    // SAFETY: found under the key of a variable of this type; kept alive by the context, or by `read`.
    Ok(f(unsafe { typed(value) }))
}

/// Has the reads of a value keep it, which a change has just taken out.
#[cold]
fn keep_for_readers(here: &Here, value: Option<&Entry>) {
    let Some(value) = value else {
        return;
    };
    let mut next = here.reads.get();
    // SAFETY: a frame further up on this thread's stack that has not gone.
    while let Some(read) = unsafe { next.as_ref() } {
        if ptr::addr_eq(read.value, Arc::as_ptr(value)) {
            // SAFETY: only this function and the end of the frame touch it, and neither runs foreign code meanwhile: it is empty, as a value is taken out of a context once, or of several by
            // the same read: then it is full, and stays.
            let kept = unsafe { &mut *read.kept.get() };
            if kept.is_none() {
                *kept = Some(value.clone());
            }
        }
        next = read.outer;
    }
}

/// Sets a variable in the current context: what was there before, which the caller drops or keeps, and the name of the context.
#[inline]
pub(super) fn set(key: VarKey, inherit: Inherit, new: Entry) -> (Option<Entry>, Id) {
    let here = here();
    let (state, id) = here.state_and_id();
    (replace(here, state, key, inherit, Some(new)), id)
}

/// Sets a variable back to `old`, or unsets it: what was there before, which the caller drops. Gives `old` back if the current context is not that one.
#[inline]
pub(super) fn reset(
    key: VarKey,
    inherit: Inherit,
    context: Id,
    old: Option<Entry>,
) -> Result<Option<Entry>, Option<Entry>> {
    let here = here();
    let state = here.state();
    // A token has the name of its context, so this one has a name if it is that one.
    // SAFETY: this thread is the owner.
    if unsafe { state.id() }.get() != Some(context) {
        return Err(old);
    }
    Ok(replace(here, state, key, inherit, old))
}

#[inline]
fn replace(
    here: &Here,
    state: &State,
    key: VarKey,
    inherit: Inherit,
    new: Option<Entry>,
) -> Option<Entry> {
    if !here.armed.get() {
        arm(here);
    }
    // SAFETY: this thread is the owner, and nobody borrows the content: a read has let go of it before foreign code runs.
    let old = unsafe { state.change(|vars| vars.replace(key, inherit, new)) };
    if !here.reads.get().is_null() {
        keep_for_readers(here, old.as_ref());
    }
    old
}

#[cold]
fn arm(here: &Here) {
    here.armed.set(true);
    if ends::watch() {
        let _ = GUARD.try_with(|_| ());
    }
}

/// Looks at the content of the current context. `look` runs nothing foreign.
#[inline]
pub(super) fn with_vars<R>(look: impl FnOnce(&Vars) -> R) -> R {
    // SAFETY: this thread is the owner, and the reference ends with the call.
    look(unsafe { here().state().vars() })
}

/// Gives the calling thread, which has just begun, its first values.
pub(super) fn begin(vars: Vars) {
    let here = here();
    arm(here);
    // SAFETY: this thread is the owner, and nobody borrows the content.
    let old = unsafe { here.base.change(|mine| std::mem::replace(mine, vars)) };
    drop(old);
}

/// Gives the calling thread other values in its own context, unless that is in use.
#[cold]
pub(super) fn begin_again(vars: Vars) {
    let here = here();
    if here.current.get().is_null() && here.reads.get().is_null() {
        begin(vars);
        // SAFETY: this thread is the owner. Tokens of what was there are those of another context from here on.
        unsafe { here.base.id() }.set(None);
    }
}

/// Inside of a context, until it is dropped.
pub(super) struct Entered<'a> {
    state: &'a State,
    here: &'static Here,
}

/// Makes a state the current one; `None` if it has an owner.
///
/// # Safety
///
/// The result is dropped in the same thread, before anything that was entered earlier. `watched` is false only if nobody else has a reference to the state.
#[inline]
pub(super) unsafe fn enter(state: &State, watched: bool) -> Option<Entered<'_>> {
    if !state.take() {
        return None;
    }
    let here = here();
    // SAFETY: just taken; the caller's word.
    unsafe { state.enter(watched, here.current.get()) };
    here.current.set(state);
    Some(Entered { state, here })
}

impl Drop for Entered<'_> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: this thread is the owner.
        unsafe {
            self.here.current.set(self.state.outer());
            self.state.leave();
        }
    }
}

/// Values made by the destructors of values are dropped in turn, so often.
const ROUNDS: usize = 4;

/// Drops what the calling thread's base holds.
pub(crate) fn thread_ends() {
    let here = here();
    // The process exits inside of a context or a read: what is in use stays.
    if !here.current.get().is_null() || !here.reads.get().is_null() {
        return;
    }
    for _ in 0..ROUNDS {
        here.armed.set(false);
        // SAFETY: this thread is the owner, and nobody borrows the content.
        let vars = unsafe {
            here.base
                .change(|vars| std::mem::replace(vars, Vars::new()))
        };
        if vars.is_bare() {
            return;
        }
        // SAFETY: as above. Tokens of what was there are those of another context from here on.
        unsafe { here.base.id() }.set(None);
        drop(vars);
    }
}

/// All contexts that the calling thread is inside of, but its base, which nobody else looks at.
#[cfg(unix)]
pub(super) fn for_each_entered(mut f: impl FnMut(&State)) {
    let mut next = here().current.get();
    // SAFETY: entered and not left.
    while let Some(state) = unsafe { next.as_ref() } {
        f(state);
        // SAFETY: this thread is the owner.
        next = unsafe { state.outer() };
    }
}
