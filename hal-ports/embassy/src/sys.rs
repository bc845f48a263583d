//! How the system below sleeps, and who runs.
//!
//! | | sleeps by | task | tells who must not sleep |
//! |---|---|---|---|
//! | `firmware` | the bare-metal port: WFE, WFI, spinning | thread mode, or an interrupt | yes, on Cortex-M |
//! | `host` (feature `std`) | `std::thread::park` | a thread | no: threads always may |

#[cfg_attr(feature = "std", path = "sys/host.rs")]
#[cfg_attr(not(feature = "std"), path = "sys/firmware.rs")]
mod system;

#[cfg(not(feature = "std"))]
pub use system::may_block_in;
pub(crate) use system::*;
