//! The processor: the only files with instructions of it.
//!
//! | | waiting for an event | sending one | tells handlers |
//! |---|---|---|---|
//! | `arm` (Cortex-M) | WFE | DSB, SEV | yes, by IPSR |
//! | `aarch64` | WFE | DSB, SEV | no |
//! | `riscv`, one core | WFI with interrupts masked, and a flag | the flag | no |
//! | `riscv`, several cores | spins | nothing | no |
//! | anything else | spins | nothing | no |

#[cfg_attr(target_arch = "arm", path = "sys/arm.rs")]
#[cfg_attr(target_arch = "aarch64", path = "sys/aarch64.rs")]
#[cfg_attr(
    any(target_arch = "riscv32", target_arch = "riscv64"),
    path = "sys/riscv.rs"
)]
#[cfg_attr(
    not(any(
        target_arch = "arm",
        target_arch = "aarch64",
        target_arch = "riscv32",
        target_arch = "riscv64"
    )),
    path = "sys/other.rs"
)]
mod processor;

pub(crate) use processor::{exception, interrupts_masked, send_event, wait_for_event};

/// Waits for an event if `sets_alarm` says that one will come in time; else returns at once.
#[cfg(feature = "time")]
pub(crate) fn wait_for_alarm(sets_alarm: impl FnOnce() -> bool) {
    #[cfg(all(
        feature = "single-core",
        any(target_arch = "riscv32", target_arch = "riscv64")
    ))]
    processor::wait_for_event_if(sets_alarm);
    // An interrupt that comes before the wait counts as an event there, or nothing sleeps.
    #[cfg(not(all(
        feature = "single-core",
        any(target_arch = "riscv32", target_arch = "riscv64")
    )))]
    if sets_alarm() {
        wait_for_event();
    } else {
        core::hint::spin_loop();
    }
}

/// The core that runs this; 0 where there is one only.
pub(crate) fn core_number() -> usize {
    #[cfg(feature = "single-core")]
    return 0;
    #[cfg(not(feature = "single-core"))]
    return processor::core_number();
}
