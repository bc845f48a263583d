//! `crossfire`: its kind for many on both sides, that for one getter, and that for one on each side. It is told to find out how
//! many processors there are, as its pages advise.

use crossfire::select::Select as PeerSelect;
use crossfire::{MAsyncRx, MAsyncTx, MRx, MTx, Rx, Tx, detect_backoff_cfg, mpmc, mpsc, spsc};

use crate::contender::names;
use crate::contender::queue::{
    Channel as ChannelFamily, Get, GetAsync, Message, Put, PutAsync, Select, TryGet, TryPut,
};
use crate::contenders::queues::ends;

pub(crate) struct Bounded;
pub(crate) struct Unbounded;
pub(crate) struct Async;
pub(crate) struct BoundedToOne;
pub(crate) struct UnboundedToOne;
pub(crate) struct OneToOne;

names!(
    Bounded = "crossfire",
    Unbounded = "crossfire",
    Async = "crossfire",
    BoundedToOne = "crossfire mpsc",
    UnboundedToOne = "crossfire mpsc",
    OneToOne = "crossfire spsc"
);

macro_rules! channel {
    ($contender:ident, $putter:ty, $getter:ty, $new:expr) => {
        impl<T: Message> ChannelFamily<T> for $contender {
            type Putter = $putter;
            type Getter = $getter;

            fn new(capacity: usize) -> ($putter, $getter) {
                detect_backoff_cfg();
                $new(capacity)
            }
        }
    };
}

channel!(
    Bounded,
    MTx<mpmc::Array<T>>,
    MRx<mpmc::Array<T>>,
    mpmc::bounded_blocking
);
channel!(Unbounded, MTx<mpmc::List<T>>, MRx<mpmc::List<T>>, |_| {
    mpmc::unbounded_blocking()
});
channel!(
    Async,
    MAsyncTx<mpmc::Array<T>>,
    MAsyncRx<mpmc::Array<T>>,
    mpmc::bounded_async
);
channel!(
    BoundedToOne,
    MTx<mpsc::Array<T>>,
    Rx<mpsc::Array<T>>,
    mpsc::bounded_blocking
);
channel!(
    UnboundedToOne,
    MTx<mpsc::List<T>>,
    Rx<mpsc::List<T>>,
    |_| mpsc::unbounded_blocking()
);
channel!(
    OneToOne,
    Tx<spsc::Array<T>>,
    Rx<spsc::Array<T>>,
    spsc::bounded_blocking
);

ends!(MTx<mpmc::Array<T>>, MRx<mpmc::Array<T>>);
ends!(MTx<mpmc::List<T>>, MRx<mpmc::List<T>>);
ends!(MTx<mpsc::Array<T>>, Rx<mpsc::Array<T>>);
ends!(MTx<mpsc::List<T>>, Rx<mpsc::List<T>>);
ends!(Tx<spsc::Array<T>>, Rx<spsc::Array<T>>);

impl<T: Message> PutAsync<T> for MAsyncTx<mpmc::Array<T>> {
    async fn put_async(&mut self, message: T) {
        assert!(self.send(message).await.is_ok(), "nobody closes it");
    }
}

impl<T: Message> GetAsync<T> for MAsyncRx<mpmc::Array<T>> {
    async fn get_async(&mut self) -> T {
        self.recv().await.expect("the putters are there")
    }
}

impl Select for Bounded {
    type Putter = MTx<mpmc::Array<u64>>;
    type Getters = [MRx<mpmc::Array<u64>>; 2];

    fn new(capacity: usize) -> ([Self::Putter; 2], Self::Getters) {
        let (first_putter, first) = <Self as ChannelFamily<u64>>::new(capacity);
        let (second_putter, second) = <Self as ChannelFamily<u64>>::new(capacity);
        ([first_putter, second_putter], [first, second])
    }

    fn get_each(getters: &mut Self::Getters, count: u64, mut act: impl FnMut(u64)) {
        let mut select = PeerSelect::new();
        for getter in getters.iter() {
            select.add(getter);
        }
        for _ in 0..count {
            let chosen = select.select().expect("the putters are there");
            let index = usize::from(!chosen.is_from(&getters[0]));
            act(getters[index].read_select(chosen).expect("it was chosen"));
        }
    }
}
