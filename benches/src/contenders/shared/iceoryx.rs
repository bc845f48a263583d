//! `iceoryx2`: samples in shared memory, and events that wake who waits for one. Bytes are copied into a sample and out of it, as into and out of any other wire.

use std::process::id;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;

use iceoryx2::port::listener::Listener;
use iceoryx2::port::notifier::Notifier;
use iceoryx2::port::publisher::Publisher;
use iceoryx2::port::subscriber::Subscriber;
use iceoryx2::prelude::{
    LogLevel, Node, NodeBuilder, PortFactory as _, ServiceName, ipc::Service, set_log_level,
};
use iceoryx2::service::port_factory::{event, publish_subscribe};

use crate::contender::names;
use crate::contender::shared::Wire;

/// One direction.
struct Services {
    samples: publish_subscribe::PortFactory<Service, [u8], ()>,
    events: event::PortFactory<Service>,
}

struct Out {
    publisher: Publisher<Service, [u8], ()>,
    notifier: Notifier<Service>,
}

struct In {
    subscriber: Subscriber<Service, [u8], ()>,
    listener: Listener<Service>,
}

pub(crate) struct Samples {
    there: Services,
    back: In,
    /// None before the first trip, which says how large messages are.
    out: Option<Out>,
    /// Goes last: the others are its own.
    _node: Node<Service>,
}

names!(Samples = "iceoryx2");

fn node() -> Node<Service> {
    set_log_level(LogLevel::Fatal);
    NodeBuilder::new().create().expect("there is room")
}

impl Services {
    fn new(node: &Node<Service>, name: &str, direction: &str) -> Self {
        let name = format!("{name}/{direction}");
        let name = ServiceName::new(&name).expect("it is a name");
        let samples = node.service_builder(&name).publish_subscribe::<[u8]>();
        let events = node.service_builder(&name).event();
        Self {
            samples: samples.open_or_create().expect("there is room"),
            events: events.open_or_create().expect("there is room"),
        }
    }

    fn send(&self, size: usize) -> Out {
        let publisher = self.samples.publisher_builder();
        let publisher = publisher.initial_max_slice_len(size).create();
        Out {
            publisher: publisher.expect("there is room"),
            notifier: self
                .events
                .notifier_builder()
                .create()
                .expect("there is room"),
        }
    }

    fn receive(&self) -> In {
        let subscriber = self.samples.subscriber_builder().create();
        let listener = self.events.listener_builder().create();
        In {
            subscriber: subscriber.expect("there is room"),
            listener: listener.expect("there is room"),
        }
    }

    /// Waits until somebody receives: who comes later gets nothing of what was sent before.
    fn wait(&self) {
        while self.samples.dynamic_config().number_of_subscribers() == 0
            || self.events.dynamic_config().number_of_listeners() == 0
        {
            thread::yield_now();
        }
    }
}

impl Out {
    fn send(&self, bytes: &[u8]) {
        let sample = self.publisher.loan_slice_uninit(bytes.len());
        let sample = sample.expect("there is room").write_from_slice(bytes);
        sample.send().expect("it goes");
        self.notifier.notify().expect("it goes");
    }
}

impl In {
    fn receive(&self, take: impl FnOnce(&[u8])) {
        loop {
            if let Some(sample) = self.subscriber.receive().expect("it comes") {
                return take(sample.payload());
            }
            self.listener.blocking_wait(|_| {}).expect("it comes");
        }
    }
}

impl Wire for Samples {
    type Far = String;

    fn pair() -> (Self, String) {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let name = format!("selvedge-bench-{}-{}", id(), COUNT.fetch_add(1, Relaxed));
        let node = node();
        let near = Self {
            there: Services::new(&node, &name, "there"),
            back: Services::new(&node, &name, "back").receive(),
            out: None,
            _node: node,
        };
        (near, name)
    }

    fn echo(far: String, messages: u64, size: usize) {
        let node = node();
        let back = Services::new(&node, &far, "back");
        let out = back.send(size);
        let there = Services::new(&node, &far, "there").receive();
        for _ in 0..messages {
            there.receive(|bytes| out.send(bytes));
        }
    }

    fn trip(&mut self, message: &[u8], back: &mut Vec<u8>) {
        let out = self.out.get_or_insert_with(|| {
            let out = self.there.send(message.len());
            self.there.wait();
            out
        });
        out.send(message);
        self.back.receive(|bytes| back.copy_from_slice(bytes));
    }
}
