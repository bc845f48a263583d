//! Two namespaces of processes with one place for names: neither sees the other's processes, and neither removes what belongs to the other.
//!
//! # Safety
//!
//! `clone` without memory or a stack of its own is a fork; what comes after it in the child, before it becomes another program, allocates nothing. `mount` and `waitpid` are as their manual pages say.
#![allow(unsafe_code, reason = "namespaces")]

use std::ffi::{CString, c_char};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::ptr;

use selvedge::multiprocessing::shared_memory::{OpenError, SharedMemory, names};

const NOT_HERE: i32 = 77;

/// Runs the rest of the scenario in a namespace of its own, and says how that has ended.
fn apart(what: &str) -> i32 {
    let program = std::env::current_exe().expect("it is there");
    let program = CString::new(program.as_os_str().as_bytes()).expect("no NUL");
    let what = CString::new(what).expect("no NUL");
    let mut flags = libc::CLONE_NEWPID | libc::CLONE_NEWNS | libc::SIGCHLD;
    // SAFETY: it only tells.
    if unsafe { libc::geteuid() } != 0 {
        flags |= libc::CLONE_NEWUSER;
    }
    let arguments: [*const c_char; 4] = [
        program.as_ptr(),
        c"apart".as_ptr(),
        what.as_ptr(),
        ptr::null(),
    ];
    // SAFETY: a fork, as no memory is shared and no stack is named; the child makes one call, with strings made before, or ends.
    let child = unsafe {
        let child = libc::syscall(libc::SYS_clone, flags, 0, 0, 0, 0);
        if child == 0 {
            libc::execv(program.as_ptr(), arguments.as_ptr());
            libc::_exit(1);
        }
        child as libc::pid_t
    };
    if child < 0 {
        println!("no namespaces here: {}", io::Error::last_os_error());
        std::process::exit(NOT_HERE);
    }
    let mut status = 0;
    // SAFETY: a child of ours, and a place for its status.
    let waited = unsafe { libc::waitpid(child, &raw mut status, 0) };
    assert_eq!(waited, child);
    assert!(libc::WIFEXITED(status), "{status:#x}");
    libc::WEXITSTATUS(status)
}

fn name() -> String {
    // The process in the namespace is number one there, and its group is nobody's: the name comes by the environment.
    std::env::var("APART_NAME").expect("it is set by the first one")
}

/// Before there is another thread.
pub(crate) fn enter() {
    if std::env::var_os("APART_NAME").is_none() {
        let name = format!("apart-{}", std::process::id());
        // SAFETY: there is no other thread yet.
        unsafe { std::env::set_var("APART_NAME", name) };
    }
}

pub(crate) fn run(what: &str) {
    let name = name();
    match what {
        "outside" => {
            for inside in ["inside", "inside-without-proc"] {
                let memory = SharedMemory::create_named(&name, 8).expect("nobody has it");
                memory.set(0, &7_u64).expect("it is inside");
                match apart(inside) {
                    0 => {}
                    NOT_HERE => std::process::exit(NOT_HERE),
                    status => panic!("{inside}: {status}"),
                }
                assert!(names().expect("it can be asked").contains(&name));
                let found = SharedMemory::attach(&name).expect("nobody has removed it");
                assert_eq!(found.get::<u64>(0).expect("it is inside"), 7);
            }
        }
        "inside" => {
            // SAFETY: strings that live for ever.
            let mounted = unsafe {
                let flags = libc::MS_REC | libc::MS_PRIVATE;
                let root = c"/".as_ptr();
                libc::mount(c"none".as_ptr(), root, ptr::null(), flags, ptr::null()) == 0
                    && libc::mount(
                        c"proc".as_ptr(),
                        c"/proc".as_ptr(),
                        c"proc".as_ptr(),
                        0,
                        ptr::null(),
                    ) == 0
            };
            if !mounted {
                println!("no mounts here: {}", io::Error::last_os_error());
                std::process::exit(NOT_HERE);
            }
            let attached = SharedMemory::attach(&name);
            assert!(matches!(attached, Err(OpenError::NotFound)), "{attached:?}");
            assert!(!names().expect("it can be asked").contains(&name));
            let own = SharedMemory::create_named(&name, 16).expect("nobody has it here");
            let again = SharedMemory::attach(&name).expect("it is there");
            assert_eq!((own.size(), again.size()), (16, 16));
            own.unlink().expect("it is there");
            drop((own, again));
            // The folder of this namespace is nobody's when it ends.
            let number = std::fs::read_link("/proc/self/ns/pid").expect("it is there");
            let number = number
                .to_string_lossy()
                .replace(|c: char| !c.is_ascii_digit(), "");
            // SAFETY: it only tells.
            let home = format!("/dev/shm/selvedge-{}-{number}", unsafe { libc::getuid() });
            std::fs::remove_dir(&home).expect("it is there, and empty");
        }
        "inside-without-proc" => {
            for refused in [
                SharedMemory::attach(&name),
                SharedMemory::create_named(&name, 16),
                SharedMemory::create(16),
            ] {
                match refused {
                    Err(OpenError::Os(error)) => println!("refused: {error}"),
                    other => panic!("{other:?}"),
                }
            }
            let error = names().expect_err("it cannot be known");
            assert!(error.to_string().contains("namespace"), "{error}");
            let memory = SharedMemory::anonymous(8).expect("it needs no name");
            memory.set(0, &1_u8).expect("it is inside");
        }
        _ => panic!("no scenario {what}"),
    }
}
