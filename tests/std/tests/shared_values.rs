//! `multiprocessing::sharedctypes` (rows M-114 to M-126).
#![cfg(target_os = "linux")]

mod subprocess_support;

use std::time::Duration;

use selvedge::multiprocessing::connection::{Sender, one_way};
use selvedge::multiprocessing::sharedctypes::{Array, RawArray, RawValue, Value};
use selvedge::multiprocessing::spawn;
use selvedge::multiprocessing::synchronize::RLock;
use subprocess_support::alone;

/// Rows M-114, M-115, M-119, M-122.
#[test]
fn m114_values() {
    fn add((value, rounds): (Value<i64>, u32)) {
        for _ in 0..rounds {
            let _lock = value.lock();
            value.set(value.get() + 1);
        }
    }
    let _alone = alone();
    let value = Value::new(-5_i64).unwrap();
    let children = [0; 3].map(|_| spawn(add, (value.try_clone().unwrap(), 1000)).unwrap());
    add((value.try_clone().unwrap(), 1000));
    for child in children {
        child.join().unwrap();
    }
    assert_eq!((value.get(), value.get_obj().get()), (3995, 3995));
    let lock = RLock::new().unwrap();
    let pair = [1_u8, 2].map(|n| Value::with_lock(n, lock.clone()).unwrap());
    let _held = pair[0].lock();
    assert!(pair[1].get_lock().is_mine());
    let raw = RawValue::new([1.5_f32, -1.0]).unwrap();
    raw.set([0.0, f32::INFINITY]);
    assert_eq!(raw.try_clone().unwrap().get(), [0.0, f32::INFINITY]);
}

/// Rows M-117, M-118, M-121.
#[test]
fn m117_arrays() {
    let _alone = alone();
    let zeros = RawArray::<u64>::zeros(1000).unwrap();
    assert!(zeros.to_vec().iter().all(|n| *n == 0));
    assert!(RawArray::<u8>::zeros(0).unwrap().is_empty());
    assert!(RawArray::<u64>::zeros(usize::MAX).is_err());
    let array = Array::from_slice(&[1_i16, 2, 3, 4]).unwrap();
    for outside in [4, 5, usize::MAX] {
        assert!(array.get(outside).is_err() && array.set(outside, 0).is_err());
        assert!(array.read(outside, &mut [0]).is_err());
    }
    assert!(array.write(3, &[0, 0]).is_err());
    array.write(4, &[]).unwrap();
    array.write(1, &[20, 30]).unwrap();
    let mut part = [0; 2];
    array.read(2, &mut part).unwrap();
    assert_eq!(
        (part, array.to_vec(), array.len()),
        ([30, 4], vec![1, 20, 30, 4], 4)
    );
    let child = spawn(
        |array: Array<i16>| {
            for i in 0..array.len() {
                array.set(i, -array.get(i).unwrap()).unwrap();
            }
        },
        array.try_clone().unwrap(),
    )
    .unwrap();
    child.join().unwrap();
    let copy = array.get_obj().copy().unwrap();
    array.set(0, 0).unwrap();
    assert_eq!(
        (copy.to_vec(), array.to_vec()),
        (vec![-1, -20, -30, -4], vec![0, -20, -30, -4])
    );
}

/// A process that dies with the lock of a value.
#[test]
fn a_dead_holder() {
    fn hold((value, ready): (Value<u32>, Sender)) {
        let _lock = value.lock();
        value.set(7);
        ready.send(&()).unwrap();
        std::thread::sleep(Duration::from_secs(100));
    }
    let _alone = alone();
    let value = Value::new(1_u32).unwrap();
    let (ready, sender) = one_way().unwrap();
    let child = spawn(hold, (value.try_clone().unwrap(), sender)).unwrap();
    ready.recv::<()>().unwrap();
    child.kill().unwrap();
    assert_eq!(value.get(), 7);
    assert!(child.join().is_err());
}
