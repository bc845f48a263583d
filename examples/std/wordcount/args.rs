//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;
use std::thread;

use lexopt::{Arg, Parser, ValueExt};

/// What `--help` prints.
pub(crate) const HELP: &str = "\
Counts the words of all text files below a folder, with threads.

Usage: wordcount [OPTIONS] [FOLDER]

FOLDER is a folder or one file. Without it, the cargo workspace around the current folder is counted.

Options:
  --workers N   threads that count (default: one for each processor)
  --executor threads
                each piece of text is a task of a pool of threads, instead of
                being counted by threads that live as long as the count
  --top N       how many of the most frequent words to print (default: 20)
  --verify      count again in one thread and compare
  --all         look into hidden folders and folders named `target`, too
  --help        print this

A word is a run of Unicode letters and digits, in lower case. A file with a NUL byte in its first 8 KiB, or that is
not UTF-8, is not text: such files are skipped, counted and named at the end, as are unreadable ones. Symbolic links
are not followed.

Ctrl-C ends the count and prints what there is; a second one kills.

Exit status: 0 counted, 1 could not count or --verify found a difference, 2 wrong usage, 130 interrupted.
";

/// Where tasks run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Executor {
    /// In a pool of threads.
    Threads,
}

/// What is asked for.
#[derive(Debug)]
pub(crate) struct Args {
    /// Where to count.
    pub(crate) folder: Option<PathBuf>,
    /// How many threads count.
    pub(crate) workers: usize,
    /// Whether each piece of text is a task of an executor.
    pub(crate) executor: Option<Executor>,
    /// How many words to print.
    pub(crate) top: usize,
    /// Whether to count again.
    pub(crate) verify: bool,
    /// Whether to enter hidden folders.
    pub(crate) all: bool,
    /// Whether to print [`HELP`] and do no more.
    pub(crate) help: bool,
}

impl Args {
    /// Reads the arguments, without the program's name.
    pub(crate) fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Self, lexopt::Error> {
        let mut parsed = Self {
            folder: None,
            workers: thread::available_parallelism().map_or(1, usize::from),
            executor: None,
            top: 20,
            verify: false,
            all: false,
            help: false,
        };
        let mut parser = Parser::from_args(args);
        while let Some(arg) = parser.next()? {
            match arg {
                Arg::Long("workers") => {
                    let workers: usize = parser.value()?.parse()?;
                    if !(1..=1024).contains(&workers) {
                        return Err("--workers wants a number from 1 to 1024".into());
                    }
                    parsed.workers = workers;
                }
                Arg::Long("executor") => {
                    let name: String = parser.value()?.parse()?;
                    parsed.executor = match &*name {
                        "threads" => Some(Executor::Threads),
                        _ => return Err("--executor wants `threads`".into()),
                    };
                }
                Arg::Long("top") => parsed.top = parser.value()?.parse()?,
                Arg::Long("verify") => parsed.verify = true,
                Arg::Long("all") => parsed.all = true,
                Arg::Long("help") | Arg::Short('h') => parsed.help = true,
                Arg::Value(folder) if parsed.folder.is_none() => {
                    parsed.folder = Some(folder.into());
                }
                other => return Err(other.unexpected()),
            }
        }
        Ok(parsed)
    }
}
