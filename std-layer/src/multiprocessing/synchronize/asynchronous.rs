//! Waiting for shared words without blocking the thread.
//!
//! # The bells
//!
//! A *ringer* is a thread that sleeps on the words of many tasks at once (futex_waitv), and beside them on all that a sleeping thread would watch (`watch.rs`), and calls a task when its word was woken or has changed, or somebody has died. The kernel takes 128 words; a ringer serves one arena, of which there may be 63 other processes
//! and one word for newcomers, and so up to [`SEATS`] tasks. More ringers are started when there are more tasks, or arenas; one without tasks sleeps on its own word alone, holds no arena, and serves the next that needs one.
//!
//! # No wake-up is lost
//!
//! * A task looks before it takes its seat, and tells the seat what it has seen: the word's value, and who lived. If any of that is different when the ringer goes to sleep, it calls the task at once.
//! * The kernel tells the ringer one of the words that were woken. So it looks at all values afterwards. A word that was woken and has the old value again has been through another change, whose maker will wake again.
//! * A wake-up may be for one, and the ringer does not know when the task will be polled. So it passes each on to the next who sleeps on the word, if that has changed: a task is woken on top of a thread, not instead.
//! * A seat that was left while the ringer slept may have been woken for nothing: passed on, too. So does a task that is dropped after it was called.
//!
//! Wakers are foreign code: they are cloned, called and dropped with no lock held, and a panic in one of them ends there.

use std::future::Future;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread;

use super::arena::{Arena, SLOTS};
use super::futex;
use super::look::Look;
use super::watch::{Stamp, Watch};
use crate::subprocess::mask::Blocked;
use crate::threading::Mutex;

/// 128, without the other processes, the newcomers' word and the ringer's own.
const SEATS: usize = 128 - (SLOTS - 1) - 2;

struct Ringer {
    /// Changes when there is a new seat, or one less.
    changes: AtomicU32,
    seats: Mutex<Seats>,
}

#[derive(Default)]
struct Seats {
    /// As long as there are any.
    arena: Option<Arc<Arena>>,
    last: u64,
    taken: Vec<Seat>,
}

struct Seat {
    number: u64,
    offset: usize,
    value: u32,
    stamp: Stamp,
    waker: Waker,
}

/// All of this process.
static RINGERS: Mutex<(u32, Vec<Arc<Ringer>>)> = Mutex::new((0, Vec::new()));

/// A seat from the side of the task.
struct Ticket {
    process: u32,
    ringer: Arc<Ringer>,
    arena: Arc<Arena>,
    number: u64,
    offset: usize,
    /// The task has looked since it was called.
    is_used: bool,
}

impl Ringer {
    /// Takes a seat, if this one serves this arena or none, and there is room.
    fn seat(&self, arena: &Arc<Arena>, seat: &mut Option<Seat>) -> Option<u64> {
        let number = {
            let mut seats = self.seats.lock();
            let is_ours = match &seats.arena {
                None => true,
                Some(other) => Arc::ptr_eq(other, arena) && seats.taken.len() < SEATS,
            };
            let mut seat = if is_ours { seat.take() } else { None }?;
            seats.arena.get_or_insert_with(|| arena.clone());
            seats.last += 1;
            seat.number = seats.last;
            seats.taken.push(seat);
            seats.last
        };
        self.change();
        Some(number)
    }

    fn change(&self) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        futex::wake(&self.changes, 1);
    }

    /// Ends a seat: true if it was not called yet.
    fn leave(&self, number: u64) -> bool {
        let seat = {
            let mut seats = self.seats.lock();
            let place = seats.taken.iter().position(|seat| seat.number == number);
            place.map(|place| seats.taken.swap_remove(place))
        };
        if seat.is_some() {
            self.change();
        }
        seat.is_some()
    }

    /// Puts another waker in; false if the seat was called already.
    fn renew(&self, number: u64, waker: &Waker) -> bool {
        let mut new = Some(waker.clone());
        let mut old = None;
        let is_there = {
            let mut seats = self.seats.lock();
            let seat = seats.taken.iter_mut().find(|seat| seat.number == number);
            seat.is_some_and(|seat| {
                if let Some(new) = new.take() {
                    old = Some(std::mem::replace(&mut seat.waker, new));
                }
                true
            })
        };
        drop((old, new));
        is_there
    }

    fn run(&self) {
        loop {
            self.turn();
        }
    }

    fn turn(&self) {
        let changes = self.changes.load(Ordering::SeqCst);
        let (arena, list) = {
            let mut seats = self.seats.lock();
            let list: Vec<_> = seats
                .taken
                .iter()
                .map(|seat| (seat.number, seat.offset, seat.value))
                .collect();
            let arena = if list.is_empty() {
                (seats.arena.take(), true)
            } else {
                (seats.arena.clone(), false)
            };
            (arena, list)
        };
        let (Some(arena), false) = arena else {
            // The last one who has the arena may unmap it.
            drop(arena);
            let _ = futex::sleep(&[futex::on(&self.changes, changes)], None);
            return;
        };
        let watch = Watch::new(&arena);
        let stamp = watch.stamp();
        let is_over = |seat: &Seat| {
            seat.stamp.is_over(&stamp)
                || arena
                    .word(seat.offset)
                    .is_none_or(|word| word.load(Ordering::SeqCst) != seat.value)
        };
        if self.call(is_over) {
            return;
        }
        let mut words = vec![futex::on(&self.changes, changes)];
        watch.words(&mut words);
        let first = words.len();
        let seats = list.iter();
        words.extend(
            seats.filter_map(|(_, offset, value)| Some(futex::on(arena.word(*offset)?, *value))),
        );
        let woken = match watch.sleep_on(&words, None) {
            Ok(Ok(Some(place))) => place,
            Ok(_) => 0,
            // A kernel without this call; nobody has come so far (`Watch::sleep`). Better slow than never.
            Err(_) => {
                thread::sleep(std::time::Duration::from_millis(1));
                self.call(|_| true);
                return;
            }
        };
        let woken = woken.checked_sub(first).and_then(|place| list.get(place));
        let woken = woken.map(|(number, ..)| *number);
        // What may have been woken for those who are gone, or may be long in coming, is for others, too.
        let there: Vec<_> = {
            let seats = self.seats.lock();
            seats.taken.iter().map(|seat| seat.number).collect()
        };
        for (number, offset, value) in &list {
            if let Some(word) = arena.word(*offset)
                && (!there.contains(number) || word.load(Ordering::SeqCst) != *value)
            {
                futex::wake(word, 1);
            }
        }
        self.call(|seat| Some(seat.number) == woken || is_over(seat));
    }

    /// Calls those tasks; whether there were any.
    fn call(&self, mut is_meant: impl FnMut(&Seat) -> bool) -> bool {
        let called: Vec<_> = {
            let mut seats = self.seats.lock();
            seats.taken.extract_if(.., |seat| is_meant(seat)).collect()
        };
        let any = !called.is_empty();
        for seat in called {
            let outcome = catch_unwind(AssertUnwindSafe(|| seat.waker.wake()));
            // The payload of a panic may panic when it is dropped.
            std::mem::forget(outcome);
        }
        any
    }
}

/// A seat in this process, at whatever ringer.
fn seat(arena: &Arc<Arena>, seat: Seat) -> io::Result<Ticket> {
    let process = std::process::id();
    let offset = seat.offset;
    let mut seat = Some(seat);
    let ticket = |ringer: &Arc<Ringer>, number| Ticket {
        process,
        ringer: ringer.clone(),
        arena: arena.clone(),
        number,
        offset,
        is_used: false,
    };
    let mut ringers = RINGERS.lock();
    if ringers.0 != process {
        // Another process's: their locks and wakers may be in any state.
        std::mem::forget(std::mem::replace(&mut *ringers, (process, Vec::new())));
    }
    for ringer in &ringers.1 {
        if let Some(number) = ringer.seat(arena, &mut seat) {
            return Ok(ticket(ringer, number));
        }
    }
    let ringer = Arc::new(Ringer {
        changes: AtomicU32::new(0),
        seats: Mutex::default(),
    });
    let own = ringer.clone();
    // A new thread inherits the mask: signals sent to the process are for others to take.
    let blocked = Blocked::all();
    let thread = thread::Builder::new()
        .name("selvedge-ringer".to_owned())
        .spawn(move || own.run());
    drop(blocked);
    let number = match thread {
        Ok(_) => {
            ringers.1.push(ringer.clone());
            ringer.seat(arena, &mut seat)
        }
        Err(error) => {
            drop(ringers);
            drop(seat);
            return Err(error);
        }
    };
    drop(ringers);
    Ok(ticket(&ringer, number.unwrap_or_default()))
}

impl Ticket {
    /// Whether it was not called yet; then the waker is the new one.
    fn waits(&self, waker: &Waker) -> bool {
        self.process == std::process::id() && self.ringer.renew(self.number, waker)
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if self.process != std::process::id() {
            return;
        }
        let was_called = !self.ringer.leave(self.number);
        if was_called
            && !self.is_used
            && let Some(word) = self.arena.word(self.offset)
        {
            futex::wake(word, 1);
        }
    }
}

/// Looks, and sleeps without blocking, until there is an outcome. Dropping it leaves nothing behind.
pub(super) fn wait<'a, T, L>(arena: &'a Arc<Arena>, look: L) -> Waiting<'a, L>
where
    L: FnMut(&Watch<'_>) -> Look<'a, T> + Unpin,
{
    Waiting {
        arena,
        look,
        ticket: None,
    }
}

#[must_use = "futures do nothing unless they are polled"]
pub(super) struct Waiting<'a, L> {
    arena: &'a Arc<Arena>,
    look: L,
    ticket: Option<Ticket>,
}

impl<'a, T, L> Future for Waiting<'a, L>
where
    L: FnMut(&Watch<'_>) -> Look<'a, T> + Unpin,
{
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let this = &mut *self;
        if let Some(ticket) = &this.ticket
            && ticket.waits(context.waker())
        {
            return Poll::Pending;
        }
        let watch = Watch::new(this.arena);
        let looked = (this.look)(&watch);
        if let Some(ticket) = &mut this.ticket {
            ticket.is_used = true;
        }
        this.ticket = None;
        let (word, value) = match looked {
            Look::Done(value) => return Poll::Ready(value),
            Look::Sleep(word, value) => (word, value),
        };
        let new = Seat {
            number: 0,
            offset: this.arena.offset(word),
            value,
            stamp: watch.stamp(),
            waker: context.waker().clone(),
        };
        match seat(this.arena, new) {
            Ok(ticket) => this.ticket = Some(ticket),
            // No thread can be started: then this task asks again and again.
            Err(_) => context.waker().wake_by_ref(),
        }
        Poll::Pending
    }
}
