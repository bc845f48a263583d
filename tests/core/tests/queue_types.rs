//! Which queues may go to other threads and be shared with them; that they can be made in constants; how large they are.
//!
//! The payloads are those of `auto_traits.rs`: what a queue asks of an item is that it can go.

use std::cell::Cell;
use std::rc::Rc;

use selvedge::port::Native as P;
use selvedge_core::port::Spin;
use selvedge_core::queue::{
    Consumer, FifoQueue, Lifo, LifoQueue, Priority, PriorityQueue, Producer, Queue, SimpleFifo,
    Spsc,
};
use selvedge_core::raw::{GetHalf, PutHalf, RawSpsc};
use static_assertions::{assert_impl_all, assert_not_impl_any};

type OnlySend = Cell<u8>;
type Neither = Rc<u8>;

macro_rules! asks_that_items_can_go {
    ($($queue:ident<$($before:lifetime,)? P, _ $(, $after:literal)?>;)*) => { $(
        assert_impl_all!($queue<$($before,)? P, OnlySend $(, $after)?>: Send, Sync);
        assert_not_impl_any!($queue<$($before,)? P, Neither $(, $after)?>: Send, Sync);
    )* };
}

asks_that_items_can_go! {
    FifoQueue<P, _, 2>;
    LifoQueue<P, _, 2>;
    PriorityQueue<P, _, 2>;
    SimpleFifo<P, _, 2>;
    Spsc<P, _, 2>;
    Lifo<P, _>;
    Priority<P, _>;
    Producer<'static, P, _, 2>;
    Consumer<'static, P, _, 2>;
}

assert_impl_all!(RawSpsc<OnlySend, 1>: Send, Sync);
assert_not_impl_any!(RawSpsc<Neither, 1>: Send, Sync);
assert_impl_all!(PutHalf<'static, OnlySend, 1>: Send);
assert_impl_all!(GetHalf<'static, OnlySend, 1>: Send);
assert_not_impl_any!(PutHalf<'static, Neither, 1>: Send);
assert_not_impl_any!(GetHalf<'static, Neither, 1>: Send);

static LIFO: LifoQueue<Spin, u8, 2> = LifoQueue::new();
static PRIORITY: PriorityQueue<Spin, u8, 2> = PriorityQueue::new();
static SIMPLE: SimpleFifo<Spin, u8, 2> = SimpleFifo::new();
static SPSC: Spsc<Spin, u8, 2> = Spsc::new();
static GROWING_LIFO: Queue<Spin, Lifo<Spin, u8>> = Queue::<_, Lifo<_, _>>::new(2);
static GROWING_PRIORITY: Queue<Spin, Priority<Spin, u8>> = Queue::<_, Priority<_, _>>::new(0);

#[test]
fn statics_work() {
    for n in [2, 1] {
        assert!(LIFO.put(n).is_ok() && PRIORITY.put(n).is_ok() && SIMPLE.put(n).is_ok());
        assert!(GROWING_LIFO.put(n).is_ok() && GROWING_PRIORITY.put(n).is_ok());
    }
    assert_eq!(
        (LIFO.get(), PRIORITY.get(), SIMPLE.get()),
        (Ok(1), Ok(1), 2)
    );
    assert_eq!((GROWING_LIFO.get(), GROWING_PRIORITY.get()), (Ok(1), Ok(1)));
    let (mut producer, mut consumer) = SPSC.try_split().unwrap();
    assert!(SPSC.try_split().is_none());
    let producing = std::thread::spawn(move || (0..10).for_each(|n| producer.put(n).unwrap()));
    assert_eq!(consumer.iter().sum::<u8>(), 45);
    producing.join().unwrap();
    drop(consumer);
    assert!(SPSC.try_split().is_some());
}

/// Futures go to other threads if the items can.
#[test]
fn futures_are_send() {
    fn is_send<F: Future + Send>(_: F) {}
    let queue = PriorityQueue::<P, u8, 2>::new();
    is_send(queue.put_async(1));
    is_send(queue.get_async());
    is_send(queue.join_async());
    let simple = SimpleFifo::<P, OnlySend, 2>::new();
    is_send(simple.get_async());
    let mut spsc = Spsc::<P, OnlySend, 2>::new();
    let (mut producer, mut consumer) = spsc.split();
    is_send(producer.put_async(Cell::new(1)));
    is_send(consumer.get_async());
}

/// What a queue of none but one place takes beside its items.
#[test]
#[cfg(target_pointer_width = "64")]
fn sizes() {
    // Three event counts, a guard, a mark, a length, tasks, a flag.
    assert!(size_of::<LifoQueue<Spin, u64, 8>>() <= 8 * 8 + 48);
    // And a number for each item, and for the next one.
    // The numbers of the items are in a row of their own: no padding beside small items.
    assert!(size_of::<PriorityQueue<Spin, u64, 8>>() <= 8 * 16 + 64);
    assert!(size_of::<PriorityQueue<Spin, u8, 8>>() <= 8 * 9 + 64);
    // Two cursors, each on a line of its own; who waits; the rest.
    assert!(size_of::<Spsc<Spin, u64, 16>>() <= 5 * 128);
}
