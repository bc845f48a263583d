//! Those who only wait for a future.

use crate::contender::names;
use crate::contender::pool::BlockOn;

pub(crate) struct FuturesLite;
pub(crate) struct Pollster;

names!(FuturesLite = "futures-lite", Pollster = "pollster");

impl BlockOn for FuturesLite {
    #[inline]
    fn block_on<T>(future: impl Future<Output = T>) -> T {
        futures_lite::future::block_on(future)
    }
}

impl BlockOn for Pollster {
    #[inline]
    fn block_on<T>(future: impl Future<Output = T>) -> T {
        pollster::block_on(future)
    }
}
