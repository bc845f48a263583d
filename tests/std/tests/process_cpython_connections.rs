//! What is left of CPython's `_test_multiprocessing.py` for connections; `process_cpython.rs` has the table.
#![cfg(target_os = "linux")]

mod subprocess_support;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Duration;

use selvedge::multiprocessing::connection::{
    Address, AuthError, AuthKey, Client, ConnectError, Connection, Listener, Receiver, RecvError,
    Sender, TryRecvError, one_way, pipe, try_wait, wait, wait_timeout,
};
use selvedge::multiprocessing::{Fd, spawn};
use subprocess_support::{alone, ms};

/// `test_connection`: objects and bytes of all sizes through a child, time limits in between, and the end.
#[test]
fn m51_an_echo() {
    fn echo(there: Connection) {
        loop {
            let bytes = there.recv_bytes().unwrap();
            if bytes.is_empty() {
                return;
            }
            there.send_bytes(&bytes).unwrap();
        }
    }
    let _alone = alone();
    let (here, there) = pipe().unwrap();
    let child = spawn(echo, there).unwrap();
    let long: Vec<u8> = (0..1_000_000_u32).map(|n| (n % 250) as u8).collect();
    for bytes in [&b"hello world"[..], &[1], &long] {
        here.send_bytes(bytes).unwrap();
        assert!(here.recv_bytes().unwrap() == bytes);
    }
    let numbers: Vec<Option<f64>> = vec![Some(1.0), None, Some(-2.5)];
    here.send(&numbers).unwrap();
    assert_eq!(here.recv::<Vec<Option<f64>>>().unwrap(), numbers);
    let mut buffer = [0; 10];
    here.send_bytes(b"abc").unwrap();
    assert_eq!(here.recv_bytes_into(&mut buffer[3..]).unwrap(), 3);
    assert_eq!(&buffer, b"\0\0\0abc\0\0\0\0");
    assert!(!here.poll(Duration::ZERO).unwrap() && !here.poll(ms(2)).unwrap());
    assert!(matches!(here.try_recv_bytes(), Err(TryRecvError::Empty)));
    here.send_bytes(b"").unwrap();
    child.join().unwrap();
    assert!(here.poll(Duration::ZERO).unwrap());
    assert!(matches!(here.recv_bytes(), Err(RecvError::Closed)));
}

/// `test_spawn_close`: an end that was given away may be closed here at once.
#[test]
fn m49_an_end_that_was_given_away() {
    fn answer(there: Connection) {
        let bytes = there.recv_bytes().unwrap();
        there.send_bytes(&bytes).unwrap();
    }
    let _alone = alone();
    let (here, there) = pipe().unwrap();
    // The argument is dropped when this returns.
    let child = spawn(answer, there).unwrap();
    here.send_bytes(b"hello").unwrap();
    assert_eq!(here.recv_bytes().unwrap(), b"hello");
    child.join().unwrap();
    assert!(matches!(here.recv_bytes(), Err(RecvError::Closed)));
}

/// `test_fd_transfer`, `test_large_fd_transfer`: descriptors with numbers above 256, at both ends.
#[test]
fn m62_large_numbers() {
    fn write(there: Connection) -> i32 {
        let fill: Vec<_> = (0..300)
            .map(|_| there.as_fd().try_clone_to_owned().unwrap())
            .collect();
        let fd = there.recv::<Fd>().unwrap();
        let number = fd.as_fd().as_raw_fd();
        let mut file = std::fs::File::from(fd.try_into_owned().unwrap());
        file.write_all(b"bar").unwrap();
        drop(fill);
        number
    }
    let _alone = alone();
    let (here, there) = pipe().unwrap();
    let child = spawn(write, there).unwrap();
    let (mut reader, writer) = std::io::pipe().unwrap();
    let mut many: Vec<OwnedFd> = vec![writer.into()];
    while many.last().unwrap().as_raw_fd() <= 256 {
        let next = many[0].try_clone().unwrap();
        many.push(next);
    }
    here.send(&Fd::from(many.pop().unwrap())).unwrap();
    drop(many);
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    assert_eq!(text, "bar");
    assert!(child.join().unwrap() > 256);
}

/// `test_multiple_bind`, `test_abstract_socket`.
#[test]
fn m67_addresses_in_use() {
    let _alone = alone();
    let name = Address::Abstract(format!("selvedge-in-use-{}", std::process::id()).into());
    for address in [Address::Tcp("127.0.0.1:0".parse().unwrap()), name] {
        let listener = Listener::bind(address).unwrap();
        assert!(Listener::bind(listener.address().clone()).is_err());
        let client = Client::new().connect(listener.address()).unwrap();
        let here = listener.accept().unwrap();
        drop(listener.address().clone());
        // The listener goes, and what was accepted stays; the address is free, also while there are connections.
        let address = listener.address().clone();
        drop(listener);
        here.send(&5).unwrap();
        assert_eq!(client.recv::<i32>().unwrap(), 5);
        let again = Listener::bind(address).unwrap();
        drop((here, client));
        assert!(Client::new().connect(again.address()).is_ok());
    }
}

/// `test_issue14725`, `test_issue16955`: who connects and goes before it is accepted has been there; what it sent comes.
#[test]
fn m68_who_has_gone_again() {
    fn visit(address: Address) {
        let there = Client::new().connect(address).unwrap();
        there.send(&"short").unwrap();
    }
    let _alone = alone();
    for anywhere in [true, false] {
        let listener = if anywhere {
            Listener::builder().bind_anywhere().unwrap()
        } else {
            Listener::bind(Address::Tcp("127.0.0.1:0".parse().unwrap())).unwrap()
        };
        let child = spawn(visit, listener.address().clone()).unwrap();
        child.join().unwrap();
        let here = listener.accept().unwrap();
        assert!(here.poll(Duration::MAX).unwrap());
        assert_eq!(here.recv::<String>().unwrap(), "short");
        assert!(matches!(here.recv::<String>(), Err(RecvError::Closed)));
    }
}

fn send_slowly((there, words): (Sender, Vec<String>)) {
    for word in words {
        thread::sleep(ms(3));
        there.send_bytes(word.as_bytes()).unwrap();
    }
}

fn look(there: Receiver) -> bool {
    there.poll(Duration::MAX).unwrap()
}

/// `_TestPoll`: empty messages, asking again, not taking anything away from others, and bounds.
#[test]
fn m56_poll() {
    let _alone = alone();
    let (a, b) = pipe().unwrap();
    assert!(!a.poll(Duration::ZERO).unwrap());
    b.send_bytes(b"").unwrap();
    assert!(a.poll(Duration::ZERO).unwrap() && a.poll(Duration::ZERO).unwrap());
    assert_eq!(a.recv_bytes().unwrap(), b"");
    assert!(!a.poll(Duration::ZERO).unwrap());

    let words = ["hello", "", "a", "b", "", "bye", "", "lop"].map(str::to_owned);
    let (receiver, sender) = one_way().unwrap();
    let child = spawn(send_slowly, (sender, words.to_vec())).unwrap();
    for word in &words {
        while !receiver.poll(ms(1)).unwrap() {}
        assert_eq!(receiver.recv_bytes().unwrap(), word.as_bytes());
    }
    assert!(receiver.poll(Duration::MAX).unwrap());
    assert!(matches!(receiver.recv_bytes(), Err(RecvError::Closed)));
    child.join().unwrap();

    // Another process has the same end and asks; nothing is missing afterwards.
    let (receiver, sender) = one_way().unwrap();
    let (one, other) = pipe().unwrap();
    one.send(&receiver).unwrap();
    let child = spawn(look, other.recv::<Receiver>().unwrap()).unwrap();
    for text in [&b"first"[..], b"second"] {
        sender.send_bytes(text).unwrap();
    }
    drop(sender);
    assert!(child.join().unwrap());
    assert_eq!(receiver.recv_bytes().unwrap(), b"first");
    assert_eq!(receiver.recv_bytes().unwrap(), b"second");

    let (a, b) = pipe().unwrap();
    for text in [&b"a"[..], b"b", b"cd"] {
        b.send_bytes(text).unwrap();
    }
    for text in [&b"a"[..], b"b", b"cd"] {
        assert!(a.poll(ms(1)).unwrap() && a.poll(Duration::ZERO).unwrap());
        assert_eq!(a.recv_bytes().unwrap(), text);
    }
}

/// `test_pickling`: connections that one process accepts are handed to another one, which serves those at their ends.
#[test]
fn m62_connections_by_another_process() {
    fn accept(there: Connection) {
        for _ in 0..2 {
            let listener = Listener::builder().bind_anywhere().unwrap();
            there.send(listener.address()).unwrap();
            there.send(&listener.accept().unwrap()).unwrap();
        }
    }
    fn visit(there: Connection) {
        while let Ok((address, text)) = there.recv::<(Address, String)>() {
            let client = Client::new().connect(address).unwrap();
            client.send(&text.to_uppercase()).unwrap();
        }
    }
    let _alone = alone();
    let (to_listener, its_end) = pipe().unwrap();
    let listener = spawn(accept, its_end).unwrap();
    let (to_visitor, its_end) = pipe().unwrap();
    let visitor = spawn(visit, its_end).unwrap();
    for text in ["This connection uses a file", "and so does this one"] {
        let address: Address = to_listener.recv().unwrap();
        to_visitor.send(&(address, text)).unwrap();
        let accepted: Connection = to_listener.recv().unwrap();
        assert_eq!(accepted.recv::<String>().unwrap(), text.to_uppercase());
    }
    drop((to_listener, to_visitor));
    listener.join().unwrap();
    visitor.join().unwrap();
}

/// `test_answer_challenge_auth_failure`: a listener that asks well and answers with something that is no welcome.
#[test]
fn m74_an_answer_that_is_not_welcome() {
    let _alone = alone();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    for (answer, rejected) in [
        (&b"\0\0\0\x0esomething bogus"[..], false),
        (b"\0\0\0\x09#FAILURE#", true),
        (b"\0\0\0\0", false),
        (b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", false),
    ] {
        thread::scope(|scope| {
            let client = scope.spawn(|| {
                let key = AuthKey::new("abc").unwrap();
                let client = Client::new().authkey(key).timeout(Duration::from_secs(100));
                client.connect(Address::Tcp(address)).map(drop)
            });
            let (mut stream, _): (TcpStream, _) = listener.accept().unwrap();
            let question = [&b"#CHALLENGE#{sha256}"[..], &[9; 40]].concat();
            stream
                .write_all(&(question.len() as u32).to_be_bytes())
                .unwrap();
            stream.write_all(&question).unwrap();
            let mut answered = [0; 4 + 8 + 32];
            stream.read_exact(&mut answered).unwrap();
            assert!(answered[4..].starts_with(b"{sha256}"));
            stream.write_all(answer).unwrap();
            let Err(ConnectError::Auth(error)) = client.join().unwrap() else {
                panic!("it was not welcome");
            };
            assert_eq!(matches!(error, AuthError::Rejected), rejected, "{error}");
            assert!(
                rejected || matches!(error, AuthError::Refused(_)),
                "{error}"
            );
        });
    }
}

/// `test_wait`, `test_wait_socket`, and the slow ones: many at once, of which some are fast, until all are closed.
#[test]
fn m66_many_senders() {
    fn send((there, number, slow): (Sender, u32, bool)) {
        for i in 0..10_u32 {
            if slow {
                thread::sleep(ms(u64::from(number)));
            }
            there.send(&(i, number)).unwrap();
        }
    }
    let _alone = alone();
    for slow in [false, true] {
        let (receivers, children): (Vec<_>, Vec<_>) = (0..4)
            .map(|number| {
                let (receiver, sender) = one_way().unwrap();
                (Some(receiver), spawn(send, (sender, number, slow)).unwrap())
            })
            .unzip();
        let mut receivers: Vec<Option<Receiver>> = receivers;
        let mut got = Vec::new();
        while receivers.iter().any(Option::is_some) {
            let these: Vec<_> = receivers.iter().flatten().collect();
            let ready = wait(&these).unwrap();
            assert!(!ready.is_empty());
            let open: Vec<_> = (0..receivers.len())
                .filter(|place| receivers[*place].is_some())
                .collect();
            for place in ready {
                let slot = &mut receivers[open[place]];
                match slot.as_ref().unwrap().recv::<(u32, u32)>() {
                    Ok(message) => got.push(message),
                    Err(RecvError::Closed) => *slot = None,
                    Err(error) => panic!("{error}"),
                }
            }
        }
        got.sort_unstable();
        let all: Vec<_> = (0..10)
            .flat_map(|i| (0..4).map(move |number| (i, number)))
            .collect();
        assert_eq!(got, all);
        for child in children {
            child.join().unwrap();
        }
    }
    // Plain sockets, among them.
    let (one, mut other) = UnixStream::pair().unwrap();
    let (receiver, _sender) = one_way().unwrap();
    let both = [one.as_fd(), receiver.as_fd()];
    assert_eq!(wait_timeout(&both, ms(1)).unwrap(), [0; 0]);
    other.write_all(b"x").unwrap();
    assert_eq!(wait(&both).unwrap(), [0]);
    drop(other);
    assert_eq!(try_wait(&both).unwrap(), [0]);
}
