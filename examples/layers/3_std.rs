//! The level of applications: this system's port is filled in, and there are threads to go with it.

use selvedge::threading::{Mutex, spawn};

static COUNTER: Mutex<u32> = Mutex::new(0);

fn count_to_thousand() {
    for _ in 0..1000 {
        *COUNTER.lock() += 1;
    }
}

fn main() {
    let threads = [spawn(count_to_thousand), spawn(count_to_thousand)];
    threads.iter().for_each(|thread| thread.join().unwrap());
    println!(
        "{} bytes of mutex counted {}",
        size_of_val(&COUNTER),
        COUNTER.lock()
    );
}
