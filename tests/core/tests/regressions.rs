//! One test for each bug that was found: what went wrong, in its smallest form.

use std::pin::pin;
use std::sync::{Arc, Mutex as StdMutex};
use std::task::{Context, Poll, Wake, Waker};

use selvedge::port::Native;
use selvedge_conformance::host::Watchdog;
use selvedge_conformance::probe::Probe;
use selvedge_core::Barrier;

/// Calls something once when it is woken.
struct Calls(StdMutex<Option<Box<dyn FnOnce() + Send>>>);

impl Wake for Calls {
    fn wake(self: Arc<Self>) {
        let call = self.0.lock().unwrap().take();
        if let Some(call) = call {
            call();
        }
    }
}

/// A barrier told the parties of a cycle one batch after the other, and a future that was dropped between two batches was taken off the count of the *next* cycle, which
/// made it wrap around.
#[test]
fn barrier_party_gives_up_while_others_are_told() {
    let _watchdog = Watchdog::new("barrier_party_gives_up_while_others_are_told");
    const PARTIES: u32 = 20;
    for abort in [false, true] {
        let barrier = Arc::new(Barrier::<Native>::new(PARTIES));
        let wait = |barrier: &Arc<Barrier<Native>>| {
            let barrier = barrier.clone();
            Box::pin(async move { barrier.wait_async().await })
        };
        let mut parties: Vec<_> = (1..PARTIES).map(|_| wait(&barrier)).collect();
        let mut last = parties.pop();
        // The first one's waker drops the last one, which has not been told yet.
        let slot = Arc::new(StdMutex::new(None));
        let calls = Waker::from(Arc::new(Calls(StdMutex::new(Some(Box::new({
            let slot = slot.clone();
            move || drop(slot.lock().unwrap().take())
        }))))));
        let probe = Probe::new();
        for (i, party) in parties.iter_mut().chain(last.as_mut()).enumerate() {
            let waker = if i == 0 { calls.clone() } else { probe.waker() };
            let mut context = Context::from_waker(&waker);
            assert!(party.as_mut().poll(&mut context).is_pending());
        }
        *slot.lock().unwrap() = last;
        if abort {
            barrier.abort();
        } else {
            assert_eq!(barrier.wait(), Ok(PARTIES - 1));
        }
        assert!(slot.lock().unwrap().is_none(), "it was dropped");
        assert_eq!((barrier.n_waiting(), barrier.is_broken()), (0, abort));
        for party in &mut parties {
            let mut context = Context::from_waker(Waker::noop());
            let Poll::Ready(outcome) = party.as_mut().poll(&mut context) else {
                panic!("a party was not told");
            };
            assert_eq!(outcome.is_err(), abort);
        }
        // The next cycle is whole.
        barrier.reset();
        let mut next = pin!(Some(barrier.wait_async()));
        assert!(probe.poll(&mut next).is_pending());
        assert_eq!(barrier.n_waiting(), 1);
    }
}
