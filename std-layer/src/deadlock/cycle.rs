//! Looking for cycles among threads that hold something and wait for something.

use std::collections::HashSet;
use std::num::NonZeroUsize;

use selvedge_core::port::{Kind, Object};

use super::record::{Quiet, Record, State};
use super::registry::{self, Frozen, Row};
use super::report::{Certainty, Held, Link, Report, ThreadInfo, Waiting};

/// A member of a cycle: its row, and its hold of what the member before it must have.
type Member = (usize, usize);

/// Who can be part of a cycle.
fn is_between(state: &State) -> bool {
    state.sleep.is_some() && !state.held.is_empty()
}

/// Lets the calling thread, whose record is `me`, fall asleep by its record, and says which cycle that closes.
///
/// Both under the lock of the list: of the threads of a cycle the last one finds it, and no other.
pub(super) fn closed_by(me: &Record, fall_asleep: impl FnOnce()) -> Option<Report> {
    let records = registry::lock();
    fall_asleep();
    let frozen = Frozen::new(&records);
    let rows = frozen.rows(is_between);
    let start = rows.iter().position(|row| std::ptr::eq(&*row.record, me))?;
    let cycle = find(&rows, start)?;
    let certainty = certainty(&frozen, &rows, &cycle);
    drop(frozen);
    drop(records);
    Some(report(&rows, &cycle, certainty))
}

/// Looks for all deadlocks that there are now, whether they were reported before or not, and however uncertain.
///
/// Calls no handler. Threads go on meanwhile, except for the moment of looking.
///
/// ```
/// use selvedge::deadlock;
///
/// assert!(deadlock::check_now().is_empty());
/// ```
#[must_use]
pub fn check_now() -> Vec<Report> {
    let _quiet = Quiet::begin();
    let records = registry::lock();
    let frozen = Frozen::new(&records);
    let rows = frozen.rows(is_between);
    let mut seen = HashSet::<Vec<NonZeroUsize>>::new();
    let mut cycles = Vec::new();
    for start in 0..rows.len() {
        let Some(cycle) = find(&rows, start) else {
            continue;
        };
        let mut members: Vec<_> = cycle
            .iter()
            .map(|&(row, _)| rows[row].record.ident)
            .collect();
        members.sort_unstable();
        if seen.insert(members) {
            let certainty = certainty(&frozen, &rows, &cycle);
            cycles.push((cycle, certainty));
        }
    }
    drop(frozen);
    drop(records);
    cycles
        .into_iter()
        .map(|(cycle, certainty)| report(&rows, &cycle, certainty))
        .collect()
}

/// A way from `start` to itself: from a thread to what it must have, to the thread that holds that.
fn find(rows: &[Row], start: usize) -> Option<Vec<Member>> {
    let mut path: Vec<Member> = Vec::new();
    let mut visited = vec![false; rows.len()];
    // What is still to be tried, and how long the path was there.
    let mut open: Vec<(usize, Member)> = holders(rows, rows[start].must_have()?)
        .map(|member| (0, member))
        .collect();
    while let Some((depth, member)) = open.pop() {
        path.truncate(depth);
        path.push(member);
        let (row, _) = member;
        if row == start {
            // The start is last on its way; it comes first in the report.
            path.rotate_right(1);
            return Some(path);
        }
        if std::mem::replace(&mut visited[row], true) {
            continue;
        }
        if let Some(object) = rows[row].must_have() {
            let depth = path.len();
            open.extend(holders(rows, object).map(|member| (depth, member)));
        }
    }
    None
}

fn holders(rows: &[Row], object: Object) -> impl Iterator<Item = Member> {
    rows.iter().enumerate().filter_map(move |(row, of)| {
        let place = of
            .held
            .iter()
            .position(|hold| hold.object == object && hold.owned())?;
        Some((row, place))
    })
}

impl Row {
    fn must_have(&self) -> Option<Object> {
        self.sleep.as_ref()?.must_have()
    }
}

fn certainty(frozen: &Frozen<'_>, rows: &[Row], cycle: &[Member]) -> Certainty {
    cycle
        .iter()
        .map(|&(row, place)| {
            let hold = &rows[row].held[place];
            if hold.kept && hold.object.kind == Kind::Lock || frozen.holders(hold.object) > 1 {
                Certainty::Possible
            } else if hold.object.kind == Kind::RLock {
                Certainty::Certain
            } else {
                Certainty::Probable
            }
        })
        .min()
        .unwrap_or(Certainty::Possible)
}

fn report(rows: &[Row], cycle: &[Member], certainty: Certainty) -> Report {
    let links = cycle
        .iter()
        .filter_map(|&(row, place)| {
            let row = &rows[row];
            Some(Link {
                thread: ThreadInfo::of(&row.record),
                waiting: Waiting::of(row.sleep.as_ref()?),
                wanted: Held::of(&row.held[place]),
                held: row.held.iter().map(Held::of).collect(),
            })
        })
        .collect();
    Report { certainty, links }
}
