// A closed handle is gone; in Python each later use is an error at run time (row M-17).

use selvedge::multiprocessing::spawn;

fn main() {
    let process = spawn(|()| (), ()).unwrap();
    process.close().unwrap();
    println!("{:?}", process.pid());
}
