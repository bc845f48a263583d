//! Where a program may be found (row S-26).

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use super::environment::Environment;
use super::strings::{List, Strings};
use super::{StartError, Step};

/// Where programs are when nobody says.
const DEFAULT_PATH: &[u8] = b"/bin:/usr/bin";

/// The paths to try, one after the other. A name with a slash is one itself, relative to the folder that the child changes to; others are looked for in the `PATH` of the
/// child's environment, in which an empty entry is the child's folder.
pub(super) fn candidates(program: &OsStr, environment: &Environment) -> Result<List, StartError> {
    let mut strings = Strings::default();
    let bad = |_| StartError::invalid(Step::Arguments).about(program);
    let name = program.as_bytes();
    if name.contains(&b'/') || name.is_empty() {
        strings.push(program).map_err(bad)?;
        return Ok(strings.finish());
    }
    let path = environment.path();
    let path = path.as_deref().map_or(DEFAULT_PATH, OsStrExt::as_bytes);
    for folder in path.split(|&byte| byte == b':') {
        let slash: &[u8] = match folder.last() {
            None | Some(b'/') => b"",
            Some(_) => b"/",
        };
        strings.push_parts(&[folder, slash, name]).map_err(bad)?;
    }
    Ok(strings.finish())
}
