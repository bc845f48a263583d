//! With the kernel's own objects: a mutex, an event group, a queue, a counting semaphore.
#![no_std]
#![no_main]

use core::cell::UnsafeCell;
use core::ffi::c_void;
use core::hint::black_box;
use core::mem::MaybeUninit;
use core::ptr;

use cortex_m as _;
use cortex_m_rt::entry;
use footprint::Rows;
use footprint_freertos::start;
use selvedge_core::atomics::{AtomicPtr, Ordering};

// What the macros of `semphr.h`, `queue.h` and `event_groups.h` call.
unsafe extern "C" {
    fn xQueueCreateMutexStatic(kind: u8, memory: *mut c_void) -> *mut c_void;
    fn xQueueCreateCountingSemaphoreStatic(most: u32, now: u32, memory: *mut c_void)
    -> *mut c_void;
    fn xQueueGenericCreateStatic(
        length: u32,
        size: u32,
        items: *mut c_void,
        memory: *mut c_void,
        kind: u8,
    ) -> *mut c_void;
    fn xEventGroupCreateStatic(memory: *mut c_void) -> *mut c_void;
    fn xQueueSemaphoreTake(object: *mut c_void, ticks: u32) -> i32;
    fn xQueueGenericSend(
        object: *mut c_void,
        item: *const c_void,
        ticks: u32,
        position: i32,
    ) -> i32;
    fn xQueueReceive(object: *mut c_void, item: *mut c_void, ticks: u32) -> i32;
    fn xEventGroupSetBits(object: *mut c_void, bits: u32) -> u32;
    fn xEventGroupClearBits(object: *mut c_void, bits: u32) -> u32;
    fn xEventGroupWaitBits(object: *mut c_void, bits: u32, clear: i32, all: i32, ticks: u32)
    -> u32;
}

const MUTEX: u8 = 1;
const FOR_EVER: u32 = u32::MAX;
/// `sizeof(StaticQueue_t)`, with which mutexes and semaphores are made as well, and `sizeof(StaticEventGroup_t)`: `kernel/tasks.c` compares them.
const QUEUE: usize = 72;
const EVENT_GROUP: usize = 24;

/// An object of the kernel's, in memory of `WORDS` words; its handle beside it is the program's.
struct Object<const WORDS: usize> {
    memory: UnsafeCell<MaybeUninit<[u32; WORDS]>>,
    handle: AtomicPtr<c_void>,
}

// SAFETY: the memory is the kernel's from `make` on.
unsafe impl<const WORDS: usize> Sync for Object<WORDS> {}

impl<const WORDS: usize> Object<WORDS> {
    const fn new() -> Self {
        Self {
            memory: UnsafeCell::new(MaybeUninit::uninit()),
            handle: AtomicPtr::new(ptr::null_mut()),
        }
    }

    fn make(&'static self, make: impl FnOnce(*mut c_void) -> *mut c_void) {
        let handle = make(self.memory.get().cast());
        self.handle.store(handle, Ordering::Relaxed);
    }

    #[inline(always)]
    fn get(&self) -> *mut c_void {
        self.handle.load(Ordering::Relaxed)
    }
}

type Event = Object<{ EVENT_GROUP / 4 }>;
type Lock = Object<{ QUEUE / 4 }>;
type Semaphore = Object<{ QUEUE / 4 }>;
/// With room for four words behind it.
type Words = Object<{ QUEUE / 4 + 4 }>;

static NUMBER: Lock = Object::new();
static READY: Event = Object::new();
static WORDS: Words = Object::new();
static PERMITS: Semaphore = Object::new();
/// Those that somebody waits for.
static READY_FOR: Event = Object::new();
static WORDS_FOR: Words = Object::new();
static PERMITS_FOR: Semaphore = Object::new();

fn make_all() {
    // SAFETY: static memory, of the right size and used once.
    unsafe {
        NUMBER.make(|memory| xQueueCreateMutexStatic(MUTEX, memory));
        for event in [&READY, &READY_FOR] {
            event.make(|memory| xEventGroupCreateStatic(memory));
        }
        for words in [&WORDS, &WORDS_FOR] {
            words.make(|memory| xQueueGenericCreateStatic(4, 4, memory.byte_add(QUEUE), memory, 0));
        }
        for permits in [&PERMITS, &PERMITS_FOR] {
            permits.make(|memory| xQueueCreateCountingSemaphoreStatic(100, 0, memory));
        }
    }
}

fn take(object: *mut c_void, ticks: u32) -> bool {
    // SAFETY: a semaphore or mutex of this program.
    unsafe { xQueueSemaphoreTake(object, ticks) != 0 }
}

fn give(object: *mut c_void) -> bool {
    // SAFETY: as above.
    unsafe { xQueueGenericSend(object, ptr::null(), 0, 0) != 0 }
}

fn put(object: *mut c_void, word: u32) -> bool {
    // SAFETY: a queue of words.
    unsafe { xQueueGenericSend(object, (&raw const word).cast(), 0, 0) != 0 }
}

fn get(object: *mut c_void, ticks: u32) -> Option<u32> {
    let mut word = 0_u32;
    // SAFETY: a queue of words.
    (unsafe { xQueueReceive(object, (&raw mut word).cast(), ticks) } != 0).then_some(word)
}

extern "C" fn waits_for_event(_: *mut c_void) -> ! {
    loop {
        // SAFETY: an event group of this program.
        unsafe { xEventGroupWaitBits(READY_FOR.get(), 1, 1, 0, FOR_EVER) };
    }
}

extern "C" fn waits_for_word(_: *mut c_void) -> ! {
    loop {
        assert!(get(WORDS_FOR.get(), FOR_EVER).is_some());
    }
}

extern "C" fn waits_for_permit(_: *mut c_void) -> ! {
    loop {
        assert!(take(PERMITS_FOR.get(), FOR_EVER));
    }
}

extern "C" fn measures(_: *mut c_void) -> ! {
    let mut rows = Rows::start();
    let mut number = 0_u32;
    rows.row("lock", QUEUE + size_of::<u32>(), 0, || {
        assert!(take(black_box(&NUMBER).get(), FOR_EVER));
        *black_box(&mut number) += 1;
        assert!(give(NUMBER.get()));
    });
    let counted = take(PERMITS.get(), 0);
    rows.row("lock-held", QUEUE + size_of::<u32>(), 0, || {
        assert!(!take(black_box(&PERMITS).get(), 0));
    });
    assert!(!counted);
    rows.row("event", EVENT_GROUP, 0, || {
        // SAFETY: an event group of this program.
        unsafe {
            xEventGroupSetBits(black_box(&READY).get(), 1);
            xEventGroupClearBits(black_box(&READY).get(), 1);
        }
    });
    rows.row("event-one-waiter", EVENT_GROUP, 0, || {
        // SAFETY: as above.
        unsafe { xEventGroupSetBits(READY_FOR.get(), 1) };
    });
    rows.row("queue", QUEUE + 16, 0, || {
        assert!(put(black_box(&WORDS).get(), 7));
        assert!(get(black_box(&WORDS).get(), 0).is_some());
    });
    rows.row("queue-one-waiter", QUEUE + 16, 0, || {
        assert!(put(WORDS_FOR.get(), 7));
    });
    rows.row("semaphore", QUEUE, 0, || {
        assert!(give(black_box(&PERMITS).get()));
        assert!(take(black_box(&PERMITS).get(), 0));
    });
    rows.row("semaphore-one-waiter", QUEUE, 0, || {
        assert!(give(PERMITS_FOR.get()));
    });
    rows.finish()
}

#[entry]
fn main() -> ! {
    make_all();
    start(
        measures,
        [waits_for_event, waits_for_word, waits_for_permit],
    )
}
