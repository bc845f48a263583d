//! How the others notice that a process is gone.
//!
//! # The lifelines
//!
//! Linux looks after locks of threads that end: a thread tells the kernel where a list of them begins, and when the thread ends, by whatever means, the kernel goes through the list, marks each word that still has
//! the thread's number with `FUTEX_OWNER_DIED`, and wakes one who sleeps on it (get_robust_list(2); Documentation/locking/robust-futex-ABI.rst of the kernel). The list of every thread belongs to libc, and one can be in it: libc says by `get_robust_list` how far
//! a word is from its place in the list.
//!
//! Here each process that uses an [arena](super::arena) has some words in such a list, of a thread that lives as long as the process does: the *keeper*, which also makes the children that end with this process. So a lock need not be in any list: it says which process has it, and whoever waits for it also waits for the end of that
//! process's lifelines. Taking and releasing costs what it costs within a process.
//!
//! # One for each pair
//!
//! The kernel wakes *one* who sleeps on a word. That one might be about to die as well, with the wake-up in its hands; killing a group of processes does that. So a process has a lifeline for each other one, on which only the threads of that one sleep: either that process lives, and the thread that is woken wakes the others; or it does not, and nobody
//! there is to be woken.
//!
//! # Those who die asleep
//!
//! A process does not die at once: its keeper may have ended while other threads of it still stand in the kernel's queues, asleep, and are only about to be taken out. They never run again. But a wake-up that is for one can still come to one of them, and then it is lost: the others have looked already, because of the lifeline.
//! So each process counts its sleepers in its row. Who finds a row whose owner has died with some asleep does not sleep for longer than a [moment](super::futex::GLANCE) at a time, until all threads of that process are gone, which its pidfd tells; then it looks once more. And the row is nobody else's before.
//!
//! # What is trusted
//!
//! The list goes through shared memory, where other processes may write anything. The kernel follows it with care and a limit. We never do: the keeper is the only one who puts lifelines into its list or takes them out, it remembers
//! what it has put there, and it uses no robust lock of libc's, so nobody else does.
//!
//! # Safety
//!
//! Writes to the head of the calling thread's list, where the kernel says it is, and to entries that are mapped as long as they are listed.
#![allow(unsafe_code, reason = "the robust list of a thread")]

use std::cell::RefCell;
use std::ffi::c_long;
use std::io;
use std::ptr;
use std::sync::Once;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering, compiler_fence};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use rustix::thread::gettid;

use super::arena::SLOTS;
use super::futex;
use crate::multiprocessing::missing::named;

/// A process's place in an arena: its lifelines, one for each process that may look at it.
#[repr(C)]
pub(super) struct Row {
    /// Changes whenever the row gets a new owner.
    pub(super) generation: AtomicU32,
    /// The number of its owner.
    process: AtomicU32,
    /// How many threads of its owner sleep, and the generation (32 bits each), so that those of one owner are not taken for those of the next.
    asleep: AtomicU64,
    units: [Unit; SLOTS + 1],
}

/// A word, and the list entry of *another* word: that of the unit before. So they are as far apart as 64-bit glibc has a lock and its entry.
#[repr(C)]
struct Unit {
    /// 0, or the keeper's number and `WAITERS`; `DIED` is set by the kernel.
    word: AtomicU32,
    _room: u32,
    next: AtomicUsize,
    _more: u64,
}

/// See futex(2): always set here, so that the kernel wakes somebody.
const WAITERS: u32 = 1 << 31;
/// The thread of this number has ended.
const DIED: u32 = 1 << 30;
const THREAD: u32 = DIED - 1;

/// In [`Row::asleep`].
const SLEEPERS: u64 = u32::MAX as u64;

/// From an entry to its word.
const OFFSET: c_long = -32;

/// `struct robust_list_head`.
#[repr(C)]
struct Head {
    first: usize,
    offset: c_long,
    pending: usize,
}

thread_local! {
    /// The entries of this thread's list, the newest last.
    static LISTED: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// Whether a lifeline's value is that of a process that lives.
pub(super) fn is_alive(lifeline: u32) -> bool {
    lifeline & DIED == 0 && lifeline & THREAD != 0
}

fn head() -> io::Result<*mut Head> {
    let mut head = ptr::null_mut::<Head>();
    let mut size = 0_usize;
    // SAFETY: asks for the calling thread's list, with places for both answers.
    let value =
        unsafe { libc::syscall(libc::SYS_get_robust_list, 0, &raw mut head, &raw mut size) };
    if value != 0 {
        let error = io::Error::last_os_error();
        let errno = Errno::from_io_error(&error).unwrap_or(Errno::INVAL);
        return Err(named("get_robust_list", errno));
    }
    // SAFETY: the head that this thread's libc has registered.
    if head.is_null() || size != size_of::<Head>() || unsafe { (*head).offset } != OFFSET {
        return Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "this libc keeps its robust locks in another way",
        ));
    }
    Ok(head)
}

/// A thread is asleep as long as this lives, or its process has died.
#[derive(Debug)]
pub(super) struct Asleep<'a>(&'a AtomicU64);

impl Drop for Asleep<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Whether no thread of a process is left; it may still be a zombie.
fn is_gone(process: u32) -> bool {
    let Some(process) = Pid::from_raw(process.cast_signed()) else {
        return true;
    };
    match pidfd_open(process, PidfdFlags::empty()) {
        Ok(process) => {
            let mut fds = [PollFd::new(&process, PollFlags::IN)];
            matches!(poll(&mut fds, Some(&Timespec::default())), Ok(1..))
        }
        Err(errno) => errno == Errno::SRCH,
    }
}

/// Room for so many entries of other people's; the kernel looks at 2048.
const MOST: usize = 2000;

impl Row {
    /// The lifeline for the process of this slot.
    pub(super) fn lifeline(&self, slot: usize) -> &AtomicU32 {
        &self.units[slot].word
    }

    fn entry(&self, slot: usize) -> usize {
        (&raw const self.units[slot + 1].next).expose_provenance()
    }

    fn is_free(&self) -> bool {
        let words = self.units[..SLOTS].iter().map(|unit| &unit.word);
        words
            .into_iter()
            .all(|word| !is_alive(word.load(Ordering::Acquire)))
    }

    /// As if this were a process's, with so many asleep, that lives or has died.
    #[cfg(test)]
    pub(super) fn pretend(&self, process: u32, asleep: u64, lives: bool) {
        self.process.store(process, Ordering::SeqCst);
        self.asleep.store(asleep, Ordering::SeqCst);
        for slot in 0..SLOTS {
            let word = if lives { 1 | WAITERS } else { WAITERS | DIED };
            self.lifeline(slot).store(word, Ordering::SeqCst);
        }
    }

    /// A thread of the row's owner goes to sleep.
    pub(super) fn fall_asleep(&self) -> Asleep<'_> {
        self.asleep.fetch_add(1, Ordering::SeqCst);
        Asleep(&self.asleep)
    }

    /// Whether threads of the row's owner, which is dead, may still stand in the kernel's queues.
    pub(super) fn lingers(&self) -> bool {
        let asleep = self.asleep.load(Ordering::SeqCst);
        if asleep & SLEEPERS == 0 {
            return false;
        }
        if !is_gone(self.process.load(Ordering::SeqCst)) {
            return true;
        }
        // If somebody else was faster, that is to be seen by another look.
        let none = asleep & !SLEEPERS;
        (self.asleep)
            .compare_exchange(asleep, none, Ordering::SeqCst, Ordering::SeqCst)
            .is_err()
    }

    /// On the keeper: takes this row, if it is free or its owner is dead and gone.
    ///
    /// # Safety
    ///
    /// The row stays mapped until [`leave`](Self::leave) has been called on the keeper.
    pub(super) unsafe fn claim(&self) -> io::Result<Option<u32>> {
        if !self.is_free() || self.lingers() {
            return Ok(None);
        }
        let head = head()?;
        if LISTED.with_borrow(Vec::len) + SLOTS > MOST {
            return Err(io::Error::other(
                "this process uses too many arenas of shared objects",
            ));
        }
        let own = gettid().as_raw_nonzero().get().cast_unsigned() | WAITERS;
        for slot in 0..SLOTS {
            let word = self.lifeline(slot);
            let before = word.load(Ordering::Relaxed);
            // Who gets the first gets all.
            let mine = !is_alive(before);
            // SAFETY: the caller's promise.
            if !mine || !unsafe { self.list(head, slot, before, own) } {
                debug_assert_eq!(slot, 0, "only the first can be somebody else's");
                return Ok(None);
            }
        }
        let generation = self.generation.load(Ordering::Relaxed).wrapping_add(1);
        self.process.store(std::process::id(), Ordering::SeqCst);
        self.asleep
            .store(u64::from(generation) << 32, Ordering::SeqCst);
        self.generation.store(generation, Ordering::SeqCst);
        Ok(Some(generation))
    }

    /// Writes the thread's number into a lifeline and puts it into the thread's list.
    ///
    /// # Safety
    ///
    /// `head` is the calling thread's; the row stays mapped as long as it is listed.
    unsafe fn list(&self, head: *mut Head, slot: usize, before: u32, own: u32) -> bool {
        let entry = self.entry(slot);
        // If the process is killed in between, the kernel looks at this one, too.
        // SAFETY: the calling thread's own head.
        unsafe { (&raw mut (*head).pending).write_volatile(entry) };
        compiler_fence(Ordering::SeqCst);
        let word = self.lifeline(slot);
        let claimed = word.compare_exchange(before, own, Ordering::AcqRel, Ordering::Relaxed);
        if claimed.is_ok() {
            // SAFETY: the calling thread's own head.
            let first = unsafe { (&raw const (*head).first).read_volatile() };
            self.units[slot + 1].next.store(first, Ordering::Relaxed);
            compiler_fence(Ordering::SeqCst);
            // SAFETY: as above.
            unsafe { (&raw mut (*head).first).write_volatile(entry) };
            LISTED.with_borrow_mut(|listed| listed.push(entry));
        }
        compiler_fence(Ordering::SeqCst);
        // SAFETY: as above.
        unsafe { (&raw mut (*head).pending).write_volatile(0) };
        claimed.is_ok()
    }

    /// On the keeper: gives the row up, and lets those look who wait for its end.
    ///
    /// If the process is killed in between, the kernel does the rest. The first lifeline goes last, so that the row is nobody else's as long as anything of it is listed.
    pub(super) fn leave(&self) {
        let Ok(head) = head() else {
            return;
        };
        for slot in (0..SLOTS).rev() {
            let entry = self.entry(slot);
            // Until it is woken on, the kernel would mark it, or wake one who sleeps on it.
            // SAFETY: the calling thread's own head.
            unsafe { (&raw mut (*head).pending).write_volatile(entry) };
            compiler_fence(Ordering::SeqCst);
            // SAFETY: as above.
            unsafe { unlist(head, entry) };
            compiler_fence(Ordering::SeqCst);
            let word = self.lifeline(slot);
            word.store(0, Ordering::SeqCst);
            futex::wake(word, u32::MAX);
            compiler_fence(Ordering::SeqCst);
            // SAFETY: as above.
            unsafe { (&raw mut (*head).pending).write_volatile(0) };
        }
    }
}

/// Takes an entry out of the thread's list, if it is there.
///
/// # Safety
///
/// `head` is the calling thread's.
unsafe fn unlist(head: *mut Head, entry: usize) {
    LISTED.with_borrow_mut(|listed| {
        let Some(place) = listed.iter().position(|listed| *listed == entry) else {
            return;
        };
        // The one that was listed before it, or the head, which is the end, too.
        let next = match place.checked_sub(1) {
            Some(before) => listed[before],
            None => head.addr(),
        };
        match listed.get(place + 1) {
            // SAFETY: the calling thread's own head.
            None => unsafe { (&raw mut (*head).first).write_volatile(next) },
            Some(later) => {
                let later = ptr::with_exposed_provenance::<AtomicUsize>(*later);
                // SAFETY: an entry that is listed, so it is mapped.
                unsafe { &*later }.store(next, Ordering::Relaxed);
            }
        }
        listed.remove(place);
    });
}

static FORKS: AtomicU32 = AtomicU32::new(0);

/// As [`forks`], for those who have asked that before and keep what they were told.
#[inline]
pub(super) fn forks_since() -> u32 {
    FORKS.load(Ordering::Relaxed)
}

/// How often this process has been made by a fork: what belongs to a process is to be asked for anew when this has changed.
pub(super) fn forks() -> u32 {
    static INSTALLED: Once = Once::new();
    extern "C" fn in_child() {
        FORKS.fetch_add(1, Ordering::Relaxed);
    }
    if !INSTALLED.is_completed() {
        INSTALLED.call_once(|| {
            // SAFETY: a function without arguments, which adds to a number.
            unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
        });
    }
    FORKS.load(Ordering::Relaxed)
}
