//! `selvedge_core::sched` against a model that cannot be wrong: a sorted list.

use core::time::Duration;
use std::cell::Cell;

use proptest::prelude::*;
use selvedge_core::port::Spin;
use selvedge_core::sched::{
    EventId, Fixed, Full, Growing, Head, NotQueued, Scheduler, Store, Time,
};

/// A clock that is set by hand, in numbers.
struct Hand(Cell<u64>);

impl Time for Hand {
    type Port = Spin;
    type Instant = u64;

    fn now(&self) -> u64 {
        self.0.get()
    }

    fn after(&self, from: u64, span: Duration) -> Option<u64> {
        from.checked_add(u64::try_from(span.as_nanos()).ok()?)
    }

    fn until(&self, from: u64, to: u64) -> Duration {
        Duration::from_nanos(to.saturating_sub(from))
    }

    fn ticks(&self, at: u64) -> u64 {
        at
    }
}

#[derive(Debug, Clone)]
enum Step {
    /// At an absolute time.
    At(u64, i32),
    /// So much later than the present.
    In(u64, i32),
    /// So much earlier than the present.
    Ago(u64, i32),
    Never(i32),
    /// The same time as that of an earlier one, alive or not.
    Like(usize, i32),
    /// Many, over such a span from the present.
    Crowd(usize, u64),
    /// An earlier one, alive or not.
    Cancel(usize),
    /// One in two of those that wait.
    CancelMany,
    /// The first one.
    CancelHead,
    /// Takes so many of those that are due.
    Take(usize),
    /// Lets time pass.
    Advance(u64),
    /// Until the next one is due.
    Wait,
    /// Looks at the list.
    Queue,
}

/// Numbers of every magnitude.
fn span() -> impl Strategy<Value = u64> {
    prop_oneof![
        0_u64..4,
        0_u64..100,
        (0_u32..64, any::<u64>()).prop_map(|(bits, n)| n >> bits),
        Just(u64::MAX),
    ]
}

fn priority() -> impl Strategy<Value = i32> {
    prop_oneof![4 => Just(0), 4 => -2..3, 1 => any::<i32>()]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (span(), priority()).prop_map(|(at, p)| Step::At(at, p)),
        8 => (span(), priority()).prop_map(|(by, p)| Step::In(by, p)),
        2 => (span(), priority()).prop_map(|(by, p)| Step::Ago(by, p)),
        1 => priority().prop_map(Step::Never),
        4 => (any::<usize>(), priority()).prop_map(|(n, p)| Step::Like(n, p)),
        4 => any::<usize>().prop_map(Step::Cancel),
        1 => Just(Step::CancelHead),
        1 => Just(Step::CancelMany),
        1 => (0_usize..700, span()).prop_map(|(n, span)| Step::Crowd(n, span)),
        6 => (0_usize..20).prop_map(Step::Take),
        1 => (0_usize..2_000).prop_map(Step::Take),
        3 => span().prop_map(Step::Advance),
        3 => Just(Step::Wait),
        1 => Just(Step::Queue),
    ]
}

/// What should be in the queue: time, priority, and which of all entered events, in this order.
type Model = Vec<(u64, i32, usize)>;

/// In the model; no event of the tests is due then.
const NEVER: u64 = u64::MAX;
/// The last time that the clock gets to, and the last one that events are due at.
const LAST: u64 = u64::MAX - 2;

struct Test<S: Store<Action = usize, Instant = u64>> {
    scheduler: Scheduler<Hand, S>,
    model: Model,
    /// All that were entered, with the times that they were given.
    entered: Vec<(EventId, u64)>,
    room: usize,
}

impl<S: Store<Action = usize, Instant = u64>> Test<S> {
    fn now(&self) -> u64 {
        self.scheduler.time().now()
    }

    fn enter(&mut self, time: Option<u64>, priority: i32) {
        let number = self.entered.len();
        let entered = match time {
            Some(time) => self.scheduler.enterabs(time, priority, number),
            None => self.scheduler.enter(Duration::MAX, priority, number),
        };
        if self.model.len() == self.room {
            assert_eq!(entered, Err(Full(number)));
            return;
        }
        let time = time.unwrap_or(NEVER);
        let event = (time, priority, number);
        let place = self.model.binary_search(&event).unwrap_err();
        self.model.insert(place, event);
        self.entered.push((entered.unwrap(), time));
    }

    fn cancel(&mut self, number: usize) {
        let Some((id, _)) = self.entered.get(number) else {
            return;
        };
        let place = self.model.iter().position(|event| event.2 == number);
        let expected = place.map(|place| self.model.remove(place).2);
        assert_eq!(self.scheduler.cancel(*id), expected.ok_or(NotQueued));
    }

    fn take(&mut self) {
        match (self.scheduler.take_due(), self.model.first().copied()) {
            (Head::Empty, None) => {}
            (Head::Later(next), Some((time, ..))) => {
                assert!(time > self.now());
                assert_eq!(next.time.unwrap_or(NEVER), time);
                if time != NEVER {
                    assert_eq!(next.remaining, Duration::from_nanos(time - self.now()));
                }
            }
            (Head::Due(event, action), Some((time, priority, number))) => {
                assert!(time <= self.now());
                assert_eq!(action, number);
                assert_eq!((event.time, event.priority), (Some(time), priority));
                assert_eq!(event.id, self.entered[number].0);
                self.model.remove(0);
            }
            (found, expected) => panic!("{found:?} instead of {expected:?}"),
        }
    }

    fn queue(&self) {
        let queue = self.scheduler.queue();
        assert_eq!(queue.len(), self.model.len());
        let found: Vec<_> = queue
            .map(|event| (event.time.unwrap_or(NEVER), event.priority, event.id))
            .collect();
        let expected = self.model.iter();
        let expected: Vec<_> = expected
            .map(|&(time, priority, number)| (time, priority, self.entered[number].0))
            .collect();
        assert_eq!(found, expected);
    }

    fn set(&self, now: u64) {
        self.scheduler.time().0.set(now.min(LAST));
    }

    fn step(&mut self, step: Step) {
        let some = |n: usize, of: usize| if of == 0 { 0 } else { n % of };
        let now = self.now();
        match step {
            Step::At(time, priority) => self.enter(Some(time.min(LAST)), priority),
            Step::In(span, priority) => {
                self.enter(Some(now.saturating_add(span).min(LAST)), priority);
            }
            Step::Ago(span, priority) => self.enter(Some(now.saturating_sub(span)), priority),
            Step::Never(priority) => self.enter(None, priority),
            Step::Like(n, priority) => {
                let like = self.entered.get(some(n, self.entered.len()));
                let time = like.map_or(now, |like| like.1);
                self.enter((time != NEVER).then_some(time), priority);
            }
            Step::Cancel(n) => self.cancel(some(n, self.entered.len())),
            Step::Crowd(n, span) => {
                let mut dice = span | 1;
                for _ in 0..n {
                    dice ^= dice << 13;
                    dice ^= dice >> 7;
                    dice ^= dice << 17;
                    let by = dice % span.saturating_add(1).max(1);
                    let time = now.saturating_add(by).min(LAST);
                    self.enter(Some(time), (dice >> 40) as i32 % 3);
                }
            }
            Step::CancelMany => {
                let every_other: Vec<_> = self.model.iter().step_by(2).copied().collect();
                for event in every_other {
                    self.cancel(event.2);
                }
            }
            Step::CancelHead => {
                if let Some(head) = self.model.first() {
                    self.cancel(head.2);
                }
            }
            Step::Take(n) => (0..n).for_each(|_| self.take()),
            Step::Advance(span) => self.set(now.saturating_add(span)),
            Step::Wait => {
                if let Some((time, ..)) = self.model.first() {
                    self.set(now.max(*time));
                }
                self.take();
            }
            Step::Queue => self.queue(),
        }
        assert_eq!(self.scheduler.len(), self.model.len());
        assert_eq!(self.scheduler.empty(), self.model.is_empty());
    }
}

fn check<S: Store<Action = usize, Instant = u64>>(store: S, room: usize, steps: Vec<Step>) {
    let mut test = Test {
        scheduler: Scheduler::new(Hand(Cell::new(0)), store),
        model: Model::new(),
        entered: Vec::new(),
        room,
    };
    for step in steps {
        test.step(step);
    }
    test.queue();
    test.set(u64::MAX);
    for _ in 0..=test.model.len() {
        test.take();
    }
    assert!(test.model.iter().all(|event| event.0 == NEVER));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 2 } else { 120 }))]

    #[test]
    fn fixed(steps in prop::collection::vec(step(), 0..200)) {
        check(Fixed::<usize, u64, 24>::new(), 24, steps);
    }

    #[test]
    fn growing(steps in prop::collection::vec(step(), 0..400)) {
        check(Growing::new(), usize::MAX, steps);
    }
}
