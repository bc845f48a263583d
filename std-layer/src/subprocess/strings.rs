//! Text as programs get it: one block of memory with all strings, and lists of pointers into it.
//!
//! Everything that the child needs between clone and exec is prepared here, before, as nothing may be allocated there.
//!
//! # Safety
//!
//! Says that a list of pointers into its own block of memory may be sent to other threads.
#![allow(unsafe_code, reason = "pointers into memory of its own")]

use std::ffi::{OsStr, c_char};
use std::os::unix::ffi::OsStrExt;
use std::ptr;

/// A string held NUL.
pub(super) struct HasNul;

/// Strings that end in NUL, one after the other.
#[derive(Default)]
pub(super) struct Strings {
    bytes: Vec<u8>,
    starts: Vec<usize>,
}

impl Strings {
    pub(super) fn push(&mut self, text: &OsStr) -> Result<(), HasNul> {
        self.push_parts(&[text.as_bytes()])
    }

    /// One string from several parts.
    pub(super) fn push_parts(&mut self, parts: &[&[u8]]) -> Result<(), HasNul> {
        self.starts.push(self.bytes.len());
        for part in parts {
            if part.contains(&0) {
                return Err(HasNul);
            }
            self.bytes.extend_from_slice(part);
        }
        self.bytes.push(0);
        Ok(())
    }

    /// No more strings: a list of pointers as `execve` takes it.
    pub(super) fn finish(self) -> List {
        let pointers = self
            .starts
            .iter()
            .map(|&start| self.bytes[start..].as_ptr().cast())
            .chain([ptr::null()])
            .collect();
        List {
            pointers,
            _bytes: self.bytes,
        }
    }
}

/// Pointers to strings, and a null at the end. They are good as long as this lives.
pub(super) struct List {
    pointers: Vec<*const c_char>,
    _bytes: Vec<u8>,
}

// SAFETY: the pointers lead into `_bytes`, which this owns and which nobody changes.
unsafe impl Send for List {}
// SAFETY: as above.
unsafe impl Sync for List {}

impl List {
    /// The list as C takes it.
    pub(super) fn as_ptr(&self) -> *const *const c_char {
        self.pointers.as_ptr()
    }

    /// The strings, without the null.
    pub(super) fn strings(&self) -> &[*const c_char] {
        self.pointers
            .split_last()
            .map_or(&[], |(_, strings)| strings)
    }
}
