//! Tasks that are started and joined, as threads are.
//!
//! # How one ends
//!
//! A task of the kernel that has done its work is not deleted: its memory is static anyway, and deleting tasks is what goes wrong with kernels. It waits to be started again. So each
//! slot makes one task of the kernel, at its first start, and no other.
//!
//! # Orderings
//!
//! `state` hands `job` and `result` over, one owner at a time: `IDLE` the one who makes it `BUSY`; `BUSY` and `DETACHED` the task; `DONE` the handle. Each change that gives something away is a Release, each that
//! takes an Acquire. `start` and `done` only say when to look.
//!
//! # Safety
//!
//! The cells are reached by the owner of the moment only, see above; the memory of task and stack is the kernel's from the first start on, and `'static`.
#![allow(
    unsafe_code,
    reason = "gives memory to the kernel, hands cells over by a state"
)]

use core::cell::UnsafeCell;
use core::ffi::{CStr, c_void};
use core::fmt;
use core::mem::MaybeUninit;
use core::time::Duration;

use selvedge_core::atomics::{AtomicPtr, AtomicU32, Ordering};
use selvedge_core::error::TimedOut;
use selvedge_core::port::{Clock, Port};

use crate::clock::ticks_until;
use crate::port::FreeRtos;
use crate::{Event, Semaphore, sys};

/// Nobody's.
const IDLE: u32 = 0;
/// The task works, and a handle waits for its result, or will.
const BUSY: u32 = 1;
/// The task works, and its result is wanted by nobody.
const DETACHED: u32 = 2;
/// The result is there.
const DONE: u32 = 3;

/// What the kernel's side knows of a slot of any type.
#[repr(C)]
struct Header {
    run: unsafe fn(*const Header) -> !,
}

/// Room for the kernel's control block, whatever its configuration: checked at the first start.
type Control = [MaybeUninit<usize>; 96];

#[repr(C, align(16))]
struct Memory<const STACK: usize> {
    stack: [MaybeUninit<u8>; STACK],
    control: Control,
}

/// What a task is to do next.
type Job<A, R> = (fn(A) -> R, A);

/// A static place for a task that computes an `R` from an `A`, with a stack of so many bytes.
///
/// ```ignore
/// static ADDER: TaskSlot<(u32, u32), u32, 2048> = TaskSlot::new(c"adder", 2);
///
/// let adder = ADDER.spawn(|(a, b)| a + b, (2, 3)).unwrap();
/// assert_eq!(adder.join(), 5);
/// ```
///
/// The function is a plain one, or a closure without captures: what it needs comes as its argument.
#[repr(C)]
pub struct TaskSlot<A, R, const STACK: usize> {
    header: Header,
    name: &'static CStr,
    priority: u32,
    state: AtomicU32,
    start: Semaphore,
    done: Event,
    handle: AtomicPtr<c_void>,
    job: UnsafeCell<Option<Job<A, R>>>,
    result: UnsafeCell<Option<R>>,
    memory: UnsafeCell<Memory<STACK>>,
}

// SAFETY: the cells go from one owner to the next by `state`; what is in them is sent.
unsafe impl<A: Send, R: Send, const STACK: usize> Sync for TaskSlot<A, R, STACK> {}

/// Why a task was not started. The argument comes back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum SpawnError<A> {
    /// The slot's last task has not ended, or its result has not been fetched.
    Busy(A),
    /// The first start makes the task, which an interrupt handler cannot; later ones may come from there.
    InHandler(A),
    /// The kernel's control block is larger than any that this package knows of.
    NoRoom(A),
}

impl<A> SpawnError<A> {
    /// The argument.
    pub fn into_inner(self) -> A {
        match self {
            Self::Busy(argument) | Self::InHandler(argument) | Self::NoRoom(argument) => argument,
        }
    }
}

impl<A> SpawnError<A> {
    const fn name(&self) -> &'static str {
        match self {
            Self::Busy(_) => "Busy(..)",
            Self::InHandler(_) => "InHandler(..)",
            Self::NoRoom(_) => "NoRoom(..)",
        }
    }
}

impl<A> fmt::Debug for SpawnError<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(feature = "defmt")]
impl<A> defmt::Format for SpawnError<A> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "{=str}", self.name());
    }
}

impl<A> fmt::Display for SpawnError<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Busy(_) => "the slot's last task has not ended or was not joined",
            Self::InHandler(_) => "a task cannot be made by an interrupt handler",
            Self::NoRoom(_) => "the kernel's control block has no room in the slot",
        })
    }
}

impl<A> core::error::Error for SpawnError<A> {}

impl<A: Send + 'static, R: Send + 'static, const STACK: usize> TaskSlot<A, R, STACK> {
    /// An empty slot, for tasks of this name and priority.
    pub const fn new(name: &'static CStr, priority: u32) -> Self {
        Self {
            header: Header { run: Self::run },
            name,
            priority,
            state: AtomicU32::new(IDLE),
            start: Semaphore::new(0),
            done: Event::new(),
            handle: AtomicPtr::new(core::ptr::null_mut()),
            job: UnsafeCell::new(None),
            result: UnsafeCell::new(None),
            memory: UnsafeCell::new(Memory {
                stack: [MaybeUninit::uninit(); STACK],
                control: [MaybeUninit::uninit(); 96],
            }),
        }
    }

    /// Starts a task that runs `function` with `argument`. It may run, and even end, before this returns, if it is more urgent than the caller.
    ///
    /// Never blocks. It may be called before the scheduler runs, and from interrupt handlers if the slot has been started before. A panic of the function is one of the program.
    pub fn spawn(
        &'static self,
        function: fn(A) -> R,
        argument: A,
    ) -> Result<JoinHandle<A, R, STACK>, SpawnError<A>> {
        self.spawn_as(self.name, self.priority, function, argument)
    }

    /// As [`spawn`](Self::spawn), with a name and priority from elsewhere, if the first start is to make the task.
    pub(crate) fn spawn_as(
        &'static self,
        name: &'static CStr,
        priority: u32,
        function: fn(A) -> R,
        argument: A,
    ) -> Result<JoinHandle<A, R, STACK>, SpawnError<A>> {
        if self
            .state
            .compare_exchange(IDLE, BUSY, Ordering::Acquire, Ordering::Relaxed)
            .is_err()
        {
            return Err(SpawnError::Busy(argument));
        }
        // The slot is ours until `start`.
        if self.handle.load(Ordering::Relaxed).is_null() {
            if sys::may_block() == 1 {
                self.state.store(IDLE, Ordering::Release);
                return Err(SpawnError::InHandler(argument));
            }
            if !self.create(name, priority) {
                self.state.store(IDLE, Ordering::Release);
                return Err(SpawnError::NoRoom(argument));
            }
        }
        // SAFETY: between IDLE and `start` the cell is the starter's.
        unsafe { *self.job.get() = Some((function, argument)) };
        self.start.release(1);
        Ok(JoinHandle(self))
    }

    /// Makes the kernel's task. It waits for `start` at once.
    fn create(&'static self, name: &'static CStr, priority: u32) -> bool {
        let memory = self.memory.get();
        // SAFETY: the memory is static, and the kernel's from here on; the name is static; `selvedge_freertos_1_run` knows what to do with the slot's address.
        let handle = unsafe {
            sys::create(
                name.as_ptr(),
                priority,
                core::ptr::from_ref(self).cast_mut().cast(),
                (&raw mut (*memory).stack).cast(),
                STACK,
                (&raw mut (*memory).control).cast(),
                size_of::<Control>(),
            )
        };
        self.handle.store(handle, Ordering::Release);
        !handle.is_null()
    }

    /// How many bytes of the stack were never used; `None` before the first start. Needs `INCLUDE_uxTaskGetStackHighWaterMark`, and means nothing in the simulator.
    pub fn unused_stack(&'static self) -> Option<usize> {
        let handle = self.handle.load(Ordering::Acquire);
        // SAFETY: a task that is never deleted.
        (!handle.is_null()).then(|| unsafe { sys::unused_stack(handle) })
    }

    /// The task, for ever.
    ///
    /// # Safety
    ///
    /// `header` is that of a static slot of this type, and this is the task made for it.
    unsafe fn run(header: *const Header) -> ! {
        // SAFETY: the header is the first field.
        let slot: &'static Self = unsafe { &*header.cast::<Self>() };
        loop {
            slot.start.acquire().keep();
            // SAFETY: BUSY or DETACHED, and this is the task.
            let job = unsafe { (*slot.job.get()).take() };
            let Some((function, argument)) = job else {
                continue;
            };
            let result = function(argument);
            // SAFETY: as above.
            unsafe { *slot.result.get() = Some(result) };
            match slot
                .state
                .compare_exchange(BUSY, DONE, Ordering::Release, Ordering::Acquire)
            {
                Ok(_) => slot.done.set(),
                Err(_) => drop(slot.empty()),
            }
        }
    }

    /// Takes the result, and gives the slot back.
    fn empty(&self) -> Option<R> {
        // SAFETY: DONE and the handle, or DETACHED and the task: the caller is the cell's owner.
        let result = unsafe { (*self.result.get()).take() };
        self.state.store(IDLE, Ordering::Release);
        result
    }
}

/// Starts the kernel's scheduler, with the tasks that have been spawned: the last thing that `main` does.
///
/// # Panics
///
/// If the kernel cannot start, or was ended (only the simulator's can).
pub fn run_scheduler() -> ! {
    sys::schedule();
    panic!("the kernel does not run");
}

/// Sleeps for `span`, rounded up to ticks, and no shorter by the port's clock.
///
/// # Panics
///
/// In an interrupt handler, before the scheduler runs, in a critical section.
pub fn sleep(span: Duration) {
    FreeRtos::assert_may_block();
    let deadline = FreeRtos::after(FreeRtos::now(), span);
    loop {
        match deadline.map_or(sys::FOR_EVER - 1, ticks_until) {
            0 => return,
            ticks => sys::delay(ticks),
        }
    }
}

/// Called by the C file in a new task.
///
/// # Safety
///
/// `task` is the address of a static slot, whose task this is.
#[unsafe(no_mangle)]
unsafe extern "C" fn selvedge_freertos_1_run(task: *const c_void) {
    let header = task.cast::<Header>();
    // SAFETY: the contract.
    unsafe { ((*header).run)(header) }
}

/// A task that was started. Dropping it lets the task go on, and its result be dropped.
pub struct JoinHandle<A: Send + 'static, R: Send + 'static, const STACK: usize>(
    &'static TaskSlot<A, R, STACK>,
);

impl<A: Send, R: Send, const STACK: usize> JoinHandle<A, R, STACK> {
    /// Whether [`join`](Self::join) would not wait.
    pub fn is_finished(&self) -> bool {
        self.0.state.load(Ordering::Acquire) == DONE
    }

    /// Waits until the task has ended, and returns its result. The slot can be used again then.
    ///
    /// # Panics
    ///
    /// In an interrupt handler, if it has to wait.
    pub fn join(self) -> R {
        loop {
            if let Some(result) = self.fetch() {
                core::mem::forget(self);
                return result;
            }
            self.0.done.wait();
            self.clear();
        }
    }

    /// As [`join`](Self::join), for so long at most: then the handle comes back.
    pub fn join_timeout(self, timeout: Duration) -> Result<R, Self> {
        let deadline = FreeRtos::after(FreeRtos::now(), timeout);
        loop {
            if let Some(result) = self.fetch() {
                core::mem::forget(self);
                return Ok(result);
            }
            match deadline {
                None => self.0.done.wait(),
                Some(deadline) => {
                    if let Err(TimedOut) = self.0.done.wait_deadline(deadline) {
                        return Err(self);
                    }
                }
            }
            self.clear();
        }
    }

    /// The event may still be set for the task of before. Whoever clears it looks again.
    fn clear(&self) {
        if !self.is_finished() {
            self.0.done.clear();
        }
    }

    fn fetch(&self) -> Option<R> {
        // Once: the slot is not this handle's from then on.
        if self.is_finished() {
            self.0.done.clear();
            self.0.empty()
        } else {
            None
        }
    }
}

impl<A: Send, R: Send, const STACK: usize> Drop for JoinHandle<A, R, STACK> {
    fn drop(&mut self) {
        let detached =
            self.0
                .state
                .compare_exchange(BUSY, DETACHED, Ordering::Release, Ordering::Acquire);
        if detached.is_err() {
            drop(self.0.empty());
        }
    }
}

impl<A: Send, R: Send, const STACK: usize> fmt::Debug for JoinHandle<A, R, STACK> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle")
            .field("name", &self.0.name)
            .field("is_finished", &self.is_finished())
            .finish()
    }
}

impl<A, R, const STACK: usize> fmt::Debug for TaskSlot<A, R, STACK> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskSlot")
            .field("name", &self.name)
            .field("priority", &self.priority)
            .finish_non_exhaustive()
    }
}
