//! The environment of a child: this process's own, changed or not, or another one (row S-39).

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use super::strings::{List, Strings};
use super::{StartError, Step};

/// What is to differ from this process's environment.
#[derive(Debug, Clone, Default)]
pub(super) struct Environment {
    clear: bool,
    /// `None` removes.
    changes: BTreeMap<OsString, Option<OsString>>,
}

impl Environment {
    pub(super) fn set(&mut self, name: OsString, value: OsString) {
        self.changes.insert(name, Some(value));
    }

    pub(super) fn remove(&mut self, name: OsString) {
        self.changes.insert(name, None);
    }

    pub(super) fn clear(&mut self) {
        self.clear = true;
        self.changes.clear();
    }

    /// The value of `PATH` in the child.
    pub(super) fn path(&self) -> Option<OsString> {
        match self.changes.get(OsStr::new("PATH")) {
            Some(change) => change.clone(),
            None if self.clear => None,
            None => std::env::var_os("PATH"),
        }
    }

    /// The list for `execve`.
    pub(super) fn prepare(&self) -> Result<List, StartError> {
        let mut strings = Strings::default();
        let mut add = |name: &OsStr, value: &OsStr| {
            let name = name.as_bytes();
            strings
                .push_parts(&[name, b"=", value.as_bytes()])
                .map_err(|_| StartError::invalid(Step::Environment))
        };
        if !self.clear {
            for (name, value) in std::env::vars_os() {
                if !self.changes.contains_key(&name) {
                    add(&name, &value)?;
                }
            }
        }
        for (name, value) in &self.changes {
            let bytes = name.as_bytes();
            if bytes.is_empty() || bytes.contains(&b'=') {
                return Err(StartError::invalid(Step::Environment));
            }
            if let Some(value) = value {
                add(name, value)?;
            }
        }
        Ok(strings.finish())
    }
}
