//! A barrier: wait for each other (row T-E07), and let one of all do what is to be done once (row T-E08).

use std::sync::atomic::{AtomicU32, Ordering};

use selvedge::queue::Queue;
use selvedge::threading::{Barrier, spawn};

/// A server that is not there before it has started, and its client.
static STARTED: Barrier = Barrier::new(2);
static REQUESTS: Queue<&str> = Queue::new(1);
static REPLIES: Queue<String> = Queue::new(1);

fn server() {
    // ... opens its sockets ...
    STARTED.wait().unwrap();
    let request = REQUESTS.get().unwrap();
    REPLIES.put(format!("{request} yourself")).unwrap();
}

fn client() {
    STARTED.wait().unwrap(); // not before the server is there
    REQUESTS.put("hello").unwrap();
    println!("the server says: {}", REPLIES.get().unwrap());
}

/// Three parties, four rounds, and a floor to sweep after each.
static ROUND: Barrier = Barrier::new(3);
static SWEPT: AtomicU32 = AtomicU32::new(0);

fn party() {
    for _ in 0..4 {
        // Everybody gets another number, from 0 to 2: that elects one.
        if ROUND.wait().unwrap() == 0 {
            SWEPT.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn main() {
    let server = spawn(server);
    client();
    server.join().unwrap();

    let parties = [spawn(party), spawn(party), spawn(party)];
    parties.iter().for_each(|party| party.join().unwrap());
    println!("swept {} times in 4 rounds", SWEPT.load(Ordering::Relaxed));

    ROUND.abort();
    println!("after an abort: {}", ROUND.wait().unwrap_err());
}
