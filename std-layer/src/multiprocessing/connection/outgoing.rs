//! Messages as they go out. A message whose first byte has gone will go in full: what a sender that gives up leaves of it goes first with the next one.

use std::borrow::Cow;
use std::io::{self, IoSlice};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use selvedge_core::wire::framing::Header;

use super::socket::{GROUP, Limit, Socket};

/// A message on its way.
#[derive(Debug)]
pub(super) struct Letter<'a> {
    header: Header,
    body: Cow<'a, [u8]>,
    sent: usize,
    fds: Vec<Arc<OwnedFd>>,
    fds_sent: usize,
}

impl<'a> Letter<'a> {
    /// There are no more descriptors than bytes.
    pub(super) fn new(body: impl Into<Cow<'a, [u8]>>, fds: Vec<Arc<OwnedFd>>) -> Self {
        let body = body.into();
        Self {
            header: Header::new(body.len() as u64),
            body,
            sent: 0,
            fds,
            fds_sent: 0,
        }
    }

    pub(super) fn is_begun(&self) -> bool {
        self.sent > 0
    }

    /// To be kept.
    pub(super) fn into_owned(self) -> Letter<'static> {
        Letter {
            header: self.header,
            body: Cow::Owned(self.body.into_owned()),
            sent: self.sent,
            fds: self.fds,
            fds_sent: self.fds_sent,
        }
    }

    /// Goes on as far as there is room, or to its end if there is no limit of time; true if all of it has gone.
    pub(super) fn advance(&mut self, socket: &Socket, limit: Limit) -> io::Result<bool> {
        let head = self.header.as_bytes();
        while self.sent < head.len() + self.body.len() {
            let mut head_left = head.get(self.sent..).unwrap_or_default();
            let mut body_left = &self.body[self.sent.saturating_sub(head.len())..];
            let waiting = &self.fds[self.fds_sent..];
            let group: Vec<_> = waiting.iter().take(GROUP).map(AsFd::as_fd).collect();
            if group.len() < waiting.len() {
                // Each group needs a byte of its own to go with.
                if head_left.is_empty() {
                    body_left = &body_left[..1];
                } else {
                    (head_left, body_left) = (&head_left[..1], &[]);
                }
            }
            let pieces = [IoSlice::new(head_left), IoSlice::new(body_left)];
            let Some(bytes) = socket.write(&pieces, &group, limit)? else {
                return Ok(false);
            };
            self.sent += bytes;
            self.fds_sent += group.len();
        }
        Ok(true)
    }
}
