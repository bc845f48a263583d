//! A machine where the place for names is not as usual: missing, full, closed. In a mount namespace of its own, so that only this process and its children see it.
//!
//! # Safety
//!
//! `unshare` and `mount` with strings that live until the end of the call, before there is another thread.
#![allow(unsafe_code, reason = "mounts")]

use std::ffi::CString;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::ptr;
use std::thread;

use selvedge::multiprocessing::shared_memory::{OpenError, ShareableList, SharedMemory, names};
use selvedge::multiprocessing::spawn;
use selvedge::multiprocessing::synchronize::Lock;

use crate::basics::named_memory;

fn ids() -> (u32, u32) {
    // SAFETY: they only tell.
    unsafe { (libc::getuid(), libc::getgid()) }
}

fn checked(value: libc::c_int) -> io::Result<()> {
    match value {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

fn mount(what: &str, at: &str, kind: &str, flags: libc::c_ulong, data: &str) -> io::Result<()> {
    let [what, at, kind, data] =
        [what, at, kind, data].map(|text| CString::new(text).expect("no NUL"));
    // SAFETY: strings that live until the end of the call.
    checked(unsafe {
        libc::mount(
            what.as_ptr(),
            at.as_ptr(),
            kind.as_ptr(),
            flags,
            data.as_ptr().cast(),
        )
    })
}

fn bind(what: &str, at: &str) -> io::Result<()> {
    mount(what, at, "", libc::MS_BIND | libc::MS_REC, "")
}

/// A namespace of mounts, with an empty `/tmp` of its own. With the rights of a namespace of users, if there are no others.
fn own_mounts() -> io::Result<()> {
    let (user, group) = ids();
    // SAFETY: this process has one thread, and uses nothing of the rest.
    if unsafe { libc::unshare(libc::CLONE_NEWNS) } != 0 {
        // SAFETY: as above.
        checked(unsafe { libc::unshare(libc::CLONE_NEWUSER | libc::CLONE_NEWNS) })?;
        fs::write("/proc/self/uid_map", format!("{user} {user} 1"))?;
        fs::write("/proc/self/setgroups", "deny")?;
        fs::write("/proc/self/gid_map", format!("{group} {group} 1"))?;
    }
    // SAFETY: strings that live for ever.
    checked(unsafe {
        let flags = libc::MS_REC | libc::MS_PRIVATE;
        libc::mount(
            c"none".as_ptr(),
            c"/".as_ptr(),
            ptr::null(),
            flags,
            ptr::null(),
        )
    })?;
    mount("tmpfs", "/tmp", "tmpfs", 0, "mode=1777")
}

fn arrange(what: &str) -> io::Result<()> {
    own_mounts()?;
    match what {
        "missing" | "nowhere" => {
            fs::create_dir("/tmp/dev")?;
            for file in ["null", "urandom"] {
                fs::write(format!("/tmp/dev/{file}"), "")?;
                bind(&format!("/dev/{file}"), &format!("/tmp/dev/{file}"))?;
            }
            bind("/tmp/dev", "/dev")?;
            if what == "nowhere" {
                mount("tmpfs", "/tmp", "tmpfs", libc::MS_RDONLY, "")?;
            }
        }
        "full" => mount(
            "tmpfs",
            "/dev/shm",
            "tmpfs",
            0,
            "mode=1777,size=64k,nr_inodes=12",
        )?,
        "closed" => mount("tmpfs", "/dev/shm", "tmpfs", libc::MS_RDONLY, "")?,
        "open" => {
            mount("tmpfs", "/dev/shm", "tmpfs", 0, "mode=1777")?;
            let home = home("/dev/shm");
            fs::create_dir(&home)?;
            fs::set_permissions(&home, fs::Permissions::from_mode(0o777))?;
        }
        _ => panic!("no place {what}"),
    }
    Ok(())
}

fn home(base: &str) -> PathBuf {
    Path::new(base).join(format!("selvedge-{}", ids().0))
}

/// Before there is another thread. Ends the process with code 77 if the system does not permit it.
pub(crate) fn enter(what: &str) {
    if let Err(error) = arrange(what) {
        println!("no mounts of one's own here: {error}");
        std::process::exit(77);
    }
}

/// What is below a folder, or nothing if there is no folder.
fn below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect()
}

fn works_at(base: &str) {
    named_memory().expect("it works all the same");
    assert!(home(base).is_dir());
    assert!(below(&home(base)).is_empty());
}

/// What needs no name.
fn nameless_things_work() {
    let memory = SharedMemory::anonymous(1 << 20).expect("it needs no place");
    memory.set((1 << 20) - 1, &1_u8).expect("it is inside");
    let lock = Lock::new().expect("it needs no place");
    let child = spawn(|lock: Lock| lock.acquire().is_ok(), lock.clone()).expect("there is room");
    assert!(child.join().expect("it ends"));
    drop(lock.acquire().expect("it is free"));
}

fn refused<T>(outcome: Result<T, OpenError>, errno: i32) {
    match outcome {
        Err(OpenError::Os(error)) if error.raw_os_error() == Some(errno) => {
            println!("refused: {error}");
        }
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("there is no room for it"),
    }
}

/// No name can be had; afterwards nothing is there.
fn no_names(errno: i32) {
    let before = below(&home("/dev/shm"));
    refused(SharedMemory::create(10), errno);
    refused(SharedMemory::create_named("some", 10), errno);
    refused(
        ShareableList::new([1]).map_err(|error| match error {
            selvedge::multiprocessing::shared_memory::ListError::Memory(error) => error,
            error => panic!("{error}"),
        }),
        errno,
    );
    assert!(SharedMemory::attach("some").is_err());
    assert_eq!(below(&home("/dev/shm")), before);
    assert!(!home("/tmp").exists());
    nameless_things_work();
}

fn full() {
    let shm = Path::new("/dev/shm");
    let fill = || {
        let files = (0..).map(|n| shm.join(format!("fill{n}")));
        let files = files.take_while(|file| fs::write(file, "").is_ok());
        files.count()
    };
    // No bytes: names need none, and memory is elsewhere.
    let bytes = fs::write(shm.join("bytes"), vec![1; 1 << 20]);
    assert!(bytes.is_err());
    works_at("/dev/shm");
    fs::remove_dir(home("/dev/shm")).expect("it is empty");
    // No place for the folder of the user, then for that of the name, then for the entry.
    let mut count = fill();
    assert!(count > 3);
    for room in 0..3 {
        no_names(libc::ENOSPC);
        count -= 1;
        fs::remove_file(shm.join(format!("fill{count}"))).expect("it is there");
        println!("room for {}", room + 1);
    }
    let memory = SharedMemory::create_named("some", 10).expect("there is room");
    // The other entry has none: another process cannot have it by the name, but by hand.
    refused(SharedMemory::attach("some"), libc::ENOSPC);
    assert_eq!(names().expect("it can be asked"), ["some"]);
    let child = spawn(
        |memory: SharedMemory| memory.set(0, &5_u8).is_ok(),
        memory.try_clone().expect("it needs no place"),
    );
    assert!(child.expect("there is room").join().expect("it ends"));
    assert_eq!(memory.get::<u8>(0).expect("it is inside"), 5);
    drop(memory);
    while count > 0 {
        count -= 1;
        fs::remove_file(shm.join(format!("fill{count}"))).expect("it is there");
    }
    works_at("/dev/shm");
}

pub(crate) fn run(what: &str) {
    match what {
        "missing" | "closed" | "open" => {
            works_at("/tmp");
            nameless_things_work();
        }
        "nowhere" => {
            no_names(libc::EROFS);
            assert!(names().is_err());
        }
        "full" => full(),
        _ => panic!("no place {what}"),
    }
    // Whatever the threads that serve children have open goes by itself.
    thread::yield_now();
}
