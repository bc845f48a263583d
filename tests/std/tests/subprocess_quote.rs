//! Quoting (rows S-12, S-74, S-E05).
#![cfg(target_os = "linux")]

mod subprocess_support;

use proptest::prelude::*;
use selvedge::subprocess::{Command, SplitError, Stdio, join, list2cmdline, quote, split};
use subprocess_support::alone;

/// The table of CPython's `test_list2cmdline`.
#[test]
fn s12_for_windows() {
    let cases: [(&[&str], &str); 10] = [
        (&["a b c", "d", "e"], r#""a b c" d e"#),
        (&[r#"ab"c"#, "\\", "d"], r#"ab\"c \ d"#),
        (&[r#"ab"c"#, " \\", "d"], r#"ab\"c " \\" d"#),
        (&[r"a\\\b", "de fg", "h"], r#"a\\\b "de fg" h"#),
        (&[r#"a\"b"#, "c", "d"], r#"a\\\"b c d"#),
        (&[r"a\\b c", "d", "e"], r#""a\\b c" d e"#),
        (&[r"a\\b\ c", "d", "e"], r#""a\\b\ c" d e"#),
        (&["ab", ""], r#"ab """#),
        (&["a\tb"], "\"a\tb\""),
        (&["a\nb"], "a\nb"),
    ];
    for (args, line) in cases {
        assert_eq!(list2cmdline(args), line);
    }
}

/// How Microsoft's C runtime reads a line, for the arguments after the first.
fn read_as_windows(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted, mut backslashes) = (vec![], None::<String>, false, 0);
    for character in line.chars() {
        if character == '\\' {
            backslashes += 1;
            continue;
        }
        let text = |word: &mut Option<String>, count| {
            if count > 0 {
                word.get_or_insert_default().push_str(&"\\".repeat(count));
            }
        };
        if character == '"' {
            text(&mut word, backslashes / 2);
            if backslashes % 2 == 1 {
                word.get_or_insert_default().push('"');
            } else {
                word.get_or_insert_default();
                quoted = !quoted;
            }
        } else {
            text(&mut word, backslashes);
            if !quoted && matches!(character, ' ' | '\t') {
                words.extend(word.take());
            } else {
                word.get_or_insert_default().push(character);
            }
        }
        backslashes = 0;
    }
    if backslashes > 0 {
        word.get_or_insert_default()
            .push_str(&"\\".repeat(backslashes));
    }
    words.extend(word);
    words
}

#[test]
fn split_follows_the_shell() {
    let cases: [(&str, &[&str]); 9] = [
        ("", &[]),
        ("  a  b\t\nc ", &["a", "b", "c"]),
        (r#"a"b"'c'd"#, &["abcd"]),
        (r#"'' "" x"#, &["", "", "x"]),
        (r#"a\ b \\ \""#, &["a b", "\\", "\""]),
        (r#""a\"b\\c\d\$\`""#, &["a\"b\\c\\d$`"]),
        (r"'a\b'", &["a\\b"]),
        ("a\\\nb", &["ab"]),
        ("\"a\\\nb\"", &["ab"]),
    ];
    for (line, words) in cases {
        assert_eq!(split(line).unwrap(), words, "{line:?}");
    }
    assert_eq!(split("a 'b"), Err(SplitError::Quote));
    assert_eq!(split("a \"b\\\""), Err(SplitError::Quote));
    assert_eq!(split("a \\"), Err(SplitError::Backslash));
}

/// What a real shell makes of a line: its words, each followed by a NUL.
fn read_as_shell(line: &str) -> Vec<String> {
    let done = Command::shell(format!("printf '%s\\0' {line}"))
        .stdout(Stdio::Pipe)
        .run()
        .unwrap();
    let text = String::from_utf8(done.stdout().to_vec()).unwrap();
    text.split_terminator('\0').map(str::to_owned).collect()
}

/// Characters with and without a meaning.
fn words() -> impl Strategy<Value = Vec<String>> {
    let character = prop_oneof![
        Just('\''),
        Just('"'),
        Just('\\'),
        Just('$'),
        Just('`'),
        Just(' '),
        Just('\t'),
        Just('\n'),
        Just('\r'),
        Just('*'),
        Just(';'),
        Just('#'),
        Just('~'),
        Just('!'),
        Just('-'),
        Just('{'),
        Just('é'),
        any::<char>().prop_filter("no NUL", |&it| it != '\0'),
    ];
    let word = prop::collection::vec(character, 0..8).prop_map(|word| word.into_iter().collect());
    prop::collection::vec(word, 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn shells_read_what_was_quoted(words in words()) {
        let _alone = alone();
        prop_assert_eq!(&read_as_shell(&join(&words)), &words);
        for word in &words {
            prop_assert_eq!(read_as_shell(&quote(word)), [word.as_str()]);
        }
    }

    #[test]
    fn split_undoes_join(words in words()) {
        prop_assert_eq!(split(&join(&words)).unwrap(), words);
    }

    /// Quotes, backslashes and blanks only, so that the shell finds nothing else in them.
    #[test]
    fn split_reads_as_a_shell(line in "[ab'\"\\\\ ]{0,12}") {
        let _alone = alone();
        if let Ok(words) = split(&line) && !words.is_empty() {
            prop_assert_eq!(read_as_shell(&line), words);
        }
    }

    #[test]
    fn windows_reads_what_was_quoted(words in words()) {
        prop_assert_eq!(read_as_windows(&list2cmdline(&words)), words);
    }
}
