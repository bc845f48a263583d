// An argument travels as bytes; a channel of this process's threads has none.

use std::sync::mpsc::{Receiver, channel};

use selvedge::multiprocessing::spawn;

fn main() {
    let (sender, receiver) = channel::<u32>();
    let process = spawn(|numbers: Receiver<u32>| numbers.iter().sum::<u32>(), receiver);
    sender.send(1).unwrap();
    process.unwrap().join().unwrap();
}
