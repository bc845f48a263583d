//! Pools and the end of the process (row F-10): it runs what has been submitted, and nothing can be submitted any more.
//!
//! Workers are not daemons, so the exit of the process waits for them ([`threading::shutdown`](crate::threading::shutdown())). Before it does, it calls a function of this module, which closes all pools, so that idle workers end, too.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use super::shared::{EXITING, Shared};
use crate::threading::fork_lock::ForkLock;
use crate::threading::register_atexit;

/// All pools that have had workers.
pub(super) struct Pools {
    pub(super) pools: Vec<Weak<Shared>>,
    is_registered: bool,
}

pub(super) static POOLS: ForkLock<Pools> = ForkLock::new(Pools {
    pools: Vec::new(),
    is_registered: false,
});

/// The process is ending. One role: pools that are made later are told; written once, SeqCst.
static ENDING: AtomicBool = AtomicBool::new(false);

/// Whether the process is ending.
pub(super) fn is_ending() -> bool {
    ENDING.load(Ordering::SeqCst)
}

/// Lists a pool that is about to have a worker; an error if the process is ending.
pub(super) fn list(shared: &Arc<Shared>) -> Result<(), ()> {
    let is_registered = POOLS.lock().is_registered;
    if !is_registered {
        // More than one may come here; calling it twice does no harm.
        if register_atexit(end).is_err() {
            ENDING.store(true, Ordering::SeqCst);
            return Err(());
        }
        // After that of the threads, so that this one is called first.
        super::fork::install();
    }
    let mut pools = POOLS.lock();
    pools.is_registered = true;
    pools.pools.retain(|pool| pool.strong_count() != 0);
    pools.pools.push(Arc::downgrade(shared));
    if is_ending() { Err(()) } else { Ok(()) }
}

fn end() {
    ENDING.store(true, Ordering::SeqCst);
    let pools: Vec<_> = POOLS
        .lock()
        .pools
        .iter()
        .filter_map(Weak::upgrade)
        .collect();
    for pool in pools {
        pool.close_for(EXITING);
    }
}
