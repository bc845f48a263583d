//! `clone3`, for what `clone` cannot be told: that no signal shall have a handler in the child.
//!
//! Without that the child has to look at each of the 64 signals itself, as it must not run a handler of its parent between the moment it takes its program's mask and the exec. libc offers no `clone3`,
//! and a function that returns twice, once on another stack, cannot be written in Rust; so it is a handful of instructions, for x86-64, where they are tested. Everywhere else,
//! on Linux before 5.5, in emulators and behind filters that do not know the call, it answers `None`, and `clone` does.
//!
//! # Safety
//!
//! The instructions after the call are the child's if its outcome is 0. They touch neither the parent's stack nor its frame: the stack is the new one, whose top is aligned as a call needs it, the two registers
//! that are read were set before, and the function that is called does not return.
#![allow(unsafe_code, reason = "a system call that returns twice")]

use std::ffi::{c_int, c_void};
use std::sync::atomic::{AtomicBool, Ordering};

use super::stack::Stack;

/// What the child runs.
pub(super) type Entry = extern "C" fn(*mut c_void) -> !;

/// Whether this kernel does not know the call: asked once. One role, one direction: nothing depends on who knows it first.
static UNKNOWN: AtomicBool = AtomicBool::new(false);

const CLEAR_SIGHAND: u64 = 0x1_0000_0000;

/// `struct clone_args` of clone(2), as long as it was first.
#[repr(C, align(8))]
#[derive(Default)]
struct Args {
    flags: u64,
    pidfd: u64,
    child_tid: u64,
    parent_tid: u64,
    exit_signal: u64,
    stack: u64,
    stack_size: u64,
    tls: u64,
}

/// Makes a child that runs `entry` with `argument` on `stack`, with no handler for any signal, and `SIGCHLD` at its end. Returns its number, or the error's number; `None` where the call is not to be had.
///
/// # Safety
///
/// `argument` is what `entry` takes, and lives until the child has ended or executed a program; so does the stack. If memory is shared (`CLONE_VM`), `CLONE_VFORK` is among the flags.
/// All signals are blocked.
pub(super) unsafe fn clone3(
    entry: Entry,
    stack: &Stack,
    flags: c_int,
    argument: *mut c_void,
    pidfd: &mut c_int,
) -> Option<Result<i32, i32>> {
    if UNKNOWN.load(Ordering::Relaxed) {
        return None;
    }
    let args = Args {
        flags: u64::from(flags.cast_unsigned()) | CLEAR_SIGHAND,
        pidfd: address(pidfd),
        exit_signal: u64::from(libc::SIGCHLD.cast_unsigned()),
        stack: stack.bottom().expose_provenance() as u64,
        stack_size: Stack::SIZE as u64,
        ..Args::default()
    };
    // SAFETY: by the caller's promise.
    let outcome = unsafe { call(&args, entry, argument) }?;
    match -outcome {
        // EINVAL may mean that the flags are unknown, or that the pidfd is refused; `clone` finds out.
        error @ 1..4096 if [libc::ENOSYS, libc::EINVAL, libc::EPERM].contains(&(error as i32)) => {
            UNKNOWN.store(true, Ordering::Relaxed);
            None
        }
        error @ 1..4096 => Some(Err(error as i32)),
        _ => Some(Ok(outcome as i32)),
    }
}

fn address<T>(place: &mut T) -> u64 {
    std::ptr::from_mut(place).expose_provenance() as u64
}

/// The call itself: in the parent, what the kernel has answered.
///
/// # Safety
///
/// As [`clone3`].
#[cfg(all(target_arch = "x86_64", target_pointer_width = "64"))]
unsafe fn call(args: &Args, entry: Entry, argument: *mut c_void) -> Option<isize> {
    let outcome;
    // SAFETY: see the top of this file.
    unsafe {
        std::arch::asm!(
            "syscall",
            "test rax, rax",
            "jnz 2f",
            // No frame above this one, says the frame pointer to those who walk stacks.
            "xor ebp, ebp",
            "mov rdi, r12",
            "call r13",
            "ud2",
            "2:",
            inlateout("rax") libc::SYS_clone3 as isize => outcome,
            in("rdi") std::ptr::from_ref(args),
            in("rsi") size_of::<Args>(),
            in("r12") argument,
            in("r13") entry,
            lateout("rcx") _,
            lateout("r11") _,
        );
    }
    Some(outcome)
}

/// Not here.
///
/// # Safety
///
/// None needed.
#[cfg(not(all(target_arch = "x86_64", target_pointer_width = "64")))]
unsafe fn call(_: &Args, _: Entry, _: *mut c_void) -> Option<isize> {
    None
}
