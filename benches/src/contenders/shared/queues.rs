//! `selvedge::multiprocessing::queues`: two queues, one each way.

use selvedge::multiprocessing::queues::{PlainQueue, Queue};
use serde::{Deserialize, Serialize};

use crate::contender::shared::Wire;
use crate::contender::{Role, names};

/// A message that fits into the row's.
type Small = [u64; 8];

#[derive(Serialize, Deserialize)]
pub(crate) struct Messages {
    there: Queue<Vec<u8>>,
    back: Queue<Vec<u8>>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct PlainMessages {
    there: PlainQueue<Small>,
    back: PlainQueue<Small>,
}

names!(Role::Ours =>
    Messages = "selvedge",
    PlainMessages = "selvedge, plain"
);

impl Wire for Messages {
    type Far = Self;

    fn pair() -> (Self, Self) {
        let [there, back] = [(); 2].map(|()| Queue::new(16).expect("there is room"));
        let far = Self {
            there: there.clone(),
            back: back.clone(),
        };
        (Self { there, back }, far)
    }

    fn echo(far: Self, messages: u64, _: usize) {
        for _ in 0..messages {
            let message = far.there.get().expect("it comes");
            far.back.put(message).expect("it goes");
        }
    }

    fn trip(&mut self, message: &[u8], back: &mut Vec<u8>) {
        self.there.put(message.to_vec()).expect("it goes");
        *back = self.back.get().expect("it comes");
    }
}

impl Wire for PlainMessages {
    type Far = Self;

    fn pair() -> (Self, Self) {
        let [there, back] = [(); 2].map(|()| PlainQueue::plain(16).expect("there is room"));
        let far = Self {
            there: there.clone(),
            back: back.clone(),
        };
        (Self { there, back }, far)
    }

    fn echo(far: Self, messages: u64, _: usize) {
        for _ in 0..messages {
            let message = far.there.get().expect("it comes");
            far.back.put(message).expect("it goes");
        }
    }

    fn trip(&mut self, message: &[u8], back: &mut Vec<u8>) {
        let mut words = Small::default();
        for (word, bytes) in words.iter_mut().zip(message.chunks_exact(8)) {
            *word = u64::from_ne_bytes(bytes.try_into().expect("eight"));
        }
        self.there.put(words).expect("it goes");
        let words = self.back.get().expect("it comes");
        for (word, bytes) in words.iter().zip(back.chunks_exact_mut(8)) {
            bytes.copy_from_slice(&word.to_ne_bytes());
        }
    }
}
