//! The kernel itself, past the port: what makes the tests independent of what they test.

use core::ffi::{CStr, c_char, c_int, c_uint, c_void};
use core::ptr;

use selvedge_core::atomics::{AtomicPtr, Ordering};

use crate::{board, watchdog};

/// A task of the kernel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Handle(pub *mut c_void);

// SAFETY: a name; tasks of these programs live for ever, but for one that is deleted on purpose.
unsafe impl Send for Handle {}
// SAFETY: as above.
unsafe impl Sync for Handle {}

/// Bytes of the stack of each task on the board.
pub const STACK: usize = 16 * 1024;

unsafe extern "C" {
    fn board_create(
        place: c_uint,
        run: extern "C" fn(*mut c_void),
        argument: *mut c_void,
        priority: c_uint,
    ) -> *mut c_void;
    safe fn board_schedule();
    safe fn board_current() -> *mut c_void;
    fn board_give(task: *mut c_void);
    safe fn board_take();
    safe fn board_nap();
    safe fn board_yield();
    fn board_set_priority(task: *mut c_void, priority: c_uint);
    fn board_priority(task: *mut c_void) -> c_uint;
    fn board_delete(task: *mut c_void);
    safe fn board_suspend_all();
    safe fn board_enter_critical();
    safe fn board_ticks() -> u64;
    safe fn board_spoil(place: c_uint);
    fn board_unused_stack(task: *mut c_void) -> c_uint;
}

/// Runs `task` as a task of priority 2, and all that it starts.
pub fn start(task: fn()) -> ! {
    create(0, task, 2);
    board_schedule();
    board::exit(98)
}

/// A new task, in memory that is used once for each place below 12.
pub fn create(place: u32, task: fn(), priority: u32) -> Handle {
    extern "C" fn run(task: *mut c_void) {
        // SAFETY: what `create` made of the function.
        let task = unsafe { core::mem::transmute::<*mut c_void, fn()>(task) };
        task();
        loop {
            board_take();
        }
    }
    // SAFETY: `run` never returns, and gets back what it needs.
    Handle(unsafe { board_create(place, run, task as *mut c_void, priority) })
}

/// As [`create`], for a function that is told its place: by who makes it, as the order in which tasks first run is the scheduler's.
pub fn create_numbered(place: u32, task: fn(u32), priority: u32) -> Handle {
    static FUNCTIONS: [AtomicPtr<()>; 12] = [const { AtomicPtr::new(ptr::null_mut()) }; 12];
    extern "C" fn run(place: *mut c_void) {
        let function = FUNCTIONS[place.addr()].load(Ordering::Acquire);
        // SAFETY: what is put there below, before this task is made.
        let task = unsafe { core::mem::transmute::<*mut (), fn(u32)>(function) };
        task(place.addr() as u32);
        loop {
            board_take();
        }
    }
    FUNCTIONS[place as usize].store(task as *mut (), Ordering::Release);
    let place_as_pointer = ptr::without_provenance_mut(place as usize);
    // SAFETY: `run` never returns, and gets back what it needs.
    Handle(unsafe { board_create(place, run, place_as_pointer, priority) })
}

/// The running task.
pub fn current() -> Handle {
    Handle(board_current())
}

/// Wakes a task out of [`take`], at once or the next time.
pub fn give(task: Handle) {
    // SAFETY: a task of this program, alive.
    unsafe { board_give(task.0) }
}

/// Sleeps until [`give`].
pub fn take() {
    board_take();
}

/// A tick of sleep.
pub fn nap() {
    board_nap();
}

/// Lets others of the same priority run.
pub fn give_way() {
    board_yield();
}

pub fn set_priority(task: Handle, priority: u32) {
    // SAFETY: a task of this program, alive.
    unsafe { board_set_priority(task.0, priority) }
}

pub fn priority(task: Handle) -> u32 {
    // SAFETY: a task of this program, alive.
    unsafe { board_priority(task.0) }
}

/// Only for a program that ends in this state.
pub fn suspend_all() {
    board_suspend_all();
}

/// Only for a program that ends in this state.
pub fn enter_critical() {
    board_enter_critical();
}

/// The kernel's counter, as wide as it is.
pub fn ticks() -> u64 {
    board_ticks()
}

/// Deletes the task of this place, and uses its memory for something else.
///
/// # Safety
///
/// What the kernel says about deleting tasks; `task` is the one of that place.
pub unsafe fn delete_and_spoil(task: Handle, place: u32) {
    // SAFETY: the contract.
    unsafe { board_delete(task.0) };
    // The simulator's tasks have their stacks elsewhere, and this memory for something else.
    if cfg!(target_os = "none") {
        board_spoil(place);
    }
}

/// How many bytes of a task's stack were never used.
pub fn unused_stack(task: Handle) -> u32 {
    // SAFETY: a task of this program, alive.
    unsafe { board_unused_stack(task.0) }
}

static HOOK: AtomicPtr<c_void> = AtomicPtr::new(ptr::null_mut());

/// Calls `hook` in each tick from now on, as a handler.
pub fn set_tick_hook(hook: fn()) {
    HOOK.store(hook as *mut c_void, Ordering::Release);
}

#[unsafe(no_mangle)]
extern "C" fn vApplicationTickHook() {
    let tick = || {
        watchdog::tick();
        let hook = HOOK.load(Ordering::Acquire);
        if !hook.is_null() {
            // SAFETY: what `set_tick_hook` made of the function.
            unsafe { core::mem::transmute::<*mut c_void, fn()>(hook)() };
        }
    };
    // SAFETY: the tick is a handler, and switches after the hook.
    unsafe { selvedge_port_freertos::in_handler(tick) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn board_assert_failed(file: *const c_char, line: c_int) -> ! {
    // SAFETY: the kernel's own constant, or the name of a task.
    let file = unsafe { CStr::from_ptr(file) };
    board::say(format_args!(
        "kernel: assertion failed: {}:{line}",
        file.to_str().unwrap_or("?")
    ));
    board::exit(99)
}
