//! Where this program is in memory, and which program it is.
//!
//! A child of the start method `spawn` is the same program, loaded elsewhere. What is to be called there is named by its place in the image. It is called through an [`Entry`], which knows the types: that
//! lies among the constants, inside a segment of the image, and begins with a mark. So a child that is told nonsense calls nothing. The function of the user's is a place in the code, and is taken only together with an entry, by a program
//! that has shown to be the same one.
//!
//! # Safety
//!
//! Reads the headers of the image where the linker says they are, and segments where these say they are: the loader has mapped both. An entry is read only where a segment is mapped, with the alignment of an entry, and used
//! only if it begins with the mark, which the compiler puts nowhere else but by chance of one in 2¹²⁸.
#![allow(unsafe_code, reason = "reads the program's own image")]

use std::ffi::c_void;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};

unsafe extern "C" {
    /// The ELF header, in memory; by the linker.
    static __ehdr_start: libc::Elf64_Ehdr;
}

/// What every entry begins with.
const MARK: [u64; 2] = [0x9d0c_41a7_66e2_5f13, 0xb85e_3fd2_0147_9ac6];

/// What a child can be told to call.
#[repr(C)]
pub(super) struct Entry {
    mark: [u64; 2],
    call: fn(),
}

impl Entry {
    /// An entry that calls a function, which finds its arguments by itself.
    pub(super) const fn new(call: fn()) -> Self {
        Self { mark: MARK, call }
    }

    /// Where it is in the image; `None` if it is part of another one.
    pub(super) fn offset(&'static self) -> Option<u64> {
        offset_of(std::ptr::from_ref(self).cast())
    }

    /// Calls the entry at an offset that another process has named; false if there is none.
    pub(super) fn call_at(offset: u64) -> bool {
        let Some(entry) = find(offset) else {
            return false;
        };
        (entry.call)();
        true
    }
}

/// How far behind the beginning of the image something is; `None` if it is part of another image, of a shared library for example.
pub(super) fn offset_of(address: *const c_void) -> Option<u64> {
    let offset = address.addr().checked_sub(base())? as u64;
    inside(offset, 1, libc::PF_R | libc::PF_X).map(|_| offset)
}

/// The address of code at an offset; `None` if there is no code.
pub(super) fn code_at(offset: u64) -> Option<*const c_void> {
    let address = inside(offset, 1, libc::PF_X)?;
    Some(std::ptr::with_exposed_provenance(address))
}

fn header() -> &'static libc::Elf64_Ehdr {
    // SAFETY: see above; never written.
    unsafe { &__ehdr_start }
}

fn base() -> usize {
    std::ptr::from_ref(header()).addr()
}

fn segments() -> &'static [libc::Elf64_Phdr] {
    let first = std::ptr::from_ref(header()).cast::<u8>();
    // SAFETY: the program headers follow in the same segment, as the header says.
    unsafe {
        let first = first.add(header().e_phoff as usize).cast();
        std::slice::from_raw_parts(first, header().e_phnum.into())
    }
}

/// Where addresses of the file begin in memory. 0 if the image is loaded where the file says.
fn bias() -> usize {
    let first = segments()
        .iter()
        .find(|segment| segment.p_type == libc::PT_LOAD && segment.p_offset == 0);
    base().wrapping_sub(first.map_or(0, |segment| segment.p_vaddr as usize))
}

/// The address of `size` bytes at an offset, if they are part of a segment with one of these flags.
fn inside(offset: u64, size: usize, flag: u32) -> Option<usize> {
    let address = base().checked_add(usize::try_from(offset).ok()?)?;
    let end = address.checked_add(size)?;
    let inside = segments().iter().any(|segment| {
        let start = bias().wrapping_add(segment.p_vaddr as usize);
        let len = segment.p_filesz as usize;
        segment.p_type == libc::PT_LOAD
            && segment.p_flags & flag != 0
            && start <= address
            && end <= start.wrapping_add(len)
    });
    inside.then_some(address)
}

fn find(offset: u64) -> Option<&'static Entry> {
    let address = inside(offset, size_of::<Entry>(), libc::PF_R)?;
    if !address.is_multiple_of(align_of::<Entry>()) {
        return None;
    }
    let entry = std::ptr::with_exposed_provenance::<Entry>(address);
    // SAFETY: mapped, aligned, never written; numbers are valid whatever they are.
    let mark = unsafe { (&raw const (*entry).mark).read() };
    if mark != MARK {
        return None;
    }
    // SAFETY: begins with the mark, so it is an entry.
    Some(unsafe { &*entry })
}

/// Tells one program from another: the linker's build id where there is one, and the layout of the segments.
pub(super) fn identity() -> u64 {
    /// 0 until it was asked for. One word, that always becomes the same.
    static KNOWN: AtomicU64 = AtomicU64::new(0);
    match KNOWN.load(Ordering::Relaxed) {
        0 => {
            let found = find_identity();
            KNOWN.store(found, Ordering::Relaxed);
            found
        }
        known => known,
    }
}

fn find_identity() -> u64 {
    let mut hasher = DefaultHasher::new();
    header().e_ident.hash(&mut hasher);
    header().e_entry.hash(&mut hasher);
    for segment in segments() {
        let numbers = [
            u64::from(segment.p_type),
            segment.p_offset,
            segment.p_vaddr,
            segment.p_filesz,
            segment.p_memsz,
        ];
        numbers.hash(&mut hasher);
        if segment.p_type == libc::PT_NOTE {
            let start = bias().wrapping_add(segment.p_vaddr as usize);
            let start = std::ptr::with_exposed_provenance::<u8>(start);
            // SAFETY: notes are part of a loaded segment.
            let notes = unsafe { std::slice::from_raw_parts(start, segment.p_filesz as usize) };
            notes.hash(&mut hasher);
        }
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    static ENTRY: Entry = Entry::new(|| ());

    #[test]
    fn an_entry_is_found_where_it_is() {
        let offset = ENTRY.offset().unwrap();
        assert!(Entry::call_at(offset));
        for wrong in [
            0,
            8,
            offset + 8,
            offset + 1,
            offset ^ (1 << 62),
            u64::MAX,
            u64::MAX - 7,
        ] {
            assert!(!Entry::call_at(wrong), "{wrong:#x}");
        }
        assert_eq!(identity(), identity());
    }
}
