//! Names: given ones, and `Thread-N (target)` where none was given.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::os;

/// Shared by `Thread-N` and `Dummy-N`, from 1 (row T-31).
static COUNTER: AtomicUsize = AtomicUsize::new(1);

/// A name; automatic ones are spelled out only when somebody asks.
pub(super) enum Name {
    Given(Arc<str>),
    Thread { number: usize, target: &'static str },
    Dummy { number: usize },
    Main,
}

fn next() -> usize {
    COUNTER.fetch_add(1, Ordering::Relaxed)
}

impl Name {
    /// The given name, or an automatic one if it is empty or there is none.
    pub(super) fn given_or_auto<F>(given: Option<Arc<str>>) -> Self {
        match given {
            Some(name) if !name.is_empty() => Self::Given(name),
            _ => Self::Thread {
                number: next(),
                target: target_name::<F>(),
            },
        }
    }

    pub(super) fn dummy() -> Self {
        Self::Dummy { number: next() }
    }

    pub(super) fn spell(&self) -> String {
        match self {
            Self::Given(name) => String::from(&**name),
            Self::Thread { number, target: "" } => format!("Thread-{number}"),
            Self::Thread { number, target } => format!("Thread-{number} ({target})"),
            Self::Dummy { number } => format!("Dummy-{number}"),
            Self::Main => String::from("MainThread"),
        }
    }
}

/// The function's own name, without its path; for a closure, the name of the function it was written in.
pub(super) fn target_name<F>() -> &'static str {
    let mut path = std::any::type_name::<F>();
    while let Some(outer) = path.strip_suffix("::{{closure}}") {
        path = outer;
    }
    // Generic arguments, and types that are not functions, make no readable name.
    if path.contains(['<', ' ', '&', '(', '[']) {
        return "";
    }
    path.rsplit("::").next().unwrap_or("")
}

/// As much of a name as the system keeps, cut between characters, up to the first NUL.
pub(super) fn for_system(name: &str) -> &str {
    let name = name.split('\0').next().unwrap_or("");
    &name[..name.floor_char_boundary(os::NAME_MAX)]
}

#[cfg(test)]
mod tests {
    use super::{for_system, target_name};

    fn name_of<F>(_: F) -> &'static str {
        target_name::<F>()
    }

    #[test]
    fn functions_and_closures_name_their_threads() {
        fn worker() {}
        assert_eq!(name_of(worker), "worker");
        assert_eq!(name_of(|| ()), "functions_and_closures_name_their_threads");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn system_names_are_cut_between_characters() {
        assert_eq!(for_system("exactly-15-long"), "exactly-15-long");
        assert_eq!(for_system("ääääääää"), "äääääää");
        assert_eq!(for_system("a\0b"), "a");
    }
}
