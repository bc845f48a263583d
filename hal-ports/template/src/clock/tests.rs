//! What the clock promises, on counters that the test moves.

use super::*;
use core::cell::Cell;

#[test]
fn a_wrapping_counter_is_widened() {
    let clock = Widened::new();
    let count = Cell::new(0_u32);
    let mut true_time = 0_u64;
    for step in [
        0,
        1,
        0x7FFF_FFFE,
        1,
        1,
        0x7FFF_FFFF,
        1,
        0x7FFF_FFFF,
        0x7FFF_FFFF,
        5,
    ] {
        true_time += u64::from(step);
        count.set(count.get().wrapping_add(step));
        assert_eq!(clock.read(|| count.get()), true_time);
    }
    assert!(true_time > u64::from(u32::MAX));
}

#[test]
fn a_late_count_does_not_go_back() {
    let clock = Widened::new();
    // While the first reader has counted 5, others see the counter go round once.
    let first = Cell::new(true);
    let time = clock.read(|| {
        if first.replace(false) {
            assert_eq!(clock.read(|| 0x8000_0000), 0x8000_0000);
            assert_eq!(clock.read(|| 7), 0x1_0000_0007);
            5
        } else {
            8
        }
    });
    assert_eq!(time, 0x1_0000_0008);
}

#[test]
fn spans_round_up_and_never_overflow() {
    let start = Instant(0);
    let tick = Duration::from_secs(1) / sys::TICKS_PER_SECOND;
    assert_eq!(Template::after(start, Duration::ZERO), Some(start));
    assert_eq!(
        Template::after(start, Duration::from_nanos(1)),
        Some(Instant(1))
    );
    assert_eq!(Template::after(start, tick), Some(Instant(1)));
    assert_eq!(
        Template::after(start, tick + Duration::from_nanos(1)),
        Some(Instant(2))
    );
    assert_eq!(Template::after(start, Duration::MAX), None);
    assert_eq!(Template::after(Instant(u64::MAX), tick), None);
}

#[test]
fn until_is_the_way_back() {
    let span = Duration::new(3, 250_000_000);
    let later = Template::after(Instant(17), span);
    assert_eq!(
        later.map(|later| Template::until(Instant(17), later)),
        Some(span)
    );
    assert_eq!(Template::until(Instant(2), Instant(1)), Duration::ZERO);
}
