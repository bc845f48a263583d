//! A connection whose other end sends anything, with descriptors or without, in pieces: each way of receiving ends with a value or an error, no more comes after the last error, no message is longer than allowed, and all descriptors that came are closed.
#![no_main]

use std::io::IoSlice;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
use selvedge::multiprocessing::Fd;
use selvedge::multiprocessing::connection::{
    Connection, Receiver, RecvError, RecvIntoError, TryRecvError, TryRecvIntoError,
};
use selvedge::multiprocessing::shared_memory::SharedMemory;

const LIMIT: u64 = 4096;
/// Less than a socket holds, with what each piece costs beside its bytes.
const PIECES: usize = 40;

#[derive(Arbitrary, Debug)]
enum Piece {
    /// Anything.
    Raw(Vec<u8>),
    /// A message with descriptors, and how many it says.
    Message { body: Vec<u8>, fds: u8, said: u8 },
    /// The length of a message that may not come.
    Length(u32),
}

#[derive(Arbitrary, Debug, Clone, Copy)]
enum Call {
    Bytes,
    TryBytes,
    Into(u8),
    TryInto(u8),
    Text,
    Numbers,
    Deep,
    Descriptor,
    Descriptors,
    Receiver,
    Memory,
    Deadline,
}

#[derive(Arbitrary, Debug)]
struct Input {
    pieces: Vec<Piece>,
    calls: Vec<Call>,
}

fn send(to: &UnixStream, bytes: &[u8], fds: &[BorrowedFd<'_>]) {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(8))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    assert!(fds.is_empty() || control.push(SendAncillaryMessage::ScmRights(fds)));
    let flags = SendFlags::NOSIGNAL | SendFlags::DONTWAIT;
    // What has no room is cut off.
    let _ = sendmsg(to, &[IoSlice::new(bytes)], &mut control, flags);
}

/// Nothing more can be received after these.
fn is_last(error: &RecvError) -> bool {
    !matches!(error, RecvError::Unpack(_))
}

/// False after the last message.
fn call(connection: &Connection, call: Call) -> bool {
    let mut buffer = [1; 256];
    let outcome = match call {
        Call::Bytes => connection.recv_bytes().map(drop),
        Call::TryBytes => match connection.try_recv_bytes() {
            Ok(bytes) => {
                assert!(bytes.len() as u64 <= LIMIT);
                Ok(())
            }
            Err(TryRecvError::Empty) => panic!("the end has come"),
            Err(TryRecvError::Failed(error)) => Err(error),
        },
        Call::Into(room) => match connection.recv_bytes_into(&mut buffer[..room.into()]) {
            Ok(length) => {
                assert!(length <= room.into() && buffer[length..].iter().all(|byte| *byte == 1));
                Ok(())
            }
            Err(RecvIntoError::TooShort(message)) => {
                assert!(message.len() > room.into() && message.len() as u64 <= LIMIT);
                Ok(())
            }
            Err(RecvIntoError::Failed(error)) => Err(error),
            Err(_) => unreachable!("there are no others"),
        },
        Call::TryInto(room) => match connection.try_recv_bytes_into(&mut buffer[..room.into()]) {
            Ok(length) => {
                assert!(length <= room.into());
                Ok(())
            }
            Err(TryRecvIntoError::TooShort(message)) => {
                assert!(message.len() > room.into());
                Ok(())
            }
            Err(TryRecvIntoError::Failed(error)) => Err(error),
            Err(_) => panic!("the end has come"),
        },
        Call::Text => connection.recv::<String>().map(drop),
        Call::Numbers => connection.recv::<(u64, i8, Vec<f32>)>().map(drop),
        Call::Deep => {
            let value = connection.recv::<Vec<Option<Result<Box<str>, [u16; 3]>>>>();
            value.map(drop)
        }
        Call::Descriptor => connection.recv::<Fd>().map(drop),
        Call::Descriptors => connection.recv::<(Vec<Fd>, u8)>().map(drop),
        Call::Receiver => connection.recv::<Receiver>().map(drop),
        Call::Memory => connection.recv::<SharedMemory>().map(drop),
        Call::Deadline => match connection.recv_bytes_deadline(Instant::now()) {
            Ok(_) => Ok(()),
            Err(selvedge::multiprocessing::connection::RecvTimeoutError::Failed(error)) => {
                Err(error)
            }
            Err(_) => panic!("the end has come"),
        },
    };
    !outcome.is_err_and(|error| is_last(&error))
}

fn open() -> usize {
    std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}

fuzz_target!(|input: Input| {
    let before = open();
    let (there, here) = UnixStream::pair().expect("there is room");
    let connection = Connection::new(here).expect("a socket");
    connection.set_limit(LIMIT);
    let memory = SharedMemory::anonymous(64).expect("there is room");
    // Not the other end itself: half a message that holds it would keep it open.
    let (spare, other) = UnixStream::pair().expect("there is room");
    let several = [spare.as_fd(), memory.as_fd()];
    let fds: Vec<_> = several.into_iter().cycle().take(8).collect();
    for piece in input.pieces.iter().take(PIECES) {
        match piece {
            Piece::Raw(bytes) => send(&there, &bytes[..bytes.len().min(2000)], &[]),
            Piece::Message {
                body,
                fds: count,
                said,
            } => {
                let body = &body[..body.len().min(2000)];
                let length = u32::try_from(body.len() + 1).unwrap_or_default();
                let message = [&length.to_be_bytes()[..], &[said % 16], body].concat();
                send(&there, &message, &fds[..usize::from(count % 9)]);
            }
            Piece::Length(length) => send(&there, &length.to_be_bytes(), &[]),
        }
    }
    drop(there);
    let goes_on = input.calls.iter().all(|it| call(&connection, *it));
    if goes_on {
        let mut messages = 0;
        while call(&connection, Call::Bytes) {
            messages += 1;
            assert!(messages < 100_000);
        }
    }
    assert!(
        !call(&connection, Call::Bytes) && !call(&connection, Call::Text),
        "it stays at that"
    );
    assert!(connection.poll(Duration::ZERO).is_ok());
    drop((connection, memory, spare, other));
    assert_eq!(open(), before);
});
