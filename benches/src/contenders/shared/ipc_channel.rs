//! `ipc-channel`: its channels for bytes, which do not serialize, and its shared memory.

use std::hint::black_box;

use ipc_channel::ipc::{
    self, IpcBytesReceiver, IpcBytesSender, IpcOneShotServer, IpcReceiver, IpcSender,
    IpcSharedMemory,
};

use crate::contender::names;
use crate::contender::shared::{Hands, Wire};

type Ends = (IpcBytesSender, IpcBytesReceiver);

pub(crate) struct Bytes {
    server: Option<IpcOneShotServer<Ends>>,
    ends: Option<Ends>,
}

type Memories = (IpcSender<IpcSharedMemory>, IpcReceiver<IpcSharedMemory>);

pub(crate) struct Segments {
    server: Option<IpcOneShotServer<Memories>>,
    ends: Option<Memories>,
    memory: IpcSharedMemory,
}

names!(Bytes = "ipc-channel", Segments = "ipc-channel");

impl Wire for Bytes {
    type Far = String;

    fn pair() -> (Self, String) {
        let (server, name) = IpcOneShotServer::new().expect("there is room");
        let near = Self {
            server: Some(server),
            ends: None,
        };
        (near, name)
    }

    fn echo(far: String, messages: u64, _: usize) {
        let first = IpcSender::connect(far).expect("it is there");
        let (to_here, from_there) = ipc::bytes_channel().expect("there is room");
        let (to_there, from_here) = ipc::bytes_channel().expect("there is room");
        first.send((to_here, from_here)).expect("it goes");
        for _ in 0..messages {
            let bytes = from_there.recv().expect("it comes");
            to_there.send(&bytes).expect("it goes");
        }
    }

    fn trip(&mut self, message: &[u8], back: &mut Vec<u8>) {
        let server = &mut self.server;
        let (sender, receiver) = self.ends.get_or_insert_with(|| {
            let server = server.take().expect("it waits");
            server.accept().expect("it comes").1
        });
        sender.send(message).expect("it goes");
        *back = receiver.recv().expect("it comes");
    }
}

impl Hands for Segments {
    type Far = String;

    fn pair(bytes: &[u8]) -> (Self, String) {
        let (server, name) = IpcOneShotServer::new().expect("there is room");
        let near = Self {
            server: Some(server),
            ends: None,
            memory: IpcSharedMemory::from_bytes(bytes),
        };
        (near, name)
    }

    fn echo(far: String, times: u64) {
        let first = IpcSender::connect(far).expect("it is there");
        let (to_here, from_there) = ipc::channel::<IpcSharedMemory>().expect("there is room");
        let (to_there, from_here) = ipc::channel().expect("there is room");
        first.send((to_here, from_here)).expect("it goes");
        for _ in 0..times {
            let memory = from_there.recv().expect("it comes");
            black_box(memory[memory.len() - 1]);
            to_there.send(memory).expect("it goes");
        }
    }

    fn trip(&mut self) {
        let server = &mut self.server;
        let (sender, receiver) = self.ends.get_or_insert_with(|| {
            let server = server.take().expect("it waits");
            server.accept().expect("it comes").1
        });
        sender.send(self.memory.clone()).expect("it goes");
        self.memory = receiver.recv().expect("it comes");
    }

    fn has(&self, bytes: &[u8]) -> bool {
        *self.memory == *bytes
    }
}
