//! The same check on queues of every kind.

/// Runs a block once for each kind of queue, with `$queue` a reference to a new one with room for so many items: `each_queue!(W, u32, 2, |queue| { .. })`.
macro_rules! each_queue {
    ($world:ident, $item:ty, $room:literal, |$queue:ident| $body:block) => {{
        use selvedge_core::queue::{FifoQueue, LifoQueue, PriorityQueue};
        {
            let $queue = &FifoQueue::<$world::Port, $item, $room>::new();
            $body
        }
        {
            let $queue = &LifoQueue::<$world::Port, $item, $room>::new();
            $body
        }
        {
            let $queue = &PriorityQueue::<$world::Port, $item, $room>::new();
            $body
        }
        #[cfg(feature = "std")]
        {
            use selvedge_core::queue::{Fifo, Lifo, Priority, Queue};
            {
                let $queue = &Queue::<$world::Port, Fifo<$item>>::with_store(Fifo::new($room));
                $body
            }
            {
                let $queue = &Queue::<$world::Port, Lifo<$world::Port, $item>>::new($room);
                $body
            }
            {
                let $queue = &Queue::<$world::Port, Priority<$world::Port, $item>>::new($room);
                $body
            }
        }
    }};
}
pub(crate) use each_queue;
