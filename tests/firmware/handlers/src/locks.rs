//! Locks: the handler tries them, and finds them held where the task was interrupted while it held them.

use selvedge_core::{Lock, Mutex, RLock, RwLock};

use crate::number::Number;
use crate::{Phase, Whole};

pub(crate) struct Locks<P: Whole> {
    pub(crate) tried: Tried<P>,
    pub(crate) released: Released<P>,
    pub(crate) shared: Shared<P>,
    pub(crate) reentrant: Reentrant<P>,
}

impl<P: Whole> Locks<P> {
    pub(crate) const fn new() -> Self {
        Self {
            tried: Tried {
                pair: Mutex::new((0, 0)),
                mine: Number::new(0),
                tried: Number::new(0),
            },
            released: Released {
                lock: Lock::new(),
                asked: Number::new(0),
            },
            shared: Shared {
                pair: RwLock::new((0, 0)),
                tried: Number::new(0),
                read: Number::new(0),
            },
            reentrant: Reentrant {
                pair: RLock::new((Number::new(0), Number::new(0))),
                tried: Number::new(0),
            },
        }
    }
}

/// Two words that are equal whenever nobody holds the lock.
type Pair = (u32, u32);

fn raise(pair: &mut Pair) {
    pair.0 += 1;
    // Where the handler comes in between, it must find the lock held.
    core::hint::black_box(&mut *pair);
    pair.1 += 1;
}

pub(crate) struct Tried<P: Whole> {
    pair: Mutex<P, Pair>,
    mine: Number,
    tried: Number,
}

impl<P: Whole> Tried<P> {
    fn goes_on(&self, start: u32, rounds: u32) -> bool {
        self.mine.get() < start + rounds || self.tried.get() < (start + rounds) / 10
    }

    fn check(&self) {
        let pair = self.pair.lock();
        let all = self.mine.get() + self.tried.get();
        assert_eq!(*pair, (all, all), "an increment was lost");
    }

    pub(crate) async fn wait(&'static self, rounds: u32) {
        let start = self.mine.get();
        while self.goes_on(start, rounds) {
            raise(&mut *self.pair.lock_async().await);
            self.mine.add(1);
        }
        self.check();
    }
}

impl<P: Whole> Phase for Tried<P> {
    fn task(&'static self, rounds: u32) {
        let start = self.mine.get();
        while self.goes_on(start, rounds) {
            raise(&mut self.pair.lock());
            self.mine.add(1);
        }
        self.check();
    }

    fn handler(&'static self) {
        if let Some(mut pair) = self.pair.try_lock() {
            assert_eq!(pair.0, pair.1, "the lock was not held");
            raise(&mut pair);
            self.tried.add(1);
        }
    }
}

/// The task takes the lock again and again, and only the handler releases it.
pub(crate) struct Released<P: Whole> {
    lock: Lock<P>,
    asked: Number,
}

impl<P: Whole> Released<P> {
    pub(crate) async fn wait(&'static self, rounds: u32) {
        for _ in 0..rounds {
            self.lock.acquire_async().await.keep();
            self.asked.set(1);
        }
        drop(self.lock.acquire_async().await);
    }
}

impl<P: Whole> Phase for Released<P> {
    fn task(&'static self, rounds: u32) {
        for _ in 0..rounds {
            self.lock.acquire().keep();
            self.asked.set(1);
        }
        drop(self.lock.acquire());
    }

    fn handler(&'static self) {
        if self.asked.take() {
            assert!(self.lock.locked());
            assert!(self.lock.try_acquire().is_none());
            assert_eq!(self.lock.release(), Ok(()));
        }
    }
}

pub(crate) struct Shared<P: Whole> {
    pair: RwLock<P, Pair>,
    tried: Number,
    read: Number,
}

impl<P: Whole> Phase for Shared<P> {
    fn task(&'static self, rounds: u32) {
        let mut mine = 0;
        while mine < rounds || self.tried.get() < rounds / 10 || self.read.get() < rounds / 100 {
            raise(&mut self.pair.write());
            mine += 1;
            let pair = self.pair.read();
            assert_eq!(core::hint::black_box(pair.0), pair.1);
        }
        let all = mine + self.tried.get();
        assert_eq!(*self.pair.read(), (all, all), "an increment was lost");
    }

    fn handler(&'static self) {
        if let Some(mut pair) = self.pair.try_write() {
            assert_eq!(pair.0, pair.1, "the lock was not held");
            raise(&mut pair);
            self.tried.add(1);
        } else if let Some(pair) = self.pair.try_read() {
            assert_eq!(pair.0, pair.1, "read while it was written");
            self.read.add(1);
        }
    }
}

/// A handler is another task than the one that it interrupts: it does not get in.
pub(crate) struct Reentrant<P: Whole> {
    pair: RLock<P, (Number, Number)>,
    tried: Number,
}

impl<P: Whole> Phase for Reentrant<P> {
    fn task(&'static self, rounds: u32) {
        let mut mine = 0;
        while mine < rounds || self.tried.get() < rounds / 10 {
            let outer = self.pair.acquire();
            outer.0.add(1);
            let inner = self.pair.acquire();
            assert_eq!(self.pair.level(), 2);
            inner.1.add(1);
            drop(inner);
            drop(outer);
            mine += 1;
        }
        let pair = self.pair.acquire();
        let all = mine + self.tried.get();
        assert_eq!(
            (pair.0.get(), pair.1.get()),
            (all, all),
            "an increment was lost"
        );
    }

    fn handler(&'static self) {
        assert!(!self.pair.is_owned(), "the handler is the task");
        if let Some(pair) = self.pair.try_acquire() {
            assert_eq!(pair.0.get(), pair.1.get(), "the lock was not held");
            pair.0.add(1);
            pair.1.add(1);
            self.tried.add(1);
        }
    }
}
