//! One producer and one consumer: the cursors hand slots over, the last end to leave finds what is left, and nobody sleeps beside an item or room.
//!
//! The ring lives for ever in each run, because its ends borrow it and go to threads. Loom watches the slots: an item that is moved in or out while another thread is at it is reported as a race.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use loom::thread;
use loom_tests::{Bound, Seen, World, block_on, explore};
use selvedge_core::queue::{PutError, ShutDown, Spsc};
use selvedge_core::raw::RawSpsc;

models! {
    an_item_meets_a_waiter,
    room_meets_a_waiter,
    a_producer_leaves_a_waiter,
    a_consumer_leaves_a_waiter,
    an_item_for_a_future,
    a_future_is_dropped,
}

fn ring<T: 'static, const N: usize>() -> &'static RawSpsc<T, N> {
    Box::leak(Box::new(RawSpsc::new()))
}

/// One pushes, one pops: nothing, or the item.
#[test]
fn a_push_meets_a_pop() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::NONE, move || {
        let (mut put, mut get) = ring::<u32, 2>().split().unwrap();
        let producer = thread::spawn(move || {
            put.push(7).unwrap();
            put
        });
        let early = get.pop();
        notes.note_if(early.is_some(), "got", "nothing");
        let _put = producer.join().unwrap();
        assert_eq!(early.or_else(|| get.pop()), Some(7));
        assert_eq!(get.pop(), None);
    });
    seen.exactly(["got", "nothing"]);
}

/// Around a ring of one place, and of two: each slot is used again after it was read, and not before.
fn around<const N: usize>(items: u32) {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::NONE, move || {
        let (mut put, mut get) = ring::<u32, N>().split().unwrap();
        let producer = thread::spawn(move || {
            let mut refused = false;
            for item in 0..items {
                while let Err(back) = put.push(item) {
                    assert_eq!(back, item);
                    refused = true;
                    thread::yield_now();
                }
            }
            (put, refused)
        });
        for item in 0..items {
            loop {
                match get.pop() {
                    Some(got) => break assert_eq!(got, item),
                    None => thread::yield_now(),
                }
            }
        }
        let (_put, refused) = producer.join().unwrap();
        notes.note_if(refused, "full", "never full");
        assert_eq!(get.pop(), None);
    });
    seen.exactly(["full", "never full"]);
}

#[test]
fn around_one_place() {
    around::<1>(2);
}

#[test]
fn around_two_places() {
    around::<2>(3);
}

/// A number that goes down when it is dropped.
struct Living(Arc<AtomicU32>);

impl Drop for Living {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Both ends leave at any time: what was pushed has been dropped by then, once, and the ring can be split again.
#[test]
fn both_leave() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::NONE, move || {
        let living = Arc::new(AtomicU32::new(1));
        let ring = ring::<Living, 1>();
        let (mut put, get) = ring.split().unwrap();
        let item = Living(living.clone());
        let producer = thread::spawn(move || {
            assert!(put.push(item).is_ok());
            let alone = put.is_alone();
            drop(put);
            alone
        });
        drop(get);
        let alone = producer.join().unwrap();
        notes.note_if(alone, "getter first", "putter first");
        assert_eq!(living.load(Ordering::Relaxed), 0);
        assert!(ring.split().is_some());
    });
    seen.exactly(["getter first", "putter first"]);
}

/// Who sees that the putter is gone sees all that it has put.
#[test]
fn a_putter_leaves() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::NONE, move || {
        let (mut put, mut get) = ring::<u32, 1>().split().unwrap();
        let producer = thread::spawn(move || put.push(7).unwrap());
        let gone = get.is_alone();
        let got = get.pop();
        notes.note(match (gone, got) {
            (true, Some(7)) => "gone, and the item",
            (false, Some(7)) => "the item",
            (false, None) => "nothing",
            _ => panic!("an item is lost"),
        });
        producer.join().unwrap();
    });
    seen.exactly(["gone, and the item", "nothing", "the item"]);
}

/// Who splits again finds the ring as the ones before have left it.
#[test]
fn split_again() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::NONE, move || {
        let ring = ring::<u32, 1>();
        let (mut put, mut get) = ring.split().unwrap();
        let before = thread::spawn(move || {
            put.push(1).unwrap();
            assert_eq!(get.pop(), Some(1));
        });
        let again = ring.split();
        notes.note_if(again.is_some(), "again", "not yet");
        if let Some((mut put, mut get)) = again {
            put.push(2).unwrap();
            assert_eq!(get.pop(), Some(2));
        }
        before.join().unwrap();
    });
    seen.exactly(["again", "not yet"]);
}

fn queue<P: World, const N: usize>() -> &'static Spsc<P, u32, N> {
    Box::leak(Box::new(Spsc::new()))
}

/// One waits for an item.
fn an_item_meets_a_waiter<P: World>() {
    explore(Bound::preemptions::<P>(4, 3), || {
        let (mut producer, mut consumer) = queue::<P, 1>().try_split().unwrap();
        let waiter = thread::spawn(move || {
            assert_eq!(consumer.get(), Ok(7));
            consumer
        });
        assert_eq!(producer.put(7), Ok(()));
        let _consumer = waiter.join().unwrap();
    });
}

/// One waits for room.
fn room_meets_a_waiter<P: World>() {
    explore(Bound::preemptions::<P>(3, 3), || {
        let (mut producer, mut consumer) = queue::<P, 1>().try_split().unwrap();
        assert_eq!(producer.put(1), Ok(()));
        let waiter = thread::spawn(move || {
            assert_eq!(producer.put(2), Ok(()));
            producer
        });
        assert_eq!(consumer.get(), Ok(1));
        let _producer = waiter.join().unwrap();
        assert_eq!(consumer.try_get(), Ok(2));
    });
}

/// One waits for an item, and the producer goes.
fn a_producer_leaves_a_waiter<P: World>() {
    explore(Bound::preemptions::<P>(4, 3), || {
        let (producer, mut consumer) = queue::<P, 1>().try_split().unwrap();
        let waiter = thread::spawn(move || assert_eq!(consumer.get(), Err(ShutDown)));
        drop(producer);
        waiter.join().unwrap();
    });
}

/// One waits for room, and the consumer goes.
fn a_consumer_leaves_a_waiter<P: World>() {
    explore(Bound::preemptions::<P>(3, 3), || {
        let (mut producer, consumer) = queue::<P, 1>().try_split().unwrap();
        assert_eq!(producer.put(1), Ok(()));
        // The room that the leaving consumer makes may be used before it is gone.
        let waiter = thread::spawn(move || match producer.put(2) {
            Ok(()) => {}
            Err(PutError(back)) => assert_eq!(back, 2),
        });
        drop(consumer);
        waiter.join().unwrap();
    });
}

/// A future waits for an item.
fn an_item_for_a_future<P: World>() {
    explore(Bound::preemptions::<P>(3, 3), || {
        let (mut producer, mut consumer) = queue::<P, 1>().try_split().unwrap();
        let waiter = thread::spawn(move || {
            assert_eq!(block_on(consumer.get_async()), Ok(7));
            consumer
        });
        assert_eq!(producer.put(7), Ok(()));
        let _consumer = waiter.join().unwrap();
    });
}

/// A future is dropped while an item comes: the next get finds it.
fn a_future_is_dropped<P: World>() {
    explore(Bound::preemptions::<P>(3, 3), || {
        let (mut producer, mut consumer) = queue::<P, 1>().try_split().unwrap();
        let putter = thread::spawn(move || {
            assert_eq!(producer.put(7), Ok(()));
            producer
        });
        let early = {
            let mut get = Box::pin(consumer.get_async());
            loom_tests::poll(get.as_mut(), &loom_tests::Signal::new())
        };
        if early.is_pending() {
            assert_eq!(consumer.get(), Ok(7));
        }
        let _producer = putter.join().unwrap();
    });
}
