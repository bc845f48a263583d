//! Thread-local data: one object, another value in each thread (row T-E01).

use std::cell::RefCell;
use std::collections::HashMap;

use selvedge::threading::{Local, spawn};

/// What Python's `local()` has as attributes.
static MY_DATA: Local<RefCell<HashMap<&str, u32>>> = Local::new(RefCell::default);

fn set(name: &'static str, value: u32) {
    MY_DATA.with(|data| data.borrow_mut().insert(name, value));
}

fn get(name: &str) -> Option<u32> {
    MY_DATA.with(|data| data.borrow().get(name).copied())
}

fn main() {
    set("x", 1);
    let other = spawn(|| {
        let before = get("x"); // nothing: this thread has data of its own
        set("x", 2);
        (before, get("x"))
    });
    println!("the other thread: {:?}", other.join().unwrap());
    println!("this thread: {:?}", get("x"));
}
