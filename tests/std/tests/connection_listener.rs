//! Listeners, clients, keys, and waiting for many (rows M-66 to M-76).
#![cfg(target_os = "linux")]

mod subprocess_support;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::BorrowedFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use selvedge::multiprocessing::connection::{
    AcceptError, AcceptTimeoutError, Address, AuthError, AuthKey, Client, ConnectError, Connection,
    Listener, Refused, one_way, pipe, try_wait, wait, wait_async, wait_deadline, wait_timeout,
};
use selvedge::multiprocessing::spawn;
use selvedge::subprocess::Command;
use selvedge_core::wire::challenge::{Challenge, answer};
use subprocess_support::{alone, block_on, eventually, ms, poll_once};

const NOWHERE: &str = "127.0.0.1:0";

fn tcp() -> Address {
    Address::Tcp(NOWHERE.parse::<SocketAddr>().unwrap())
}

fn key(text: &str) -> AuthKey {
    AuthKey::new(text).unwrap()
}

fn name() -> Address {
    Address::Abstract(format!("selvedge-test-{}", std::process::id()).into())
}

/// Rows M-67 to M-70, M-72: all families, with and without a key; in all forms of accepting.
#[test]
fn m67_families() {
    let _alone = alone();
    for (address, key) in [
        (tcp(), None),
        (Address::Tcp("[::1]:0".parse().unwrap()), Some(key("k"))),
        (tcp(), Some(key("k"))),
        (name(), Some(key("k"))),
        (name(), None),
    ] {
        let mut builder = Listener::builder().backlog(5);
        let mut client = Client::new().timeout(Duration::from_secs(100));
        if let Some(key) = &key {
            builder = builder.authkey(key.clone());
            client = client.authkey(key.clone());
        }
        let listener = match builder.bind(&address) {
            Ok(listener) => listener,
            // Not everywhere.
            Err(error) if address.to_string().starts_with("[::1]") => {
                println!("no IPv6 here: {error}");
                continue;
            }
            Err(error) => panic!("{address}: {error}"),
        };
        assert!(matches!(
            listener.try_accept(),
            Err(AcceptTimeoutError::TimedOut)
        ));
        let early = Instant::now();
        assert!(matches!(
            listener.accept_timeout(ms(2)),
            Err(AcceptTimeoutError::TimedOut)
        ));
        assert!(early.elapsed() >= ms(2));
        assert!(matches!(
            listener.accept_deadline(early),
            Err(AcceptTimeoutError::TimedOut)
        ));
        assert_eq!(listener.last_accepted(), None);
        for form in 0..3 {
            thread::scope(|scope| {
                let there = scope.spawn(|| client.connect(listener.address()).unwrap());
                let here = match form {
                    0 => listener.accept().unwrap(),
                    1 => listener.accept_timeout(Duration::MAX).unwrap(),
                    _ => block_on(listener.accept_async()).unwrap(),
                };
                let there = there.join().unwrap();
                here.send("one").unwrap();
                there.send("other").unwrap();
                assert_eq!(there.recv::<String>().unwrap(), "one");
                assert_eq!(here.recv::<String>().unwrap(), "other");
            });
        }
        assert_eq!(
            listener.last_accepted().is_some(),
            matches!(address, Address::Tcp(_))
        );
    }
}

/// Rows M-67, M-69: the file of a unix socket.
#[test]
fn m69_files() {
    let _alone = alone();
    let listener = Listener::builder().bind_anywhere().unwrap();
    let Address::Unix(path) = listener.address().clone() else {
        panic!("a path");
    };
    let mode = path.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(Listener::bind(path.as_path()).is_err());
    assert!(path.exists());
    let folder = path.parent().unwrap().to_owned();
    let other = folder.join("other");
    let second = Listener::bind(other.clone()).unwrap();
    // Another's file by the same name stays.
    std::fs::remove_file(&other).unwrap();
    std::fs::write(&other, "mine").unwrap();
    drop(second);
    assert_eq!(std::fs::read(&other).unwrap(), b"mine");
    std::fs::remove_file(&other).unwrap();
    drop(listener);
    assert!(!path.exists() && !folder.exists());
    assert!(matches!(
        Client::new().connect(path),
        Err(ConnectError::Os(..))
    ));
    assert!(Listener::bind("x".repeat(200).as_str()).is_err());
    assert_eq!(Address::from("\0name"), Address::Abstract(b"name".into()));
    assert_eq!(Address::from("name"), Address::Unix(PathBuf::from("name")));
}

/// Rows M-30, M-68, M-70: keys that differ.
#[test]
fn m30_wrong_keys() {
    let _alone = alone();
    let listener = Listener::builder()
        .authkey(key("right"))
        .bind_anywhere()
        .unwrap();
    thread::scope(|scope| {
        let client = scope.spawn(|| {
            Client::new()
                .authkey(key("wrong"))
                .connect(listener.address())
        });
        assert!(matches!(
            listener.accept(),
            Err(AcceptError::Auth(AuthError::Refused(Refused::OtherKey)))
        ));
        assert!(matches!(
            client.join().unwrap(),
            Err(ConnectError::Auth(AuthError::Rejected))
        ));
        // The next one is none the worse for it.
        let client = scope.spawn(|| {
            Client::new()
                .authkey(key("right"))
                .connect(listener.address())
        });
        listener.accept().unwrap();
        client.join().unwrap().unwrap();
    });
}

/// The other side says nothing, something else, or nothing in time.
#[test]
fn garbage_and_slowness() {
    let _alone = alone();
    // One for those that are too slow, and one for those that are not, on any machine.
    let listen = |patience| {
        let builder = Listener::builder().authkey(key("k")).patience(patience);
        builder.bind(tcp()).unwrap()
    };
    let (listener, patient) = (listen(ms(30)), listen(Duration::from_secs(100)));
    let address = |listener: &Listener| match *listener.address() {
        Address::Tcp(address) => address,
        _ => panic!("tcp"),
    };
    let accept = |listener: &Listener, bytes: &[u8], hang_up: bool| {
        let address = address(listener);
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(bytes).unwrap();
        let stream = (!hang_up).then_some(stream);
        let error = match listener.accept() {
            Err(AcceptError::Auth(error)) => error,
            other => panic!("{other:?}"),
        };
        drop(stream);
        error
    };
    assert!(matches!(
        accept(&patient, b"", true),
        AuthError::Closed | AuthError::Os(_)
    ));
    let start = Instant::now();
    assert!(matches!(accept(&listener, b"", false), AuthError::TimedOut));
    assert!(matches!(
        accept(&listener, b"\0\0\0\x28{sha256}", false),
        AuthError::TimedOut
    ));
    assert!(start.elapsed() >= ms(60));
    for garbage in [
        &b"GET / HTTP/1.1\r\n\r\n"[..],
        b"\0\0\0\x03abc",
        b"\0\0\x01\x01",
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x80\0\0\0",
    ] {
        assert!(
            matches!(accept(&patient, garbage, false), AuthError::Refused(_)),
            "{garbage:?}"
        );
    }
    // In the async form, too.
    let silent = TcpStream::connect(address(&listener)).unwrap();
    assert!(matches!(
        block_on(listener.accept_async()),
        Err(AcceptError::Auth(AuthError::TimedOut))
    ));
    drop(silent);
    // A listener that asks for nothing, and a client that wants to be asked.
    let mute = Listener::bind(tcp()).unwrap();
    let client = Client::new().authkey(key("k")).timeout(ms(20));
    assert!(matches!(
        client.connect(mute.address()),
        Err(ConnectError::Auth(AuthError::TimedOut))
    ));
}

/// A connection that cannot be made in time: a unix socket whose queue is full.
#[test]
fn connecting_has_a_limit() {
    let _alone = alone();
    let listener = Listener::builder().backlog(0).bind_anywhere().unwrap();
    let client = Client::new().timeout(ms(10));
    let mut waiting = Vec::new();
    let start = loop {
        let start = Instant::now();
        match client.connect(listener.address()) {
            Ok(connection) => waiting.push(connection),
            Err(ConnectError::TimedOut(_)) => break start,
            Err(error) => panic!("{error}"),
        }
        assert!(waiting.len() < 100);
    };
    assert!(start.elapsed() >= ms(10));
    assert!(!waiting.is_empty());
}

/// Row M-71: an empty key is no key.
#[test]
fn m71_empty_key() {
    assert!(AuthKey::new("").is_err());
    assert!(AuthKey::new(Vec::new()).is_err());
}

/// Rows M-13, M-75: children know the key of their parent.
#[test]
fn m13_the_programs_own_key() {
    let _alone = alone();
    let own = AuthKey::of_this_process().unwrap();
    let listener = Listener::builder().authkey(own).bind(name()).unwrap();
    let child = spawn(
        |address: Address| {
            let client = Client::new().authkey(AuthKey::of_this_process().unwrap());
            client.connect(address).unwrap().send("child").unwrap();
        },
        listener.address().clone(),
    )
    .unwrap();
    let connection = listener.accept().unwrap();
    assert_eq!(connection.recv::<String>().unwrap(), "child");
    child.join().unwrap();
    let stranger = AuthKey::random().unwrap();
    thread::scope(|scope| {
        let client = scope.spawn(|| Client::new().authkey(stranger).connect(listener.address()));
        assert!(listener.accept().is_err());
        assert!(client.join().unwrap().is_err());
    });
}

/// Rows M-73, M-74, X-08: byte for byte what CPython says since 3.12; and with such a Python, where there is one.
#[test]
fn m73_as_cpython() {
    let _alone = alone();
    let listener = Listener::builder()
        .authkey(key("secret"))
        .bind_anywhere()
        .unwrap();
    let Address::Unix(path) = listener.address().clone() else {
        panic!("a path");
    };
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut stream = UnixStream::connect(&path).unwrap();
            let mut read = || {
                let mut head = [0; 4];
                stream.read_exact(&mut head).unwrap();
                let mut body = vec![0; u32::from_be_bytes(head) as usize];
                stream.read_exact(&mut body).unwrap();
                (body, stream.try_clone().unwrap())
            };
            let (asked, mut stream2) = read();
            assert!(asked.starts_with(b"#CHALLENGE#{sha256}") && asked.len() == 11 + 8 + 40);
            let answered = answer(b"secret", &asked).unwrap();
            stream2.write_all(&40_u32.to_be_bytes()).unwrap();
            stream2.write_all(answered.as_bytes()).unwrap();
            assert_eq!(read().0, b"#WELCOME#");
            let challenge = Challenge::new([9; 40]);
            stream2.write_all(&59_u32.to_be_bytes()).unwrap();
            stream2.write_all(challenge.as_bytes()).unwrap();
            assert_eq!(challenge.check(b"secret", &read().0), Ok(()));
            stream2.write_all(b"\0\0\0\x09#WELCOME#").unwrap();
        });
        listener.accept().unwrap();
    });
    let Some(python) = python() else {
        println!("no Python from 3.12 on here");
        return;
    };
    let script = "import sys; from multiprocessing.connection import Client\n\
        c = Client(sys.argv[1], 'AF_UNIX', authkey=b'secret')\n\
        c.send_bytes(c.recv_bytes()[::-1])";
    let child = Command::new(python)
        .args(["-c", script])
        .arg(&path)
        .start()
        .unwrap();
    // A Python that does not get as far as this says why on standard error. The time is for the handshake as well, so it is not asked for in small pieces.
    let connection = match listener.accept_timeout(Duration::from_secs(60)) {
        Err(AcceptTimeoutError::TimedOut) => {
            panic!("no Python has connected: {:?}", child.try_wait())
        }
        accepted => accepted.unwrap(),
    };
    connection.send_bytes(b"abc").unwrap();
    assert_eq!(connection.recv_bytes().unwrap(), b"cba");
    assert!(child.wait().success());
}

fn python() -> Option<PathBuf> {
    let home = std::env::var_os("HOME")
        .map(PathBuf::from)
        .unwrap_or_default();
    let installed = std::fs::read_dir(home.join(".pyenv/versions"))
        .into_iter()
        .flatten();
    let installed = installed.filter_map(|entry| Some(entry.ok()?.path().join("bin/python3")));
    installed.chain([PathBuf::from("python3")]).find(|python| {
        let question = "import sys; sys.exit(sys.version_info < (3, 12))";
        let command = Command::new(python).args(["-c", question]);
        command.start().is_ok_and(|child| child.wait().success())
    })
}

/// Row M-66: connections, sentinels, listeners; all forms.
#[test]
fn m66_wait() {
    let _alone = alone();
    let (first, a) = one_way().unwrap();
    let (second, b) = pipe().unwrap();
    let listener = Listener::bind(name()).unwrap();
    let child = spawn(|()| thread::sleep(Duration::from_secs(100)), ()).unwrap();
    let these: Vec<BorrowedFd<'_>> = {
        use std::os::fd::AsFd;
        vec![
            first.as_fd(),
            second.as_fd(),
            listener.as_fd(),
            child.sentinel().unwrap(),
            first.as_fd(),
        ]
    };
    assert_eq!(wait::<BorrowedFd<'_>>(&[]).unwrap(), [0; 0]);
    assert_eq!(try_wait(&these).unwrap(), [0; 0]);
    let start = Instant::now();
    assert_eq!(wait_timeout(&these, ms(5)).unwrap(), [0; 0]);
    assert!(start.elapsed() >= ms(5));
    assert_eq!(wait_deadline(&these, start).unwrap(), [0; 0]);
    {
        let mut future = std::pin::pin!(wait_async(&these));
        assert!(poll_once(future.as_mut()).is_pending());
        b.send(&1).unwrap();
        assert_eq!(block_on(future).unwrap(), [1]);
    }
    assert_eq!(wait(&these).unwrap(), [1]);
    assert_eq!(second.recv::<i32>().unwrap(), 1);
    let there = Client::new().connect(listener.address()).unwrap();
    assert_eq!(wait_timeout(&these, Duration::MAX).unwrap(), [2]);
    let here = listener.accept().unwrap();
    child.kill().unwrap();
    assert_eq!(wait(&these).unwrap(), [3]);
    drop(a);
    eventually(|| try_wait(&these).unwrap() == [0, 3, 4]);
    drop((here, there));
    assert!(child.join().is_err());
    let _: Connection = second;
}
