//! Words that are quoted and joined come back when the line is split.
#![no_main]

use libfuzzer_sys::fuzz_target;
use selvedge::subprocess::{join, quote, split};

fuzz_target!(|words: Vec<String>| {
    let mut most = 0;
    for word in &words {
        let quoted = quote(word);
        // A quote becomes five characters, and two enclose the whole.
        assert!(quoted.len() <= 5 * word.len() + 2);
        most += quoted.len() + 1;
        assert_eq!(split(&quoted), Ok(vec![word.clone()]));
    }
    let line = join(&words);
    assert!(line.len() <= most);
    assert_eq!(split(&line), Ok(words));
});
