//! The process that the tests of pools look at from outside: the argument names the scenario.
//!
//! # Safety
//!
//! Calls `fork` in a process with threads and then more than a signal handler may: that is what is tested. glibc keeps its allocator usable in the child.
#![allow(unsafe_code, reason = "tests what happens after fork")]

use std::thread::sleep;
use std::time::Duration;

use selvedge::concurrent::futures::{Shutdown, SubmitErrorKind, ThreadPoolExecutor};
use selvedge::threading;

fn pool() -> ThreadPoolExecutor {
    ThreadPoolExecutor::new(2).unwrap()
}

fn main() {
    std::thread::spawn(|| {
        sleep(Duration::from_secs(60));
        eprintln!("watchdog: the child hangs");
        std::process::abort();
    });
    let scenario = std::env::args().nth(1).expect("a scenario");
    match scenario.as_str() {
        "exit_runs_all" => exit_runs_all(),
        "submit_at_exit" => submit_at_exit(),
        "submit_in_a_task_at_exit" => submit_in_a_task_at_exit(),
        "a_static_pool" => a_static_pool(),
        "a_start_hook_panics" => a_start_hook_panics(),
        #[cfg(target_os = "linux")]
        "fork" => fork(),
        #[cfg(target_os = "linux")]
        "fork_in_a_task" => fork_in_a_task(),
        #[cfg(target_os = "linux")]
        "a_pool_in_the_child" => a_pool_in_the_child(),
        _ => panic!("no scenario {scenario}"),
    }
}

/// The pool is forgotten while tasks run and wait.
fn exit_runs_all() {
    let pool = pool();
    for n in 0..3 {
        drop(pool.spawn(move || {
            sleep(Duration::from_millis(50 * n));
            println!("task {n}");
        }));
    }
    std::mem::forget(pool);
    println!("end of main");
}

/// What is submitted by an exit handler, before the threads are waited for, and after.
fn submit_at_exit() {
    let pool: &'static ThreadPoolExecutor = Box::leak(Box::new(pool()));
    // Called after that of the pools, as it is registered before.
    threading::register_atexit(|| match pool.spawn(|| ()) {
        Ok(_) => println!("taken"),
        Err(error) => {
            println!("{error}");
            assert!(matches!(error.kind(), SubmitErrorKind::ProcessExit));
        }
    })
    .unwrap();
    pool.spawn(|| println!("task")).unwrap().result().unwrap();
    println!("end of main");
}

/// A task goes on after the process has begun to end, and submits.
fn submit_in_a_task_at_exit() {
    let pool: &'static ThreadPoolExecutor = Box::leak(Box::new(pool()));
    drop(pool.spawn(move || {
        while !pool.is_shut_down() {
            sleep(Duration::from_millis(1));
        }
        println!("{}", pool.spawn(|| ()).unwrap_err());
    }));
    println!("end of main");
}

/// A pool that nobody drops.
fn a_static_pool() {
    static POOL: std::sync::OnceLock<ThreadPoolExecutor> = std::sync::OnceLock::new();
    let pool = POOL.get_or_init(pool);
    println!("{}", pool.spawn(|| "task").unwrap().result().unwrap());
}

/// A thread of the pool never comes to its work.
fn a_start_hook_panics() {
    let before = threading::set_excepthook(threading::ExceptHook::new(|_| ()));
    let pool = pool();
    let hook = threading::add_start_hook(|_| panic!("in a start hook"));
    println!("{}", pool.spawn(|| ()).unwrap().result().unwrap_err());
    hook.remove();
    println!("{}", pool.spawn(|| ()).is_err());
    pool.shutdown(Shutdown::new());
    threading::set_excepthook(before);
}

#[cfg(target_os = "linux")]
fn in_fork(child: impl FnOnce()) {
    // SAFETY: see above.
    match unsafe { libc::fork() } {
        0 => {
            child();
            // SAFETY: ends the child at once.
            unsafe { libc::_exit(0) };
        }
        pid => {
            assert!(pid > 0);
            let mut status = 0;
            // SAFETY: a place for the status.
            assert_eq!(unsafe { libc::waitpid(pid, &raw mut status, 0) }, pid);
            assert_eq!(status, 0);
        }
    }
}

/// What a child says without a buffer, so that it is said once.
#[cfg(target_os = "linux")]
fn say(text: &str) {
    use std::io::Write;
    std::io::stdout()
        .write_all(format!("{text}\n").as_bytes())
        .unwrap();
    std::io::stdout().flush().unwrap();
}

/// Row F-21: many forks while the pool works; in the child it is dead and says so.
#[cfg(target_os = "linux")]
fn fork() {
    let pool = pool();
    for round in 0..50 {
        for _ in 0..100 {
            drop(pool.spawn(|| ()));
        }
        in_fork(|| {
            let refused = pool.spawn(|| ()).unwrap_err();
            assert!(matches!(refused.kind(), SubmitErrorKind::Forked));
            assert_eq!(pool.stats().workers, 0);
            pool.shutdown(Shutdown::new());
            if round == 0 {
                say(&refused.to_string());
            }
            // SAFETY: dropping it in the child does nothing; the parent's copy is another one.
            drop(unsafe { std::ptr::read(&raw const pool) });
        });
    }
    assert_eq!(pool.spawn(|| 1).unwrap().result().unwrap(), 1);
    pool.shutdown(Shutdown::new());
    assert_eq!(pool.stats().done, 5001);
    say("parent");
}

/// A task forks: the child goes on as the only thread.
#[cfg(target_os = "linux")]
fn fork_in_a_task() {
    let pool: &'static ThreadPoolExecutor = Box::leak(Box::new(pool()));
    let task = pool.spawn(move || {
        in_fork(|| {
            assert!(pool.spawn(|| ()).is_err());
            say("child");
        });
        7
    });
    assert_eq!(task.unwrap().result().unwrap(), 7);
    say("parent");
}

/// The child makes a pool of its own.
#[cfg(target_os = "linux")]
fn a_pool_in_the_child() {
    let outer = pool();
    outer.spawn(|| ()).unwrap().result().unwrap();
    in_fork(|| {
        let pool = pool();
        say(pool.spawn(|| "task").unwrap().result().unwrap());
        pool.shutdown(Shutdown::new());
    });
    say("parent");
}
