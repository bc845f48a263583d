//! Command lines as text: quoting for a POSIX shell, splitting as one, and quoting for Windows (rows S-12, S-74, S-E05).

use std::borrow::Cow;
use std::error::Error;
use std::ffi::OsString;
use std::fmt;

/// A word that a POSIX shell reads as this text and nothing else (Python: `shlex.quote`).
///
/// ```
/// use selvedge::subprocess::quote;
///
/// assert_eq!(quote("plain-1.txt"), "plain-1.txt");
/// assert_eq!(quote("two words"), "'two words'");
/// assert_eq!(quote("it's"), r#"'it'"'"'s'"#);
/// assert_eq!(quote(""), "''");
/// ```
pub fn quote(text: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"@%+=:,./-_".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_plain) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("'{}'", text.replace('\'', "'\"'\"'")))
}

/// A line that a POSIX shell reads as these words (Python: `shlex.join`).
///
/// ```
/// assert_eq!(selvedge::subprocess::join(["echo", "a b"]), "echo 'a b'");
/// ```
pub fn join<I>(words: I) -> String
where
    I: IntoIterator,
    I::Item: AsRef<str>,
{
    let mut line = String::new();
    for (index, word) in words.into_iter().enumerate() {
        if index > 0 {
            line.push(' ');
        }
        line.push_str(&quote(word.as_ref()));
    }
    line
}

/// The words of a line, as a POSIX shell would see them if nothing but quotes, backslashes and blanks had a meaning (Python: `shlex.split`).
///
/// Between double quotes a backslash keeps its meaning before `$`, `` ` ``, `"`, `\` and at the end of a line, and is an ordinary character before others, as in a shell. (Python's knows only the two in the middle.)
///
/// # Errors
///
/// If a quote is not closed, or a backslash is the last character.
///
/// ```
/// use selvedge::subprocess::{SplitError, split};
///
/// assert_eq!(split(r#"cp "a b" 'c"d' e\ f"#).unwrap(), ["cp", "a b", "c\"d", "e f"]);
/// assert_eq!(split("it's"), Err(SplitError::Quote));
/// ```
pub fn split(line: &str) -> Result<Vec<String>, SplitError> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            ' ' | '\t' | '\n' | '\r' => words.extend(word.take()),
            '\\' => match characters.next() {
                None => return Err(SplitError::Backslash),
                Some('\n') => {}
                Some(escaped) => word.get_or_insert_default().push(escaped),
            },
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match characters.next() {
                        None => return Err(SplitError::Quote),
                        Some('\'') => break,
                        Some(quoted) => word.push(quoted),
                    }
                }
            }
            '"' => double_quoted(&mut characters, word.get_or_insert_default())?,
            plain => word.get_or_insert_default().push(plain),
        }
    }
    words.extend(word);
    Ok(words)
}

fn double_quoted(
    characters: &mut impl Iterator<Item = char>,
    word: &mut String,
) -> Result<(), SplitError> {
    loop {
        match characters.next() {
            None => return Err(SplitError::Quote),
            Some('"') => return Ok(()),
            Some('\\') => match characters.next() {
                None => return Err(SplitError::Quote),
                Some('\n') => {}
                Some(escaped @ ('$' | '`' | '"' | '\\')) => word.push(escaped),
                Some(other) => word.extend(['\\', other]),
            },
            Some(quoted) => word.push(quoted),
        }
    }
}

/// Why a line cannot be split into words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SplitError {
    /// A quote is not closed.
    Quote,
    /// Nothing follows a backslash.
    Backslash,
}

impl fmt::Display for SplitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Quote => "a quote is not closed",
            Self::Backslash => "nothing follows a backslash",
        })
    }
}

impl Error for SplitError {}

/// A line that programs on Windows, built with Microsoft's C runtime, read as these arguments (row S-12).
///
/// An argument is quoted if it is empty or has a blank in it. Backslashes are doubled where a quote follows them, and nowhere else.
///
/// ```
/// use selvedge::subprocess::list2cmdline;
///
/// assert_eq!(list2cmdline(["a b", r"c\d", r#"e"f"#, r"g h\", ""]), r#""a b" c\d e\"f "g h\\" """#);
/// ```
pub fn list2cmdline<I>(args: I) -> String
where
    I: IntoIterator,
    I::Item: AsRef<str>,
{
    let mut line = String::new();
    for (index, arg) in args.into_iter().enumerate() {
        if index > 0 {
            line.push(' ');
        }
        push_for_windows(&mut line, arg.as_ref());
    }
    line
}

fn push_for_windows(line: &mut String, arg: &str) {
    let quoted = arg.is_empty() || arg.contains([' ', '\t']);
    let mut backslashes = 0;
    if quoted {
        line.push('"');
    }
    for character in arg.chars() {
        match character {
            '\\' => backslashes += 1,
            '"' => {
                // Those that are there already, as many again, and one for the quote.
                line.extend(std::iter::repeat_n('\\', backslashes + 1));
                backslashes = 0;
            }
            _ => backslashes = 0,
        }
        line.push(character);
    }
    if quoted {
        line.extend(std::iter::repeat_n('\\', backslashes));
        line.push('"');
    }
}

/// Arguments, for people: what is not Unicode is replaced.
pub(super) struct Line<'a>(pub(super) &'a [OsString]);

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&join(self.0.iter().map(|arg| arg.to_string_lossy())))
    }
}
