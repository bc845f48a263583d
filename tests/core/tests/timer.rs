//! `selvedge_core::timer`, case by case.

use std::cell::Cell;
use std::mem::size_of;

use selvedge_core::timer::{Entry, Fixed, Full, Key, Timers};

const fn may_go_anywhere<T: Send + Sync + Unpin>() {}
const _: () = may_go_anywhere::<Timers<Fixed<u32, 4>>>();
const _: () = may_go_anywhere::<Key>();

/// It can be a `static` initialiser.
static TIMERS: std::sync::Mutex<Timers<Fixed<&str, 4>>> =
    std::sync::Mutex::new(Timers::new(Fixed::new()));

#[test]
fn lives_in_a_static() {
    let mut timers = TIMERS.lock().unwrap();
    timers.insert(1, "one").unwrap();
    assert_eq!(timers.pop_expired(1).unwrap().value, "one");
}

#[test]
fn full_gives_the_value_back_and_room_comes_back() {
    let mut timers = Timers::new(Fixed::<String, 2>::new());
    let first = timers.insert(1, "a".into()).unwrap();
    timers.insert(2, "b".into()).unwrap();
    assert_eq!(timers.insert(3, "c".into()), Err(Full("c".into())));
    assert_eq!(timers.len(), 2);
    assert_eq!(timers.cancel(first).as_deref(), Some("a"));
    timers.insert(3, "c".into()).unwrap();
    assert_eq!(timers.pop_expired(5).unwrap().value, "b");
    assert_eq!(timers.pop_expired(5).unwrap().value, "c");
    assert_eq!(timers.pop_expired(5), None);
}

#[test]
fn no_room_at_all() {
    let mut timers = Timers::new(Fixed::<u8, 0>::new());
    assert_eq!(timers.insert(1, 7), Err(Full(7)));
    assert_eq!(timers.next_deadline(), None);
    assert_eq!(timers.next_wake(), None);
    assert_eq!(timers.pop_expired(u64::MAX), None);
}

#[test]
fn an_old_key_never_hits_the_next_timer_in_its_place() {
    let mut timers = Timers::new(Fixed::<u32, 1>::new());
    let mut old: Vec<Key> = Vec::new();
    for n in 0..1000 {
        let key = timers.insert(u64::from(n), n).unwrap();
        for &stale in &old {
            assert_eq!(timers.cancel(stale), None);
            assert_eq!(timers.reset(stale, 0), None);
            assert_eq!(timers.deadline(stale), None);
            assert_eq!(timers.get(stale), None);
        }
        assert_eq!(timers.len(), 1);
        let gone = match n % 3 {
            0 => timers.cancel(key),
            1 => timers.pop_expired(u64::from(n)).map(|e| e.value),
            _ => {
                timers.clear();
                Some(n)
            }
        };
        assert_eq!(gone, Some(n));
        old.push(key);
    }
}

#[test]
fn never_early_to_the_tick() {
    for shift in 0..64 {
        let deadline = 1_u64 << shift;
        for deadline in [deadline - 1, deadline, deadline + 1, !deadline] {
            let mut timers = Timers::new(Fixed::<(), 1>::new());
            timers.insert(deadline, ()).unwrap();
            if let Some(before) = deadline.checked_sub(1) {
                assert_eq!(timers.pop_expired(before), None);
            }
            assert_eq!(timers.next_wake(), Some(deadline));
            assert_eq!(timers.pop_expired(deadline).unwrap().deadline, deadline);
        }
    }
}

#[test]
fn equal_deadlines_in_the_order_of_insertion_across_every_level() {
    // The clock creeps up to the deadline while equal ones are added.
    let mut timers = Timers::new(Fixed::<u32, 256>::new());
    let deadline = 0x8000_0000_0000_0000_u64;
    let mut number = 0;
    let mut left = deadline;
    while left > 0 {
        for _ in 0..3 {
            timers.insert(deadline, number).unwrap();
            number += 1;
        }
        assert_eq!(timers.pop_expired(deadline - left), None);
        left /= 2;
    }
    for expected in 0..number {
        assert_eq!(timers.pop_expired(deadline).unwrap().value, expected);
    }
    assert!(timers.is_empty());
}

#[test]
fn reset_counts_as_inserted_now() {
    let mut timers = Timers::new(Fixed::<char, 4>::new());
    let a = timers.insert(5, 'a').unwrap();
    timers.insert(5, 'b').unwrap();
    assert_eq!(timers.reset(a, 5), Some(5));
    assert_eq!(timers.deadline(a), Some(5));
    assert_eq!(timers.pop_expired(5).unwrap().value, 'b');
    let last = timers.pop_expired(5).unwrap();
    assert_eq!((last.value, last.key), ('a', a));
}

#[test]
fn values_are_dropped_once() {
    struct Counts<'a>(&'a Cell<u32>);
    impl Drop for Counts<'_> {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
        }
    }
    let drops = Cell::new(0);
    let mut timers = Timers::new(Fixed::<Counts<'_>, 8>::new());
    let key = timers.insert(1, Counts(&drops)).unwrap();
    for deadline in 2..8 {
        timers.insert(deadline, Counts(&drops)).unwrap();
    }
    drop(timers.cancel(key));
    assert_eq!(drops.get(), 1);
    drop(timers.pop_expired(2));
    assert_eq!(drops.get(), 2);
    timers.clear();
    assert_eq!((drops.get(), timers.len()), (7, 0));
    timers.insert(1, Counts(&drops)).unwrap();
    drop(timers);
    assert_eq!(drops.get(), 8);
}

#[test]
fn few_early_wakes_before_a_crowd() {
    // A crowd within a microsecond, a minute away: `next_wake` leads to it in a few steps.
    let mut timers = Timers::new(Fixed::<u64, 1000>::new());
    let start = 1_700_000_000_000_000_000_u64;
    assert_eq!(timers.pop_expired(start), None);
    let first = start + 60_000_000_000;
    for n in 0..1000 {
        timers.insert(first + (n * 7919) % 1000, n).unwrap();
    }
    let mut wakes = 0;
    let mut now = start;
    while now < first {
        let wake = timers.next_wake().unwrap();
        assert!(now < wake && wake <= first);
        now = wake;
        wakes += 1;
        if now < first {
            assert_eq!(timers.pop_expired(now), None);
        }
    }
    assert!(wakes <= 64, "{wakes} wake-ups");
    assert_eq!(timers.pop_expired(now).unwrap().deadline, first);
}

#[test]
fn sizes() {
    // What a board pays: the table, and 24 bytes a timer beside its value.
    assert_eq!(size_of::<Entry<std::num::NonZeroU64>>(), 32);
    assert!(size_of::<Timers<Fixed<u32, 0>>>() <= 320);
    println!(
        "16 timers of 4 bytes: {} bytes",
        size_of::<Timers<Fixed<std::num::NonZeroU32, 16>>>()
    );
}
