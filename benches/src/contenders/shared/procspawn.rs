//! `procspawn`.

use crate::contender::names;
use crate::contender::shared::Starts;

pub(crate) struct Spawn;

names!(Spawn = "procspawn");

impl Starts for Spawn {
    fn next(number: u64) -> u64 {
        let process = procspawn::spawn(number, |number| number + 1);
        process.join().expect("it ends")
    }
}
