//! No object: the kernel, its tasks, and what the programs share.
#![no_std]
#![no_main]

use core::ffi::c_void;

use cortex_m as _;
use cortex_m_rt::entry;
use footprint::Rows;
use footprint_freertos::{rest, start};

extern "C" fn rests(_: *mut c_void) -> ! {
    rest()
}

extern "C" fn measures(_: *mut c_void) -> ! {
    let mut rows = Rows::start();
    rows.row("nothing", 0, 0, || ());
    rows.finish()
}

#[entry]
fn main() -> ! {
    start(measures, [rests; 3])
}
