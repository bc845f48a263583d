//! The hooks: what the locks report, and when to look for a cycle.

use std::panic::Location;
use std::time::Instant;

use selvedge_core::port::{Object, Wait, Watch};

use super::handler::{self, Verdict};
use super::record::{Hold, Record, Sleep, on_event};
use super::{cycle, order, registry};
use crate::threading::KnownThread;

/// What the ports of this crate report to if the feature `deadlock-detection` is on.
#[derive(Debug, Clone, Copy)]
pub struct Detector;

impl Watch for Detector {
    const ON: bool = true;

    #[inline]
    fn wants(wait: &Wait) {
        if order::is_on() && !wait.timed {
            act(on_event(|me| {
                order::before_taking(me, wait.object, wait.at)
            }));
        }
    }

    fn waits(wait: &Wait) {
        act(on_event(|me| match wait.retakes {
            Some(lock) => lay_down(me, lock, wait),
            None => fall_asleep(me, wait),
        }));
    }

    fn ends_wait() {
        on_event(|me| {
            let mut state = me.state();
            let Some(sleep) = state.sleep.take() else {
                return;
            };
            if let Some(object) = sleep.wait.retakes {
                let hold = sleep.laid_down.unwrap_or(Hold {
                    object,
                    level: 1,
                    at: Some(sleep.wait.at),
                    kept: false,
                    by_task: false,
                });
                state.held.push(hold);
            }
        });
    }

    #[inline]
    fn acquired(object: Object, level: u32, at: &'static Location<'static>) {
        gain(object, level, Some(at));
    }

    fn acquired_async(object: Object, level: u32) {
        gain(object, level, None);
    }

    #[inline]
    fn released(object: Object, level: u32) {
        on_event(|me| {
            let mut state = me.state();
            match state.held.iter().rposition(|hold| hold.object == object) {
                Some(place) if level == 0 => {
                    state.held.remove(place);
                }
                Some(place) => state.held[place].level = level,
                None => {
                    drop(state);
                    registry::elsewhere(object, |held, place| held.remove(place));
                }
            }
        });
    }

    fn kept(object: Object) {
        on_event(|me| {
            let mut state = me.state();
            match state.held.iter().rposition(|hold| hold.object == object) {
                Some(place) => state.held[place].kept = true,
                None => {
                    drop(state);
                    registry::elsewhere(object, |held, place| held[place].kept = true);
                }
            }
        });
    }
}

/// Carries out what the handler decided, with nothing locked.
fn act(verdict: Option<Verdict>) {
    if let Some(verdict) = verdict {
        verdict.carry_out();
    }
}

/// `at` is `None` for a task.
#[inline]
fn gain(object: Object, level: u32, at: Option<&'static Location<'static>>) {
    on_event(|me| {
        let mut state = me.state();
        match state.held.iter().rposition(|hold| hold.object == object) {
            Some(place) if level > 1 => {
                state.held[place].level = level;
                return;
            }
            // A lock that was forgotten and whose memory is another lock's now.
            Some(place) => {
                state.held.remove(place);
            }
            None => {}
        }
        state.held.push(Hold {
            object,
            level,
            at,
            kept: false,
            by_task: at.is_none(),
        });
    });
}

/// A wait on a condition: `lock` is let go until it is over. It cannot close a circle: nobody can have the lock before it is let go.
fn lay_down(me: &Record, lock: Object, wait: &Wait) -> Verdict {
    if order::is_on() {
        let verdict = order::before_retaking(me, lock, wait.at);
        if verdict.is_panic() {
            return verdict;
        }
    }
    let own = me.state().take(lock);
    // Or a guard that came from another thread.
    let laid_down = own.or_else(|| registry::elsewhere(lock, |held, place| held.remove(place)));
    sleep(me, wait, laid_down);
    Verdict::go_on()
}

fn sleep(me: &Record, wait: &Wait, laid_down: Option<Hold>) {
    let mut state = me.state();
    state.known = state.known.take().or_else(KnownThread::current);
    state.sleep = Some(Sleep {
        wait: *wait,
        since: Instant::now(),
        laid_down,
    });
}

/// Says that a thread does not sleep after all, if its handler panics.
struct Awake<'a>(&'a Record);

impl Drop for Awake<'_> {
    fn drop(&mut self) {
        self.0.state().sleep = None;
    }
}

fn fall_asleep(me: &Record, wait: &Wait) -> Verdict {
    let fall_asleep = || sleep(me, wait, None);
    // For whom holds nothing, nobody waits. And a wait with a limit ends by itself.
    if wait.timed || me.state().held.is_empty() {
        fall_asleep();
        return Verdict::go_on();
    }
    let Some(report) = cycle::closed_by(me, fall_asleep) else {
        return Verdict::go_on();
    };
    let awake = Awake(me);
    let verdict = handler::tell(&report);
    if !verdict.is_panic() {
        std::mem::forget(awake);
    }
    verdict
}
