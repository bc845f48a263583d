//! Waits that give up leave no memory behind, however often they do; alone in its program, because it counts allocations.
#![allow(unsafe_code, reason = "an allocator that counts")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicIsize, Ordering};
use std::time::Duration;

use selvedge::concurrent::futures::{Promise, ReturnWhen, as_completed, wait_timeout};

struct Counting;

static LIVE: AtomicIsize = AtomicIsize::new(0);

// SAFETY: std's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(1, Ordering::Relaxed);
        // SAFETY: the caller's contract.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn nothing_piles_up() {
    let live = || LIVE.load(Ordering::Relaxed);
    // The thread that started this one may allocate as well, at the beginning.
    let each = (0..100).map(|_| {
        let before = live();
        let both = Promise::<u32>::new();
        (live() - before, both).0
    });
    assert_eq!(each.min(), Some(1), "one allocation for both");
    let (promise, future) = Promise::<u32>::new();
    let (other, second) = Promise::<u32>::new();
    let both = [&future, &second];
    // Whatever is made once for the process.
    let _ = wait_timeout(&both, ReturnWhen::AllCompleted, Duration::ZERO);
    let steady = live();
    for _ in 0..1_000 {
        let waited = wait_timeout(&both, ReturnWhen::AllCompleted, Duration::ZERO);
        assert_eq!(waited.not_done, [0, 1]);
        drop(waited);
        let mut done = as_completed(both).timeout(Duration::ZERO);
        assert!(done.next().unwrap().is_err());
    }
    let left = live() - steady;
    assert!(left < 100, "{left} are left");
    promise.set_result(1).unwrap();
    other.set_result(2).unwrap();
    drop((promise, other));
    assert_eq!(future.result().unwrap() + second.result().unwrap(), 3);
}
