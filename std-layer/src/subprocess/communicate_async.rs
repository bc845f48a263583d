//! A conversation as a future.

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll};
use std::time::Duration;

use super::CommunicateError;
use super::communicate::Conversation;
use super::dialog::Came;
use super::exchange::{Exchange, Outcome, Served, Terms};
use super::reactor::{self, Token};

/// Reads and writes of one poll, after which other tasks have their turn.
const ROUNDS: usize = 64;

impl<T> Conversation<'_, T> {
    /// As [`Popen::communicate_async`](super::Popen::communicate_async).
    ///
    /// # Cancel safety
    ///
    /// A dropped future loses nothing: another call takes the conversation up, without input.
    ///
    /// # Errors
    ///
    /// As [`Popen::communicate`](super::Popen::communicate), and if the system has no thread or descriptor for the one that waits.
    pub async fn run_async(mut self) -> Result<T, CommunicateError> {
        let party = self.party;
        let mut turn = party.turn(std::mem::take(&mut self.input))?;
        match party.go_on_async(&mut turn, &mut self.terms).await? {
            Came::Done(statuses) => (self.complete)(party, turn, statuses),
            Came::TimedOut | Came::TooMuch => {
                let error = party.early(&turn, Duration::MAX);
                Err(CommunicateError::TooMuch(error))
            }
        }
    }
}

/// Reads and writes until all is done, or too much is read.
pub(super) async fn serve_async(
    exchange: &mut Exchange,
    terms: &mut Terms<'_>,
) -> io::Result<Outcome> {
    exchange.never_block()?;
    let mut registered = Registered {
        tokens: [None; 3],
        exchange,
    };
    poll_fn(|context| registered.poll(terms, context)).await
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
