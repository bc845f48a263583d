//! The middle level: data, guards and lifetimes; the port is a parameter. This level is `no_std`: on a microcontroller only the port differs.

use selvedge::port::Native;
use selvedge_core::Mutex;

static COUNTER: Mutex<Native, u32> = Mutex::new(0);

fn count_to_thousand() {
    for _ in 0..1000 {
        *COUNTER.lock() += 1;
    }
}

fn main() {
    let threads = [
        std::thread::spawn(count_to_thousand),
        std::thread::spawn(count_to_thousand),
    ];
    threads
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
    println!(
        "{} bytes of mutex counted {}",
        size_of_val(&COUNTER),
        COUNTER.lock()
    );
}
