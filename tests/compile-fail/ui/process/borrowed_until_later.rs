// A copy that is made later must not borrow: what it would use may be gone when it is made.

use selvedge::multiprocessing::{Builder, Process};

fn counter() -> Process<usize> {
    let words = vec!["a", "b"];
    Builder::new().build_fork(|| words.len())
}

fn main() {
    counter().start().unwrap();
}
