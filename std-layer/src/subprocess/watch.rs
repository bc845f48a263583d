//! Somebody who sets a child's `over` when it has ended: the reactor, or a helper thread where there is no pidfd.

use std::sync::{Arc, Weak};
use std::task::{Wake, Waker};
use std::thread;

use super::process::Child;
use super::reactor::{self, Interest, Token};

/// Who watches a child.
#[derive(Debug, Default)]
pub(super) enum Watch {
    #[default]
    Nobody,
    Reactor(Token),
    Thread,
}

/// The child has ended, says the reactor. A handle that is dropped does not leave its child to the reactor, unless that is asked for by [`adopt`].
enum Ended {
    Known(Weak<Child>),
    Adopted(Arc<Child>),
}

impl Wake for Ended {
    fn wake(self: Arc<Self>) {
        match &*self {
            Self::Known(child) => {
                if let Some(child) = child.upgrade() {
                    child.try_wait();
                }
            }
            Self::Adopted(child) => {
                child.try_wait();
            }
        }
    }
}

impl Child {
    /// Sees to it that `over` is set when the child has ended; false if nobody can be found to do so.
    pub(super) fn watch(self: &Arc<Self>) -> bool {
        let mut watch = self.watch.lock();
        match *watch {
            Watch::Nobody => self.watch_by(&mut watch, Ended::Known(Arc::downgrade(self))),
            Watch::Reactor(_) | Watch::Thread => true,
        }
    }

    /// The same for a child whose handle is dropped: it will be collected, and its pidfd closed then.
    pub(super) fn adopt(self: &Arc<Self>) -> bool {
        let mut watch = self.watch.lock();
        if let (Watch::Reactor(token), Some(pidfd)) = (&*watch, self.pidfd()) {
            reactor::forget(*token, pidfd);
        }
        match *watch {
            Watch::Thread => true,
            _ => self.watch_by(&mut watch, Ended::Adopted(self.clone())),
        }
    }

    fn watch_by(self: &Arc<Self>, watch: &mut Watch, ended: Ended) -> bool {
        if let Some(pidfd) = self.pidfd() {
            let waker = Waker::from(Arc::new(ended));
            if let Ok(token) = reactor::watch(pidfd, Interest::Read, waker) {
                *watch = Watch::Reactor(token);
                return true;
            }
        }
        let child = self.clone();
        let thread = thread::Builder::new()
            .name("selvedge-waiter".to_owned())
            .spawn(move || {
                while child.try_wait().is_none() {
                    child.sleep(None);
                }
            });
        if thread.is_ok() {
            *watch = Watch::Thread;
        }
        thread.is_ok()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if let (Watch::Reactor(token), Some(pidfd)) = (&*self.watch.lock(), self.pidfd()) {
            reactor::forget(*token, pidfd);
        }
    }
}
