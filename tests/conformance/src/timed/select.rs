//! [`Select`] with time limits.

use selvedge_core::Event;
use selvedge_core::error::TimedOut;
use selvedge_core::port::TimedPort;
use selvedge_core::select::Select;

use super::{LONG, is_at_once, later, runs_out};
use crate::tools::{Count, Dice, crowd, crowd_size};
use crate::{Ladder, World};

/// The ladder.
pub(super) fn ladder<W: World<Port: TimedPort>>() -> Ladder<W> {
    ladder!("timed select", 1 => limits, 2 => in_time, 3 => stress)
}

/// Time runs out while none is up; with one, there is no waiting.
fn limits<W: World<Port: TimedPort>>(w: &W) {
    let events = [const { Event::<W::Port>::new() }; 2];
    let [one, two] = &events;
    let select = || Select::new().event(one, || 1).event(two, || 2);
    runs_out(
        w,
        TimedOut,
        |span| select().wait_timeout(span),
        |end| select().wait_deadline(end),
    );
    two.set();
    is_at_once::<W, _, _>(
        |span| select().wait_timeout(span),
        |end| select().wait_deadline(end),
    );
    assert_eq!(select().wait_timeout(LONG), Ok(2));
}

/// With all the time there is, it comes.
fn in_time<W: World<Port: TimedPort>>(w: &W) {
    for round in 0..w.rounds(50) {
        let events = [const { Event::<W::Port>::new() }; 2];
        let [one, two] = &events;
        crowd(w, |i| {
            let select = Select::new().event(one, || 0).event(two, || 1);
            match i {
                0 => events[round as usize % 2].set(),
                1 => assert_eq!(select.wait_deadline(later::<W>(LONG)), Ok(round % 2)),
                _ => assert_eq!(select.wait_timeout(LONG), Ok(round % 2)),
            }
        });
    }
}

/// Short limits beside sets: whoever gives up leaves nothing behind, and all pass in the end.
fn stress<W: World<Port: TimedPort>>(w: &W) {
    let events = [const { Event::<W::Port>::new() }; 2];
    let [one, two] = &events;
    let n = crowd_size(w) as u32;
    let (done, outcomes) = (Count::new(), Count::new());
    let rounds = w.rounds(100);
    crowd(w, |i| {
        let mut dice = Dice::new(i);
        if i == 0 {
            while done.get() < n - 1 {
                let event = &events[dice.roll(2) as usize];
                event.set();
                event.clear();
                w.yield_now();
            }
        } else {
            for _ in 0..rounds {
                let span = w.moment() / (1 + dice.roll(50));
                let select = Select::new().event(one, || ()).event(two, || ());
                let _: Result<(), TimedOut> = select.wait_timeout(span);
                outcomes.up();
            }
            done.up();
        }
    });
    assert_eq!(outcomes.get(), (n - 1) * rounds);
}
