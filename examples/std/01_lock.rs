//! A lock: one thread at a time. And what a guard saves you from writing (row T-E09).

use selvedge::threading::{Lock, Mutex, spawn};

/// A lock without data, as in Python; any thread may release it.
static PRINTER: Lock = Lock::new();
/// A lock with the data that it protects: nobody can forget to take it.
static PAGES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// `with lock:` is a guard. It is released at the end of its scope, on every way out, a panic included.
fn print_with_guard(page: &str) {
    let _printer = PRINTER.acquire();
    PAGES.lock().push(format!("{page}, with a guard"));
}

/// The same without: every way out has to release the lock.
fn print_by_hand(page: &str) {
    PRINTER.acquire().keep(); // stays locked
    let printed = std::panic::catch_unwind(|| PAGES.lock().push(format!("{page}, by hand")));
    PRINTER.release().expect("it was acquired above");
    if let Err(panic) = printed {
        std::panic::resume_unwind(panic);
    }
}

fn main() {
    let first = spawn(|| print_with_guard("page 1"));
    let second = spawn(|| print_by_hand("page 2"));
    first.join().unwrap();
    second.join().unwrap();

    let mut pages = PAGES.lock();
    pages.sort();
    println!("{}", pages.join("\n"));
    println!("the printer is locked: {}", PRINTER.locked());
    println!("releasing it once more: {}", PRINTER.release().unwrap_err());
}
