//! Queues, a file a library.

pub(crate) mod async_channel;
pub(crate) mod crossbeam;
pub(crate) mod crossfire;
pub(crate) mod embassy;
pub(crate) mod flume;
pub(crate) mod heapless;
pub(crate) mod kanal;
pub(crate) mod ours;
pub(crate) mod ours_core;
pub(crate) mod shared;
pub(crate) mod std;
pub(crate) mod std_heaps;
pub(crate) mod tokio;

/// The blocking and the `try_` forms of ends whose methods have the names that nearly everybody gives them.
macro_rules! ends {
    ($putter:ty, $getter:ty) => {
        impl<T: Message> Put<T> for $putter {
            #[inline]
            fn put(&mut self, message: T) {
                assert!(self.send(message).is_ok(), "nobody closes it");
            }
        }

        impl<T: Message> TryPut<T> for $putter {
            #[inline]
            fn try_put(&mut self, message: T) -> bool {
                self.try_send(message).is_ok()
            }
        }

        impl<T: Message> Get<T> for $getter {
            #[inline]
            fn get(&mut self) -> Option<T> {
                self.recv().ok()
            }
        }

        impl<T: Message> TryGet<T> for $getter {
            #[inline]
            fn try_get(&mut self) -> Option<T> {
                self.try_recv().ok()
            }
        }
    };
}
use ends;
