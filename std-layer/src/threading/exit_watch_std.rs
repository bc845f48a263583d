//! Knowing when a thread is over, where there are no POSIX keys: a `thread_local!` with a destructor.
//!
//! It is destroyed among the thread's other ones, in an order that std does not promise: here a join may return while some of them still are.

struct Watch;

impl Drop for Watch {
    fn drop(&mut self) {
        super::ends::thread_ends();
        super::finish::thread_is_over();
    }
}

thread_local! {
    static WATCH: Watch = const { Watch };
}

/// From now on the end of the calling thread is noticed.
pub(super) fn arm() {
    let _ = WATCH.try_with(|_| ());
}
