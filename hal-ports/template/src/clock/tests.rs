//! What the clock promises about spans.

use super::*;

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
