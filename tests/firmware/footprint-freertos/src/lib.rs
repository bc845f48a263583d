//! The programs of `footprint` as tasks of a FreeRTOS kernel: with the kernel's own objects, and with this library's. Where a future waits there, a more urgent task does here; what it costs to switch to it and back is part of the figure.
#![no_std]

use core::ffi::c_void;

/// What a task runs. It must not return.
pub type Run = extern "C" fn(*mut c_void) -> !;

unsafe extern "C" {
    safe fn footprint_task(place: u32, run: Run, priority: u32);
    safe fn vTaskStartScheduler();
    safe fn vTaskSuspend(task: *mut c_void);
}

/// Starts the kernel with the task that measures, and three that wait.
pub fn start(measures: Run, waiters: [Run; 3]) -> ! {
    for (place, waits) in (1..).zip(waiters) {
        footprint_task(place, waits, 2);
    }
    footprint_task(0, measures, 1);
    vTaskStartScheduler();
    panic!("the kernel does not run")
}

/// A task that does nothing any more.
pub fn rest() -> ! {
    loop {
        vTaskSuspend(core::ptr::null_mut());
    }
}
