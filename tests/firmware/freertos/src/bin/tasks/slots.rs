//! Tasks that are started and joined, a pool of them, and futures in one.

use core::time::Duration;

use firmware_freertos::kernel;
use selvedge_core::atomics::{AtomicU32, Ordering};
use selvedge_core::queue::FifoQueue;
use selvedge_port_freertos::{
    Event, Executor, FreeRtos, Oneshot, Pool, Semaphore, SpawnError, TaskSlot, sleep,
};

const STACK: usize = 16 * 1024;

static ADDER: TaskSlot<(u32, u32), u32, STACK> = TaskSlot::new(c"adder", 3);
static MEEK: TaskSlot<u32, u32, STACK> = TaskSlot::new(c"meek", 1);
static GO: Event = Event::new();

pub(crate) fn spawned() {
    for n in 0..1_000 {
        let adder = ADDER
            .spawn(|(a, b)| a + b, (n, 1))
            .expect("the slot is free");
        assert!(adder.is_finished(), "it is more urgent");
        assert_eq!(adder.join(), n + 1);
    }

    // A less urgent one waits for its turn, and for more.
    let meek = MEEK.spawn(
        |n| {
            GO.wait();
            n + 1
        },
        6,
    );
    let meek = meek.expect("the slot is free");
    assert_eq!(MEEK.spawn(|n| n, 7).err(), Some(SpawnError::Busy(7)));
    assert!(!meek.is_finished());
    let Err(meek) = meek.join_timeout(Duration::from_millis(3)) else {
        panic!("joined before it ended");
    };
    GO.set();
    assert_eq!(meek.join(), 7);
    GO.clear();

    // Nobody waits for this one; its result is dropped, and the slot is free again.
    static DROPPED: AtomicU32 = AtomicU32::new(0);
    struct Counts;
    impl Drop for Counts {
        fn drop(&mut self) {
            DROPPED.fetch_add(1, Ordering::Relaxed);
        }
    }
    static LEFT: TaskSlot<(), Counts, STACK> = TaskSlot::new(c"left", 1);
    for n in 1..=10 {
        drop(LEFT.spawn(|()| Counts, ()).expect("the slot is free"));
        while DROPPED.load(Ordering::Relaxed) < n {
            kernel::nap();
        }
        // It counts in the middle of the end.
        sleep(Duration::from_millis(2));
    }
    // And of this one after it came.
    drop(ADDER.spawn(|(a, b)| a + b, (1, 2)));
    assert_eq!(
        ADDER
            .spawn(|(a, b)| a + b, (1, 2))
            .expect("the slot is free")
            .join(),
        3
    );
}

static POOL: Pool<u32, u32, 3, 4, STACK> = Pool::new(c"worker", 1);
static REPLIES: [Oneshot<u32>; 10] = [const { Oneshot::new() }; 10];

pub(crate) fn pool() {
    POOL.start().expect("room for three");
    for round in 0..50 {
        for (n, reply) in (round..).zip(&REPLIES) {
            POOL.submit(|n| n * n, n, reply).expect("it is open");
        }
        for (n, reply) in (round..).zip(&REPLIES) {
            assert_eq!(reply.take(), Ok(n * n));
            assert!(reply.renew());
        }
    }
    // The workers are less urgent: none has come to this one.
    POOL.submit(|_| panic!("it was cancelled"), 1, &REPLIES[0])
        .expect("it is open");
    assert!(REPLIES[0].cancel());
    POOL.submit(|n| n + 1, 1, &REPLIES[1]).expect("it is open");
    POOL.shutdown();
    assert_eq!(
        POOL.submit(|n| n, 5, &REPLIES[2]).map_err(|error| error.0),
        Err(5)
    );
    assert_eq!(POOL.try_submit(|n| n, 6, &REPLIES[2]), Err(6));
    assert_eq!(REPLIES[1].take_timeout(Duration::from_secs(100)), Ok(2));
}

pub(crate) fn futures() {
    static EXECUTOR: Executor = Executor::new();
    static OTHER: Executor = Executor::new();
    static ITEMS: FifoQueue<FreeRtos, u32, 2> = FifoQueue::new();
    static SEEN: Semaphore = Semaphore::new(0);
    static PUTS: TaskSlot<u32, (), STACK> = TaskSlot::new(c"puts", 1);

    let puts = PUTS.spawn(
        |items| {
            OTHER.block_on(async {
                for item in 0..items {
                    ITEMS.put_async(item).await.expect("it is open");
                }
                SEEN.acquire_async().await.keep();
            });
        },
        1_000,
    );
    let sum = EXECUTOR.block_on(async {
        let mut sum = 0;
        for _ in 0..1_000 {
            sum += ITEMS.get_async().await.expect("it is open");
        }
        sum
    });
    assert_eq!(sum, 499_500);
    SEEN.release(1);
    puts.expect("the slot is free").join();
}
