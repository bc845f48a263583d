//! Another program than its partner: all that they have in common are a name and an address.

use std::thread;
use std::time::Duration;

use selvedge::multiprocessing::connection::{AuthKey, Client};
use selvedge::multiprocessing::shared_memory::{ShareableList, SharedMemory};
use selvedge::multiprocessing::synchronize::{Lock, Semaphore};

pub(crate) fn run(name: &str, address: &str) {
    let memory = SharedMemory::attach(name).expect("the partner has it");
    let number: u64 = memory.get(0).expect("it is inside");
    memory.set(8, &(number + 1)).expect("it is inside");
    let key = AuthKey::new("between programs").expect("it is not empty");
    let client = Client::new().authkey(key).timeout(Duration::from_secs(100));
    let there = client.connect(address).expect("the partner listens");
    let list: String = there.recv().expect("a name");
    let list = ShareableList::attach(&list).expect("the partner has it");
    list.set(1, "from afar").expect("it fits");
    // Given by hand: memory, and objects that lie in such.
    let (given, lock, seats): (SharedMemory, Lock, Semaphore) = there.recv().expect("objects");
    for _ in 0..1000 {
        let _guard = lock.acquire().expect("nobody has died");
        let count: u64 = given.get(0).expect("it is inside");
        given.set(0, &(count + 1)).expect("it is inside");
    }
    // Dies with these, some time.
    let _held = lock.acquire().expect("nobody has died");
    seats.acquire().keep();
    there.send("held").expect("the partner listens");
    thread::sleep(Duration::from_secs(1000));
}
