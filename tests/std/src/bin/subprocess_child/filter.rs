//! Filters that make the kernel refuse system calls as an older one would.
//!
//! # Safety
//!
//! `prctl` with a filter that lives on the stack during the call, which is when the kernel copies it. The filter only refuses; it lets all else through.
#![allow(unsafe_code, reason = "prctl")]

/// The call does not happen, and fails with this error.
const fn refuse(errno: i32) -> u32 {
    libc::SECCOMP_RET_ERRNO | errno.cast_unsigned()
}

const fn rule(code: u32, yes: u8, no: u8, k: u32) -> libc::sock_filter {
    libc::sock_filter {
        code: code as u16,
        jt: yes,
        jf: no,
        k,
    }
}

/// Where `seccomp_data` has the number of the call, and the lower half of its first argument.
const NUMBER: u32 = 0;
const FIRST: u32 = if cfg!(target_endian = "little") {
    16
} else {
    20
};

const LOAD: u32 = libc::BPF_LD | libc::BPF_W | libc::BPF_ABS;
const EQUAL: u32 = libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K;
const ANY: u32 = libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K;
const RETURN: u32 = libc::BPF_RET | libc::BPF_K;

/// Refuses `pidfd_open`, `pidfd_send_signal` and `clone3` as unknown, and `clone` with CLONE_PIDFD as invalid. False if the system has no filters.
pub(crate) fn forget_pidfds() -> bool {
    install([
        rule(LOAD, 0, 0, NUMBER),
        rule(EQUAL, 6, 0, libc::SYS_pidfd_open as u32),
        rule(EQUAL, 5, 0, libc::SYS_pidfd_send_signal as u32),
        rule(EQUAL, 4, 0, libc::SYS_clone3 as u32),
        rule(EQUAL, 0, 4, libc::SYS_clone as u32),
        rule(LOAD, 0, 0, FIRST),
        rule(ANY, 0, 2, libc::CLONE_PIDFD.cast_unsigned()),
        rule(RETURN, 0, 0, refuse(libc::EINVAL)),
        rule(RETURN, 0, 0, refuse(libc::ENOSYS)),
        rule(RETURN, 0, 0, libc::SECCOMP_RET_ALLOW),
    ])
}

/// Refuses `clone3` with this error. False if the system has no filters.
pub(crate) fn forget_clone3(errno: i32) -> bool {
    install([
        rule(LOAD, 0, 0, NUMBER),
        rule(EQUAL, 0, 1, libc::SYS_clone3 as u32),
        rule(RETURN, 0, 0, refuse(errno)),
        rule(RETURN, 0, 0, libc::SECCOMP_RET_ALLOW),
    ])
}

fn install<const RULES: usize>(mut rules: [libc::sock_filter; RULES]) -> bool {
    let program = libc::sock_fprog {
        len: rules.len() as u16,
        filter: rules.as_mut_ptr(),
    };
    // SAFETY: numbers, and a filter that lives until the end of the call.
    unsafe {
        libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
            && libc::prctl(
                libc::PR_SET_SECCOMP,
                libc::SECCOMP_MODE_FILTER,
                &raw const program,
            ) == 0
    }
}
