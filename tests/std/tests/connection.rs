//! Connections between processes (rows M-49 to M-66).
#![cfg(target_os = "linux")]

mod subprocess_support;

use std::io::{Read, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::{Duration, Instant};

use selvedge::multiprocessing::connection::{
    Connection, Receiver, RecvError, RecvIntoError, RecvIntoTimeoutError, RecvTimeoutError,
    SendError, SendTimeoutError, Sender, TryRecvError, TryRecvIntoError, one_way, pipe,
};
use selvedge::multiprocessing::{Fd, UnpackError, spawn};
use subprocess_support::{alone, block_on, ms, open_fds, poll_once};

/// Rows M-49 to M-52: values there and back, ends as arguments, in a child.
#[test]
fn m51_values_with_a_child() {
    fn echo((there, upper): (Connection, bool)) {
        while let Ok(text) = there.recv::<String>() {
            let text = if upper { text.to_uppercase() } else { text };
            there.send(&text).unwrap();
        }
    }
    let _alone = alone();
    let (here, there) = pipe().unwrap();
    let child = spawn(echo, (there, true)).unwrap();
    for text in ["a", "", "grüße"] {
        here.send(text).unwrap();
        assert_eq!(here.recv::<String>().unwrap(), text.to_uppercase());
    }
    drop(here);
    child.join().unwrap();
}

/// Rows M-57, M-58, M-61: bytes keep their bounds, also empty and large ones.
#[test]
fn m57_bytes() {
    let _alone = alone();
    let (one, other) = pipe().unwrap();
    let large: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();
    thread::scope(|scope| {
        scope.spawn(|| {
            for bytes in [&b"abc"[..], b"", &large, b"x"] {
                one.send_bytes(bytes).unwrap();
            }
        });
        for bytes in [&b"abc"[..], b"", &large, b"x"] {
            assert!(other.recv_bytes().unwrap() == bytes);
        }
    });
    // As CPython writes and reads them.
    let (raw, there) = UnixStream::pair().unwrap();
    let there = Connection::new(there).unwrap();
    there.send_bytes(b"hello").unwrap();
    let mut got = [0; 9];
    (&raw).read_exact(&mut got).unwrap();
    assert_eq!(&got, b"\0\0\0\x05hello");
    (&raw)
        .write_all(b"\0\0\0\x02hi\xff\xff\xff\xff\0\0\0\0\0\0\0\x01!")
        .unwrap();
    assert_eq!(there.recv_bytes().unwrap(), b"hi");
    assert_eq!(there.recv_bytes().unwrap(), b"!");
}

/// Rows M-29, M-59.
#[test]
fn m59_into_a_buffer() {
    let _alone = alone();
    let (receiver, sender) = one_way().unwrap();
    sender.send_bytes(b"abcd").unwrap();
    sender.send_bytes(b"efgh").unwrap();
    let mut buffer = [0; 6];
    assert_eq!(receiver.recv_bytes_into(&mut buffer[1..]).unwrap(), 4);
    assert_eq!(&buffer, b"\0abcd\0");
    let Err(RecvIntoError::TooShort(message)) = receiver.recv_bytes_into(&mut buffer[..3]) else {
        panic!("too short");
    };
    assert_eq!(message, b"efgh");
}

/// Rows M-52, M-58: the ends of things.
#[test]
fn m58_ends() {
    let _alone = alone();
    let (receiver, sender) = one_way().unwrap();
    sender.send(&1_u8).unwrap();
    drop(sender);
    assert_eq!(receiver.recv::<u8>().unwrap(), 1);
    for _ in 0..2 {
        assert!(matches!(receiver.recv::<u8>(), Err(RecvError::Closed)));
    }
    assert!(receiver.poll(Duration::ZERO).unwrap());
    let (receiver, sender) = one_way().unwrap();
    drop(receiver);
    assert!(matches!(sender.send(&1), Err(SendError::Closed)));

    let raw = |bytes: &[u8]| {
        let (mut raw, there) = UnixStream::pair().unwrap();
        raw.write_all(bytes).unwrap();
        Connection::new(there).unwrap()
    };
    assert!(matches!(raw(b"\0\0").recv_bytes(), Err(RecvError::Cut)));
    assert!(matches!(
        raw(b"\0\0\0\x05ab").recv_bytes(),
        Err(RecvError::Cut)
    ));
    assert!(matches!(
        raw(b"\xff\xff\xff\xfe").recv_bytes(),
        Err(RecvError::Garbage(-2))
    ));
    let connection = raw(b"\x7f\xff\xff\xff");
    for _ in 0..2 {
        let error = connection.recv_bytes();
        assert!(matches!(
            error,
            Err(RecvError::TooLong {
                length: 0x7fff_ffff,
                limit: 0x4000_0000
            })
        ));
    }
    let connection = raw(b"\0\0\0\x05abcde");
    connection.set_limit(5);
    assert!(matches!(
        connection.recv_bytes_max(4),
        Err(RecvError::TooLong {
            length: 5,
            limit: 4
        })
    ));
    // Announced, and never sent: no memory for it.
    assert!(matches!(
        raw(b"\x3f\xff\xff\xffx").try_recv_bytes(),
        Err(TryRecvError::Failed(RecvError::Cut))
    ));
}

/// A message that is no value of the type is gone, and the next one is not.
#[test]
fn wrong_types() {
    let _alone = alone();
    let (receiver, sender) = one_way().unwrap();
    sender.send(&300_u32).unwrap();
    sender.send_bytes(b"").unwrap();
    sender.send_bytes(b"\x07abc").unwrap();
    sender.send("fine").unwrap();
    assert!(matches!(
        receiver.recv::<bool>(),
        Err(RecvError::Unpack(UnpackError::Codec(_)))
    ));
    assert!(matches!(
        receiver.recv::<()>(),
        Err(RecvError::Unpack(UnpackError::Codec(_)))
    ));
    let error = receiver.recv::<()>();
    assert!(matches!(
        error,
        Err(RecvError::Unpack(UnpackError::Descriptors {
            announced: 7,
            came: 0
        }))
    ));
    assert_eq!(receiver.recv::<String>().unwrap(), "fine");
}

/// Limits of time lose nothing, whatever part of a message has come.
#[test]
fn limits_of_receiving() {
    let _alone = alone();
    let (mut raw, there) = UnixStream::pair().unwrap();
    let there = Connection::new(there).unwrap();
    assert!(!there.poll(Duration::ZERO).unwrap());
    assert!(matches!(there.try_recv_bytes(), Err(TryRecvError::Empty)));
    for byte in b"\0\0\0\x03ab" {
        raw.write_all(&[*byte]).unwrap();
        assert!(there.poll(Duration::MAX).unwrap());
        let start = Instant::now();
        let late = there.recv_bytes_timeout(ms(2));
        assert!(matches!(late, Err(RecvTimeoutError::TimedOut)));
        assert!(start.elapsed() >= ms(2));
        assert!(matches!(
            there.recv_bytes_deadline(start),
            Err(RecvTimeoutError::TimedOut)
        ));
        let mut future = std::pin::pin!(there.recv_bytes_async());
        assert!(poll_once(future.as_mut()).is_pending());
    }
    assert!(!there.poll(ms(1)).unwrap());
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(ms(5));
            (&raw).write_all(b"c").unwrap();
        });
        assert_eq!(block_on(there.recv_bytes_async()).unwrap(), b"abc");
    });
    raw.write_all(b"\0\0\0\x02\0\x05").unwrap();
    assert_eq!(there.recv_timeout::<u8>(Duration::MAX).unwrap(), 5);
}

/// Rows M-29, M-59: what was received before somebody gave up comes first, also into a buffer.
#[test]
fn m59_the_rest_of_a_message() {
    let _alone = alone();
    let (mut raw, there) = UnixStream::pair().unwrap();
    let there = Connection::new(there).unwrap();
    let late = || there.recv_bytes_timeout(ms(1));
    let body: Vec<u8> = (0..200_000_u32).map(|n| (n % 241) as u8).collect();
    let header = 200_000_u32.to_be_bytes();
    let whole = [&header[..], &body].concat();
    for (first, room) in [2, 4, 5, 100_000]
        .iter()
        .flat_map(|first| [(first, 200_000), (first, 300_000), (first, 199_999)])
    {
        let (before, after) = whole.split_at(*first);
        raw.write_all(before).unwrap();
        assert!(matches!(late(), Err(RecvTimeoutError::TimedOut)));
        let mut buffer = vec![9; room];
        let outcome = thread::scope(|scope| {
            scope.spawn(|| {
                for piece in after.chunks(70_000) {
                    thread::sleep(ms(1));
                    (&raw).write_all(piece).unwrap();
                }
            });
            there.recv_bytes_into(&mut buffer)
        });
        match outcome {
            Ok(length) => {
                assert_eq!(length, body.len());
                assert!(buffer[..length] == body && buffer[length..].iter().all(|&it| it == 9));
            }
            Err(RecvIntoError::TooShort(message)) => {
                assert!(room < body.len() && message == body);
                assert!(buffer.iter().all(|&it| it == 9));
            }
            Err(error) => panic!("{error}"),
        }
    }
    // The end comes in the middle.
    raw.write_all(&whole[..1000]).unwrap();
    drop(raw);
    let mut buffer = vec![0; 200_000];
    for _ in 0..2 {
        assert!(matches!(
            there.recv_bytes_into(&mut buffer),
            Err(RecvIntoError::Failed(RecvError::Cut))
        ));
    }
}

/// The same in the forms that give up: what has come stays, though it lay in a buffer that is gone, and the next receiver gets it, by whatever form.
#[test]
fn m59_forms() {
    let _alone = alone();
    let (mut raw, there) = UnixStream::pair().unwrap();
    let there = Connection::new(there).unwrap();
    let message: Vec<u8> = (0..100).collect();
    let whole = [&100_u32.to_be_bytes()[..], &message].concat();
    // Gives up by one form, with or without room, after so many bytes.
    let give_up = |form: usize, room: usize| {
        let mut buffer = vec![0; room];
        match form {
            0 => assert!(matches!(
                there.try_recv_bytes_into(&mut buffer),
                Err(TryRecvIntoError::Empty)
            )),
            1 => assert!(matches!(
                there.recv_bytes_into_timeout(&mut buffer, ms(1)),
                Err(RecvIntoTimeoutError::TimedOut)
            )),
            2 => assert!(matches!(
                there.recv_bytes_into_deadline(&mut buffer, Instant::now()),
                Err(RecvIntoTimeoutError::TimedOut)
            )),
            _ => {
                let mut future = Box::pin(there.recv_bytes_into_async(&mut buffer));
                assert!(poll_once(future.as_mut()).is_pending());
            }
        }
        // Whoever had the memory may write to it.
        buffer.fill(255);
    };
    let mut seen = 0;
    for first in [0, 3, 4, 5, 50, 103] {
        for room in [100, 120, 99] {
            for form in 0..4 {
                let (before, after) = whole.split_at(first);
                raw.write_all(before).unwrap();
                give_up(form, room);
                give_up((form + first) % 4, 100);
                raw.write_all(after).unwrap();
                let mut buffer = vec![7; room];
                let outcome = match form {
                    0 => there.try_recv_bytes_into(&mut buffer).map_err(|error| {
                        assert!(matches!(&error, TryRecvIntoError::TooShort(it) if *it == message));
                    }),
                    1 => there
                        .recv_bytes_into_timeout(&mut buffer, Duration::MAX)
                        .map_err(|error| {
                            assert!(
                                matches!(&error, RecvIntoTimeoutError::TooShort(it) if *it == message)
                            );
                        }),
                    2 => there
                        .recv_bytes_into_deadline(&mut buffer, Instant::now())
                        .map_err(|error| {
                            assert!(
                                matches!(&error, RecvIntoTimeoutError::TooShort(it) if *it == message)
                            );
                        }),
                    _ => block_on(there.recv_bytes_into_async(&mut buffer)).map_err(|error| {
                        assert!(matches!(&error, RecvIntoError::TooShort(it) if *it == message));
                    }),
                };
                match outcome {
                    Ok(length) => {
                        assert!(length == 100 && room >= 100 && buffer[..100] == message);
                        assert!(buffer[100..].iter().all(|&it| it == 7));
                    }
                    Err(()) => assert!(room < 100 && buffer.iter().all(|&it| it == 7)),
                }
                seen += 1;
            }
        }
    }
    assert_eq!(seen, 72);
    // An empty one, and the end.
    raw.write_all(&[0; 4]).unwrap();
    assert_eq!(there.try_recv_bytes_into(&mut []).unwrap(), 0);
    drop(raw);
    let mut buffer = [0; 4];
    assert!(matches!(
        block_on(there.recv_bytes_into_async(&mut buffer)),
        Err(RecvIntoError::Failed(RecvError::Closed))
    ));
    assert!(matches!(
        there.try_recv_bytes_into(&mut buffer),
        Err(TryRecvIntoError::Failed(RecvError::Closed))
    ));
}

/// The mode of a socket is everybody's who has it: in either, calls wait as long as they say.
#[test]
fn whatever_the_mode() {
    let _alone = alone();
    let large: Vec<u8> = (0..2_000_000_u32).map(|n| (n % 239) as u8).collect();
    for never_blocks in [false, true] {
        let (one, other) = UnixStream::pair().unwrap();
        one.set_nonblocking(never_blocks).unwrap();
        other.set_nonblocking(never_blocks).unwrap();
        let (one, other) = (
            Connection::new(one).unwrap(),
            Connection::new(other).unwrap(),
        );
        assert!(matches!(one.try_recv_bytes(), Err(TryRecvError::Empty)));
        let start = Instant::now();
        assert!(matches!(
            one.recv_bytes_timeout(ms(5)),
            Err(RecvTimeoutError::TimedOut)
        ));
        assert!(start.elapsed() >= ms(5));
        thread::scope(|scope| {
            scope.spawn(|| {
                thread::sleep(ms(5));
                one.send_bytes(b"small").unwrap();
                thread::sleep(ms(5));
                one.send_bytes(&large).unwrap();
                one.send_bytes(&large).unwrap();
                one.send_bytes_timeout(&large, Duration::MAX).unwrap();
            });
            assert_eq!(other.recv_bytes().unwrap(), b"small");
            let mut buffer = vec![0; large.len()];
            assert_eq!(other.recv_bytes_into(&mut buffer).unwrap(), large.len());
            assert!(buffer == large);
            assert!(other.recv_bytes().unwrap() == large);
            assert!(other.recv_bytes_timeout(Duration::MAX).unwrap() == large);
        });
        // Nobody takes it, and then nobody can.
        thread::scope(|scope| {
            let sent = scope.spawn(|| one.send_bytes(&large));
            thread::sleep(ms(5));
            drop(other);
            assert!(matches!(sent.join().unwrap(), Err(SendError::Closed)));
        });
    }
}

/// A message that has begun goes in full, whoever gives up.
#[test]
fn limits_of_sending() {
    let _alone = alone();
    let (one, other) = pipe().unwrap();
    let large = vec![7_u8; 4_000_000];
    assert!(matches!(
        one.send_bytes_timeout(&large, ms(3)),
        Err(SendTimeoutError::Unfinished)
    ));
    let early = Instant::now();
    assert!(matches!(
        one.try_send(&1_u8),
        Err(SendTimeoutError::TimedOut)
    ));
    assert!(matches!(
        one.send_deadline(&1_u8, early),
        Err(SendTimeoutError::TimedOut)
    ));
    {
        let mut future = std::pin::pin!(one.send_async("async"));
        assert!(poll_once(future.as_mut()).is_pending());
    }
    thread::scope(|scope| {
        scope.spawn(|| {
            one.send_bytes(b"next").unwrap();
            one.flush().unwrap();
            block_on(one.send_async("async")).unwrap();
        });
        assert!(other.recv_bytes().unwrap() == large);
        assert_eq!(other.recv_bytes().unwrap(), b"next");
        assert_eq!(other.recv::<String>().unwrap(), "async");
    });
    // A future that is dropped in the middle.
    {
        let mut future = std::pin::pin!(one.send_bytes_async(&large));
        assert!(poll_once(future.as_mut()).is_pending());
    }
    thread::scope(|scope| {
        scope.spawn(|| one.flush().unwrap());
        assert!(other.recv_bytes().unwrap() == large);
    });
    // The other direction was not held up.
    other.send(&()).unwrap();
    one.recv::<()>().unwrap();
}

/// Row M-62: descriptors and connections over connections; more than the kernel takes at a time.
#[test]
fn m62_descriptors() {
    let _alone = alone();
    let (one, other) = pipe().unwrap();
    let (inner, its_end) = pipe().unwrap();
    let (receiver, sender) = one_way().unwrap();
    one.send(&(its_end, sender, "with love")).unwrap();
    let (its_end, sender, text): (Connection, Sender, String) = other.recv().unwrap();
    assert_eq!(text, "with love");
    its_end.send("through both").unwrap();
    assert_eq!(inner.recv::<String>().unwrap(), "through both");
    sender.send(&7).unwrap();
    assert_eq!(receiver.recv::<i32>().unwrap(), 7);

    for count in [253, 254, 600] {
        let (mut reader, writer) = std::io::pipe().unwrap();
        let fd = Fd::from(writer);
        let many: Vec<Fd> = (0..count).map(|_| fd.clone()).collect();
        let expected = open_fds().len() + count;
        thread::scope(|scope| {
            scope.spawn(|| one.send(&many).unwrap());
            let got: Vec<Fd> = other.recv().unwrap();
            assert_eq!(got.len(), count);
            assert_eq!(open_fds().len(), expected);
            let last = got
                .into_iter()
                .last()
                .and_then(|fd| fd.try_into_owned().ok())
                .unwrap();
            std::fs::File::from(last).write_all(b"x").unwrap();
        });
        drop((many, fd));
        let mut said = String::new();
        reader.read_to_string(&mut said).unwrap();
        assert_eq!(said, "x");
    }
    // Too many for this receiver; those that came are closed.
    let fd = Fd::from(std::io::pipe().unwrap().0);
    let before = open_fds().len();
    let many: Vec<Fd> = (0..2_000).map(|_| fd.clone()).collect();
    thread::scope(|scope| {
        let sent = scope.spawn(move || one.send(&many));
        assert!(matches!(
            other.recv::<Vec<Fd>>(),
            Err(RecvError::Descriptors)
        ));
        drop(other);
        let _ = sent.join().unwrap();
    });
    assert!(open_fds().len() < before);
}

/// Descriptors that nobody asked for are closed; what is under way does not travel.
#[test]
fn unexpected_descriptors() {
    let _alone = alone();
    let (one, other) = pipe().unwrap();
    let fd = Fd::from(std::io::pipe().unwrap().0);
    let before = open_fds().len();
    one.send(&fd).unwrap();
    assert_eq!(other.recv_bytes().unwrap(), [1, 0]);
    assert_eq!(open_fds().len(), before);
    one.send(&(fd, 3)).unwrap();
    assert!(other.recv::<(u8, u8)>().is_ok());
    assert_eq!(open_fds().len(), before - 1);

    let (mut raw, there) = UnixStream::pair().unwrap();
    let there = Connection::new(there).unwrap();
    raw.write_all(b"\0").unwrap();
    assert!(there.try_recv_bytes().is_err());
    assert!(matches!(one.send(&there), Err(SendError::Pack(_))));
    let (tcp, _peer) = tcp();
    assert!(matches!(
        tcp.send(&there),
        Err(SendError::Pack(_) | SendError::Descriptors)
    ));
    let fresh = one_way().unwrap().0;
    assert!(matches!(tcp.send(&fresh), Err(SendError::Descriptors)));
}

fn tcp() -> (Connection, Connection) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let one = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (other, _) = listener.accept().unwrap();
    (
        Connection::new(one).unwrap(),
        Connection::new(other).unwrap(),
    )
}

/// Row M-49: several threads at both ends; messages stay whole.
#[test]
fn many_threads() {
    const EACH: usize = 200;
    let _alone = alone();
    for (one, other) in [pipe().unwrap(), tcp()] {
        let total = thread::scope(|scope| {
            for n in 1..=3_u8 {
                let one = &one;
                scope.spawn(move || {
                    for i in 0..EACH {
                        one.send_bytes(&vec![n; i * 37]).unwrap();
                    }
                });
            }
            let receivers: Vec<_> = (0..3)
                .map(|_| {
                    scope.spawn(|| {
                        let mut sum = 0;
                        for _ in 0..EACH {
                            let bytes = other.recv_bytes().unwrap();
                            assert!(bytes.windows(2).all(|pair| pair[0] == pair[1]));
                            assert!(bytes.len().is_multiple_of(37));
                            sum += bytes.len();
                        }
                        sum
                    })
                })
                .collect();
            receivers
                .into_iter()
                .map(|it| it.join().unwrap())
                .sum::<usize>()
        });
        assert_eq!(total, 3 * 37 * (EACH * (EACH - 1) / 2));
    }
}

/// Row M-65: a peer that is killed in the middle of a message.
#[test]
fn m65_killed_peer() {
    fn talk(there: Sender) {
        loop {
            there.send_bytes(&[1; 100_000]).unwrap();
        }
    }
    let _alone = alone();
    for _ in 0..5 {
        let (receiver, sender) = one_way().unwrap();
        let child = spawn(talk, sender).unwrap();
        assert_eq!(receiver.recv_bytes().unwrap().len(), 100_000);
        child.kill().unwrap();
        let end = loop {
            match receiver.recv_bytes() {
                Ok(bytes) => assert_eq!(bytes.len(), 100_000),
                Err(end) => break end,
            }
        };
        assert!(matches!(end, RecvError::Cut | RecvError::Closed));
        assert!(child.join().is_err());
    }
}

/// Row M-53; a connection is a descriptor like others, and can be had back as one.
#[test]
fn m53_descriptor() {
    let _alone = alone();
    let (one, other) = pipe().unwrap();
    assert!(one.as_fd().as_raw_fd() > 2);
    let (receiver, sender) = one.split();
    let (there, back): (Receiver, Sender) = other.split();
    sender.send(&1).unwrap();
    back.send(&2).unwrap();
    assert_eq!(
        (
            there.recv::<i32>().unwrap(),
            receiver.recv::<i32>().unwrap()
        ),
        (1, 2)
    );
    drop(sender);
    drop(receiver);
    assert!(matches!(there.recv::<i32>(), Err(RecvError::Closed)));
    assert!(Connection::new(OwnedFd::from(std::io::pipe().unwrap().0)).is_err());
}
