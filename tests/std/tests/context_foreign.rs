//! Context variables and foreign code: `Clone`, `Drop` and closures that come back to the variables, at any time of a thread's life. For Miri, too.

mod threading_support;

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use selvedge::contextvars::{Context, ContextVar, Token, copy_context};
use selvedge::threading::{self, Local};
use threading_support::{eventually, watchdog};

/// Counts how many of it are alive.
struct Counted(Arc<AtomicUsize>, String);

impl Counted {
    fn new(alive: &Arc<AtomicUsize>, text: &str) -> Self {
        alive.fetch_add(1, Ordering::SeqCst);
        Self(alive.clone(), text.to_owned())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn isolated<R>(test: impl FnOnce() -> R) -> R {
    Context::new().run(test).expect("a new context")
}

#[test]
fn a_value_outlives_its_readers() {
    isolated(|| {
        static V: ContextVar<Counted> = ContextVar::new("v");
        let alive = Arc::new(AtomicUsize::new(0));
        drop(V.set(Counted::new(&alive, "first")));
        V.with(|outer| {
            V.with(|inner| {
                drop(V.set(Counted::new(&alive, "second")));
                drop(V.set(Counted::new(&alive, "third")));
                assert_eq!((&*outer.1, &*inner.1), ("first", "first"));
                V.with(|now| assert_eq!(now.1, "third")).unwrap();
            })
            .unwrap();
            assert_eq!(outer.1, "first");
            // The second one has had no readers.
            assert_eq!(alive.load(Ordering::SeqCst), 2);
        })
        .unwrap();
        assert_eq!(alive.load(Ordering::SeqCst), 1);
    });
}

#[test]
fn a_value_outlives_its_readers_when_its_token_ends_in_another_thread() {
    let _watchdog = watchdog();
    isolated(|| {
        static V: ContextVar<String> = ContextVar::new("v");
        V.set("first".to_owned());
        V.with(|first| {
            let token = V.set("second".to_owned());
            threading::spawn(move || drop(token)).join().unwrap();
            assert_eq!(first, "first");
        })
        .unwrap();
    });
}

#[test]
fn a_reset_while_it_is_read() {
    isolated(|| {
        static V: ContextVar<String> = ContextVar::new("v");
        let token = V.set("value".to_owned());
        V.with(|value| {
            V.reset(token).unwrap();
            assert!(!V.is_set());
            assert_eq!(value, "value");
        })
        .unwrap();
    });
}

#[test]
fn a_read_in_one_context_and_a_change_in_another() {
    isolated(|| {
        static V: ContextVar<String> = ContextVar::new("v");
        V.set("shared".to_owned());
        let copy = copy_context();
        V.with(|value| {
            copy.run(|| drop(V.set("other".to_owned()))).unwrap();
            let another = copy_context();
            drop(V.set("mine".to_owned()));
            drop(another);
            assert_eq!(value, "shared");
        })
        .unwrap();
    });
}

#[test]
fn clone_that_changes_what_it_clones() {
    static V: ContextVar<Evil> = ContextVar::new("v");
    #[derive(Debug)]
    struct Evil(Box<u32>);
    impl Clone for Evil {
        fn clone(&self) -> Self {
            let deeper = *self.0 > 0;
            if deeper {
                drop(V.set(Evil(Box::new(*self.0 - 1))));
                drop(V.get().unwrap());
            }
            Self(self.0.clone())
        }
    }
    isolated(|| {
        V.set(Evil(Box::new(4)));
        assert_eq!(*V.get().unwrap().0, 4);
        assert_eq!(V.with(|value| *value.0), Ok(0));
    });
}

#[test]
fn clone_that_panics() {
    struct Bad;
    impl Clone for Bad {
        fn clone(&self) -> Self {
            panic!("no copies")
        }
    }
    isolated(|| {
        static V: ContextVar<Bad> = ContextVar::new("v");
        let token = V.set(Bad);
        assert!(threading::catch_panic(|| V.get().map(drop)).is_err());
        V.reset(token).unwrap();
        assert!(!V.is_set());
    });
}

#[test]
fn drop_that_uses_variables() {
    static LOG: ContextVar<Vec<u32>> = ContextVar::new("log");
    static V: ContextVar<Loud> = ContextVar::new("v");
    struct Loud(u32);
    impl Drop for Loud {
        fn drop(&mut self) {
            let mut log = LOG.get().unwrap_or_default();
            log.push(self.0);
            drop(LOG.set(log));
            if self.0 > 10 {
                drop(V.set(Loud(self.0 - 10)));
            }
        }
    }
    isolated(|| {
        drop(V.set(Loud(1)));
        drop(V.set(Loud(22)));
        assert_eq!(LOG.get().unwrap(), [1]);
        let token: Token<Loud> = V.set(Loud(3));
        // The token gives back what it holds; the value that goes is the third.
        V.reset(token).unwrap();
        assert_eq!(LOG.get().unwrap(), [1, 3]);
        drop(V.set(Loud(4)));
        assert_eq!(LOG.get().unwrap(), [1, 3, 22, 4]);
        assert_eq!(V.with(|value| value.0), Ok(12));
    });
}

/// What the destructors of a thread's values saw.
fn told(target: impl FnOnce() + Send + 'static, foreign: bool) {
    if foreign {
        std::thread::spawn(target).join().unwrap();
    } else {
        threading::spawn(target).join().unwrap();
    }
}

#[test]
fn values_go_with_their_thread() {
    let _watchdog = watchdog();
    for foreign in [false, true] {
        static V: ContextVar<Counted> = ContextVar::new("v");
        let alive = Arc::new(AtomicUsize::new(0));
        let there = alive.clone();
        told(
            move || {
                drop(V.set(Counted::new(&there, "value")));
                std::mem::forget(V.set(Counted::new(&there, "another")));
                assert_eq!(there.load(Ordering::SeqCst), 2);
            },
            foreign,
        );
        // std may return from its join before the last destructors; one value is leaked with its token.
        eventually(|| alive.load(Ordering::SeqCst) == 1);
    }
}

#[test]
fn in_destructors_of_thread_locals() {
    let _watchdog = watchdog();
    static V: ContextVar<String> = ContextVar::new("v").with_default(String::new());
    static SEEN: AtomicUsize = AtomicUsize::new(0);
    static LOCAL: Local<Late> = Local::new(|| Late);
    struct Late;
    impl Drop for Late {
        fn drop(&mut self) {
            let guard = V.set_guard("late".to_owned());
            assert_eq!(V.get().unwrap(), "late");
            drop(guard);
            drop(V.set("left behind".to_owned()));
            copy_context()
                .run(|| drop(V.set("inside".to_owned())))
                .unwrap();
            assert_eq!(V.get().unwrap(), "left behind");
            SEEN.fetch_add(1, Ordering::SeqCst);
        }
    }
    thread_local! {
        static FIRST: RefCell<Option<Late>> = const { RefCell::new(None) };
        static SECOND: RefCell<Option<Late>> = const { RefCell::new(None) };
    }
    for foreign in [false, true] {
        let before = SEEN.load(Ordering::SeqCst);
        told(
            || {
                FIRST.set(Some(Late));
                drop(V.set("value".to_owned()));
                SECOND.set(Some(Late));
                LOCAL.with(|_| ());
            },
            foreign,
        );
        eventually(|| SEEN.load(Ordering::SeqCst) == before + 3);
    }
}

#[test]
fn a_value_that_holds_its_own_context() {
    isolated(|| {
        static V: ContextVar<Arc<Context>> = ContextVar::new("v");
        let alive = Arc::new(AtomicUsize::new(0));
        static C: ContextVar<Counted> = ContextVar::new("counted");
        {
            let token = C.set(Counted::new(&alive, "value"));
            drop(V.set(Arc::new(copy_context())));
            drop(V.set(Arc::new(copy_context())));
            C.reset(token).unwrap();
            assert_eq!(alive.load(Ordering::SeqCst), 1);
        }
        drop(V.set(Arc::new(Context::new())));
        assert_eq!(alive.load(Ordering::SeqCst), 0);
    });
}

#[test]
fn contexts_move_between_threads() {
    let _watchdog = watchdog();
    static V: ContextVar<u32> = ContextVar::new("v").with_default(0);
    let context = Context::new();
    let (context, token) = threading::spawn(move || {
        let token = context.run(|| V.set(1)).unwrap();
        (context, token)
    })
    .join()
    .unwrap();
    context.run(|| V.reset(token).unwrap()).unwrap();
    assert!(context.is_empty());
    // Copies of one context are changed by several threads at once.
    context.run(|| drop(V.set(5))).unwrap();
    let threads: Vec<_> = (0..4)
        .map(|n| {
            let copy = context.copy();
            threading::spawn(move || {
                copy.run(|| {
                    for _ in 0..if cfg!(miri) { 5 } else { 500 } {
                        drop(V.set(V.get().unwrap() + n));
                    }
                    V.get().unwrap()
                })
            })
        })
        .collect();
    let rounds = if cfg!(miri) { 5 } else { 500 };
    for (n, thread) in (0..).zip(threads) {
        assert_eq!(thread.join().unwrap(), Ok(5 + n * rounds));
    }
    assert_eq!(context.get(&V), Some(5));
}
