//! Runs the examples of this package as child processes.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// The file of an example.
///
/// A plain `cargo test` has built it, but `cargo test --test wordcount` has not, or not again: so this asks cargo, once, with the
/// profile and into the folder of this test.
pub(crate) fn example(name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    FOLDER.get_or_init(build).join(file)
}

fn build() -> PathBuf {
    // <target folder>/[<triple>/]<profile>/deps/<this test>
    let test = env::current_exe().expect("a test knows its file");
    let profile_folder = test.ancestors().nth(2).expect("cargo put it somewhere");
    let above = profile_folder.parent().expect("cargo put it somewhere");
    // A triple has two dashes at least, as in x86_64-unknown-linux-gnu.
    let is_triple = |folder: &Path| {
        let name = folder.file_name().unwrap_or_default();
        name.to_string_lossy().matches('-').count() >= 2
    };

    let mut cargo = Command::new(env!("CARGO"));
    cargo.args([
        "build",
        "--quiet",
        "--package",
        env!("CARGO_PKG_NAME"),
        "--examples",
    ]);
    if cfg!(feature = "deadlock-detection") {
        cargo.args(["--features", "deadlock-detection"]);
    }
    cargo.current_dir(env!("CARGO_MANIFEST_DIR"));
    let profile = profile_folder.file_name().expect("it has a name");
    cargo.arg("--profile").arg(if profile == "debug" {
        "dev".as_ref()
    } else {
        profile
    });
    if !is_triple(above) {
        cargo.arg("--target-dir").arg(above);
    } else {
        let target = above.parent().expect("cargo put it somewhere");
        cargo.arg("--target-dir").arg(target);
        cargo
            .arg("--target")
            .arg(above.file_name().expect("it has a name"));
    }
    let status = cargo.status().expect("cargo runs");
    assert!(status.success(), "the examples do not build");
    profile_folder.join("examples")
}

/// How long a child may take on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// Runs a command to its end; kills it and panics if it hangs.
pub(crate) fn run(command: &mut Command) -> Output {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    finish(command.spawn().expect("the child starts"))
}

/// Waits for the end of a child, reading what it prints; kills it and panics if it hangs.
pub(crate) fn finish(child: Child) -> Output {
    let id = child.id();
    let (send, receive) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let _ = send.send(child.wait_with_output());
    });
    match receive.recv_timeout(PATIENCE) {
        Ok(output) => output.expect("the child can be waited for"),
        Err(_) => {
            let _ = Command::new("kill")
                .args(["-KILL", &id.to_string()])
                .status();
            panic!("the child hangs");
        }
    }
}

/// Looks again and again until `what` is there.
pub(crate) fn eventually<T>(mut what: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(found) = what() {
            return found;
        }
        assert!(begin.elapsed() < PATIENCE, "it does not come");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// What a child printed.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
