//! Users and groups, by number or by name (row S-42).
//!
//! # Safety
//!
//! Calls `getpwnam_r` and `getgrnam_r` with a buffer that outlives the use of what they point to.
#![allow(unsafe_code, reason = "looks names up by libc")]

use std::ffi::{CString, c_char, c_int};
use std::mem::MaybeUninit;
use std::ptr;

use super::{StartError, Step};

/// A user or a group: its number, or its name, which is looked up when a child is started.
///
/// ```
/// use selvedge::subprocess::Id;
///
/// assert_eq!(Id::from(0), Id::Number(0));
/// assert_eq!(Id::from("root"), Id::Name("root".into()));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Id {
    /// By number.
    Number(u32),
    /// By name.
    Name(String),
}

impl From<u32> for Id {
    fn from(number: u32) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for Id {
    fn from(name: &str) -> Self {
        Self::Name(name.to_owned())
    }
}

impl From<String> for Id {
    fn from(name: String) -> Self {
        Self::Name(name)
    }
}

impl Id {
    pub(super) fn user(&self) -> Result<u32, StartError> {
        self.resolve(|name, buffer| {
            let mut entry = MaybeUninit::uninit();
            let mut found = ptr::null_mut();
            // SAFETY: a C string, a place for the entry, a buffer and its size, a place for the answer.
            let errno = unsafe {
                libc::getpwnam_r(
                    name,
                    entry.as_mut_ptr(),
                    buffer.as_mut_ptr(),
                    buffer.len(),
                    &raw mut found,
                )
            };
            // SAFETY: not null means that it points to `entry`, which has been filled in.
            (errno, unsafe { found.as_ref() }.map(|entry| entry.pw_uid))
        })
    }

    pub(super) fn group(&self) -> Result<u32, StartError> {
        self.resolve(|name, buffer| {
            let mut entry = MaybeUninit::uninit();
            let mut found = ptr::null_mut();
            // SAFETY: as above.
            let errno = unsafe {
                libc::getgrnam_r(
                    name,
                    entry.as_mut_ptr(),
                    buffer.as_mut_ptr(),
                    buffer.len(),
                    &raw mut found,
                )
            };
            // SAFETY: as above.
            (errno, unsafe { found.as_ref() }.map(|entry| entry.gr_gid))
        })
    }

    fn resolve(
        &self,
        look_up: impl Fn(*const c_char, &mut [c_char]) -> (c_int, Option<u32>),
    ) -> Result<u32, StartError> {
        let name = match self {
            Self::Number(u32::MAX) => return Err(StartError::invalid(Step::FindUser)),
            Self::Number(number) => return Ok(*number),
            Self::Name(name) => name,
        };
        let c_name =
            CString::new(name.as_str()).map_err(|_| StartError::invalid(Step::FindUser))?;
        let mut buffer = vec![0; 1024];
        loop {
            match look_up(c_name.as_ptr(), &mut buffer) {
                (_, Some(number)) => return Ok(number),
                (libc::ERANGE, None) if buffer.len() < 1 << 24 => {
                    let size = buffer.len() * 4;
                    buffer.resize(size, 0);
                }
                (libc::EINTR, None) => {}
                (errno, None) => {
                    let errno = if errno == 0 { libc::ENOENT } else { errno };
                    return Err(StartError::new(Step::FindUser, errno).about(name));
                }
            }
        }
    }
}
