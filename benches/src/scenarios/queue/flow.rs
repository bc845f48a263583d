//! Threads that put as fast as they can, and threads that get until the end; an operation is a message.

use std::sync::{Mutex, PoisonError};

use crate::contender::queue::{Channel, Get, Message, Put, TryGet, TryPut};
use crate::row::{Plan, Sample};
use crate::scenarios::queue::{Handout, Tally, lock, shares};
use crate::team::{spin_until, until_done};

/// One puts, one gets.
pub(crate) fn one_to_one<C: Channel<u64>>(plan: &Plan, capacity: usize) -> Sample
where
    C::Putter: Put<u64>,
    C::Getter: Get<u64>,
{
    let (putter, getter) = C::new(capacity);
    flow(plan, vec![putter], vec![getter])
}

/// The same with messages of 64 bytes.
pub(crate) fn one_to_one_large<C: Channel<[u64; 8]>>(plan: &Plan, capacity: usize) -> Sample
where
    C::Putter: Put<[u64; 8]>,
    C::Getter: Get<[u64; 8]>,
{
    let (putter, getter) = C::new(capacity);
    flow(plan, vec![putter], vec![getter])
}

/// Some put, one gets.
pub(crate) fn many_to_one<C: Channel<u64>>(plan: &Plan, capacity: usize, putters: usize) -> Sample
where
    C::Putter: Put<u64> + Clone,
    C::Getter: Get<u64>,
{
    let (putter, getter) = C::new(capacity);
    flow(plan, vec![putter; putters], vec![getter])
}

/// Some put, some get.
pub(crate) fn many_to_many<C: Channel<u64>>(
    plan: &Plan,
    capacity: usize,
    putters: usize,
    getters: usize,
) -> Sample
where
    C::Putter: Put<u64> + Clone,
    C::Getter: Get<u64> + Clone,
{
    let (putter, getter) = C::new(capacity);
    flow(plan, vec![putter; putters], vec![getter; getters])
}

fn flow<T: Message>(
    plan: &Plan,
    putters: Vec<impl Put<T> + Send>,
    getters: Vec<impl Get<T> + Send>,
) -> Sample {
    let counts = shares(plan.ops, putters.len());
    let (getting, all) = (getters.len(), putters.len() + getters.len());
    let (putters, getters) = (Handout::of(putters), Handout::of(getters));
    let tallies = Mutex::new(Vec::new());
    let time = until_done(all, |index, gate| {
        if let Some(mut getter) = getters.take(index) {
            let mut tally = Tally::default();
            gate.pass();
            while let Some(message) = getter.get() {
                tally.add(message.number());
            }
            lock(&tallies).push(tally);
        } else {
            let index = index - getting;
            let mut putter = putters.take(index).expect("there is one for each");
            gate.pass();
            for turn in 0..counts[index] {
                putter.put(T::new(Tally::number(index, turn)));
            }
            // It ends when the last of them is dropped, which belongs to the time.
        }
    });
    let tallies = tallies.into_inner().unwrap_or_else(PoisonError::into_inner);
    assert_eq!(tallies.len(), getting);
    let all = tallies.iter().copied().fold(Tally::default(), Tally::and);
    all.expect(&counts);
    let got: Vec<u64> = tallies.iter().map(|tally| tally.count).collect();
    match getting {
        1 => Sample::new(plan.ops, time),
        _ => Sample::shared(&got, time),
    }
}

/// One puts, one gets, and neither ever blocks: they spin while it is full or empty.
pub(crate) fn spinning<C: Channel<u64>>(plan: &Plan, capacity: usize) -> Sample
where
    C::Putter: TryPut<u64>,
    C::Getter: TryGet<u64>,
{
    let (putter, getter) = C::new(capacity);
    let (putters, getters) = (Handout::of(vec![putter]), Handout::of(vec![getter]));
    let tally = Mutex::new(Tally::default());
    let time = until_done(2, |index, gate| {
        if let Some(mut getter) = getters.take(index) {
            let mut own = Tally::default();
            gate.pass();
            for turn in 0..plan.ops {
                let mut got = None;
                spin_until(|| {
                    got = getter.try_get();
                    got.is_some()
                });
                let number = got.unwrap_or_default();
                assert_eq!(number, Tally::number(0, turn), "they come in their order");
                own.add(number);
            }
            *lock(&tally) = own;
        } else {
            let mut putter = putters.take(0).expect("there is one");
            gate.pass();
            for turn in 0..plan.ops {
                spin_until(|| putter.try_put(Tally::number(0, turn)));
            }
        }
    });
    lock(&tally).expect(&[plan.ops]);
    Sample::new(plan.ops, time)
}
