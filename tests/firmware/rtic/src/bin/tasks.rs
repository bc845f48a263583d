//! Software tasks of two priorities, a hardware task above them and idle, on the same objects: statics, and a shared resource of RTIC's. Many wait for one object, with deadlines of the monotonic and without; idle blocks.
#![no_std]
#![no_main]

use core::time::Duration;

use selvedge_core::atomics::{AtomicU32, Ordering};
use selvedge_core::error::TimedOut;
use selvedge_core::port::Clock;
use selvedge_core::queue::FifoQueue;
use selvedge_port_rtic::{Barrier, Event, Mutex, Rtic, Semaphore};

const ROUNDS: u32 = 200;

static START: Event = Event::new();
static SUM: Mutex<u32> = Mutex::new(0);
static SHARED: Semaphore = Semaphore::new(2);
static ENDED: Semaphore = Semaphore::new(0);
static MEETING: Barrier = Barrier::new(3);
static ITEMS: FifoQueue<Rtic, u32, 4> = FifoQueue::new();
static SERVED: AtomicU32 = AtomicU32::new(0);
static GIVEN_UP: AtomicU32 = AtomicU32::new(0);
static WAITING: AtomicU32 = AtomicU32::new(0);

/// What every software task does with the objects that it shares with the others.
async fn works(number: u32) {
    WAITING.fetch_add(1, Ordering::SeqCst);
    START.wait_async().await;
    for round in 0..ROUNDS {
        let mut sum = SUM.lock_async().await;
        let seen = *sum;
        if round % 32 == 0 {
            // Still held, while all others want it.
            app::pause(1).await;
        }
        *sum = seen + 1;
    }
    for round in 0..20 {
        let span = Duration::from_millis(u64::from((number + round) % 4));
        match app::in_time(span, SHARED.acquire_async()).await {
            Ok(_permit) => {
                app::pause(number % 3).await;
                SERVED.fetch_add(1, Ordering::Relaxed);
            }
            Err(TimedOut) => {
                GIVEN_UP.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
    ENDED.release(1);
}

#[rtic::app(device = rtic_board, dispatchers = [SWI0, SWI1], peripherals = false)]
mod app {
    use super::*;
    use rtic_monotonics::systick::prelude::*;
    use selvedge_port_rtic::Limits;

    systick_monotonic!(Mono, 1_000);
    selvedge_port_rtic::monotonic!(Mono, periodic);

    pub(super) async fn pause(ticks: u32) {
        Mono::delay(ticks.millis()).await;
    }

    pub(super) async fn in_time<F: Future>(
        span: Duration,
        future: F,
    ) -> Result<F::Output, TimedOut> {
        Mono::timeout(span, future).await
    }

    #[shared]
    struct Shared {
        /// A queue among RTIC's own resources: two tasks share it by reference, without a lock.
        items: FifoQueue<Rtic, u32, 2>,
    }

    #[local]
    struct Local {
        next: u32,
    }

    #[init]
    fn init(cx: init::Context) -> (Shared, Local) {
        Mono::start(cx.core.SYST, rtic_board::CLOCK);
        rtic_board::start_timer();
        let items = FifoQueue::new();
        (Shared { items }, Local { next: 0 })
    }

    #[idle]
    fn idle(_: idle::Context) -> ! {
        let mut passed = 0;
        let mut says = |what| {
            semihosting::println!("{what}");
            passed += 1;
        };

        // Six tasks of two priorities wait for one event.
        a::spawn().expect("the first");
        b::spawn().expect("the first");
        c::spawn().expect("the first");
        d::spawn().expect("the first");
        e::spawn().expect("the first");
        f::spawn().expect("the first");
        while WAITING.load(Ordering::SeqCst) < 6 {
            cortex_m::asm::wfe();
        }
        START.set();
        for _ in 0..ROUNDS {
            *SUM.lock() += 1;
        }
        for _ in 0..6 {
            ENDED.acquire().keep();
        }
        assert_eq!(*SUM.lock(), 7 * ROUNDS);
        says("event and mutex: six tasks await, idle blocks");
        let (served, given_up) = (
            SERVED.load(Ordering::Relaxed),
            GIVEN_UP.load(Ordering::Relaxed),
        );
        assert_eq!(served + given_up, 6 * 20);
        assert!(served > 0 && given_up > 0);
        assert_eq!(SHARED.value(), 2, "a permit was lost");
        says("semaphore: six impatient tasks");

        meets::spawn().expect("the first");
        meets_too::spawn().expect("the first");
        for _ in 0..ROUNDS {
            MEETING.wait().expect("nobody breaks it");
        }
        says("barrier: idle and tasks of two priorities");

        passes_on::spawn().expect("the first");
        for expected in 0..ROUNDS {
            assert_eq!(ITEMS.get(), Ok(expected));
        }
        says("queues: a hardware task, a shared resource, a software task, idle");

        limits::spawn().expect("the first");
        ENDED.acquire().keep();
        let span = Duration::from_millis(3);
        let start = Rtic::now();
        assert_eq!(Event::new().wait_timeout(span), Err(TimedOut));
        assert!(Rtic::until(start, Rtic::now()) >= span);
        assert!(SHARED.acquire_timeout(Duration::MAX).is_ok());
        says("time limits: none, beyond the counter, and for idle");

        semihosting::println!("RTIC, tasks: {passed} passed, 0 skipped (1 core)");
        semihosting::process::exit(0);
    }

    #[task(priority = 1)]
    async fn a(_: a::Context) {
        works(0).await;
    }

    #[task(priority = 1)]
    async fn b(_: b::Context) {
        works(1).await;
    }

    #[task(priority = 1)]
    async fn c(_: c::Context) {
        works(2).await;
    }

    #[task(priority = 2)]
    async fn d(_: d::Context) {
        works(3).await;
    }

    #[task(priority = 2)]
    async fn e(_: e::Context) {
        works(4).await;
    }

    #[task(priority = 2)]
    async fn f(_: f::Context) {
        works(5).await;
    }

    #[task(priority = 1)]
    async fn meets(_: meets::Context) {
        for _ in 0..ROUNDS {
            MEETING.wait_async().await.expect("nobody breaks it");
        }
    }

    #[task(priority = 2)]
    async fn meets_too(_: meets_too::Context) {
        for _ in 0..ROUNDS {
            MEETING.wait_async().await.expect("nobody breaks it");
        }
    }

    #[task(binds = TIMER0, priority = 4, local = [next], shared = [&items])]
    fn timer(cx: timer::Context) {
        rtic_board::next_period();
        if cx.shared.items.try_put(*cx.local.next).is_ok() {
            *cx.local.next += 1;
        }
    }

    #[task(priority = 1, shared = [&items])]
    async fn passes_on(cx: passes_on::Context) {
        loop {
            let item = cx.shared.items.get_async().await.expect("it is open");
            ITEMS.put_async(item).await.expect("it is open");
        }
    }

    #[task(priority = 1)]
    async fn limits(_: limits::Context) {
        let never = Event::new();
        let span = Duration::from_millis(3);
        let start = Rtic::now();
        assert_eq!(Mono::timeout(span, never.wait_async()).await, Err(TimedOut));
        assert!(Rtic::until(start, Rtic::now()) >= span);
        assert_eq!(
            Mono::timeout(Duration::ZERO, never.wait_async()).await,
            Err(TimedOut)
        );

        // What is ready wins over a deadline that has passed, and a span beyond the counter is waited for in parts, or for ever.
        assert!(Mono::deadline(start, SHARED.acquire_async()).await.is_ok());
        assert!(
            Mono::timeout(Duration::from_secs(1 << 40), SHARED.acquire_async())
                .await
                .is_ok()
        );
        assert!(
            Mono::timeout(Duration::MAX, SHARED.acquire_async())
                .await
                .is_ok()
        );
        ENDED.release(1);
    }
}
