// The function of a process is a place in the program, and begins in another memory: what it is to know is its argument. (A copy of this process may capture: `fork`.)

use selvedge::multiprocessing::spawn;

fn main() {
    let base = 40;
    let process = spawn(|n: i32| base + n, 2).unwrap();
    assert_eq!(process.join().unwrap(), 42);
}
