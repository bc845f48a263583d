//! Shared primitives in memory where another process has written anything, and messages that say that there are some anywhere in such memory: every call that has a limit comes back, and nothing panics.
//!
//! Left out are the words that say "somebody who lives is at it": whoever may write them can as well be at it for ever.
#![no_main]

use std::cell::OnceCell;
use std::ops::Range;
use std::time::Duration;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use selvedge::multiprocessing::connection::{Connection, pipe};
use selvedge::multiprocessing::shared_memory::SharedMemory;
use selvedge::multiprocessing::synchronize::{
    Barrier, Condition, Event, Lock, RLock, Semaphore, WaitError,
};

const MOMENT: Duration = Duration::from_micros(20);

/// What a process gets that an object is given to: the memory, where what all objects in it share begins, how long that is with them, and where the object lies.
type Place = (SharedMemory, usize, usize, usize);

#[derive(Arbitrary, Debug, Clone, Copy)]
enum Kind {
    Lock,
    RLock,
    Semaphore,
    Event,
    Condition,
    Barrier,
}

#[derive(Arbitrary, Debug)]
struct Input {
    kind: Kind,
    /// Places and words: in the object, and in what lies before all objects.
    damage: Vec<(bool, u16, u32)>,
    calls: Vec<u8>,
    /// A message from elsewhere.
    message: Option<(usize, usize, usize)>,
}

struct All {
    lock: Lock,
    rlock: RLock,
    seats: Semaphore,
    event: Event,
    condition: Condition,
    barrier: Barrier,
    /// Where they lie, in the order of `Kind`.
    places: Vec<Place>,
    /// What is there when nobody has damaged it.
    before: Vec<u8>,
    ends: (Connection, Connection),
}

thread_local! {
    static ALL: OnceCell<All> = const { OnceCell::new() };
}

impl All {
    fn new() -> Self {
        let ends = pipe().expect("there is room");
        let lock = Lock::new().expect("there is room");
        let rlock = RLock::new().expect("there is room");
        let seats = Semaphore::new(3).expect("there is room");
        let event = Event::new().expect("there is room");
        let condition = Condition::new().expect("there is room");
        let barrier = Barrier::new(2).expect("there is room");
        macro_rules! place {
            ($object:expr) => {{
                ends.0.send($object).expect("there is room");
                ends.1.recv::<Place>().expect("it is one")
            }};
        }
        let mut places = vec![
            place!(&lock),
            place!(&rlock),
            place!(&seats),
            place!(&event),
        ];
        ends.0.send(&condition).expect("there is room");
        let [place, _lock] = ends
            .1
            .recv::<[Place; 2]>()
            .expect("it has its lock behind it");
        places.push(place);
        places.push(place!(&barrier));
        drop(seats.try_acquire());
        let _ = barrier.wait_timeout(Duration::ZERO);
        barrier.reset();
        let mut before = vec![0; places[0].0.size()];
        places[0].0.read(0, &mut before).expect("it is inside");
        Self {
            lock,
            rlock,
            seats,
            event,
            condition,
            barrier,
            places,
            before,
            ends,
        }
    }

    /// Which bytes of an object are damaged.
    fn bytes(kind: Kind) -> &'static [Range<usize>] {
        match kind {
            Kind::Lock | Kind::Event => &[0..4],
            Kind::RLock => &[0..12],
            // Not the record of this process.
            Kind::Semaphore => &[0..16, 40..1500],
            Kind::Condition => &[0..768],
            // Not the barrier's own lock.
            Kind::Barrier => &[0..4, 8..520],
        }
    }

    fn call(&self, kind: Kind, call: u8) {
        match (kind, call % 5) {
            (Kind::Lock, 0) => drop(self.lock.try_acquire()),
            (Kind::Lock, 1) => drop(self.lock.acquire_timeout(MOMENT)),
            (Kind::Lock, 2) => std::mem::forget(self.lock.acquire_timeout(MOMENT)),
            (Kind::Lock, 3) => drop(self.lock.release()),
            (Kind::Lock, _) => _ = self.lock.is_locked(),
            (Kind::RLock, 0) => drop(self.rlock.try_acquire()),
            (Kind::RLock, 1) => drop(self.rlock.acquire_timeout(MOMENT)),
            (Kind::RLock, 2) => {
                let outer = self.rlock.acquire_timeout(MOMENT);
                drop(self.rlock.try_acquire());
                drop(outer);
            }
            (Kind::RLock, _) => _ = self.rlock.is_mine(),
            (Kind::Semaphore, 0) => drop(self.seats.try_acquire()),
            (Kind::Semaphore, 1) => drop(self.seats.acquire_timeout(MOMENT)),
            (Kind::Semaphore, 2) => {
                if let Some(permit) = self.seats.try_acquire() {
                    permit.keep();
                }
            }
            (Kind::Semaphore, 3) => drop(self.seats.release(u32::from(call))),
            (Kind::Semaphore, _) => _ = self.seats.value(),
            (Kind::Event, 0) => self.event.set(),
            (Kind::Event, 1) => self.event.clear(),
            (Kind::Event, 2) => _ = self.event.is_set(),
            (Kind::Event, _) => _ = self.event.wait_timeout(MOMENT),
            (Kind::Condition, call) => {
                let Ok(guard) = self.condition.lock().acquire_timeout(MOMENT) else {
                    return;
                };
                if call < 2 {
                    let _ = self.condition.notify(&guard, usize::from(call) * 100 + 1);
                    return;
                }
                match self.condition.wait_timeout(guard, MOMENT) {
                    Ok(guard) | Err(WaitError::TimedOut(guard)) => drop(guard),
                    Err(_) => {}
                }
            }
            (Kind::Barrier, 0) => _ = (self.barrier.is_broken(), self.barrier.waiting()),
            (Kind::Barrier, 1) => self.barrier.abort(),
            (Kind::Barrier, 2) => self.barrier.reset(),
            (Kind::Barrier, _) => _ = self.barrier.wait_timeout(MOMENT),
        }
    }

    /// Somebody says that there is such an object somewhere.
    fn receive(&self, kind: Kind, (base, size, offset): (usize, usize, usize)) {
        let memory = self.places[0].0.try_clone().expect("there is room");
        let place: Place = (memory, base, size, offset);
        let (one, other) = &self.ends;
        if matches!(kind, Kind::Condition) {
            let again = place.0.try_clone().expect("there is room");
            let lock: Place = (again, offset, base, size);
            one.send(&(place, lock)).expect("there is room");
        } else {
            one.send(&place).expect("there is room");
        }
        match kind {
            Kind::Lock => drop(
                other
                    .recv::<Lock>()
                    .map(|lock| lock.try_acquire().is_some()),
            ),
            Kind::RLock => drop(other.recv::<RLock>().map(|lock| lock.is_mine())),
            Kind::Semaphore => drop(other.recv::<Semaphore>().map(|seats| seats.value())),
            Kind::Event => drop(other.recv::<Event>().map(|event| event.is_set())),
            Kind::Condition => drop(other.recv::<Condition>()),
            Kind::Barrier => drop(other.recv::<Barrier>().map(|barrier| barrier.waiting())),
        }
    }
}

fuzz_target!(|input: Input| {
    ALL.with(|all| {
        let all = all.get_or_init(All::new);
        let (memory, base, _, offset) = &all.places[input.kind as usize];
        for (is_object, place, word) in input.damage.iter().take(16) {
            let place = usize::from(*place);
            let place = if *is_object {
                let parts = All::bytes(input.kind);
                let part = &parts[place % parts.len()];
                offset + part.start + place % part.len()
            } else {
                base + 8 + place % (offset - base - 16)
            };
            memory.set(place & !3, word).expect("it is inside");
        }
        for call in input.calls.iter().take(8) {
            all.call(input.kind, *call);
        }
        if let Some(message) = input.message {
            all.receive(input.kind, message);
        }
        memory.write(0, &all.before).expect("it is inside");
    });
});
