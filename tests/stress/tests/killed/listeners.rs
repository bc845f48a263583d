//! Listeners, clients, and the exchange of keys.

use std::io;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use selvedge::multiprocessing::connection::{
    AcceptError, Address, AuthError, AuthKey, Client, ConnectError, Connection, Listener, Sender,
    one_way,
};
use selvedge::multiprocessing::spawn;

use crate::death::death;
use crate::{Dice, alone, rounds, us};

fn key() -> AuthKey {
    AuthKey::new("among the living").expect("it is not empty")
}

/// Who waits for a dead one is to be told by the system; this is for a test that must fail and not hang.
const LONG: Duration = Duration::from_secs(60);

fn connects((address, ready): (Address, Sender)) {
    let client = Client::new().authkey(key());
    let mut ready = Some(ready);
    loop {
        let there = client.connect(&address).expect("somebody listens");
        there.send(&7).expect("it was accepted");
        if let Some(ready) = ready.take() {
            ready.send(&()).expect("the parent lives");
        }
    }
}

/// What a listener may be told of a client that dies.
fn is_of_the_dead(error: &AuthError) -> bool {
    match error {
        AuthError::Closed => true,
        AuthError::Os(error) => error.kind() == io::ErrorKind::ConnectionReset,
        _ => false,
    }
}

/// Clients that die in the exchange of keys, or before or after it, are hung up on; the next one is served at once.
#[test]
fn clients() {
    let _alone = alone("clients");
    let mut dice = Dice::new();
    let (mut good, mut cut) = (0, 0);
    for round in 0..rounds() {
        let listener = Listener::builder().authkey(key()).patience(LONG);
        let listener = match round % 2 {
            0 => listener.bind_anywhere(),
            _ => listener.bind(Address::Tcp("127.0.0.1:0".parse().expect("an address"))),
        };
        let listener = listener.expect("there is room");
        let (ready, sender) = one_way().expect("there is room");
        let victim = spawn(connects, (listener.address().clone(), sender)).expect("it starts");
        thread::scope(|scope| {
            let served = scope.spawn(|| {
                let mut counts = (0, 0);
                loop {
                    match listener.accept() {
                        Ok(here) => match here.recv::<i32>() {
                            Ok(0) => return counts,
                            Ok(_) => counts.0 += 1,
                            Err(_) => counts.1 += 1,
                        },
                        Err(AcceptError::Auth(error)) if is_of_the_dead(&error) => counts.1 += 1,
                        Err(error) => panic!("{error}"),
                    }
                }
            });
            ready.recv::<()>().expect("it is there");
            thread::sleep(us(dice.below(500)));
            death(&victim, &mut dice, || ());
            assert!(victim.join().is_err());
            // One that lives.
            let client = Client::new().authkey(key()).timeout(LONG);
            let there = client.connect(listener.address()).expect("it listens");
            there.send(&0).expect("it was accepted");
            let counts = served.join().expect("no panic");
            good += counts.0;
            cut += counts.1;
        });
    }
    println!("{good} came through, {cut} died on the way");
}

fn listens(there: Connection) {
    let listener = Listener::builder().authkey(key()).bind_anywhere();
    let listener = listener.expect("there is room");
    there.send(listener.address()).expect("the parent lives");
    loop {
        let here = listener.accept().expect("only good ones come");
        here.send(&1).expect("it listens");
    }
}

/// Clients of a listener that dies are told; its file and folder are gone when the next one is made.
#[test]
fn listeners() {
    let _alone = alone("listeners");
    let mut dice = Dice::new();
    let mut paths: Vec<PathBuf> = Vec::new();
    for _ in 0..rounds() {
        let (here, there) = selvedge::multiprocessing::connection::pipe().expect("there is room");
        let victim = spawn(listens, there).expect("it starts");
        let address = here.recv::<Address>().expect("it listens");
        thread::scope(|scope| {
            let clients = [0; 2].map(|_| {
                scope.spawn(|| {
                    let client = Client::new().authkey(key()).timeout(LONG);
                    loop {
                        match client.connect(&address) {
                            Ok(there) => match there.recv::<i32>() {
                                Ok(1) => {}
                                Ok(other) => panic!("{other}"),
                                Err(_) => return,
                            },
                            Err(ConnectError::Auth(error)) => {
                                assert!(is_of_the_dead(&error), "{error}");
                                return;
                            }
                            Err(ConnectError::Os(_, error)) => {
                                let kind = error.kind();
                                let refused = kind == io::ErrorKind::ConnectionRefused;
                                assert!(
                                    refused || kind == io::ErrorKind::ConnectionReset,
                                    "{error}"
                                );
                                return;
                            }
                            Err(error) => panic!("{error}"),
                        }
                    }
                })
            });
            thread::sleep(us(dice.below(2000)));
            death(&victim, &mut dice, || ());
            for client in clients {
                client.join().expect("no panic");
            }
        });
        assert!(victim.join().is_err());
        let Address::Unix(path) = address else {
            panic!("a path");
        };
        // Nobody was there to remove it; another process may have done so by now.
        paths.push(path);
        let another = Listener::builder().bind_anywhere().expect("there is room");
        for path in &paths {
            let folder = path.parent().expect("it has one");
            assert!(!path.exists() && !folder.exists(), "{}", path.display());
        }
        drop(another);
    }
}
