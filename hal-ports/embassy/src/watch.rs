//! Finds calls that block for ever, because who holds what they wait for cannot go on before they return.
//!
//! Known are the mutexes and reentrant locks that are held, and in which executor, handler or thread they were acquired: up to 16 at a time, more are not watched. A call that is about to wait for one of
//! them without a time limit is hopeless if it was acquired by another task of the same executor (or by the caller itself), or in thread mode while the caller is an interrupt's.

use core::cell::RefCell;
use core::num::NonZeroUsize;
use core::panic::Location;

use critical_section::Mutex;
use selvedge_core::port::{Kind, Object, Wait, Watch};

use crate::sys;

/// The port's [`Watch`] with the feature `hang-detection`.
#[derive(Debug, Clone, Copy)]
pub struct Hangs;

#[derive(Clone, Copy)]
struct Held {
    address: usize,
    context: NonZeroUsize,
    /// A wait on a condition has let it go for a while.
    is_lent: bool,
}

static HELD: Mutex<RefCell<[Option<Held>; 16]>> = Mutex::new(RefCell::new([None; 16]));

fn with<R>(f: impl FnOnce(&mut [Option<Held>; 16]) -> R) -> R {
    critical_section::with(|section| f(&mut HELD.borrow_ref_mut(section)))
}

/// Of a plain lock it is not known who will release it.
fn is_watched(object: Object) -> bool {
    matches!(object.kind, Kind::Mutex | Kind::RLock)
}

fn acquire(object: Object, level: u32) {
    if level != 1 || !is_watched(object) {
        return;
    }
    let held = Held {
        address: object.address,
        context: sys::identity(),
        is_lent: false,
    };
    with(|all| {
        if let Some(place) = all.iter_mut().find(|place| place.is_none()) {
            *place = Some(held);
        }
    });
}

impl Watch for Hangs {
    const ON: bool = true;

    fn waits(wait: &Wait) {
        let me = sys::identity();
        if let Some(object) = wait.retakes {
            with(|all| {
                for held in all.iter_mut().flatten() {
                    held.is_lent |= held.address == object.address && held.context == me;
                }
            });
        }
        if wait.timed || !is_watched(wait.object) {
            return;
        }
        let address = wait.object.address;
        let is_hopeless = with(|all| {
            all.iter().flatten().any(|held| {
                held.address == address && !held.is_lent && sys::holds_up(me, held.context)
            })
        });
        assert!(
            !is_hopeless,
            "a call that waits for a lock whose holder cannot go on before it returns: use the try_ or the _async form there"
        );
    }

    fn ends_wait() {
        let me = sys::identity();
        with(|all| {
            for held in all.iter_mut().flatten() {
                held.is_lent &= held.context != me;
            }
        });
    }

    fn acquired(object: Object, level: u32, _at: &'static Location<'static>) {
        acquire(object, level);
    }

    fn acquired_async(object: Object, level: u32) {
        acquire(object, level);
    }

    fn released(object: Object, level: u32) {
        if level != 0 {
            return;
        }
        with(|all| {
            let place = all.iter_mut().find(|place| {
                place.is_some_and(|held| held.address == object.address && !held.is_lent)
            });
            if let Some(place) = place {
                *place = None;
            }
        });
    }
}
