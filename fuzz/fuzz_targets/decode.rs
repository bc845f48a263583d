//! Bytes as text, in all ways: the strict one agrees with std, the others keep all that is text, and only one kind of newline is left.
#![no_main]

use libfuzzer_sys::fuzz_target;
use selvedge::subprocess::{Decoding, decode};

fuzz_target!(|bytes: &[u8]| {
    let newlines = |text: &str| text.replace("\r\n", "\n").replace('\r', "\n");
    let strict = decode(bytes, Decoding::Strict);
    assert_eq!(strict, std::str::from_utf8(bytes).map(newlines));
    let lossy = [Decoding::Replace, Decoding::Ignore, Decoding::Backslash];
    for decoding in lossy {
        let text = decode(bytes, decoding).expect("nothing is an error");
        assert!(!text.contains('\r') && text.len() <= 4 * bytes.len());
        if let Ok(strict) = &strict {
            assert_eq!(&text, strict);
        }
    }
    let replaced = newlines(&String::from_utf8_lossy(bytes));
    assert_eq!(decode(bytes, Decoding::Replace), Ok(replaced));
});
