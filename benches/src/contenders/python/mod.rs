//! CPython, if there is one: it times itself, in a process of its own, and says what came out.

#[cfg(target_os = "linux")]
pub(crate) mod processes;
#[cfg(target_os = "linux")]
pub(crate) mod shared;

use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use crate::contender::Role;
use crate::row::{Entry, Plan, Sample};

const SCHED: &str = include_str!("sched.py");
const CONTEXT: &str = include_str!("context.py");
const FUTURES: &str = include_str!("futures.py");
const REASON: &str = "another language; measured once, in a process of its own";

/// Its scheduler: `run` or `cancel`.
pub(crate) fn sched(what: &'static str) -> Option<Entry> {
    entry(move |plan| start(SCHED, &[what.into(), plan.ops.to_string()]))
}

/// Its context variables: `get`, `set_reset`, `copy`, `run`, with so many others that are set.
pub(crate) fn context(what: &'static str, others: usize) -> Option<Entry> {
    entry(move |plan| {
        let others = others.to_string();
        start(CONTEXT, &[what.into(), plan.ops.to_string(), others])
    })
}

/// Its pool of threads: `outside`, `results`, `round_trip`, `map`, with so many of them.
pub(crate) fn futures(what: &'static str, workers: usize) -> Option<Entry> {
    entry(move |plan| {
        let ops = plan.ops.min(100_000).to_string();
        start(FUTURES, &[what.into(), ops, workers.to_string()])
    })
}

fn entry(run: impl Fn(&Plan) -> Sample + 'static) -> Option<Entry> {
    let python = python().as_ref()?;
    Some(Entry::once(&python.name, Role::Reference(REASON), run))
}

struct Python {
    command: &'static [&'static str],
    name: String,
}

impl Python {
    fn command(&self) -> Command {
        let mut command = Command::new(self.command[0]);
        command.args(&self.command[1..]).stdin(Stdio::null());
        command
    }
}

/// The first that says its version.
fn python() -> &'static Option<Python> {
    static FOUND: OnceLock<Option<Python>> = OnceLock::new();
    FOUND.get_or_init(|| {
        let commands: [&[&str]; 2] = [&["python3"], &["pyenv", "exec", "python3"]];
        commands.into_iter().find_map(|command| {
            let mut python = Python {
                command,
                name: String::new(),
            };
            let script =
                "import platform as p; print(p.python_implementation(), p.python_version())";
            let output = python.command().args(["-c", script]).output().ok()?;
            let name = String::from_utf8(output.stdout).ok()?;
            python.name = name.trim().to_owned();
            (output.status.success() && python.name.starts_with("CPython 3")).then_some(python)
        })
    })
}

fn start(script: &str, arguments: &[String]) -> Sample {
    let python = python().as_ref().expect("it was found");
    let output = python
        .command()
        .args(["-c", script])
        .args(arguments)
        .stderr(Stdio::inherit())
        .output()
        .expect("it starts");
    assert!(output.status.success(), "{} failed", python.name);
    let text = String::from_utf8(output.stdout).expect("it prints numbers");
    let numbers: Vec<u64> = text
        .split_whitespace()
        .map(|number| number.parse().expect("it prints numbers"))
        .collect();
    let [ops, nanoseconds] = numbers[..] else {
        panic!("it prints two numbers, not {text:?}");
    };
    Sample::new(ops, Duration::from_nanos(nanoseconds))
}
