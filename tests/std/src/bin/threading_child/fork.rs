//! What a forked child finds.
//!
//! # Safety
//!
//! Calls `fork` in a process with threads and then more than a signal handler may: that is what is tested. glibc keeps its allocator usable in the child.
#![allow(unsafe_code, reason = "tests what happens after fork")]

use std::sync::OnceLock;
use std::thread::sleep;
use std::time::Duration;

use selvedge::threading::{
    self, Barrier, Builder, Condvar, Event, JoinError, Local, Mutex, Thread, ThreadRef,
};

pub(crate) fn run(scenario: &str) -> bool {
    match scenario {
        "fork_main" => parent_or(describe),
        "fork_thread" => fork_thread(),
        "fork_others_stopped" => others_stopped(),
        "fork_join_main" => join_in_child(),
        "fork_join_old_main" => join_old_main(),
        "fork_many" => many(),
        "fork_at_exit" => at_exit(|| parent_or(|| println!("child process ok"))),
        "fork_dummy" => dummy(),
        "fork_foreign" => {
            std::thread::spawn(|| parent_or(describe)).join().unwrap();
        }
        "fork_local" => local(),
        "fork_waiters" => waiters(),
        _ => return false,
    }
    true
}

static HANDLER: OnceLock<fn()> = OnceLock::new();

/// Registers a handler with libc, before this module's.
pub(crate) fn at_exit(handler: fn()) {
    extern "C" fn call() {
        HANDLER.get().expect("set before")();
    }
    HANDLER.set(handler).expect("once");
    // SAFETY: a function that does not unwind.
    assert_eq!(unsafe { libc::atexit(call) }, 0);
}

/// Forks; the child calls `child` and goes on, the parent waits for its success and ends.
fn parent_or(child: impl FnOnce()) {
    // SAFETY: see above.
    match unsafe { libc::fork() } {
        0 => child(),
        pid => {
            assert!(pid > 0);
            assert_eq!(wait(pid), 0);
        }
    }
}

/// The child's exit status.
fn wait(pid: libc::pid_t) -> i32 {
    let mut status = 0;
    // SAFETY: a place for the status.
    assert_eq!(unsafe { libc::waitpid(pid, &raw mut status, 0) }, pid);
    assert!(libc::WIFEXITED(status), "{status:x}");
    libc::WEXITSTATUS(status)
}

fn leave(code: i32) -> ! {
    // SAFETY: ends the process.
    unsafe { libc::_exit(code) }
}

fn describe() {
    let main = threading::main_thread();
    println!("{}", main.name());
    println!("{}", main == threading::current_thread());
    println!("{}", main.ident() == Some(threading::get_ident()));
    println!("{}", main.native_id() == Some(threading::get_native_id()));
    println!("{}", threading::active_count());
}

fn fork_thread() {
    fn func() {
        parent_or(describe);
    }
    let thread = Thread::new(func);
    thread.start().unwrap();
    // In the child, this is a thread that is no more.
    thread.join().unwrap();
}

fn others_stopped() {
    static STOP: Event = Event::new();
    let threads: Vec<_> = (0..4)
        .map(|n| {
            threading::spawn(move || {
                STOP.wait();
                n
            })
        })
        .collect();
    // SAFETY: see above.
    let pid = unsafe { libc::fork() };
    if pid == 0 {
        let dead = threads.iter().all(|thread| {
            !thread.is_alive()
                && matches!(thread.join(), Err(JoinError::Forked))
                && thread.thread().join().is_ok()
                && format!("{thread:?}").contains("stopped")
        });
        let new = threading::spawn(|| 9).join().unwrap() == 9;
        leave(i32::from(!(dead && new && threading::active_count() == 1)));
    }
    assert_eq!(wait(pid), 0);
    STOP.set();
    for (n, thread) in threads.into_iter().enumerate() {
        assert_eq!(thread.join().unwrap(), n);
    }
}

fn joins(main: ThreadRef) -> impl FnOnce() + Send {
    move || {
        main.join().unwrap();
        println!("end of thread");
    }
}

fn join_in_child() {
    threading::spawn(|| ()).join().unwrap();
    parent_or(|| {
        // Not joined: the exit of the child does that.
        Builder::new()
            .spawn(joins(threading::current_thread()))
            .unwrap();
        println!("end of main");
    });
}

fn join_old_main() {
    let main = threading::current_thread();
    let worker = threading::spawn(move || {
        parent_or(|| {
            println!("end of main");
            // Returns at once: that thread does not exist here.
            threading::spawn(joins(main)).join().unwrap();
            leave(0);
        });
    });
    worker.join().unwrap();
}

fn many() {
    let threads: Vec<_> = (0..16)
        .map(|_| {
            threading::spawn(|| {
                // SAFETY: see above.
                match unsafe { libc::fork() } {
                    0 => leave(if threading::active_count() == 1 {
                        50
                    } else {
                        51
                    }),
                    pid => assert_eq!(wait(pid), 50),
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

fn dummy() {
    static READY: Event = Event::new();
    // The handlers of fork come with the first thread.
    threading::spawn(|| ()).join().unwrap();
    std::thread::spawn(|| {
        let _ = threading::current_thread();
        READY.set();
        sleep(Duration::from_secs(100));
    });
    READY.wait();
    println!("{}", threading::active_count());
    parent_or(|| {
        println!("{}", threading::active_count());
        leave(0);
    });
}

/// Values of this thread stay, those of others are not destroyed.
fn local() {
    struct Loud(&'static str);
    impl Drop for Loud {
        fn drop(&mut self) {
            println!("destroyed: {}", self.0);
        }
    }
    static READY: Event = Event::new();
    static LOCAL: Local<Loud> = Local::new(|| Loud("made"));
    let local = &LOCAL;
    local.set(Loud("mine"));
    Builder::new()
        .daemon(true)
        .spawn(move || {
            local.set(Loud("other"));
            READY.set();
            sleep(Duration::from_secs(100));
        })
        .unwrap();
    READY.wait();
    parent_or(move || {
        println!("{}", local.with(|value| value.0));
        local.clear();
        leave(0);
    });
}

/// Threads that wait when another forks are not waiters in the child, where their stacks are used again.
fn waiters() {
    static LOCK: Mutex<u32> = Mutex::new(0);
    static CONDITION: Condvar = Condvar::new();
    static BARRIER: Barrier = Barrier::new(3);
    for n in 0..8 {
        let wait = move || {
            if n < 2 {
                let _ = BARRIER.wait();
            } else {
                CONDITION.wait(&mut LOCK.lock());
            }
        };
        Builder::new().daemon(true).spawn(wait).unwrap();
    }
    while CONDITION.waiting() < 6 || BARRIER.n_waiting() < 2 {
        threading::Event::new()
            .wait_timeout(Duration::from_millis(1))
            .unwrap_err();
    }
    parent_or(|| {
        assert_eq!(CONDITION.notify_all(), 0, "nobody waits here");
        // Each of these would be told for one that is gone.
        for _ in 0..20 {
            let waiters: Vec<_> = (0..4)
                .map(|_| {
                    threading::spawn(|| CONDITION.wait_for(&mut LOCK.lock(), |ready| **ready == 1))
                })
                .collect();
            threading::Event::new()
                .wait_timeout(Duration::from_millis(1))
                .unwrap_err();
            *LOCK.lock() = 1;
            CONDITION.notify_all();
            for waiter in waiters {
                waiter.join().unwrap();
            }
            *LOCK.lock() = 0;
        }
        println!("child process ok");
    });
}
