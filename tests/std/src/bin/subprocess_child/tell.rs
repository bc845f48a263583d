//! A child that tells what it sees.
#![allow(unsafe_code, reason = "asks libc about its process")]

use std::io::{self, Write};
use std::os::unix::ffi::OsStringExt;

pub(crate) fn run(what: &str, args: &[String]) -> bool {
    match what {
        "argv" => {
            for arg in std::env::args_os() {
                println!("{}", arg.into_vec().escape_ascii());
            }
        }
        "env" => {
            for (name, value) in std::env::vars_os() {
                let text = [name.into_vec(), value.into_vec()].join(&b'=');
                println!("{}", text.escape_ascii());
            }
        }
        "fds" => println!("{}", fds()),
        "status" => {
            let status = std::fs::read_to_string("/proc/self/status").expect("proc");
            let wanted = |line: &&str| args.iter().any(|name| line.starts_with(name.as_str()));
            for line in status.lines().filter(wanted) {
                println!("{line}");
            }
        }
        "groups" => {
            // SAFETY: no arguments, no failure.
            let (session, group, parent) =
                unsafe { (libc::getsid(0), libc::getpgrp(), libc::getppid()) };
            println!(
                "pid {} session {session} group {group} parent {parent}",
                std::process::id()
            );
        }
        "pipe-sizes" => pipe_sizes(),
        "exit" => std::process::exit(args[0].parse().expect("a code")),
        "abort" => std::process::abort(),
        _ => return false,
    }
    true
}

/// The open descriptors, without the one that is needed to look.
fn fds() -> String {
    let mut found: Vec<u32> = std::fs::read_dir("/proc/self/fd")
        .expect("proc")
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect();
    found.retain(|fd| std::fs::read_link(format!("/proc/self/fd/{fd}")).is_ok());
    found.sort_unstable();
    let found: Vec<_> = found.iter().map(u32::to_string).collect();
    found.join(" ")
}

/// Takes all input, gives much output, and then says how much the pipes of both hold.
fn pipe_sizes() {
    let input = io::copy(&mut io::stdin(), &mut io::sink()).expect("input");
    let mut stdout = io::stdout().lock();
    stdout.write_all(&vec![b'x'; 1 << 20]).expect("output");
    // SAFETY: numbers.
    let size = |fd| unsafe { libc::fcntl(fd, libc::F_GETPIPE_SZ) };
    write!(stdout, " {input} {} {}", size(0), size(1)).expect("output");
}
