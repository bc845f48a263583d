//! Shared values.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;

use selvedge::multiprocessing::connection::{Sender, one_way};
use selvedge::multiprocessing::sharedctypes::{Array, Value};
use selvedge::multiprocessing::spawn;

use crate::death::death;
use crate::{Dice, alone, rounds};

fn add((value, array): &(Value<u64>, Array<u32>)) {
    {
        let _lock = value.lock();
        value.set(value.get() + 1);
    }
    let _lock = array.lock();
    let next = array.get(0).expect("it is inside") + 1;
    array.write(0, &[next; 16]).expect("it is inside");
}

fn adds((shared, ready): ((Value<u64>, Array<u32>), Sender)) {
    ready.send(&()).expect("the parent lives");
    loop {
        add(&shared);
    }
}

/// Nobody waits for the dead, and what the living have done is there.
#[test]
fn values() {
    let _alone = alone("values");
    let mut dice = Dice::new();
    let value = Value::new(0).expect("there is room");
    let array = Array::zeros(16).expect("there is room");
    let shared = || {
        let value = value.try_clone().expect("there is room");
        (value, array.try_clone().expect("there is room"))
    };
    let mine = shared();
    for round in 0..rounds() {
        let (ready, sender) = one_way().expect("there is room");
        let victim = spawn(adds, (shared(), sender)).expect("it starts");
        ready.recv::<()>().expect("it is there");
        let over = AtomicBool::new(false);
        let before = value.get();
        let done = thread::scope(|scope| {
            let living = scope.spawn(|| {
                let mut done = 0;
                while !over.load(SeqCst) {
                    add(&mine);
                    done += 1;
                }
                done
            });
            death(&victim, &mut dice, || ());
            assert!(victim.join().is_err());
            over.store(true, SeqCst);
            living.join().expect("it is in order")
        });
        assert!(value.get() >= before + done, "round {round}");
        add(&mine);
        let array = array.to_vec();
        assert!(array.iter().all(|it| *it == array[0]), "{array:?}");
    }
}
