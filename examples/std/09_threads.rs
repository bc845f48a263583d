//! Threads: names, values, panics, time limits, and who is there.

use std::time::Duration;

use selvedge::threading::{
    Builder, Event, ExceptHook, JoinError, JoinTimeoutError, Thread, active_count, current_thread,
};

fn main() {
    println!("this is {}", current_thread().name());

    // A value comes back.
    let adder = Thread::new(|| 40 + 2);
    adder.start().unwrap();
    println!("40 + 2 = {}", adder.join().unwrap());

    // Or without a thread: the target can be called directly (row T-E02), with whatever its closure holds.
    let arguments = (40, 2);
    let direct = Thread::new(move || arguments.0 + arguments.1);
    println!("directly: {}", direct.run().unwrap());

    // One with a name, that lasts; who waits for it need not wait for ever.
    static DONE: Event = Event::new();
    let sleeper = Builder::new()
        .name("sleeper")
        .spawn(|| DONE.wait())
        .unwrap();
    match sleeper.join_timeout(Duration::from_millis(10)) {
        Err(JoinTimeoutError::TimedOut) => println!("{} still sleeps", sleeper.name()),
        other => unreachable!("{other:?}"),
    }
    println!("threads now: {}", active_count());
    DONE.set();
    sleeper.join().unwrap();
    println!("threads afterwards: {}", active_count());

    // A panic is an error for whoever joins, and goes to a hook that can be replaced.
    let hook = ExceptHook::new(|args| println!("the hook heard: {}", args.message()));
    let clumsy = Builder::new().excepthook(hook).spawn(|| panic!("oops"));
    match clumsy.unwrap().join() {
        Err(JoinError::Panicked(panic)) => println!("the join heard: {}", panic.message()),
        other => unreachable!("{other:?}"),
    }
}
