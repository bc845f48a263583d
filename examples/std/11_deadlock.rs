//! A deadlock, found at the moment when it happens: who waits for whom, and where. Needs `--features deadlock-detection`.

use std::sync::mpsc;

use selvedge::deadlock::{self, Action};
use selvedge::threading::{Barrier, Builder, Mutex};

const NAMES: [&str; 3] = ["Ada", "Grace", "Edsger"];
static FORKS: [Mutex<()>; 3] = [const { Mutex::new(()) }; 3];
static SEATED: Barrier = Barrier::new(3);

/// The dining philosophers, on a bad day.
fn dine(seat: usize) {
    let _left = FORKS[seat].lock();
    SEATED.wait().unwrap(); // now everybody has one
    let _right = FORKS[(seat + 1) % 3].lock();
    println!("never printed");
}

fn main() {
    let (send, reports) = mpsc::channel();
    deadlock::on_deadlock(move |report| {
        send.send(report.clone()).unwrap();
        Action::Continue // `Abort` would end the process, `Panic` one of the threads
    });
    for (seat, name) in NAMES.into_iter().enumerate() {
        // Nobody waits for a daemon, and these will never end.
        let philosopher = Builder::new().name(name).daemon(true);
        philosopher.spawn(move || dine(seat)).unwrap();
    }

    let report = reports.recv().unwrap();
    let threads = report.links.len();
    println!("{} deadlock of {threads} threads", report.certainty);
    for name in NAMES {
        let mut links = report.links.iter();
        let link = links.find(|link| link.thread.name == name).unwrap();
        let (has, waits) = (link.wanted.at.unwrap().line(), link.waiting.at.line());
        println!("{name} took a fork in line {has} and waits for the next in line {waits}");
    }
    println!("still waiting: {}", deadlock::snapshot().threads.len());
    // `println!("{report}")` says all of it, and `deadlock::snapshot().dot()` can be drawn.
}
