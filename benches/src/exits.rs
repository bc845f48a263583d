//! What this program does as a child of itself: it ends, and tells when.

use std::env;
use std::io::{self, PipeReader, Read, Write};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, SystemTime};

const AFTER: &str = "--exits-after";

/// The command for a child that ends after so many milliseconds.
pub(crate) fn command(milliseconds: u64) -> [String; 3] {
    let program = env::current_exe().expect("it knows its file");
    let program = program.to_str().expect("its name is text").to_owned();
    [program, AFTER.into(), milliseconds.to_string()]
}

/// When such a child, whose standard output this is, was about to end.
pub(crate) fn told(mut stdout: PipeReader) -> SystemTime {
    let mut nanoseconds = [0; 16];
    stdout.read_exact(&mut nanoseconds).expect("it tells");
    let nanoseconds = u128::from_le_bytes(nanoseconds);
    let nanoseconds = u64::try_from(nanoseconds).expect("it is before the year 2500");
    SystemTime::UNIX_EPOCH + Duration::from_nanos(nanoseconds)
}

/// Is that, if the arguments say so.
pub(crate) fn as_child(arguments: &[String]) -> Option<ExitCode> {
    let [what, milliseconds] = arguments else {
        return None;
    };
    if what != AFTER {
        return None;
    }
    thread::sleep(Duration::from_millis(milliseconds.parse().ok()?));
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let mut stdout = io::stdout();
    stdout.write_all(&now.ok()?.as_nanos().to_le_bytes()).ok()?;
    stdout.flush().ok()?;
    Some(ExitCode::SUCCESS)
}
