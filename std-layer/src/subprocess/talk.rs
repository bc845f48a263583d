//! The state of a conversation between two calls.

use std::ops::{Deref, DerefMut};

use super::CommunicateError;
use super::exchange::Exchange;
use super::popen::Streams;
use crate::threading::Mutex;

/// See above.
#[derive(Default)]
pub(super) enum Talk {
    /// Nobody has begun one.
    #[default]
    Silent,
    /// It was begun, and its last call ended early.
    Paused(Box<Exchange>),
    /// Somebody has it.
    Busy,
    /// Its result is handed out.
    Over,
}

/// The conversation of one call, which goes back when the call ends early or its future is dropped.
pub(super) struct Turn<'a> {
    talk: &'a Mutex<Talk>,
    exchange: Option<Box<Exchange>>,
}

impl<'a> Turn<'a> {
    /// Begins the conversation with this input, or goes on with it. `begin` is for the first one: the pipes, and what is to be written before that input.
    pub(super) fn take(
        talk: &'a Mutex<Talk>,
        begin: impl FnOnce() -> (Streams, Vec<u8>),
        input: Vec<u8>,
    ) -> Result<Self, CommunicateError> {
        let mut state = talk.lock();
        let exchange = match &*state {
            Talk::Silent => {
                let (streams, mut before) = begin();
                let input = if before.is_empty() {
                    input
                } else {
                    before.extend(input);
                    before
                };
                Box::new(Exchange::new(streams, input)?)
            }
            Talk::Paused(_) if !input.is_empty() => return Err(CommunicateError::InputAfterStart),
            Talk::Paused(_) => match std::mem::replace(&mut *state, Talk::Busy) {
                Talk::Paused(exchange) => exchange,
                _ => return Err(CommunicateError::Busy),
            },
            Talk::Busy => return Err(CommunicateError::Busy),
            Talk::Over => return Err(CommunicateError::Finished),
        };
        *state = Talk::Busy;
        drop(state);
        Ok(Self {
            talk,
            exchange: Some(exchange),
        })
    }

    /// The conversation is over: what was read.
    pub(super) fn end(mut self) -> [Option<Vec<u8>>; 2] {
        let exchange = self.exchange.take();
        *self.talk.lock() = Talk::Over;
        exchange.map_or([None, None], |exchange| exchange.into_data())
    }
}

impl Deref for Turn<'_> {
    type Target = Exchange;

    fn deref(&self) -> &Exchange {
        self.exchange.as_ref().expect("taken at the end only")
    }
}

impl DerefMut for Turn<'_> {
    fn deref_mut(&mut self) -> &mut Exchange {
        self.exchange.as_mut().expect("taken at the end only")
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Some(exchange) = self.exchange.take() {
            *self.talk.lock() = Talk::Paused(exchange);
        }
    }
}
