//! A timeline as JSON.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use super::Timeline;

impl Timeline {
    /// Writes it as a Chrome trace: a JSON array with one complete event (`"ph": "X"`) a task, and the names of the threads. `ui.perfetto.dev` and `chrome://tracing` open it.
    ///
    /// # Errors
    ///
    /// What the writer says.
    pub fn write_chrome(&self, to: &mut impl Write) -> io::Result<()> {
        let process = std::process::id();
        let since = |instant: Instant| micros(instant.saturating_duration_since(self.begun));
        let mut separator = "[";
        for thread in &self.threads {
            let tid = thread.number;
            let name = quoted(&thread.name);
            write!(
                to,
                "{separator}\n{{\"ph\":\"M\",\"name\":\"thread_name\",\"pid\":{process},\"tid\":{tid},\"args\":{{\"name\":{name}}}}}"
            )?;
            separator = ",";
            for span in &thread.spans {
                let name = quoted(&span.name);
                let (ts, dur, queued) =
                    (since(span.begun), micros(span.ran()), micros(span.queued()));
                write!(
                    to,
                    ",\n{{\"ph\":\"X\",\"cat\":\"task\",\"name\":{name},\"pid\":{process},\"tid\":{tid},\"ts\":{ts},\"dur\":{dur},\"args\":{{\"queued_us\":{queued}}}}}"
                )?;
            }
        }
        if self.threads.is_empty() {
            write!(to, "[")?;
        }
        writeln!(to, "\n]")
    }
}

/// Microseconds, with three places behind the point.
fn micros(span: Duration) -> String {
    let nanos = span.as_nanos();
    format!("{}.{:03}", nanos / 1000, nanos % 1000)
}

/// As JSON has it.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            control if control < ' ' => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(control));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_quoted_as_json_has_them() {
        assert_eq!(quoted("a \"b\" \\ \n ä"), r#""a \"b\" \\ \u000a ä""#);
        assert_eq!(micros(Duration::from_nanos(1_234_005)), "1234.005");
    }
}
