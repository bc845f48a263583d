//! The command line.

use std::path::PathBuf;

pub(crate) const USAGE: &str = "\
usage: cargo bench -p benches -- [GROUP]... [--smoke] [--rounds N] [--filter TEXT] [--only TEXT] [--out DIR] [--list]

  GROUP          which groups of rows to run (all, if none is named)
  --smoke        tiny counts: does every contender do what it should?
  --rounds N     rounds a row (rows that take long have fewer)
  --filter TEXT  only rows whose `group/family/name` contains TEXT
  --only TEXT    only contenders whose name begins with TEXT: for a profiler
  --out DIR      where the reports go, one folder a group (target/bench-report);
                 relative to the root of the workspace
  --list         print the rows and their contenders, and run nothing";

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Args {
    pub(crate) groups: Vec<String>,
    pub(crate) smoke: bool,
    pub(crate) rounds: Option<usize>,
    pub(crate) filter: Option<String>,
    pub(crate) only: Option<String>,
    pub(crate) out: Option<PathBuf>,
    pub(crate) list: bool,
}

impl Args {
    /// Without `--bench`, which `cargo bench` passes, this is `cargo test`: a smoke run.
    pub(crate) fn parse(arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut args = Self::default();
        let mut measuring = false;
        let mut rest = arguments;
        while let Some(argument) = rest.next() {
            match argument.as_str() {
                "--bench" => measuring = true,
                "--smoke" => args.smoke = true,
                "--list" => args.list = true,
                "--rounds" => args.rounds = Some(rounds(&value(&mut rest, "--rounds")?)?),
                "--filter" => args.filter = Some(value(&mut rest, "--filter")?),
                "--only" => args.only = Some(value(&mut rest, "--only")?),
                "--out" => args.out = Some(value(&mut rest, "--out")?.into()),
                flag if flag.starts_with('-') => return Err(format!("unknown flag {flag}")),
                _ => args.groups.push(argument),
            }
        }
        args.smoke |= !measuring;
        Ok(args)
    }
}

fn value(rest: &mut impl Iterator<Item = String>, flag: &str) -> Result<String, String> {
    rest.next().ok_or_else(|| format!("{flag} needs a value"))
}

fn rounds(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(rounds) if rounds > 0 => Ok(rounds),
        _ => Err(format!("--rounds needs a number above zero, not {text:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Args, String> {
        Args::parse(text.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn everything_is_understood() {
        let args =
            parse("sync --rounds 3 --filter lock/ --only std --out x/y --list --bench").unwrap();
        assert_eq!(args.groups, ["sync"]);
        assert_eq!(args.rounds, Some(3));
        assert_eq!(args.filter.as_deref(), Some("lock/"));
        assert_eq!(args.only.as_deref(), Some("std"));
        assert_eq!(args.out, Some("x/y".into()));
        assert!(args.list && !args.smoke);
    }

    #[test]
    fn without_cargo_bench_it_is_a_smoke_run() {
        assert!(parse("sync").unwrap().smoke);
        assert!(parse("--bench --smoke").unwrap().smoke);
    }

    #[test]
    fn nonsense_is_refused() {
        assert!(parse("--rounds").is_err());
        assert!(parse("--rounds 0").is_err());
        assert!(parse("--fast").is_err());
    }
}
