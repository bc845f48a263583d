//! `selvedge_core::timer` against a model that cannot be wrong: a `BTreeMap` by (deadline, number of the insertion).

use std::collections::BTreeMap;

use proptest::prelude::*;
use selvedge_core::timer::{
    Entry, Expired, Fixed, Full, Key, Narrow, Shape, Storage, Timers, Wide,
};

/// A growing storage with a wheel of either width.
struct Growing<S> {
    entries: Vec<Entry<u32>>,
    shape: std::marker::PhantomData<S>,
}

impl<S: Shape> Growing<S> {
    fn new() -> Self {
        Self {
            entries: Vec::new(),
            shape: std::marker::PhantomData,
        }
    }
}

impl<S: Shape> Storage for Growing<S> {
    type Value = u32;
    type Shape = S;

    fn entries(&self) -> &[Entry<u32>] {
        &self.entries
    }

    fn entries_mut(&mut self) -> &mut [Entry<u32>] {
        &mut self.entries
    }

    fn grow(&mut self) -> bool {
        self.entries.push(Entry::VACANT);
        true
    }
}

#[derive(Debug, Clone)]
enum Step {
    /// At an absolute time.
    At(u64),
    /// So much later than the present.
    In(u64),
    /// So much earlier than the present.
    Ago(u64),
    /// The same deadline as an earlier insertion, alive or not.
    Like(usize),
    /// Cancels an earlier insertion, alive or not.
    Cancel(usize),
    /// Gives an earlier insertion, alive or not, a deadline so much later than the present.
    Reset(usize, u64),
    /// Lets time pass, then takes what is due.
    Advance(u64),
    /// Sets the clock, also back, then takes what is due.
    Jump(u64),
    /// Sleeps until `next_wake`, then takes what is due.
    Wake,
    /// Takes at most so many of what is due.
    Some(usize),
    First,
    Clear,
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

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => span().prop_map(Step::At),
        12 => span().prop_map(Step::In),
        6 => (0_u64..2000).prop_map(Step::In),
        4 => span().prop_map(Step::Ago),
        4 => (0_u64..2000).prop_map(Step::Ago),
        4 => any::<usize>().prop_map(Step::Like),
        6 => any::<usize>().prop_map(Step::Cancel),
        2 => (any::<usize>(), span()).prop_map(|(which, span)| Step::Reset(which, span)),
        3 => span().prop_map(Step::Advance),
        3 => (0_u64..1000).prop_map(Step::Advance),
        1 => span().prop_map(Step::Jump),
        3 => Just(Step::Wake),
        2 => (0_usize..5).prop_map(Step::Some),
        1 => Just(Step::First),
        1 => prop_oneof![9 => Just(Step::Wake), 1 => Just(Step::Clear)],
    ]
}

struct Model {
    now: u64,
    number: u64,
    waiting: BTreeMap<(u64, u64), (Key, u32)>,
    /// Every key there ever was, and where it is in `waiting` if it is alive.
    keys: Vec<(Key, u64, u64)>,
}

impl Model {
    fn alive(&self, which: usize) -> bool {
        let (_, deadline, number) = self.keys[which];
        self.waiting.contains_key(&(deadline, number))
    }
}

fn take<S: Storage<Value = u32>>(timers: &mut Timers<S>, model: &mut Model, most: usize) {
    for _ in 0..most {
        let expected = model
            .waiting
            .first_key_value()
            .filter(|((deadline, _), _)| *deadline <= model.now)
            .map(|((deadline, _), (key, value))| Expired {
                key: *key,
                deadline: *deadline,
                value: *value,
            });
        assert_eq!(timers.pop_expired(model.now), expected);
        if expected.is_none() {
            return;
        }
        model.waiting.pop_first();
    }
}

fn run<S: Storage<Value = u32>>(mut timers: Timers<S>, room: usize, start: u64, steps: Vec<Step>) {
    let mut model = Model {
        now: start,
        number: 0,
        waiting: BTreeMap::new(),
        keys: Vec::new(),
    };
    for step in steps {
        let insert = match step {
            Step::At(deadline) => Some(deadline),
            Step::In(span) => Some(model.now.saturating_add(span)),
            Step::Ago(span) => Some(model.now.saturating_sub(span)),
            Step::Like(which) if !model.keys.is_empty() => {
                Some(model.keys[which % model.keys.len()].1)
            }
            Step::Cancel(which) if !model.keys.is_empty() => {
                let (key, deadline, number) = model.keys[which % model.keys.len()];
                let expected = model.waiting.remove(&(deadline, number));
                assert_eq!(timers.get(key).copied(), expected.map(|(_, value)| value));
                assert_eq!(timers.cancel(key), expected.map(|(_, value)| value));
                assert_eq!(timers.cancel(key), None);
                None
            }
            Step::Reset(which, span) if !model.keys.is_empty() => {
                let which = which % model.keys.len();
                let (key, deadline, number) = model.keys[which];
                let later = model.now.saturating_add(span);
                let found = model.waiting.remove(&(deadline, number));
                assert_eq!(timers.reset(key, later), found.map(|_| deadline));
                if let Some(found) = found {
                    model.number += 1;
                    model.waiting.insert((later, model.number), found);
                    model.keys[which] = (key, later, model.number);
                }
                None
            }
            Step::Advance(span) => {
                model.now = model.now.saturating_add(span);
                take(&mut timers, &mut model, usize::MAX);
                None
            }
            Step::Jump(now) => {
                model.now = now;
                take(&mut timers, &mut model, usize::MAX);
                None
            }
            Step::Wake => {
                if let Some(wake) = timers.next_wake() {
                    let earliest = model.waiting.first_key_value().unwrap().0.0;
                    assert!(wake <= earliest, "woke late: {wake}, due {earliest}");
                    model.now = model.now.max(wake);
                    take(&mut timers, &mut model, usize::MAX);
                    let next = timers.next_wake();
                    assert!(next.is_none_or(|next| next > wake), "no progress at {wake}");
                }
                None
            }
            Step::Some(most) => {
                take(&mut timers, &mut model, most);
                None
            }
            Step::First => {
                let expected = model.waiting.pop_first();
                assert_eq!(
                    timers.pop_first().map(|e| (e.deadline, e.key, e.value)),
                    expected.map(|((deadline, _), (key, value))| (deadline, key, value))
                );
                None
            }
            Step::Clear => {
                timers.clear();
                model.waiting.clear();
                None
            }
            Step::Like(_) | Step::Cancel(_) | Step::Reset(..) => None,
        };
        if let Some(deadline) = insert {
            let value = u32::try_from(model.keys.len()).unwrap();
            match timers.insert(deadline, value) {
                Ok(key) => {
                    assert!(model.waiting.len() < room);
                    model.number += 1;
                    model.waiting.insert((deadline, model.number), (key, value));
                    model.keys.push((key, deadline, model.number));
                }
                Err(Full(back)) => {
                    assert_eq!(back, value);
                    assert_eq!(model.waiting.len(), room);
                }
            }
        }
        assert_eq!(timers.len(), model.waiting.len());
        assert_eq!(timers.is_empty(), model.waiting.is_empty());
        assert_eq!(
            timers.next_deadline(),
            model.waiting.first_key_value().map(|(&(d, _), _)| d)
        );
    }
    for which in 0..model.keys.len() {
        let (key, deadline, _) = model.keys[which];
        assert_eq!(timers.deadline(key), model.alive(which).then_some(deadline));
    }
    // What is left comes in order, whatever happened.
    model.now = u64::MAX;
    take(&mut timers, &mut model, usize::MAX);
    assert!(timers.is_empty());
}

fn start() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0), Just(1_700_000_000_000_000_000), span()]
}

proptest! {
    #[test]
    fn wide(start in start(), steps in prop::collection::vec(step(), 1..200)) {
        run(Timers::new(Growing::<Wide>::new()), usize::MAX, start, steps);
    }

    #[test]
    fn narrow(start in start(), steps in prop::collection::vec(step(), 1..200)) {
        run(Timers::new(Growing::<Narrow>::new()), usize::MAX, start, steps);
    }

    #[test]
    fn fixed(start in start(), steps in prop::collection::vec(step(), 1..200)) {
        run(Timers::new(Fixed::<u32, 12>::new()), 12, start, steps);
    }

    /// Crowds: many timers within a short time, so that slots are taken apart, and overdue ones in disorder, so that all is filed anew.
    #[test]
    fn crowds(
        start in start(),
        ahead in prop::collection::vec(0_u64..100_000, 50..300),
        behind in prop::collection::vec(0_u64..100_000, 0..300),
        jump in 0_u64..100_000,
    ) {
        let mut steps: Vec<_> = ahead.into_iter().map(Step::In).collect();
        steps.extend([Step::Advance(jump), Step::Wake]);
        steps.extend(behind.into_iter().map(Step::Ago));
        steps.extend([Step::Some(10), Step::Wake, Step::Wake]);
        run(Timers::new(Growing::<Wide>::new()), usize::MAX, start, steps.clone());
        run(Timers::new(Growing::<Narrow>::new()), usize::MAX, start, steps);
    }
}
