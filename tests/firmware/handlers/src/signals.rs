//! Semaphores and events.

use core::hint::spin_loop;
use core::time::Duration;

use selvedge_core::{BoundedSemaphore, Event, Semaphore};

use crate::number::Number;
use crate::{Phase, Whole};

pub(crate) struct Signals<P: Whole> {
    pub(crate) released: Released<P>,
    pub(crate) acquired: Acquired<P>,
    pub(crate) bounded: Bounded<P>,
    pub(crate) set: Set<P>,
    pub(crate) limited: Limited<P>,
    pub(crate) cleared: Cleared<P>,
}

impl<P: Whole> Signals<P> {
    pub(crate) const fn new() -> Self {
        Self {
            released: Released {
                permits: Semaphore::new(0),
                count: Number::new(0),
            },
            acquired: Acquired {
                permits: Semaphore::new(0),
                count: Number::new(0),
            },
            bounded: Bounded {
                permits: BoundedSemaphore::new(2),
                held: Number::new(0),
            },
            set: Set::new(),
            limited: Limited(Set::new()),
            cleared: Cleared {
                event: Event::new(),
                count: Number::new(0),
            },
        }
    }
}

pub(crate) struct Released<P: Whole> {
    permits: Semaphore<P>,
    count: Number,
}

impl<P: Whole> Released<P> {
    fn check(&self, rounds: u32) {
        // The handler may have run since.
        let spare = self.permits.value();
        assert!(
            self.count.get() >= rounds + spare,
            "a permit out of nothing"
        );
    }

    pub(crate) async fn wait(&'static self, rounds: u32) {
        for _ in 0..rounds {
            self.permits.acquire_async().await.keep();
        }
        self.check(rounds);
    }
}

impl<P: Whole> Phase for Released<P> {
    fn task(&'static self, rounds: u32) {
        for _ in 0..rounds {
            self.permits.acquire().keep();
        }
        self.check(rounds);
    }

    fn handler(&'static self) {
        self.count.add(1);
        self.permits.release(1);
    }
}

pub(crate) struct Acquired<P: Whole> {
    permits: Semaphore<P>,
    count: Number,
}

impl<P: Whole> Phase for Acquired<P> {
    fn task(&'static self, rounds: u32) {
        let mut released = 0;
        while self.count.get() < rounds {
            if self.permits.value() < 2 {
                self.permits.release(1);
                released += 1;
            }
        }
        let spare = self.permits.value();
        assert!(self.count.get() + spare >= released, "a permit was lost");
    }

    fn handler(&'static self) {
        if let Some(permit) = self.permits.try_acquire() {
            permit.keep();
            self.count.add(1);
        }
    }
}

pub(crate) struct Bounded<P: Whole> {
    permits: BoundedSemaphore<P>,
    /// Acquired by the task, and not released yet.
    held: Number,
}

impl<P: Whole> Phase for Bounded<P> {
    fn task(&'static self, rounds: u32) {
        for _ in 0..rounds {
            self.permits.acquire().keep();
            self.held.add(1);
        }
        while self.held.get() > 0 {
            spin_loop();
        }
        assert_eq!(self.permits.value(), self.permits.bound());
        assert!(self.permits.release(1).is_err(), "beyond its bound");
    }

    fn handler(&'static self) {
        if self.held.get() > 0 {
            // Counted down first: it may not seem to be held after it was released.
            self.held.add(u32::MAX);
            assert!(self.permits.release(1).is_ok());
        }
    }
}

pub(crate) struct Set<P: Whole> {
    asked: Number,
    answer: Event<P>,
}

impl<P: Whole> Set<P> {
    const fn new() -> Self {
        Self {
            asked: Number::new(0),
            answer: Event::new(),
        }
    }

    fn is_answered(&self) {
        assert_eq!(self.asked.get(), 0, "answered before it was asked");
        assert!(self.answer.is_set());
        self.answer.clear();
    }

    pub(crate) async fn wait(&'static self, rounds: u32) {
        for _ in 0..rounds {
            self.asked.set(1);
            self.answer.wait_async().await;
            self.is_answered();
        }
    }
}

impl<P: Whole> Phase for Set<P> {
    fn task(&'static self, rounds: u32) {
        for _ in 0..rounds {
            self.asked.set(1);
            self.answer.wait();
            self.is_answered();
        }
    }

    fn handler(&'static self) {
        if self.asked.take() {
            self.answer.set();
        }
    }
}

/// As [`Set`], and the task gives up and tries again.
pub(crate) struct Limited<P: Whole>(Set<P>);

impl<P: Whole> Phase for Limited<P> {
    fn task(&'static self, rounds: u32) {
        for _ in 0..rounds {
            self.0.asked.set(1);
            // Of the order of the interrupts' distance: both outcomes come.
            let span = Duration::from_micros(25);
            while self.0.answer.wait_timeout(span).is_err() {}
            self.0.is_answered();
        }
    }

    fn handler(&'static self) {
        self.0.handler();
    }
}

pub(crate) struct Cleared<P: Whole> {
    event: Event<P>,
    count: Number,
}

impl<P: Whole> Phase for Cleared<P> {
    fn task(&'static self, rounds: u32) {
        let before = self.count.get();
        for round in 1..=rounds {
            self.event.set();
            while self.event.is_set() {
                spin_loop();
            }
            assert!(self.count.get() >= before + round, "cleared by nobody");
        }
    }

    fn handler(&'static self) {
        if self.event.try_wait().is_ok() {
            self.count.add(1);
            self.event.clear();
        }
    }
}
