//! Reentrant locks.

use crate::contender::Reentrant;
use crate::row::{Plan, Sample};
use crate::scenarios::{repeat, unknown};
use crate::section::Section;
use crate::team::Apart;

/// One thread: acquire, acquire, release, release.
pub(crate) fn nested<L: Reentrant>(plan: &Plan) -> Sample {
    let lock = Apart(L::new());
    let lock = unknown(&lock.0);
    let time = repeat(plan.ops, || lock.twice(Section::tick));
    lock.twice(|section| section.expect(plan.ops));
    Sample::new(plan.ops, time)
}
