//! What happens to threads when the process ends.

use std::io::Write;
use std::process;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::Duration;

use selvedge::threading::{self, Builder, Local, ShuttingDown};

pub(crate) fn run(scenario: &str) -> bool {
    match scenario {
        "join_main" => join_main(),
        "exit_waits" => exit_waits(),
        "panic_waits" => panic_waits(),
        "order" => order(),
        "explicit_shutdown" => explicit_shutdown(),
        "late_register" => late_register(),
        "callback_panics" => callback_panics(),
        "daemons" => daemons(),
        "exit_from_thread" => exit_from_thread(),
        "exit_during_shutdown" => exit_during_shutdown(),
        "local_destroyed_before_exit" => local_destroyed_before_exit(),
        "local_of_main" => local_of_main(),
        "two_shutdowns" => two_shutdowns(),
        "many_generations" => many_generations(),
        "stack_overflow" => stack_overflow(),
        _ => return false,
    }
    true
}

fn pause() {
    sleep(Duration::from_millis(50));
}

fn start(target: impl FnOnce() + Send + 'static) {
    Builder::new().spawn(target).expect("a thread");
}

fn join_main() {
    let main = threading::current_thread();
    start(move || {
        main.join().unwrap();
        println!("end of thread");
    });
    pause();
    println!("end of main");
}

fn exit_waits() {
    start(|| {
        pause();
        println!("woke up");
    });
    process::exit(5);
}

fn panic_waits() {
    start(|| {
        pause();
        println!("woke up");
    });
    panic!("end of main");
}

#[cfg(target_os = "linux")]
fn order() {
    crate::fork::at_exit(|| println!("exit handler"));
    threading::register_atexit(|| println!("first callback")).unwrap();
    threading::register_atexit(|| println!("second callback")).unwrap();
    start(|| {
        threading::main_thread().join().unwrap();
        println!("thread");
        start(|| {
            pause();
            println!("late thread");
        });
    });
    println!("end of main");
}

#[cfg(not(target_os = "linux"))]
fn order() {}

fn explicit_shutdown() {
    threading::register_atexit(|| println!("callback")).unwrap();
    start(|| {
        pause();
        println!("thread");
    });
    println!("shutdown");
    threading::shutdown();
    println!("shut down");
    start(|| {
        pause();
        println!("thread after");
    });
}

fn late_register() {
    threading::register_atexit(|| {
        let refused = threading::register_atexit(|| println!("never"));
        println!("{}", refused == Err(ShuttingDown));
    })
    .unwrap();
}

fn callback_panics() {
    threading::register_atexit(|| println!("called all the same")).unwrap();
    threading::register_atexit(|| panic!("bad callback")).unwrap();
}

/// 40 threads do input and output while the process ends.
fn daemons() {
    static RUNNING: AtomicUsize = AtomicUsize::new(0);
    let exe = std::env::current_exe().unwrap();
    for _ in 0..40 {
        let exe = exe.clone();
        Builder::new()
            .daemon(true)
            .spawn(move || {
                let mut first = true;
                loop {
                    let bytes = std::fs::read(&exe).unwrap();
                    let mut null = std::fs::File::create("/dev/null").unwrap();
                    null.write_all(&bytes[..200]).unwrap();
                    if std::mem::take(&mut first) {
                        RUNNING.fetch_add(1, Ordering::SeqCst);
                    }
                }
            })
            .unwrap();
    }
    while RUNNING.load(Ordering::SeqCst) < 40 {
        sleep(Duration::from_millis(1));
    }
}

fn exit_from_thread() {
    start(|| {
        pause();
        println!("the other thread");
    });
    start(|| process::exit(7));
    loop {
        pause();
    }
}

fn exit_during_shutdown() {
    start(|| {
        threading::main_thread().join().unwrap();
        process::exit(3);
    });
    threading::shutdown();
    // The exit of the thread waits for nobody.
    loop {
        pause();
    }
}

struct Slow;

impl Drop for Slow {
    fn drop(&mut self) {
        pause();
        println!("destroyed");
    }
}

fn local_destroyed_before_exit() {
    static LOCAL: Local<Slow> = Local::new(|| Slow);
    start(|| {
        pause();
        LOCAL.with(|_| ());
    });
}

fn local_of_main() {
    static LOCAL: Local<&str> = Local::new(|| "made again");
    LOCAL.set("value");
    threading::register_atexit(|| println!("{}", LOCAL.get())).unwrap();
}

/// Two threads that wait for everybody do not wait for each other.
fn two_shutdowns() {
    for _ in 0..2 {
        start(|| {
            println!("waits");
            threading::shutdown();
        });
    }
}

/// Each thread starts the next one after main has ended.
fn many_generations() {
    fn generation(left: u32) {
        if left > 0 {
            start(move || generation(left - 1));
        } else {
            println!("the last one");
        }
    }
    start(|| {
        threading::main_thread().join().unwrap();
        generation(100);
    });
}

fn stack_overflow() {
    fn recurse(n: u64) -> u64 {
        let pad = std::hint::black_box([n; 64]);
        if n == u64::MAX {
            0
        } else {
            recurse(n + 1) + pad[0]
        }
    }
    let thread = Builder::new()
        .stack_size(64 * 1024)
        .spawn(|| recurse(0))
        .unwrap();
    let _ = thread.join();
}
