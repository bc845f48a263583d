//! Tells the program which compiler and which versions of its contenders it was built with.

use std::env;
use std::fs;
use std::process::Command;

const CONTENDERS: &[&str] = &[
    "async-channel",
    "async-executor",
    "async-lock",
    "blocking",
    "crossbeam-channel",
    "crossbeam-queue",
    "crossfire",
    "duct",
    "embassy-sync",
    "event-listener",
    "flume",
    "futures-lite",
    "heapless",
    "iceoryx2",
    "ipc-channel",
    "kanal",
    "libc",
    "maitake-sync",
    "opentelemetry",
    "parking_lot",
    "pollster",
    "priority-queue",
    "procspawn",
    "rayon",
    "selvedge",
    "spin",
    "subprocess",
    "threadpool",
    "tokio",
    "tokio-util",
    "usync",
];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=../Cargo.lock");
    println!("cargo::rustc-env=BENCHES_COMPILER={}", compiler());
    println!(
        "cargo::rustc-env=BENCHES_TARGET={}",
        env::var("TARGET").unwrap_or_default()
    );
    let lock = fs::read_to_string("../Cargo.lock").unwrap_or_default();
    println!("cargo::rustc-env=BENCHES_VERSIONS={}", versions(&lock));
}

fn compiler() -> String {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    Command::new(rustc)
        .arg("--version")
        .output()
        .ok()
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .map_or_else(|| "unknown".into(), |text| text.trim().to_owned())
}

/// `name version, name version, ...` of the contenders, as this package depends on them.
fn versions(lock: &str) -> String {
    let packages: Vec<&str> = lock.split("[[package]]").collect();
    let ours = packages
        .iter()
        .find(|text| field(text, "name") == Some("benches"))
        .copied()
        .unwrap_or_default();
    let list = CONTENDERS.iter().map(|name| {
        let version = named_dependency(ours, name).or_else(|| {
            packages
                .iter()
                .find(|text| field(text, "name") == Some(name))
                .and_then(|text| field(text, "version"))
        });
        format!("{name} {}", version.unwrap_or("?"))
    });
    list.collect::<Vec<_>>().join(", ")
}

/// The lock file writes `"name version"` where it knows more than one version of a package.
fn named_dependency<'a>(package: &'a str, name: &str) -> Option<&'a str> {
    package.lines().find_map(|line| {
        let line = line.trim().trim_end_matches(',').trim_matches('"');
        line.strip_prefix(name)?.strip_prefix(' ')
    })
}

fn field<'a>(package: &'a str, name: &str) -> Option<&'a str> {
    package.lines().find_map(|line| {
        let value = line.strip_prefix(name)?.strip_prefix(" = ")?;
        Some(value.trim_matches('"'))
    })
}
