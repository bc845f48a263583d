//! Context variables.

use std::hint::black_box;

use crate::contender::context::{Copying, Variable};
use crate::row::{Plan, Sample};
use crate::scenarios::repeat;

/// Reads it.
pub(crate) fn get<V: Variable>(plan: &Plan) -> Sample {
    V::within(7, || {
        let mut sum = 0;
        let time = repeat(plan.ops, || sum += black_box(V::get()));
        assert_eq!(sum, 7 * plan.ops);
        Sample::new(plan.ops, time)
    })
}

/// Sets it and sets it back; an operation is both.
pub(crate) fn set_reset<V: Variable>(plan: &Plan) -> Sample {
    V::within(7, || {
        let mut sum = 0;
        let mut number = 0;
        let time = repeat(plan.ops, || {
            sum += V::within(number, || black_box(number));
            number += 1;
        });
        assert_eq!(V::get(), 7, "it is what it was");
        assert_eq!(V::within(8, V::get), 8, "it is set inside");
        assert_eq!(sum, (0..plan.ops).sum());
        Sample::new(plan.ops, time)
    })
}

/// Takes a copy of the context and drops it.
pub(crate) fn copy<V: Copying>(plan: &Plan) -> Sample {
    V::within(7, || {
        let time = repeat(plan.ops, || drop(black_box(V::copy())));
        let mut copied = V::copy();
        let seen = V::within(8, || V::run(&mut copied, V::get));
        assert_eq!(seen, 7, "it has the value from then");
        Sample::new(plan.ops, time)
    })
}

/// Goes into a copy and comes back; an operation is both.
pub(crate) fn run<V: Copying>(plan: &Plan) -> Sample {
    let mut copied = V::within(7, V::copy);
    V::within(8, || {
        let mut sum = 0;
        let time = repeat(plan.ops, || {
            sum += V::run(&mut copied, || black_box(7));
        });
        assert_eq!(sum, 7 * plan.ops);
        assert_eq!(V::run(&mut copied, V::get), 7, "it has the value from then");
        assert_eq!(V::get(), 8, "outside it is what it was");
        Sample::new(plan.ops, time)
    })
}

/// The same as [`get`], with others that are set.
pub(crate) fn get_among_others<V: Variable>(plan: &Plan) -> Sample {
    V::among_others(|| get::<V>(plan))
}

/// The same as [`set_reset`], with others that are set.
pub(crate) fn set_reset_among_others<V: Variable>(plan: &Plan) -> Sample {
    V::among_others(|| set_reset::<V>(plan))
}

/// The same as [`copy`], with others that are set.
pub(crate) fn copy_among_others<V: Copying>(plan: &Plan) -> Sample {
    V::among_others(|| copy::<V>(plan))
}
