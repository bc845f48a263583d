//! Bad weather: a counter that goes round, limits beyond what it can hold, handlers that try what they may not, and a task that is deleted while it waits.
#![cfg_attr(target_os = "none", no_std, no_main)]

use core::time::Duration;

use firmware_freertos::{board, kernel, program, say, wind};
use selvedge_core::atomics::{AtomicU32, Ordering};
use selvedge_core::error::TimedOut;
use selvedge_core::port::Clock;
use selvedge_core::select::Select;
use selvedge_port_freertos::{
    Condvar, Event, FreeRtos, InheritingMutex, Lock, Mutex, RLock, Semaphore, SpawnError, TaskSlot,
    sleep,
};

program!(test);

const ALL: [(&str, fn()); 7] = [
    ("the counter goes round during a wait", round),
    ("limits beyond what the counter can hold", long),
    ("time does not go back", forward),
    (
        "before the scheduler, and from handlers: typed refusals",
        refused,
    ),
    (
        "a task is deleted while it waits for an event",
        deleted_at_an_event,
    ),
    (
        "tasks are deleted while they wait for others",
        deleted_elsewhere,
    ),
    ("a task is deleted in a select", deleted_in_a_select),
];

fn test() {
    let mut passed = 0;
    for (name, check) in ALL {
        say!("{name}");
        wind();
        check();
        passed += 1;
    }
    say!(
        "{}, weather: {passed} passed, 0 skipped (1 core)",
        board::NAME
    );
    board::exit(0);
}

static EVENT: Event = Event::new();

/// The first of all: the counter starts 500 ticks before its end.
fn round() {
    let (ticks, start) = (kernel::ticks(), FreeRtos::now());
    let span = Duration::from_millis(600_000 / u64::from(board::TICKS_PER_SECOND));
    assert_eq!(EVENT.wait_timeout(span), Err(TimedOut));
    assert!(kernel::ticks() < ticks, "it did not go round");
    assert!(FreeRtos::until(start, FreeRtos::now()) >= span, "too early");
    assert!(
        FreeRtos::now().ticks() < 10_000,
        "a turn too many was counted"
    );
}

fn long() {
    static SETTER: TaskSlot<(), (), { 16 * 1024 }> = TaskSlot::new(c"setter", 1);
    for span in [
        Duration::from_secs(100),
        Duration::from_secs(60 * 60 * 24 * 365 * 100),
        Duration::from_secs(u64::MAX / 20_000),
        Duration::MAX,
    ] {
        EVENT.clear();
        let setter = SETTER.spawn(
            |()| {
                kernel::nap();
                kernel::nap();
                EVENT.set();
            },
            (),
        );
        assert_eq!(EVENT.wait_timeout(span), Ok(()));
        setter.expect("the slot is free").join();
    }
    EVENT.clear();
}

fn forward() {
    // In the tick, too; see `refused`.
    let mut before = FreeRtos::now();
    for _ in 0..20_000 {
        let now = FreeRtos::now();
        assert!(now >= before, "time went back");
        before = now;
    }
    let start = FreeRtos::now();
    sleep(Duration::from_millis(3));
    assert!(FreeRtos::until(start, FreeRtos::now()) >= Duration::from_millis(3));
}

static SLOT: TaskSlot<u32, u32, { 16 * 1024 }> = TaskSlot::new(c"slot", 1);
static INHERITING: InheritingMutex<u32> = InheritingMutex::new(0);
static RLOCK: RLock<u32> = RLock::new(0);
static LOCK: Lock = Lock::new();
static LOOKS: AtomicU32 = AtomicU32::new(0);
static MOST: AtomicU32 = AtomicU32::new(1);
static LAST: AtomicU32 = AtomicU32::new(0);

fn refused() {
    fn hook() {
        let look = LOOKS.load(Ordering::Relaxed);
        if look >= MOST.load(Ordering::Relaxed) {
            return;
        }
        match look {
            0 => assert_eq!(SLOT.spawn(|n| n, 7).err(), Some(SpawnError::InHandler(7))),
            1 => assert!(INHERITING.try_lock().is_none()),
            2 => assert!(!RLOCK.is_owned() && RLOCK.try_acquire().is_none()),
            3 => assert!(LOCK.try_acquire().is_none()),
            // A slot that was started before can be started from here.
            4 => drop(SLOT.spawn(|n| n, 8).expect("the slot is free")),
            _ => {
                let now = FreeRtos::now().ticks() as u32;
                assert!(now >= LAST.swap(now, Ordering::Relaxed), "time went back");
            }
        }
        LOOKS.fetch_add(1, Ordering::Relaxed);
    }
    let _mine = RLOCK.acquire();
    let _held = LOCK.acquire();
    // At a slot that was never started; the others after that.
    kernel::set_tick_hook(hook);
    while LOOKS.load(Ordering::Relaxed) == 0 {
        kernel::nap();
    }
    assert_eq!(
        SLOT.spawn(|n| n + 1, 1).expect("the slot is free").join(),
        2
    );
    MOST.store(u32::MAX, Ordering::Relaxed);
    while LOOKS.load(Ordering::Relaxed) < 20 {
        kernel::nap();
    }
    kernel::set_tick_hook(|| {});
}

static STATE: Mutex<u32> = Mutex::new(0);
static CHANGED: Condvar = Condvar::new();
static PERMITS: Semaphore = Semaphore::new(0);
static SECOND: Event = Event::new();
static WOKEN: AtomicU32 = AtomicU32::new(0);

fn woken() {
    WOKEN.fetch_add(1, Ordering::Relaxed);
}

/// Two tasks wait; the first is deleted, and the second must be woken all the same.
fn deleted(places: [u32; 2], waits: fn(), wake: fn()) {
    let tasks = places.map(|place| kernel::create(place, waits, 3));
    let before = WOKEN.load(Ordering::Relaxed);
    // SAFETY: it waits, holds nothing, and nobody will use its name again.
    unsafe { kernel::delete_and_spoil(tasks[0], places[0]) };
    wake();
    assert_eq!(WOKEN.load(Ordering::Relaxed), before + 1);
}

fn deleted_at_an_event() {
    deleted(
        [1, 2],
        || {
            EVENT.wait();
            woken();
        },
        || EVENT.set(),
    );
    EVENT.clear();
}

fn deleted_elsewhere() {
    deleted(
        [3, 4],
        || {
            PERMITS.acquire().keep();
            woken();
        },
        || PERMITS.release(1),
    );
    deleted(
        [5, 6],
        || {
            let mut state = STATE.lock();
            CHANGED.wait(&mut state);
            woken();
        },
        || assert!(CHANGED.notify_one()),
    );
    let held = LOCK.acquire();
    held.keep();
    deleted(
        [7, 8],
        || {
            drop(LOCK.acquire());
            woken();
        },
        || LOCK.release().expect("it is held"),
    );
    // The lock goes on, although it counts one that is gone.
    for _ in 0..10 {
        drop(LOCK.acquire());
    }
}

fn deleted_in_a_select() {
    deleted(
        [9, 10],
        || {
            Select::new()
                .event(&EVENT, || ())
                .event(&SECOND, || ())
                .wait();
            woken();
        },
        || SECOND.set(),
    );
    EVENT.set();
}
