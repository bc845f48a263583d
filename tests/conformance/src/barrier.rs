//! [`Barrier`].

use core::pin::pin;

use selvedge_core::Barrier;
use selvedge_core::error::Broken;

use crate::probe::Probe;
use crate::tools::{Count, Dice, crowd, crowd_size, give_time, until};
use crate::{Ladder, World};

/// The ladder.
pub fn ladder<W: World>() -> Ladder<W> {
    ladder!("barrier",
        1 => smoke, 1 => tries, 1 => abort_and_reset, 1 => given_up, 1 => many_futures,
        2 => lockstep, 2 => block, 2 => numbers, 2 => action, 2 => aborted, 2 => reset_frees, 2 => mixed, 2 => given_up_while_told, 3 => stress,
    )
}

/// One party passes at once, over and over (row T-108).
pub fn smoke<W: World>(w: &W) {
    let barrier = Barrier::<W::Port>::new(1);
    assert_eq!((barrier.parties(), barrier.n_waiting()), (1, 0));
    for _ in 0..3 {
        assert_eq!(barrier.wait(), Ok(0));
        assert_eq!(barrier.try_wait(), Ok(Some(0)));
        assert_eq!(w.block_on(barrier.wait_async()), Ok(0));
    }
    assert!(!barrier.is_broken());
}

/// Trying passes as the last party, and otherwise leaves no trace.
pub fn tries<W: World>(_: &W) {
    let barrier = Barrier::<W::Port>::new(2);
    assert_eq!(barrier.try_wait(), Ok(None));
    assert_eq!(barrier.n_waiting(), 0);
    let probe = Probe::new();
    let mut first = pin!(Some(barrier.wait_async()));
    assert!(probe.poll(&mut first).is_pending());
    assert_eq!(barrier.n_waiting(), 1);
    assert_eq!(barrier.try_wait(), Ok(Some(1)));
    assert_eq!(barrier.n_waiting(), 0);
    assert!(probe.woken());
    assert_eq!(probe.poll(&mut first), core::task::Poll::Ready(Ok(0)));
    barrier.abort();
    assert_eq!(barrier.try_wait(), Err(Broken));
}

/// Broken stays broken until a reset (rows T-104, T-105).
pub fn abort_and_reset<W: World>(_: &W) {
    let barrier = Barrier::<W::Port>::new(2);
    let probe = Probe::new();
    let mut first = pin!(Some(barrier.wait_async()));
    assert!(probe.poll(&mut first).is_pending());
    barrier.abort();
    assert!(barrier.is_broken());
    assert_eq!(barrier.n_waiting(), 0);
    assert_eq!(probe.poll(&mut first), core::task::Poll::Ready(Err(Broken)));
    assert_eq!(barrier.wait(), Err(Broken));
    barrier.abort();
    assert_eq!(barrier.wait(), Err(Broken));

    barrier.reset();
    assert!(!barrier.is_broken());
    let mut one = pin!(Some(barrier.wait_async()));
    assert!(probe.poll(&mut one).is_pending());
    barrier.reset();
    assert_eq!(probe.poll(&mut one), core::task::Poll::Ready(Err(Broken)));
    assert!(!barrier.is_broken());
    barrier.reset();
    let mut one = pin!(Some(barrier.wait_async()));
    assert!(probe.poll(&mut one).is_pending());
    assert_eq!(barrier.wait(), Ok(1));
}

/// A future that gives up was never there: the others go on waiting, and nothing breaks.
pub fn given_up<W: World>(_: &W) {
    let barrier = Barrier::<W::Port>::new(3);
    let probe = Probe::new();
    let mut one = pin!(Some(barrier.wait_async()));
    let mut two = pin!(Some(barrier.wait_async()));
    assert!(probe.poll(&mut one).is_pending());
    assert!(probe.poll(&mut two).is_pending());
    one.set(None);
    assert_eq!(barrier.n_waiting(), 1);
    assert!(!barrier.is_broken() && !probe.woken());
    one.set(Some(barrier.wait_async()));
    assert!(probe.poll(&mut one).is_pending());
    assert_eq!(barrier.wait(), Ok(2));
    assert_eq!(probe.poll(&mut two), core::task::Poll::Ready(Ok(0)));
    // Dropped after the cycle ended, and unaware of it: nothing happens to the next one.
    one.set(None);
    assert_eq!((barrier.n_waiting(), barrier.is_broken()), (0, false));
}

/// More parties than any batch of wake-ups holds.
pub fn many_futures<W: World>(_: &W) {
    let barrier = Barrier::<W::Port>::new(21);
    let probe = Probe::new();
    macro_rules! meet {
        ($($future:ident)*) => {
            $(let mut $future = pin!(Some(barrier.wait_async())); assert!(probe.poll(&mut $future).is_pending());)*
            assert_eq!(barrier.wait(), Ok(20));
            assert_eq!(probe.wakes(), 20);
            let mut expected = 0;
            $(
                assert_eq!(probe.poll(&mut $future), core::task::Poll::Ready(Ok(expected)));
                expected += 1;
            )*
            assert_eq!(expected, 20);
        };
    }
    meet!(a b c d e f g h i j k l m n o p q r s t);
    assert_eq!((barrier.n_waiting(), barrier.is_broken()), (0, false));
}

/// Parties give up just while the others are told that the cycle has ended: the next cycle is whole.
pub fn given_up_while_told<W: World>(w: &W) {
    let n = crowd_size(w) as u32;
    let barrier = Barrier::<W::Port>::new(n);
    let round = Barrier::<W::Port>::new(n);
    for _ in 0..w.rounds(300) {
        crowd(w, |i| {
            if i == 0 {
                // The last party, if nobody gives up before; then it gives up as well.
                let probe = Probe::new();
                let mut future = pin!(Some(barrier.wait_async()));
                until_pending_or_passed(w, &barrier, n);
                let _ = probe.poll(&mut future);
            } else {
                let probe = Probe::new();
                let mut future = pin!(Some(barrier.wait_async()));
                let _ = probe.poll(&mut future);
                let mut dice = Dice::new(i);
                for _ in 0..dice.roll(50) {
                    core::hint::spin_loop();
                }
            }
            assert!(round.wait().is_ok());
            assert_eq!((barrier.n_waiting(), barrier.is_broken()), (0, false));
            assert!(round.wait().is_ok());
        });
    }
}

fn until_pending_or_passed<W: World>(w: &W, barrier: &Barrier<W::Port>, n: u32) {
    for _ in 0..20 {
        if barrier.n_waiting() == n - 1 {
            return;
        }
        w.yield_now();
    }
}

/// Ten cycles in step: nobody is ahead of the others (rows T-100, T-108).
pub fn lockstep<W: World>(w: &W) {
    let n = crowd_size(w) as u32;
    let barrier = Barrier::<W::Port>::new(n);
    let (before, after) = (Count::new(), Count::new());
    crowd(w, |_| {
        for round in 0..w.rounds(10) {
            before.up();
            assert_eq!(after.get(), round * n);
            assert!(barrier.wait().is_ok());
            after.up();
            assert_eq!(before.get(), (round + 1) * n);
            assert!(barrier.wait().is_ok());
        }
    });
    assert_eq!((barrier.n_waiting(), barrier.is_broken()), (0, false));
}

/// Nobody passes before the last one comes.
pub fn block<W: World>(w: &W) {
    let n = crowd_size(w) as u32;
    let barrier = Barrier::<W::Port>::new(n);
    let passed = Count::new();
    crowd(w, |i| {
        if i == 0 {
            until(w, || barrier.n_waiting() == n - 1);
            give_time(w);
            assert_eq!(passed.get(), 0);
        }
        assert!(barrier.wait().is_ok());
        passed.up();
    });
    assert_eq!(passed.get(), n);
}

/// Each party of a cycle gets another number, the last to come the highest, and what all wrote before is seen by all.
pub fn numbers<W: World>(w: &W) {
    let n = crowd_size(w) as u32;
    let barrier = Barrier::<W::Port>::new(n);
    let bits = Count::new();
    let written: [Count; 8] = [const { Count::new() }; 8];
    for round in 0..w.rounds(300) {
        bits.set(0);
        crowd(w, |i| {
            written[i].up_unprotected();
            let number = barrier.wait().expect("nobody breaks it");
            assert!(number < n);
            for other in &written[..n as usize] {
                assert_eq!(other.get(), round + 1);
            }
            bits.add(1 << number);
        });
        assert_eq!(bits.get(), (1 << n) - 1);
    }
}

/// The action runs once a cycle, before anybody goes (row T-101).
pub fn action<W: World>(w: &W) {
    let n = crowd_size(w) as u32;
    let (runs, inside) = (Count::new(), Count::new());
    let barrier = Barrier::<W::Port, _>::with_action(n, || {
        assert_eq!(inside.get(), n);
        inside.set(0);
        w.yield_now();
        runs.up_unprotected();
    });
    let rounds = w.rounds(500);
    crowd(w, |i| {
        for round in 0..rounds {
            inside.up();
            let number = if i % 2 == 0 {
                barrier.wait()
            } else {
                w.block_on(barrier.wait_async())
            };
            assert!(number.is_ok());
            assert!(runs.get() > round);
            // Fast ones are at the next cycle's barrier already, or at its gate; it cannot end without us.
            assert_eq!(runs.get(), round + 1);
        }
    });
    assert_eq!(runs.get(), rounds);
}

/// An abort ends every wait (row T-105).
pub fn aborted<W: World>(w: &W) {
    let n = crowd_size(w) as u32;
    let barrier = Barrier::<W::Port>::new(n);
    let broken = Count::new();
    crowd(w, |i| {
        if i == 0 {
            until(w, || barrier.n_waiting() == n - 1);
            barrier.abort();
            assert_eq!(barrier.wait(), Err(Broken));
        } else if i % 2 == 0 {
            assert_eq!(barrier.wait(), Err(Broken));
        } else {
            assert_eq!(w.block_on(barrier.wait_async()), Err(Broken));
        }
        broken.up();
    });
    assert_eq!(broken.get(), n);
    assert!(barrier.is_broken());
}

/// A reset frees those that wait, with an error, and all can meet again at once (row T-104).
pub fn reset_frees<W: World>(w: &W) {
    let n = crowd_size(w) as u32;
    let barrier = Barrier::<W::Port>::new(n);
    let met = Count::new();
    for _ in 0..w.rounds(50) {
        met.set(0);
        crowd(w, |i| {
            if i == 0 {
                until(w, || barrier.n_waiting() == n - 1);
                barrier.reset();
            } else {
                assert_eq!(barrier.wait(), Err(Broken));
            }
            assert!(barrier.wait().is_ok());
            met.up();
        });
        assert_eq!(met.get(), n);
        assert!(!barrier.is_broken());
    }
}

/// Tasks and futures meet.
pub fn mixed<W: World>(w: &W) {
    let n = crowd_size(w) as u32;
    let barrier = Barrier::<W::Port>::new(n);
    let rounds = w.rounds(1_000);
    let sum = Count::new();
    crowd(w, |i| {
        for round in 0..rounds {
            let number = if (round as usize + i).is_multiple_of(2) {
                barrier.wait()
            } else {
                w.block_on(barrier.wait_async())
            };
            sum.add(number.expect("nobody breaks it"));
        }
    });
    assert_eq!(sum.get(), rounds * (n * (n - 1) / 2));
}

/// Many cycles, with a party that comes and gives up in between, or is let through just then: every cycle has each of the others exactly once.
pub fn stress<W: World>(w: &W) {
    let n = crowd_size(w) as u32;
    let cycles = Count::new();
    let barrier = Barrier::<W::Port, _>::with_action(n, || {
        cycles.up();
    });
    let passed = Count::new();
    let rounds = w.rounds(1_000);
    crowd(w, |i| {
        if i > 0 {
            while barrier.wait().is_ok() {
                passed.up();
            }
            return;
        }
        let mut dice = Dice::new(i);
        for _ in 0..rounds {
            let probe = Probe::new();
            let mut ghost = pin!(Some(barrier.wait_async()));
            for _ in 0..dice.roll(3) {
                if probe.poll(&mut ghost).is_ready() {
                    break;
                }
                w.yield_now();
            }
            ghost.set(None);
            if dice.roll(2) == 0 {
                assert!(barrier.wait().is_ok());
            }
        }
        until(w, || barrier.n_waiting() == n - 1);
        barrier.abort();
    });
    assert_eq!(passed.get(), cycles.get() * (n - 1));
    assert_eq!((barrier.n_waiting(), barrier.is_broken()), (0, true));
}
