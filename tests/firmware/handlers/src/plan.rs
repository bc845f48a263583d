//! A scheduler that the handler fills, thins out and helps to empty, and a variable that both have for themselves.

use core::cell::Cell;
use core::time::Duration;

use selvedge_core::context::ContextVar;
use selvedge_core::sched::{FixedScheduler, Head};

use crate::number::Number;
use crate::{Phase, Whole};

pub(crate) struct Plan<P: Whole> {
    plan: FixedScheduler<P, u32, 8>,
    /// Whether the handler enters more.
    open: Number,
    entered: Number,
    cancelled: Number,
    taken: Number,
    turn: Number,
    who: ContextVar<P, u32, 2>,
}

const TASK: u32 = 1;
const HANDLER: u32 = 2;

impl<P: Whole> Plan<P> {
    pub(crate) const fn new() -> Self {
        Self {
            plan: FixedScheduler::fixed(),
            open: Number::new(0),
            entered: Number::new(0),
            cancelled: Number::new(0),
            taken: Number::new(0),
            turn: Number::new(0),
            who: ContextVar::new("who"),
        }
    }
}

impl<P: Whole> Phase for Plan<P> {
    fn task(&'static self, rounds: u32) {
        let sum = Cell::new(0_u32);
        let _who = self.who.set_guard(TASK).expect("room for two");
        self.open.set(1);
        let mut mine = 0;
        while self.entered.get() < rounds {
            // Sleeps until this is due, or something earlier is entered.
            if self.plan.enter(Duration::from_micros(50), 0, 1).is_ok() {
                mine += 1;
            }
            self.plan.calling(|n| sum.set(sum.get() + n)).run();
            assert_eq!(self.who.get(), Ok(TASK));
        }
        self.open.set(0);
        self.plan.calling(|n| sum.set(sum.get() + n)).run();
        let all = sum.get() + self.taken.get() + self.cancelled.get();
        assert_eq!(
            all,
            mine + self.entered.get(),
            "an event was lost, or came twice"
        );
    }

    fn handler(&'static self) {
        let mine = self.who.set_guard(HANDLER).expect("room for two");
        match self.turn.add(1) % 4 {
            0 => {
                if let Head::Due(_, n) = self.plan.take_due() {
                    self.taken.add(n);
                }
            }
            1 if self.open.get() == 1 => {
                if let Ok(event) = self.plan.enter(Duration::from_secs(1), 0, 1) {
                    self.entered.add(1);
                    assert_eq!(self.plan.cancel(event), Ok(1));
                    self.cancelled.add(1);
                }
            }
            _ if self.open.get() == 1 => {
                // Not more than the task can take away.
                if self.plan.len() < 6 && self.plan.enter(Duration::ZERO, 0, 1).is_ok() {
                    self.entered.add(1);
                }
            }
            _ => {}
        }
        assert_eq!(self.who.get(), Ok(HANDLER));
        drop(mine);
    }
}
