//! No object: what the programs share.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use footprint::{Rows, one_waiter};

#[entry]
fn main() -> ! {
    let mut rows = Rows::start();
    rows.row("nothing", 0, 0, || {
        let mut polled = false;
        one_waiter(
            core::future::poll_fn(|_| {
                if core::mem::replace(&mut polled, true) {
                    core::task::Poll::Ready(())
                } else {
                    core::task::Poll::Pending
                }
            }),
            || (),
        );
    });
    rows.finish()
}
