//! What the programs share: the board they run on, the kernel's calls that they need besides those of the port, and the watchdog.
#![cfg_attr(target_os = "none", no_std)]

#[cfg_attr(target_os = "none", path = "board/cortex_m.rs")]
#[cfg_attr(not(target_os = "none"), path = "board/simulator.rs")]
pub mod board;
pub mod kernel;
mod watchdog;

pub use watchdog::wind;

/// Says a line.
#[macro_export]
macro_rules! say {
    ($($line:tt)*) => { $crate::board::say(::core::format_args!($($line)*)) };
}

/// The entry point of a program: a function that runs as a task of priority 2, and ends by `board::exit`.
#[macro_export]
macro_rules! program {
    ($task:path) => {
        fn start_the_task() -> ! {
            $crate::kernel::start($task)
        }
        $crate::entry!(start_the_task);
    };
}

/// The entry point of a program that starts the scheduler itself: a function that never returns.
#[macro_export]
macro_rules! entry {
    ($main:path) => {
        #[cfg(target_os = "none")]
        #[cortex_m_rt::entry]
        fn start() -> ! {
            $main()
        }

        #[cfg(not(target_os = "none"))]
        fn main() {
            $crate::board::prepare();
            $main()
        }
    };
}
