//! The map behind contexts against a model that cannot be wrong, a `BTreeMap` (row C-18; CPython's `HamtTest`).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;
use selvedge_core::context::Map;

/// Keys that meet in leaves and branches of every level.
fn key() -> impl Strategy<Value = usize> {
    prop_oneof![
        0..20_usize,
        0..300_usize,
        (0..64_u32, 0..3_usize).prop_map(|(bits, low)| (1_usize.wrapping_shl(bits)) ^ low),
        any::<usize>(),
    ]
}

#[derive(Debug, Clone)]
enum Step {
    Insert(usize, u32),
    Remove(usize),
    /// Removes a key that is there: that many places behind the first one.
    RemoveOne(usize),
    /// Goes on with a copy, and keeps the one before.
    Copy,
    /// Goes back to an earlier copy.
    Back(usize),
    /// Drops an earlier copy.
    Forget(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (key(), any::<u32>()).prop_map(|(key, value)| Step::Insert(key, value)),
        2 => key().prop_map(Step::Remove),
        3 => any::<usize>().prop_map(Step::RemoveOne),
        2 => Just(Step::Copy),
        1 => any::<usize>().prop_map(Step::Back),
        1 => any::<usize>().prop_map(Step::Forget),
    ]
}

type Real = Map<Arc<u32>>;
type Model = BTreeMap<usize, u32>;

/// Everything that can be asked.
fn agree(real: &Real, model: &Model) {
    assert_eq!(real.len(), model.len());
    assert_eq!(real.is_empty(), model.is_empty());
    let iter = real.iter();
    assert_eq!(iter.len(), model.len());
    assert!(
        iter.map(|(key, value)| (key, **value))
            .eq(model.iter().map(|(key, value)| (*key, *value)))
    );
    for (key, value) in model {
        assert_eq!(real.get(*key).map(|value| **value), Some(*value));
        for near in [key.wrapping_sub(1), key.wrapping_add(1), key ^ 8, key ^ 128] {
            assert_eq!(real.get(near).is_some(), model.contains_key(&near));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if cfg!(miri) { 4 } else { 128 },
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn c18_as_a_btree_map(steps in proptest::collection::vec(step(), 1..if cfg!(miri) { 40 } else { 200 })) {
        let mut now: (Real, Model) = Default::default();
        let mut kept: Vec<(Real, Model)> = Vec::new();
        for step in steps {
            let (real, model) = &mut now;
            match step {
                Step::Insert(key, value) => {
                    let old = real.insert(key, Arc::new(value));
                    prop_assert_eq!(old.map(|old| *old), model.insert(key, value));
                }
                Step::Remove(key) => {
                    let old = real.remove(key);
                    prop_assert_eq!(old.map(|old| *old), model.remove(&key));
                }
                Step::RemoveOne(place) => {
                    let Some(&key) = model.keys().nth(place % model.len().max(1)) else { continue };
                    let old = real.remove(key);
                    prop_assert_eq!(old.map(|old| *old), model.remove(&key));
                }
                Step::Copy => {
                    prop_assert!(real.same_nodes(&real.clone()) || real.is_empty());
                    kept.push(now.clone());
                }
                Step::Back(place) => {
                    if let Some((earlier, _)) = kept.get(place % kept.len().max(1)) {
                        prop_assert_eq!(earlier == real, kept[place % kept.len()].1 == *model);
                        now = kept[place % kept.len()].clone();
                    }
                }
                Step::Forget(place) => {
                    if !kept.is_empty() {
                        let place = place % kept.len();
                        kept.swap_remove(place);
                    }
                }
            }
        }
        agree(&now.0, &now.1);
        // What was copied has not been touched by what came later.
        for (real, model) in &kept {
            agree(real, model);
        }
    }
}

#[test]
fn c18_no_value_is_lost_or_kept() {
    struct Counted(Arc<AtomicUsize>);
    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.fetch_sub(1, Ordering::SeqCst);
        }
    }
    let alive = Arc::new(AtomicUsize::new(0));
    let new = || {
        alive.fetch_add(1, Ordering::SeqCst);
        Arc::new(Counted(alive.clone()))
    };
    let count = || alive.load(Ordering::SeqCst);
    let mut map = Map::new();
    for key in 0..200 {
        assert!(map.insert(key * 3, new()).is_none());
    }
    assert_eq!(count(), 200);
    let copy = map.clone();
    for key in 0..200 {
        drop(map.insert(key * 3, new()));
    }
    assert_eq!(count(), 400);
    for key in 0..200 {
        assert!(map.remove(key * 3).is_some() && map.remove(key * 3).is_none());
        assert_eq!(count(), 400 - key - 1);
    }
    assert!(map.is_empty() && map.first_from(0).is_none());
    drop(copy);
    assert_eq!(count(), 0);
}

#[test]
fn c18_the_deepest_keys() {
    let mut map = Map::new();
    let keys = [
        usize::MAX,
        0,
        usize::MAX - 1,
        usize::MAX / 2,
        1 << (usize::BITS - 1),
    ];
    for (value, key) in keys.into_iter().enumerate() {
        assert_eq!(map.insert(key, value), None);
    }
    let mut sorted = keys;
    sorted.sort_unstable();
    assert!(map.iter().map(|(key, _)| key).eq(sorted));
    assert_eq!(map.first_from(2), Some((usize::MAX / 2, &3)));
    assert_eq!(map.first_from(usize::MAX), Some((usize::MAX, &0)));
    for (value, key) in keys.into_iter().enumerate() {
        assert_eq!(map.remove(key), Some(value));
    }
    assert_eq!(map.iter().count(), 0);
}

#[test]
fn c18_equality() {
    let build = |order: &[usize]| -> Map<String> {
        order.iter().map(|key| (*key, key.to_string())).collect()
    };
    let (a, b) = (build(&[1, 200, 3]), build(&[3, 1, 200]));
    assert_eq!(a, b);
    assert!(!a.same_nodes(&b));
    let mut c = a.clone();
    assert!(a.same_nodes(&c));
    c.insert(200, "else".to_owned());
    assert_ne!(a, c);
    c.insert(200, "200".to_owned());
    assert_eq!(a, c);
    c.remove(1);
    assert_ne!(a, c);
    // A taller tree with the same content.
    let mut d = b.clone();
    d.insert(1 << 20, String::new());
    d.remove(1 << 20);
    assert_eq!(d, b);
}

#[test]
fn changes_are_in_place_while_nobody_shares() {
    let mut map: Map<Box<u32>> = (0..100).map(|key| (key, Box::new(key as u32))).collect();
    // Values that would be copied with their node keep their address.
    let address = |map: &Map<Box<u32>>, key| std::ptr::from_ref(&**map.get(key).unwrap());
    let before = address(&map, 5);
    map.insert(6, Box::new(0));
    assert_eq!(address(&map, 5), before);
    let copy = map.clone();
    map.insert(6, Box::new(1));
    assert_ne!(address(&map, 5), before);
    // Other leaves are still shared.
    assert_eq!(address(&map, 50), address(&copy, 50));
}
