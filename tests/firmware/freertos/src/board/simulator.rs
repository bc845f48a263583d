//! The kernel's simulator: each task is a thread, of which one runs at a time; the tick is a signal.
//!
//! The standard library's locks are not used by tasks: one that is held by a task when a more urgent one wants it is held for ever.

use core::fmt::{self, Write as _};

use selvedge_core::atomics::{AtomicPtr, AtomicU32, Ordering};

pub const NAME: &str = "FreeRTOS, simulated";
pub const TICKS_PER_SECOND: u32 = 5_000;

unsafe extern "C" {
    fn write(file: i32, bytes: *const u8, size: usize) -> isize;
    safe fn _exit(status: i32) -> !;
}

/// A line that is written in one piece.
struct Line {
    bytes: [u8; 400],
    size: usize,
}

impl fmt::Write for Line {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        let room = &mut self.bytes[self.size..];
        let size = part.len().min(room.len());
        room[..size].copy_from_slice(&part.as_bytes()[..size]);
        self.size += size;
        Ok(())
    }
}

pub fn say(line: fmt::Arguments<'_>) {
    let mut text = Line {
        bytes: [0; 400],
        size: 0,
    };
    let _ = writeln!(text, "{line}");
    // SAFETY: so many bytes are there.
    let _ = unsafe { write(1, text.bytes.as_ptr(), text.size) };
}

pub fn exit(status: i32) -> ! {
    _exit(status)
}

/// Which of several things a program is to do: the variable `WAY`. Asked before there are tasks.
pub fn way() -> u32 {
    WAY.load(Ordering::Relaxed)
}

static WAY: AtomicU32 = AtomicU32::new(0);

/// Before the scheduler: a panic is said and ends the program, without the standard library's locks.
pub fn prepare() {
    let way = std::env::var("WAY").ok().and_then(|way| way.parse().ok());
    WAY.store(way.unwrap_or(0), Ordering::Relaxed);
    std::panic::set_hook(Box::new(|panic| {
        say(format_args!("{panic}"));
        exit(101);
    }));
}

/// How often each phase meets the handler.
pub const INTERRUPTS: u32 = 500;

static HANDLERS: [AtomicPtr<()>; 2] = [const { AtomicPtr::new(core::ptr::null_mut()) }; 2];

/// Calls the two in each tick, which is at no fixed distance: it comes when the host finds the time.
pub fn interrupts(first: fn(), second: fn()) {
    for (handler, place) in [first, second].into_iter().zip(&HANDLERS) {
        place.store(handler as *mut (), Ordering::Release);
    }
    crate::kernel::set_tick_hook(|| {
        for handler in &HANDLERS {
            let handler = handler.load(Ordering::Acquire);
            if !handler.is_null() {
                // SAFETY: what `interrupts` made of the function.
                unsafe { core::mem::transmute::<*mut (), fn()>(handler)() };
            }
        }
    });
}

/// No more of them.
pub fn no_interrupts() {
    for place in &HANDLERS {
        place.store(core::ptr::null_mut(), Ordering::Release);
    }
}
