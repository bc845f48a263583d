//! What is written in several steps.

use selvedge::multiprocessing::connection::{Sender, one_way};
use selvedge::multiprocessing::sharedctypes::{Array, Value};
use selvedge::multiprocessing::spawn;

use crate::death::death;
use crate::{Dice, alone, rounds};

const PATTERNS: [u64; 2] = [0x1111_1111_1111_1111, 0x2222_2222_2222_2222];
const LEN: usize = 40;

fn writes((value, array, ready): (Value<u64>, Array<u64>, Sender)) {
    let mut ready = Some(ready);
    for turn in 0_usize.. {
        value.set(PATTERNS[turn % 2]);
        {
            let _lock = array.lock();
            let next = array.get(0).expect("it is inside") + 1;
            for i in 0..LEN {
                array.set(i, next).expect("it is inside");
            }
        }
        if let Some(ready) = ready.take() {
            ready.send(&()).expect("the parent lives");
        }
    }
}

/// A value is what somebody has written, and of an array so many as the dead one came to; nobody waits for it, and others go on.
#[test]
fn torn() {
    let _alone = alone("torn");
    let mut dice = Dice::new();
    let value = Value::new(PATTERNS[0]).expect("there is room");
    let array = Array::<u64>::zeros(LEN).expect("there is room");
    let (mut last, mut half) = (0, 0);
    for round in 0..rounds() {
        let (ready, sender) = one_way().expect("there is room");
        let copies = (
            value.try_clone().expect("there is room"),
            array.try_clone().expect("there is room"),
            sender,
        );
        let victim = spawn(writes, copies).expect("it starts");
        ready.recv::<()>().expect("it is there");
        death(&victim, &mut dice, || ());
        assert!(victim.join().is_err());
        let now = value.get();
        assert!(PATTERNS.contains(&now), "round {round}: {now:#x}");
        let lock = array.lock();
        let all = array.to_vec();
        let done = all.iter().take_while(|n| **n == all[0]).count();
        assert!(all[0] > last, "round {round}");
        assert!(
            all[done..].iter().all(|n| *n == all[0] - 1),
            "round {round}: {all:?}"
        );
        half += u64::from(done < LEN);
        last = all[0];
        array.write(0, &[last; LEN]).expect("it is inside");
        drop(lock);
    }
    println!("{half} of {} died in the middle", rounds());
}
