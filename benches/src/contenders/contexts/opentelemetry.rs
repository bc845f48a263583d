//! The `Context` of `opentelemetry`: values by their types, set for as long as a guard lives.

use opentelemetry::Context;

use crate::contender::context::{Copying, Variable};
use crate::contender::names;
use crate::contenders::contexts::nested;

pub(crate) struct Value(u64);
/// The others.
struct Other<const N: usize>;

names!(Value = "opentelemetry");

fn with_other<const N: usize, R>(body: impl FnOnce() -> R) -> R {
    let _guard = Context::current_with_value(Other::<N>).attach();
    body()
}

impl Variable for Value {
    #[inline]
    fn within<R>(number: u64, body: impl FnOnce() -> R) -> R {
        let _guard = Context::current_with_value(Self(number)).attach();
        body()
    }

    #[inline]
    fn get() -> u64 {
        Context::map_current(|context| context.get::<Self>().map_or(0, |value| value.0))
    }

    fn among_others<R>(body: impl FnOnce() -> R) -> R {
        nested!(with_other, body)
    }
}

impl Copying for Value {
    type Context = Context;

    #[inline]
    fn copy() -> Context {
        Context::current()
    }

    #[inline]
    fn run<R>(context: &mut Context, body: impl FnOnce() -> R) -> R {
        let _guard = context.clone().attach();
        body()
    }
}
