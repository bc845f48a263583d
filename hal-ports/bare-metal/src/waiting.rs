//! Where a call that waits would wait for ever, as far as the processor tells.

use core::fmt;

use crate::sys;

/// Why the caller must not wait: see [`may_wait`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It is the handler of this exception (on Cortex-M the number in IPSR: 16 more than that of the interrupt), and nothing that it has interrupted gets on before it returns.
    Handler(usize),
    /// Interrupts are masked, all or those of low priority, and there is no other core.
    Masked,
}

macro_rules! text {
    (handler) => {
        "a call that waits, in an interrupt handler: use the try_ form there"
    };
    (masked) => {
        "a call that waits, with interrupts masked: nothing can end the wait"
    };
}

impl Refusal {
    /// What the panic of a blocking form says.
    pub const fn message(self) -> &'static str {
        match self {
            Self::Handler(_) => text!(handler),
            Self::Masked => text!(masked),
        }
    }

    /// The panic of a blocking form. Its text is a literal: nothing is formatted.
    ///
    /// # Panics
    ///
    /// Always.
    #[cold]
    pub fn refuse(self) -> ! {
        match self {
            Self::Handler(_) => panic!(text!(handler)),
            Self::Masked => panic!(text!(masked)),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl core::error::Error for Refusal {}

/// Whether the caller may wait, as far as it can be told: handlers and masked interrupts on Cortex-M, the latter with the feature `single-core` only; elsewhere always `Ok`.
///
/// Every blocking form asks before it sleeps, and panics with what this says. For ports that are built on this one, and for code that would rather know before.
pub fn may_wait() -> Result<(), Refusal> {
    match sys::exception() {
        0 if cfg!(feature = "single-core") && sys::interrupts_masked() => Err(Refusal::Masked),
        0 => Ok(()),
        exception => Err(Refusal::Handler(exception)),
    }
}
