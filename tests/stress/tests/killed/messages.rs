//! Connections.

use std::thread;
use std::time::Duration;

use selvedge::multiprocessing::connection::{
    Connection, Receiver, RecvError, SendError, Sender, one_way, pipe,
};
use selvedge::multiprocessing::shared_memory::SharedMemory;
use selvedge::multiprocessing::spawn;

use crate::death::death;
use crate::{Dice, alone, rounds, us};

/// The message of this number, and whether it is of more than a packet.
fn message(number: u32) -> Vec<u8> {
    let len = if number % 4 == 3 {
        300_000
    } else {
        number * 7 % 100
    };
    let bytes = (0..len).map(|place| (place + number) as u8);
    number.to_le_bytes().into_iter().chain(bytes).collect()
}

fn sends(sender: Sender) {
    for number in 0.. {
        sender
            .send_bytes(&message(number))
            .expect("the parent lives");
    }
}

/// What comes from one that is killed is whole, and then there is an end.
#[test]
fn sender() {
    let _alone = alone("sender");
    let mut dice = Dice::new();
    let (mut closed, mut cut) = (0, 0);
    for _ in 0..rounds() {
        let (receiver, sender) = one_way().expect("there is room");
        let victim = spawn(sends, sender).expect("it starts");
        let check = |number: u32, bytes: &[u8]| assert!(bytes == message(number), "{number}");
        check(0, &receiver.recv_bytes().expect("it lives"));
        thread::scope(|scope| {
            scope.spawn(|| {
                let mut number = 1;
                let error = loop {
                    match receiver.recv_bytes() {
                        Ok(bytes) => check(number, &bytes),
                        Err(error) => break error,
                    }
                    number += 1;
                };
                match error {
                    RecvError::Closed => closed += 1,
                    RecvError::Cut => cut += 1,
                    error => panic!("{error}"),
                }
                assert!(receiver.recv_bytes().is_err(), "it stays at that");
            });
            thread::sleep(us(dice.below(2000)));
            death(&victim, &mut dice, || ());
        });
        assert!(victim.join().is_err());
    }
    println!("{closed} ended between messages, {cut} in one");
}

fn receives((receiver, ready): (Receiver, Sender)) {
    ready.send(&()).expect("the parent lives");
    loop {
        receiver.recv_bytes().expect("the parent lives");
    }
}

/// Who sends to one that is killed is told, and waits for nothing.
#[test]
fn receiver() {
    let _alone = alone("receiver");
    let mut dice = Dice::new();
    for _ in 0..rounds() {
        let (receiver, sender) = one_way().expect("there is room");
        let (ready, there) = one_way().expect("there is room");
        let victim = spawn(receives, (receiver, there)).expect("it starts");
        ready.recv::<()>().expect("it is there");
        thread::scope(|scope| {
            scope.spawn(|| {
                let sent = (0..).find_map(|number| sender.send_bytes(&message(number)).err());
                assert!(matches!(sent, Some(SendError::Closed)), "{sent:?}");
            });
            thread::sleep(us(dice.below(2000)));
            death(&victim, &mut dice, || ());
        });
        assert!(victim.join().is_err());
    }
}

fn passes_on(there: Connection) {
    loop {
        let memory: SharedMemory = there.recv().expect("the parent lives");
        let number: u64 = memory.get(0).expect("it is inside");
        let more = SharedMemory::anonymous(8).expect("there is room");
        more.set(0, &(number + 1)).expect("it is inside");
        there.send(&(memory, more)).expect("the parent lives");
    }
}

/// Descriptors that are under way are neither lost in messages that come, nor left when they do not come.
#[test]
fn descriptors() {
    let _alone = alone("descriptors");
    let mut dice = Dice::new();
    for _ in 0..rounds() {
        let (here, there) = pipe().expect("there is room");
        let victim = spawn(passes_on, there).expect("it starts");
        thread::scope(|scope| {
            scope.spawn(|| {
                for number in 0_u64.. {
                    let memory = SharedMemory::anonymous(8).expect("there is room");
                    memory.set(0, &number).expect("it is inside");
                    if here.send(&memory).is_err() {
                        break;
                    }
                    let Ok((back, more)) = here.recv::<(SharedMemory, SharedMemory)>() else {
                        break;
                    };
                    let numbers = [back, more].map(|it| it.get::<u64>(0).expect("it is inside"));
                    assert_eq!(numbers, [number, number + 1]);
                }
            });
            thread::sleep(Duration::from_millis(dice.below(12)));
            death(&victim, &mut dice, || ());
        });
        assert!(victim.join().is_err());
    }
}
