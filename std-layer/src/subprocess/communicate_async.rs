//! A conversation as a future.

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll};
use std::time::Duration;

use super::communicate::{Conversation, complete, early};
use super::exchange::{Exchange, Outcome, Served, Terms};
use super::reactor::{self, Token};
use super::talk::Turn;
use super::{CommunicateError, CompletedProcess};

/// Reads and writes of one poll, after which other tasks have their turn.
const ROUNDS: usize = 64;

impl Conversation<'_> {
    /// As [`Popen::communicate_async`](super::Popen::communicate_async).
    ///
    /// # Cancel safety
    ///
    /// A dropped future loses nothing: another call takes the conversation up, without input.
    ///
    /// # Errors
    ///
    /// As [`Popen::communicate`](super::Popen::communicate), and if the system has no thread or descriptor for the one that waits.
    pub async fn run_async(mut self) -> Result<CompletedProcess, CommunicateError> {
        let mut turn = Turn::take(self.popen, std::mem::take(&mut self.input))?;
        turn.never_block()?;
        let terms = &mut self.terms;
        let mut registered = Registered {
            tokens: [None; 3],
            exchange: &mut turn,
        };
        let outcome = poll_fn(|context| registered.poll(terms, context)).await?;
        drop(registered);
        if outcome == Outcome::TooMuch {
            let error = early(&turn, self.popen, Duration::MAX);
            return Err(CommunicateError::TooMuch(error));
        }
        let status = self.popen.wait_async().await;
        self.popen.tees_async().await;
        complete(turn, self.popen, status)
    }
}

/// A conversation whose pipes the reactor may be watching; the borrow keeps them open.
struct Registered<'a> {
    tokens: [Option<Token>; 3],
    exchange: &'a mut Exchange,
}

impl Registered<'_> {
    fn poll(
        &mut self,
        terms: &mut Terms<'_>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<Outcome>> {
        self.forget();
        for _ in 0..ROUNDS {
            if self.exchange.interests().iter().all(Option::is_none) {
                return Poll::Ready(Ok(Outcome::Done));
            }
            match self.exchange.serve([true; 3], terms) {
                Err(error) => return Poll::Ready(Err(error)),
                Ok(Served::TooMuch) => return Poll::Ready(Ok(Outcome::TooMuch)),
                Ok(Served::Some) => {}
                Ok(Served::Nothing) => return self.register(context),
            }
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }

    fn register(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Outcome>> {
        let interests = self.exchange.interests();
        for (place, interest) in self.tokens.iter_mut().zip(interests) {
            if let Some((fd, interest)) = interest {
                match reactor::watch(fd, interest, context.waker().clone()) {
                    Ok(token) => *place = Some(token),
                    Err(error) => return Poll::Ready(Err(error)),
                }
            }
        }
        Poll::Pending
    }

    fn forget(&mut self) {
        let pipes = self.exchange.interests();
        for (token, pipe) in self.tokens.iter_mut().zip(pipes) {
            if let (Some(token), Some((fd, _))) = (token.take(), pipe) {
                reactor::forget(token, fd);
            }
        }
    }
}

impl Drop for Registered<'_> {
    fn drop(&mut self) {
        self.forget();
    }
}
