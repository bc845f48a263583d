//! A kernel that lacks some calls: a filter refuses them, here and in all processes that come of this one.
//!
//! # Safety
//!
//! `prctl` with a filter that lives on the heap during the call, which is when the kernel copies it. The filter only refuses; it lets all else through.
#![allow(unsafe_code, reason = "prctl")]

use std::io;

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

const fn rule(code: u32, yes: u8, no: u8, k: u32) -> libc::sock_filter {
    libc::sock_filter {
        code: code as u16,
        jt: yes,
        jf: no,
        k,
    }
}

/// The call does not happen, and fails with this error.
const fn refuse(errno: i32) -> libc::sock_filter {
    rule(
        RETURN,
        0,
        0,
        libc::SECCOMP_RET_ERRNO | errno.cast_unsigned(),
    )
}

fn number(call: &str) -> libc::c_long {
    match call {
        "clone3" => libc::SYS_clone3,
        "close_range" => libc::SYS_close_range,
        "futex_waitv" => libc::SYS_futex_waitv,
        "get_robust_list" => libc::SYS_get_robust_list,
        "memfd_create" => libc::SYS_memfd_create,
        "pidfd_open" => libc::SYS_pidfd_open,
        "pidfd_send_signal" => libc::SYS_pidfd_send_signal,
        "process_madvise" => libc::SYS_process_madvise,
        "waitid" => libc::SYS_waitid,
        _ => panic!("no call {call}"),
    }
}

/// From now on each of these calls is unknown; "CLONE_PIDFD" is an invalid flag. A word `forbidden` before them makes them forbidden instead, as containers do that know less than their kernel.
///
/// # Errors
///
/// If the system has no filters.
///
/// # Panics
///
/// If a call has another name than those above, or if the filter does not refuse it.
pub fn forget(calls: &[&str]) -> io::Result<()> {
    let (calls, errno) = match calls {
        ["forbidden", calls @ ..] => (calls, libc::EPERM),
        calls => (calls, libc::ENOSYS),
    };
    let mut rules = Vec::new();
    for call in calls {
        rules.push(rule(LOAD, 0, 0, NUMBER));
        if *call == "CLONE_PIDFD" {
            rules.push(rule(EQUAL, 0, 3, libc::SYS_clone as u32));
            rules.push(rule(LOAD, 0, 0, FIRST));
            rules.push(rule(ANY, 0, 1, libc::CLONE_PIDFD.cast_unsigned()));
            rules.push(refuse(libc::EINVAL));
        } else {
            rules.push(rule(EQUAL, 0, 1, number(call) as u32));
            rules.push(refuse(errno));
        }
    }
    rules.push(rule(RETURN, 0, 0, libc::SECCOMP_RET_ALLOW));
    let program = libc::sock_fprog {
        len: rules.len() as u16,
        filter: rules.as_mut_ptr(),
    };
    // SAFETY: numbers, and a filter that lives until the end of the call.
    let installed = unsafe {
        libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
            && libc::prctl(
                libc::PR_SET_SECCOMP,
                libc::SECCOMP_MODE_FILTER,
                &raw const program,
            ) == 0
    };
    if !installed {
        return Err(io::Error::last_os_error());
    }
    for call in calls.iter().filter(|call| **call != "CLONE_PIDFD") {
        // SAFETY: each of them refuses these numbers, if the filter does not.
        let outcome = unsafe { libc::syscall(number(call), -1, 0, 0, 0, 0, 0) };
        let found = io::Error::last_os_error().raw_os_error();
        assert_eq!((outcome, found), (-1, Some(errno)), "{call}");
    }
    Ok(())
}
