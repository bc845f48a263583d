//! `cargo bench -p benches -- sync`: see README.md of this package.

use std::process::ExitCode;

fn main() -> ExitCode {
    benches::main(std::env::args().skip(1))
}
