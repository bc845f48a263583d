//! A line made for Windows is read back as the same arguments by the rules of Microsoft's C runtime.
#![no_main]

use libfuzzer_sys::fuzz_target;
use selvedge::subprocess::list2cmdline;

/// The runtime's rules for all arguments but the program's name, whose rules are others.
fn read(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = line.chars().peekable();
    loop {
        while rest.next_if(|&it| it == ' ' || it == '\t').is_some() {}
        if rest.peek().is_none() {
            return words;
        }
        let mut word = String::new();
        let mut quoted = false;
        loop {
            let mut backslashes = 0;
            while rest.next_if_eq(&'\\').is_some() {
                backslashes += 1;
            }
            if rest.peek() == Some(&'"') {
                word.extend(std::iter::repeat_n('\\', backslashes / 2));
                rest.next();
                if backslashes % 2 == 1 {
                    word.push('"');
                } else if quoted && rest.next_if_eq(&'"').is_some() {
                    // Two of them within quotes are one.
                    word.push('"');
                } else {
                    quoted = !quoted;
                }
                continue;
            }
            word.extend(std::iter::repeat_n('\\', backslashes));
            match rest.peek() {
                Some(' ' | '\t') if !quoted => break,
                Some(_) => word.extend(rest.next()),
                None => break,
            }
        }
        words.push(word);
    }
}

fuzz_target!(|words: Vec<String>| {
    let line = list2cmdline(&words);
    let most: usize = words.iter().map(|word| 2 * word.len() + 3).sum();
    assert!(line.len() <= most);
    assert_eq!(read(&line), words);
});
