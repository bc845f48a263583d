//! Context variables without allocation: one context for each task (rows C-01 to C-08, X-20).

use std::sync::Barrier;
use std::thread;

use selvedge::port::{Native, Parking};
use selvedge_conformance::host::Watchdog;
use selvedge_core::context::{ContextVar, Full, LookupError, WrongToken};
use selvedge_core::port::{Identity, Port};

fn ladder<P: Port + Identity>() {
    let a = ContextVar::<P, u32, 4>::new("a");
    let b = ContextVar::<P, u32, 4>::with_default("b", 9);
    assert_eq!((a.name(), a.get()), ("a", Err(LookupError::new("a"))));
    assert_eq!((b.get(), b.get_or(1), b.is_set()), (Ok(9), 1, false));

    let first = a.set(1).unwrap();
    assert_eq!(first.old_value(), None);
    let second = a.set(2).unwrap();
    assert_eq!((second.old_value(), a.get()), (Some(&1), Ok(2)));
    let error = b.reset(second).unwrap_err();
    assert_eq!(error.reason(), WrongToken::OtherVariable);
    assert_eq!(b.get(), Ok(9));
    // Not in order.
    a.reset(first).unwrap();
    assert!(!a.is_set());
    a.reset(error.into_token()).unwrap();
    assert_eq!((a.get(), a.tasks()), (Ok(1), 1));
    assert_eq!((a.clear(), a.clear(), a.tasks()), (Some(1), None, 0));
    {
        let _outer = b.set_guard(3).unwrap();
        let inner = b.set_guard(4).unwrap();
        assert_eq!(b.get(), Ok(4));
        drop(inner);
        assert_eq!(b.get(), Ok(3));
    }
    assert_eq!(b.get(), Ok(9));
}

#[test]
fn c01_to_c08_on_both_ports() {
    ladder::<Native>();
    ladder::<Parking>();
}

#[test]
fn c05_another_task_is_another_context() {
    static V: ContextVar<Native, u32, 4> = ContextVar::new("v");
    let token = V.set(1).unwrap();
    let guard = V.set_guard(2).unwrap();
    let token = thread::scope(|scope| {
        let other = scope.spawn(|| {
            assert!(!V.is_set());
            drop(guard);
            let error = V.reset(token).unwrap_err();
            assert_eq!(error.reason(), WrongToken::OtherContext);
            error.into_token()
        });
        other.join().unwrap()
    });
    assert_eq!(V.get(), Ok(2));
    V.reset(token).unwrap();
    assert!(!V.is_set());
}

#[test]
fn each_task_sees_its_own() {
    const TASKS: u32 = 8;
    let _watchdog = Watchdog::new("context variables");
    static V: ContextVar<Native, [u32; 4], { TASKS as usize }> = ContextVar::new("v");
    let rounds = if cfg!(miri) { 20 } else { 2000 };
    let seen: u32 = thread::scope(|scope| {
        let tasks: Vec<_> = (0..TASKS)
            .map(|task| {
                scope.spawn(move || {
                    let mut seen = 0;
                    for round in 0..rounds {
                        let value = [task, round, task ^ round, !round];
                        let guard = V.set_guard(value).unwrap();
                        thread::yield_now();
                        seen += u32::from(V.get() == Ok(value));
                        drop(guard);
                        seen += u32::from(!V.is_set());
                    }
                    seen
                })
            })
            .collect();
        tasks.into_iter().map(|task| task.join().unwrap()).sum()
    });
    assert_eq!(seen, TASKS * rounds * 2);
    assert_eq!(V.tasks(), 0);
}

#[test]
fn no_room() {
    let _watchdog = Watchdog::new("context variables without room");
    static V: ContextVar<Native, &str, 2> = ContextVar::new("v");
    let (set, done) = (Barrier::new(3), Barrier::new(3));
    let outcome = thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let token = V.set("mine");
                set.wait();
                done.wait();
                V.reset(token.unwrap()).unwrap();
            });
        }
        set.wait();
        let outcome = V.set("too many").map(drop);
        done.wait();
        outcome
    });
    assert_eq!(outcome, Err(Full("too many")));
    V.set("now").unwrap();
    assert_eq!((V.get(), V.tasks()), (Ok("now"), 1));
}
