//! Contexts and threads (rows C-16, X-21).

mod threading_support;

use std::sync::Arc;

use selvedge::contextvars::{Context, ContextVar, Inherit, copy_context};
use selvedge::threading::{self, Builder, Event, JoinError, Thread};
use threading_support::watchdog;

static PLAIN: ContextVar<u32> = ContextVar::new("plain").with_default(0);
static CARRIED: ContextVar<u32> = ContextVar::new("carried")
    .with_default(0)
    .inherited_by(Inherit::THREADS);
static BOTH: ContextVar<u32> = ContextVar::new("both")
    .with_default(0)
    .inherited_by(Inherit::THREADS.and(Inherit::TASKS));

fn values() -> [u32; 3] {
    [&PLAIN, &CARRIED, &BOTH].map(|variable| variable.get().unwrap())
}

fn isolated<R>(test: impl FnOnce() -> R) -> R {
    Context::new().run(test).expect("a new context")
}

#[test]
fn c16_a_thread_begins_with_what_the_variables_carry() {
    let _watchdog = watchdog();
    isolated(|| {
        assert_eq!(threading::spawn(values).join().unwrap(), [0, 0, 0]);
        PLAIN.set(1);
        assert_eq!(threading::spawn(values).join().unwrap(), [0, 0, 0]);
        CARRIED.set(2);
        BOTH.set(3);
        assert_eq!(threading::spawn(values).join().unwrap(), [0, 2, 3]);
        // Only those that are inherited: all of the context goes along.
        let whole = Context::for_thread();
        assert_eq!(
            whole.run(|| threading::spawn(values).join().unwrap()),
            Ok([0, 2, 3])
        );
        // What the thread sets is its own.
        threading::spawn(|| drop(CARRIED.set(9))).join().unwrap();
        assert_eq!(values(), [1, 2, 3]);
        // And so on, down to grandchildren.
        let grandchild = threading::spawn(|| threading::spawn(values).join().unwrap());
        assert_eq!(grandchild.join().unwrap(), [0, 2, 3]);
        // Threads of std know nothing of it.
        assert_eq!(std::thread::spawn(values).join().unwrap(), [0, 0, 0]);
    });
}

#[test]
fn c16_the_time_of_the_start_counts() {
    let _watchdog = watchdog();
    isolated(|| {
        CARRIED.set(1);
        let thread = Thread::new(values);
        CARRIED.set(2);
        thread.start().unwrap();
        CARRIED.set(3);
        assert_eq!(thread.join().unwrap(), [0, 2, 0]);
    });
}

#[test]
fn x21_all_or_nothing() {
    let _watchdog = watchdog();
    isolated(|| {
        PLAIN.set(1);
        CARRIED.set(2);
        let all = Builder::new().inherit_context(true).spawn(values).unwrap();
        let nothing = Builder::new().inherit_context(false).spawn(values).unwrap();
        assert_eq!(all.join().unwrap(), [1, 2, 0]);
        assert_eq!(nothing.join().unwrap(), [0, 0, 0]);
    });
}

#[test]
fn x21_a_thread_in_a_given_context() {
    let _watchdog = watchdog();
    isolated(|| {
        CARRIED.set(2);
        let context = Arc::new(Context::new());
        context.run(|| drop(PLAIN.set(7))).unwrap();
        let thread = Builder::new()
            .context(context.clone())
            .start_hook(|_| assert_eq!(values(), [7, 0, 0]))
            .build(|| {
                drop(PLAIN.set(8));
                values()
            });
        thread.start().unwrap();
        assert_eq!(thread.join().unwrap(), [8, 0, 0]);
        assert_eq!(
            (context.get(&PLAIN), context.is_entered()),
            (Some(8), false)
        );
        // It is seen while the thread runs, and not kept by the handles of the thread.
        assert_eq!(Arc::strong_count(&context), 1);
        drop(thread);
        // By value, too.
        let thread = Builder::new()
            .context(copy_context())
            .spawn(values)
            .unwrap();
        assert_eq!(thread.join().unwrap(), [0, 2, 0]);
    });
}

#[test]
fn x21_a_context_that_somebody_is_in() {
    let _watchdog = watchdog();
    let context = Arc::new(Context::new());
    let entered = Arc::new((Event::new(), Event::new()));
    let (there, events) = (context.clone(), entered.clone());
    let holder = threading::spawn(move || {
        there.run(|| {
            events.0.set();
            events.1.wait();
        })
    });
    entered.0.wait();
    let hook = threading::ExceptHook::new(|args| {
        assert_eq!(
            args.message(),
            "the context of the thread is entered already"
        );
    });
    let late = Builder::new()
        .context(context.clone())
        .excepthook(hook)
        .spawn(|| unreachable!("it is not called"));
    let outcome = late.unwrap().join();
    assert!(
        matches!(outcome, Err(JoinError::Panicked(panic)) if panic.message().contains("entered already"))
    );
    entered.1.set();
    assert_eq!(holder.join().unwrap(), Ok(()));
}

#[test]
fn for_task_takes_what_goes_into_tasks() {
    isolated(|| {
        PLAIN.set(1);
        CARRIED.set(2);
        assert!(Context::for_task().is_empty());
        BOTH.set(3);
        let task = Context::for_task();
        assert_eq!((task.len(), task.get(&BOTH)), (1, Some(3)));
        assert_eq!(Context::for_thread().len(), 2);
        let again = task.run(Context::for_task).unwrap();
        assert!(again.same_values(&task));
        let token = task.run(|| BOTH.set(4)).unwrap();
        task.run(|| BOTH.reset(token).unwrap()).unwrap();
        assert!(again.same_values(&task));
    });
}

#[test]
fn c16_threads_do_not_disturb_each_other() {
    let _watchdog = watchdog();
    let threads: Vec<_> = (0..10)
        .map(|number| {
            threading::spawn(move || {
                for step in 0..10 {
                    PLAIN.set(number + step);
                    std::thread::yield_now();
                    assert_eq!(PLAIN.get(), Ok(number + step));
                }
                number
            })
        })
        .collect();
    let numbers: Vec<_> = threads
        .iter()
        .map(|thread| thread.join().unwrap())
        .collect();
    assert_eq!(numbers, (0..10).collect::<Vec<_>>());
}
