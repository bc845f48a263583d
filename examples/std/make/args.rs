//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;
use std::thread;

use lexopt::{Arg, Parser, ValueExt};

/// What `--help` prints.
pub(crate) const HELP: &str = "\
Runs targets, those first that others need, several at once.

Usage: make [-j N] [-f FILE] [TARGET]...

Without TARGET, the first one of FILE and what it needs. Without FILE, breakfast. A FILE looks like this:

  # a comment
  bread: flour water
      cat flour water > bread
  flour:
      echo flour > flour

The lines below a target are for the shell, which stops at the first that fails. What a target needs is another
target, or a file that is there. Targets are run whether or not there are files of their names.

Options:
  -j N, --jobs N     how many targets run at once (default: one for each processor)
  -f FILE            the targets
  --help             print this

When a target fails, those that run are waited for, and no others are started. Ctrl-C kills those that run, with
everything that they have started; a second one ends this program at once.

Exit status: 0 all were run, 1 a target failed, 2 wrong usage or a wrong FILE, 130 interrupted.
";

/// What is asked for.
#[derive(Debug)]
pub(crate) struct Args {
    /// The rules; those of the example, if there is none.
    pub(crate) file: Option<PathBuf>,
    /// What to run; the first one, if there are none.
    pub(crate) targets: Vec<String>,
    /// How many at once.
    pub(crate) jobs: usize,
    /// Whether to print [`HELP`] and do no more.
    pub(crate) help: bool,
}

impl Args {
    /// Reads the arguments, without the program's name.
    pub(crate) fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Self, lexopt::Error> {
        let mut parsed = Self {
            file: None,
            targets: Vec::new(),
            jobs: thread::available_parallelism().map_or(1, usize::from),
            help: false,
        };
        let mut parser = Parser::from_args(args);
        while let Some(arg) = parser.next()? {
            match arg {
                Arg::Short('j') | Arg::Long("jobs") => {
                    parsed.jobs = parser.value()?.parse()?;
                    if !(1..=1024).contains(&parsed.jobs) {
                        return Err("-j wants a number from 1 to 1024".into());
                    }
                }
                Arg::Short('h') | Arg::Long("help") => parsed.help = true,
                Arg::Short('f') => parsed.file = Some(parser.value()?.into()),
                Arg::Value(target) => parsed.targets.push(target.string()?),
                other => return Err(other.unexpected()),
            }
        }
        Ok(parsed)
    }
}
