//! Any line is split as by a second implementation, made from the shell's grammar as a table of states; and the words, quoted, are split into the same words.
#![no_main]

use libfuzzer_sys::fuzz_target;
use selvedge::subprocess::{SplitError, join, split};

#[derive(Clone, Copy)]
enum State {
    Between,
    Word,
    Escaped { from: &'static State },
    Single,
    Double,
}

static BETWEEN: State = State::Between;
static WORD: State = State::Word;
static DOUBLE: State = State::Double;

fn by_states(line: &str) -> Result<Vec<String>, SplitError> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut state = State::Between;
    for character in line.chars() {
        state = match (state, character) {
            (State::Between, ' ' | '\t' | '\n' | '\r') => State::Between,
            (State::Word, ' ' | '\t' | '\n' | '\r') => {
                words.push(std::mem::take(&mut word));
                State::Between
            }
            (State::Between, '\\') => State::Escaped { from: &BETWEEN },
            (State::Word, '\\') => State::Escaped { from: &WORD },
            (State::Double, '\\') => State::Escaped { from: &DOUBLE },
            (State::Between | State::Word, '\'') => State::Single,
            (State::Between | State::Word, '"') => State::Double,
            (State::Single, '\'') | (State::Double, '"') => State::Word,
            // A backslash and the end of a line are nothing at all.
            (State::Escaped { from }, '\n') => *from,
            (State::Escaped { from }, _) => match from {
                State::Double => {
                    if !matches!(character, '$' | '`' | '"' | '\\') {
                        word.push('\\');
                    }
                    word.push(character);
                    State::Double
                }
                _ => {
                    word.push(character);
                    State::Word
                }
            },
            (state, _) => {
                word.push(character);
                match state {
                    State::Between => State::Word,
                    state => state,
                }
            }
        };
    }
    match state {
        State::Between => Ok(words),
        State::Word => {
            words.push(word);
            Ok(words)
        }
        State::Escaped { from } if !matches!(from, State::Double) => Err(SplitError::Backslash),
        _ => Err(SplitError::Quote),
    }
}

fuzz_target!(|line: &str| {
    let words = split(line);
    assert_eq!(words, by_states(line));
    if let Ok(words) = words {
        let length: usize = words.iter().map(String::len).sum();
        assert!(length <= line.len() && words.len() <= line.len());
        assert_eq!(split(&join(&words)), Ok(words));
    }
});
