//! Contexts as bytes, for other processes.
//!
//! # The way of a value
//!
//! There is no list of variables, so a process that gets bytes cannot know whose they are. It keeps them, by name, and when a variable that goes into other processes finds no value of its own, it
//! looks there. From then on the value is like any other.
//!
//! # The bytes
//!
//! A version, then for each variable its name and its value, both with their length in front (postcard's `(&str, &[u8])`). The value is postcard's form of the type.
//!
//! # Bytes that are not to be trusted
//!
//! Taking them checks the lengths and names, and copies them once. A value is decoded when it is asked for: bytes that do not fit its type, or are more than it needs, are as if they were not there. How much a hostile value
//! can make its type allocate is up to the `Deserialize` of that type; those of serde itself allocate in proportion to the bytes.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::binding::{Bound, Entry};
use super::vars::{Arrived, Vars};
use super::{Context, ContextVar, Inherit, here};

const VERSION: u8 = 1;

pub(super) type Encode<T> = fn(&T) -> Result<Vec<u8>, postcard::Error>;

/// How a variable's values become bytes, and back.
pub(super) struct Codec<T> {
    pub(super) encode: Encode<T>,
    decode: fn(&[u8]) -> Option<T>,
}

impl<T: Serialize + DeserializeOwned> Codec<T> {
    pub(super) const fn new() -> Self {
        Self {
            encode: |value| postcard::to_stdvec(value),
            decode: |bytes| match postcard::take_from_bytes(bytes) {
                Ok((value, [])) => Some(value),
                _ => None,
            },
        }
    }
}

/// Values by name, as they came. The bytes have been checked.
pub(super) struct Imports(Box<[u8]>);

type Record<'a> = (&'a str, &'a [u8]);

fn first(bytes: &[u8]) -> Option<(Record<'_>, &[u8])> {
    postcard::take_from_bytes(bytes).ok()
}

impl Imports {
    fn records(&self) -> impl Iterator<Item = Record<'_>> {
        let mut rest = &*self.0;
        std::iter::from_fn(move || {
            let (record, behind) = first(rest)?;
            rest = behind;
            Some(record)
        })
    }
}

/// What came from another process for this variable, if anything did.
pub(super) fn find<T: Send + Sync + 'static>(
    variable: &ContextVar<T>,
    vars: &Vars,
) -> Option<Entry> {
    let codec = variable.codec()?;
    let arrived = vars.imports.as_ref()?;
    if !variable.inherit().contains(arrived.ways) {
        return None;
    }
    let mut records = arrived.values.records();
    let (_, bytes) = records.find(|(name, _)| *name == variable.name())?;
    // Foreign code; the caller holds no lock.
    Some(Bound::of(variable, (codec.decode)(bytes)?))
}

/// Sets a variable that has no value in the current context to what came for it from another process; false if nothing did.
#[cold]
pub(super) fn settle<T: Send + Sync + 'static>(variable: &ContextVar<T>) -> bool {
    let vars = here::with_vars(Clone::clone);
    let Some(entry) = find(variable, &vars) else {
        return false;
    };
    let key = variable.key();
    // Decoding may have set it.
    if here::with_vars(|vars| vars.get(key).is_none()) {
        let (old, _) = here::set(key, variable.inherit(), entry);
        debug_assert!(old.is_none(), "it had no value");
    }
    true
}

/// For other processes (feature `serde`).
impl Context {
    /// The variables that are [inherited by processes](ContextVar::inherited_by_processes), as bytes for [`import`](Self::import) in another process.
    ///
    /// What this process has been sent itself and nobody has asked for yet is sent on.
    ///
    /// # Errors
    ///
    /// [`ExportError`] if a value cannot be serialized.
    ///
    /// ```
    /// use selvedge::contextvars::{Context, ContextVar, copy_context};
    ///
    /// static USER: ContextVar<String> = ContextVar::new("user").inherited_by_processes();
    ///
    /// USER.set("Ada".to_owned());
    /// let bytes = copy_context().export().unwrap();
    /// // There:
    /// let context = Context::import(&bytes).unwrap();
    /// assert_eq!(context.run(|| USER.get().unwrap()).unwrap(), "Ada");
    /// ```
    pub fn export(&self) -> Result<Vec<u8>, ExportError> {
        let vars = self.state.snapshot();
        let mut bytes = vec![VERSION];
        let mut names = Vec::new();
        for entry in vars.entries() {
            let name = entry.about().name;
            let Some(value) = entry.encode() else {
                continue;
            };
            value
                .and_then(|value| append(&mut bytes, (name, &value)))
                .map_err(|source| ExportError { name, source })?;
            names.push(name);
        }
        // Whether a variable allows other ways is known when it asks, and nobody has.
        let arrived = vars.imports.as_ref();
        if let Some(arrived) = arrived.filter(|arrived| arrived.ways == Inherit::NONE) {
            let records = arrived.values.records();
            for record in records.filter(|(name, _)| !names.contains(name)) {
                append(&mut bytes, record).expect("bytes and text can always be appended");
            }
        }
        Ok(bytes)
    }

    /// A context with what [`export`](Self::export) wrote, here or in another process. Values of variables that do not exist here, or do not come from other processes, stay unseen; the others show in iterations and in [`len`](Self::len)
    /// once they have been asked for inside of the context.
    ///
    /// # Errors
    ///
    /// [`ImportError`] if the bytes are something else. They need not be trusted: see the feature's notes in the [module](super#other-processes).
    pub fn import(bytes: &[u8]) -> Result<Self, ImportError> {
        let (&version, records) = bytes.split_first().ok_or(ImportError)?;
        let mut rest = records;
        while !rest.is_empty() {
            (_, rest) = first(rest).ok_or(ImportError)?;
        }
        if version != VERSION {
            return Err(ImportError);
        }
        let mut vars = Vars::new();
        if !records.is_empty() {
            vars.imports = Some(Arrived {
                values: Arc::new(Imports(records.into())),
                ways: Inherit::NONE,
            });
        }
        Ok(Self::from_vars(vars))
    }
}

fn append(bytes: &mut Vec<u8>, record: Record<'_>) -> Result<(), postcard::Error> {
    *bytes = postcard::to_extend(&record, std::mem::take(bytes))?;
    Ok(())
}

/// A value cannot be made into bytes.
#[derive(Debug)]
pub struct ExportError {
    name: &'static str,
    source: postcard::Error,
}

impl ExportError {
    /// The name of the variable.
    #[must_use]
    pub fn variable(&self) -> &'static str {
        self.name
    }
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the value of the context variable {:?} cannot be serialized",
            self.name
        )
    }
}

impl std::error::Error for ExportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// The bytes do not come from [`Context::export`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ImportError;

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the bytes are not an exported context")
    }
}

impl std::error::Error for ImportError {}
