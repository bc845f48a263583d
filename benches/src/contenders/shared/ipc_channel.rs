//! `ipc-channel`: its channels for bytes, which do not serialize.

use ipc_channel::ipc::{self, IpcBytesReceiver, IpcBytesSender, IpcOneShotServer, IpcSender};

use crate::contender::names;
use crate::contender::shared::Wire;

type Ends = (IpcBytesSender, IpcBytesReceiver);

pub(crate) struct Bytes {
    server: Option<IpcOneShotServer<Ends>>,
    ends: Option<Ends>,
}

names!(Bytes = "ipc-channel");

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
