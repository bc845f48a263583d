// The ends of a connection that goes one way can do one thing each; in Python the other one is an error at run time (rows M-49, M-51).

use selvedge::multiprocessing::connection::one_way;

fn main() {
    let (_receiver, sender) = one_way().unwrap();
    sender.recv_bytes().unwrap();
}
