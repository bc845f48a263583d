//! How processes start (rows M-32 to M-39).

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicU8, Ordering};

use serde::{Deserialize, Serialize};

use super::forkserver;

/// A way to make a process (rows M-32 to M-34).
///
/// | | the new process is | what it costs here | good for |
/// |---|---|---|---|
/// | [`ForkServer`](Self::ForkServer) | a copy of a small process of this program, in which nothing has run yet | a third of `Spawn`; the first one as much more as that small process takes | all but the below: the default |
/// | [`Spawn`](Self::Spawn) | this program again, as the system starts it | | a program that changes what its processes inherit, see [`forkserver`]; old kernels |
/// | [`Fork`](Self::Fork) | a copy of this process | as `ForkServer`, and more if this process is large | closures, and data that is too large to send; only while there is one thread |
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum StartMethod {
    /// This program again (row M-32).
    Spawn,
    /// A copy of a small process that is kept for this (row M-34). See [`forkserver`].
    ForkServer,
    /// A copy of this process (row M-33). See [`fork`](super::fork()).
    Fork,
}

impl StartMethod {
    const ALL: [Self; 3] = [Self::Spawn, Self::ForkServer, Self::Fork];

    /// Python's name of it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Spawn => "spawn",
            Self::ForkServer => "forkserver",
            Self::Fork => "fork",
        }
    }

    fn default_here() -> Self {
        if forkserver::is_supported() {
            Self::ForkServer
        } else {
            Self::Spawn
        }
    }
}

impl fmt::Display for StartMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// There is no start method of this name. (Python: `ValueError`, row M-37.)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownMethod;

impl fmt::Display for UnknownMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there is no such start method; there are spawn, forkserver, and fork")
    }
}

impl std::error::Error for UnknownMethod {}

impl FromStr for StartMethod {
    type Err = UnknownMethod;

    fn from_str(name: &str) -> Result<Self, UnknownMethod> {
        let mut all = Self::ALL.into_iter();
        all.find(|method| method.name() == name)
            .ok_or(UnknownMethod)
    }
}

/// The start method of this program has been chosen, by [`set_start_method`], or by the first who needed it. (Python: `RuntimeError`, row M-39.)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlreadyChosen(
    /// Which one.
    pub StartMethod,
);

impl fmt::Display for AlreadyChosen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the start method is {} already", self.0)
    }
}

impl std::error::Error for AlreadyChosen {}

/// 0, or the number of the method and one; or that it is the default one. A single word, so it orders nothing.
static CHOSEN: AtomicU8 = AtomicU8::new(0);
const BY_DEFAULT: u8 = u8::MAX;

fn encode(method: Option<StartMethod>) -> u8 {
    method.map_or(0, |method| method as u8 + 1)
}

fn decode(word: u8) -> Option<StartMethod> {
    if word == BY_DEFAULT {
        return Some(StartMethod::default_here());
    }
    StartMethod::ALL
        .into_iter()
        .find(|method| encode(Some(*method)) == word)
}

/// All start methods, the default first (row M-36).
///
/// ```
/// use selvedge::multiprocessing::{StartMethod, get_all_start_methods};
///
/// assert!(get_all_start_methods().contains(&StartMethod::Spawn));
/// assert_ne!(get_all_start_methods()[0], StartMethod::Fork);
/// ```
#[must_use]
pub fn get_all_start_methods() -> Vec<StartMethod> {
    let mut all = StartMethod::ALL.to_vec();
    if forkserver::is_supported() {
        all.swap(0, 1);
    } else {
        all.remove(1);
    }
    all
}

/// The start method of processes that are not told another one. It is chosen by this, if it was not yet (row M-38); see [`chosen_start_method`].
#[must_use]
pub fn get_start_method() -> StartMethod {
    let chosen = CHOSEN.compare_exchange(0, BY_DEFAULT, Ordering::Relaxed, Ordering::Relaxed);
    let chosen = chosen.err().and_then(decode);
    chosen.unwrap_or_else(StartMethod::default_here)
}

/// Whether nobody has asked for the one that there is.
pub(super) fn is_by_default() -> bool {
    CHOSEN.load(Ordering::Relaxed) == BY_DEFAULT
}

/// The same if it has been chosen: Python's `get_start_method(allow_none=True)` (row M-38).
#[must_use]
pub fn chosen_start_method() -> Option<StartMethod> {
    decode(CHOSEN.load(Ordering::Relaxed))
}

/// Chooses the start method of processes that are not told another one, here and in their own children (row M-39). For the beginning of `main`.
///
/// # Errors
///
/// [`AlreadyChosen`].
pub fn set_start_method(method: StartMethod) -> Result<(), AlreadyChosen> {
    let chosen = CHOSEN.compare_exchange(
        0,
        encode(Some(method)),
        Ordering::Relaxed,
        Ordering::Relaxed,
    );
    match chosen.map_err(decode) {
        Ok(_) | Err(None) => Ok(()),
        Err(Some(other)) => Err(AlreadyChosen(other)),
    }
}

/// As [`set_start_method`], whatever has been chosen; `None` leaves it to be chosen. Python's `set_start_method(..., force=True)` (row M-39).
pub fn force_start_method(method: Option<StartMethod>) {
    CHOSEN.store(encode(method), Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_lead_back() {
        for method in StartMethod::ALL {
            assert_eq!(method.name().parse(), Ok(method));
            assert_eq!(decode(encode(Some(method))), Some(method));
        }
        assert_eq!("threads".parse::<StartMethod>(), Err(UnknownMethod));
        assert_eq!((decode(encode(None)), decode(4)), (None, None));
        assert_eq!(decode(BY_DEFAULT), Some(StartMethod::default_here()));
    }
}
