//! `embassy-sync`: made for tasks, with the capacity in its type. Its lock is the critical section, which on a hosted system is one mutex
//! for the whole process.

use std::sync::Arc;

use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::channel as peer;

use crate::contender::queue::{
    Channel as ChannelFamily, GetAsync, Message, PutAsync, TryGet, TryPut,
};
use crate::contender::{Contender, names};

pub(crate) struct Channel<const N: usize>;
pub(crate) type Channel128 = Channel<128>;
pub(crate) type Channel1 = Channel<1>;

type Shared<T, const N: usize> = Arc<peer::Channel<CriticalSectionRawMutex, T, N>>;

names!(Channel128 = "embassy-sync", Channel1 = "embassy-sync");

impl<T: Message, const N: usize> ChannelFamily<T> for Channel<N>
where
    Self: Contender,
{
    type Putter = Shared<T, N>;
    type Getter = Shared<T, N>;

    fn new(capacity: usize) -> (Self::Putter, Self::Getter) {
        assert_eq!(capacity, N, "it is in the type");
        let queue = Arc::new(peer::Channel::new());
        (Arc::clone(&queue), queue)
    }
}

impl<T: Message, const N: usize> TryPut<T> for Shared<T, N> {
    #[inline]
    fn try_put(&mut self, message: T) -> bool {
        self.try_send(message).is_ok()
    }
}

impl<T: Message, const N: usize> TryGet<T> for Shared<T, N> {
    #[inline]
    fn try_get(&mut self) -> Option<T> {
        self.try_receive().ok()
    }
}

impl<T: Message, const N: usize> PutAsync<T> for Shared<T, N> {
    async fn put_async(&mut self, message: T) {
        self.send(message).await;
    }
}

impl<T: Message, const N: usize> GetAsync<T> for Shared<T, N> {
    async fn get_async(&mut self) -> T {
        self.receive().await
    }
}
