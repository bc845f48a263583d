//! Selvedge's context variables.

use selvedge::contextvars::{Context, ContextVar, copy_context};

use crate::contender::context::{Copying, OTHERS, Variable};
use crate::contender::{Role, names};
use crate::contenders::contexts::nested;

/// A variable that is set and, with the token, set back.
pub(crate) struct Var;

names!(Role::Ours => Var = "selvedge");

static NUMBER: ContextVar<u64> = ContextVar::new("number");
static OTHER: [ContextVar<u64>; OTHERS] = [const { ContextVar::new("other") }; OTHERS];

fn with_other<const N: usize, R>(body: impl FnOnce() -> R) -> R {
    let _guard = OTHER[N].set_guard(0);
    body()
}

impl Variable for Var {
    #[inline]
    fn within<R>(number: u64, body: impl FnOnce() -> R) -> R {
        let token = NUMBER.set(number);
        let result = body();
        assert!(NUMBER.reset(token).is_ok(), "it is the same context");
        result
    }

    #[inline]
    fn get() -> u64 {
        NUMBER.get().expect("it is set")
    }

    fn among_others<R>(body: impl FnOnce() -> R) -> R {
        nested!(with_other, body)
    }
}

impl Copying for Var {
    type Context = Context;

    #[inline]
    fn copy() -> Context {
        copy_context()
    }

    #[inline]
    fn run<R>(context: &mut Context, body: impl FnOnce() -> R) -> R {
        context.run(body).expect("it is not entered")
    }
}
