//! The group `firmware`: no contenders of this program, but a script with an emulator, which prints its own tables.

use std::process::{Command, ExitCode};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../ci/firmware-size.sh");

/// Runs the script if that, and nothing else, is asked for.
pub(crate) fn asked(arguments: &[String]) -> Option<ExitCode> {
    // Cargo adds the flag.
    let mut rest = arguments.iter().filter(|argument| *argument != "--bench");
    (rest.next()? == "firmware" && rest.next().is_none()).then(run)
}

fn run() -> ExitCode {
    match Command::new("bash").arg(SCRIPT).status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("cannot run {SCRIPT}: {error}");
            ExitCode::FAILURE
        }
    }
}
