//! Context variables, scenario by scenario (rows C-01 to C-15, X-20; CPython's `test_context`).

mod threading_support;

use std::collections::HashSet;
use std::sync::Arc;

use selvedge::contextvars::{
    AlreadyEntered, Context, ContextVar, LookupError, Token, WrongToken, copy_context,
};
use selvedge::threading;
use threading_support::watchdog;

/// Each test in a context of its own, as CPython's do.
fn isolated<R>(test: impl FnOnce() -> R) -> R {
    Context::new().run(test).expect("a new context")
}

#[test]
fn c01_c02_identity_and_name() {
    static A: ContextVar<u32> = ContextVar::new("same");
    static B: ContextVar<u32> = ContextVar::new("same");
    assert_eq!(A.name(), "same");
    assert!(A == A && A != B);
    assert_eq!(HashSet::from([A.key(), B.key(), A.key()]).len(), 2);
    // It is the same variable wherever it is moved to.
    let here = ContextVar::<u32>::new("here");
    let key = here.key();
    let there = Box::new(here);
    assert_eq!(there.key(), key);
}

#[test]
fn auto_traits() {
    fn shared<T: Send + Sync>() {}
    shared::<ContextVar<String>>();
    shared::<Context>();
    shared::<Token<String>>();
    shared::<selvedge::contextvars::ResetGuard<'_, String>>();
    shared::<selvedge::contextvars::Value<String>>();
    shared::<selvedge::contextvars::Binding>();
    shared::<selvedge::contextvars::Iter>();
    // A shared reference gives no access to the future.
    fn send_only<T: Send + 'static>(value: std::cell::Cell<T>) {
        shared_ref(&Context::new().wrap(value));
    }
    fn shared_ref<T: Sync>(_: &T) {}
    send_only(std::cell::Cell::new(1));
}

#[test]
fn c01_debug_names_the_variable() {
    isolated(|| {
        static A: ContextVar<u32> = ContextVar::new("a").with_default(123);
        assert!(format!("{A:?}").contains("\"a\""));
        assert!(format!("{:?}", A.set(1)).contains("\"a\""));
        assert!(format!("{:?}", copy_context()).contains("\"a\""));
    });
}

#[test]
fn c03_get() {
    isolated(|| {
        static C: ContextVar<u32> = ContextVar::new("c");
        static D: ContextVar<u32> = ContextVar::new("d").with_default(1);
        assert_eq!(C.get(), Err(LookupError::new("c")));
        assert!(C.get().unwrap_err().to_string().contains("\"c\""));
        assert_eq!(C.get_or(5), 5);
        // The argument goes before the default of the variable.
        assert_eq!((D.get(), D.get_or(5)), (Ok(1), 5));
        C.set(42);
        assert_eq!((C.get(), C.get_or(5)), (Ok(42), 42));
        assert_eq!(C.with(|value| value + 1), Ok(43));
        assert_eq!(D.with(|value| value + 1), Ok(2));
    });
}

#[test]
fn c04_c08_set_and_reset() {
    isolated(|| {
        static C: ContextVar<&str> = ContextVar::new("c");
        let first = C.set("42");
        assert_eq!(first.old_value(), None);
        assert!(first.is_of(&C) && first.key() == C.key());
        assert_eq!(first.name(), "c");
        let second = C.set("spam");
        assert_eq!(second.old_value(), Some(&"42"));
        C.reset(second).unwrap();
        assert_eq!(C.get(), Ok("42"));
        C.set("spam2");

        let before = copy_context();
        C.reset(first).unwrap();
        assert_eq!(C.get_or("nothing"), "nothing");
        assert!(!C.is_set());

        assert!(before.contains(&C));
        assert_eq!(before.get(&C), Some("spam2"));
        assert_eq!(before.len(), 1);
        let all: Vec<_> = before.iter().collect();
        assert_eq!(all[0].value_of(&C), Some(&"spam2"));
        assert_eq!(all[0].downcast_ref::<u32>(), None);

        let after = copy_context();
        assert!(!after.contains(&C));
        assert_eq!((after.get(&C), after.len()), (None, 0));
        assert_eq!(after.iter().count(), 0);
    });
}

#[test]
fn c05_a_token_of_another_variable() {
    isolated(|| {
        static V1: ContextVar<u32> = ContextVar::new("v1");
        static V2: ContextVar<u32> = ContextVar::new("v2");
        let token = V1.set(42);
        // A variable that was never used, and one that was.
        let error = V2.reset(token).unwrap_err();
        assert_eq!(error.reason(), WrongToken::OtherVariable);
        V2.set(1);
        let error = V2.reset(error.into_token()).unwrap_err();
        assert_eq!(error.reason(), WrongToken::OtherVariable);
        assert_eq!((V1.get(), V2.get()), (Ok(42), Ok(1)));
        // The token comes back, and is good.
        V1.reset(error.into_token()).unwrap();
        assert!(!V1.is_set());
    });
}

#[test]
fn c05_a_token_of_another_context() {
    let _watchdog = watchdog();
    isolated(|| {
        static C: ContextVar<u32> = ContextVar::new("c").with_default(42);
        let inner = Context::new();
        let token = inner.run(|| C.set(1)).unwrap();
        let error = C.reset(token).unwrap_err();
        assert_eq!(error.reason(), WrongToken::OtherContext);
        assert!(error.to_string().contains("another context"));

        // Also when both contexts have made tokens, in a copy, and in another thread.
        C.set(7);
        let error = C.reset(error.into_token()).unwrap_err();
        let error = inner.copy().run(|| C.reset(error.into_token())).unwrap();
        let token = error.unwrap_err().into_token();
        let thread = threading::spawn(move || C.reset(token));
        let error = thread.join().unwrap().unwrap_err();
        assert_eq!(error.reason(), WrongToken::OtherContext);
        assert_eq!(inner.get(&C), Some(1));

        // Where it belongs it is good, in a later run, too.
        let token = error.into_token();
        inner.run(|| C.reset(token).unwrap()).unwrap();
        assert_eq!(inner.get(&C), None);
    });
}

#[test]
fn c06_tokens_in_any_order() {
    isolated(|| {
        static C: ContextVar<u32> = ContextVar::new("c");
        let first = C.set(1);
        let second = C.set(2);
        let third = C.set(3);
        C.reset(second).unwrap();
        assert_eq!(C.get(), Ok(1));
        C.reset(third).unwrap();
        assert_eq!(C.get(), Ok(2));
        C.reset(first).unwrap();
        assert!(!C.is_set());
    });
}

#[test]
fn c07_defaults_are_not_stored() {
    static C: ContextVar<u32> = ContextVar::new("a").with_default(0);
    let context = Context::new();
    context
        .run(|| {
            assert_eq!(C.get(), Ok(0));
            assert_eq!(context.get(&C), None);
            assert!(!context.contains(&C) && context.is_empty());
            let token = C.set(42);
            assert_eq!((C.get(), context.get(&C)), (Ok(42), Some(42)));
            assert_eq!(context.iter().count(), 1);
            C.reset(token).unwrap();
            assert_eq!(context.iter().count(), 0);
        })
        .unwrap();
}

#[test]
fn c09_c13_copies_are_independent() {
    isolated(|| {
        static C: ContextVar<Vec<u32>> = ContextVar::new("c");
        C.set(vec![]);
        let copy = copy_context();
        copy.run(|| {
            C.set(vec![42]);
            assert_eq!(C.get().unwrap(), [42]);
        })
        .unwrap();
        assert!(C.get().unwrap().is_empty());
        let third = copy.copy();
        third.run(|| C.set(vec![7])).unwrap();
        assert_eq!(copy.value(&C).unwrap()[..], [42]);
        assert_eq!(third.clone().value(&C).unwrap()[..], [7]);
    });
}

#[test]
fn c13_a_copy_of_a_context_that_is_run() {
    static C: ContextVar<u32> = ContextVar::new("c").with_default(42);
    let outer = Context::new();
    outer
        .run(|| {
            C.set(10);
            let inner = outer.copy();
            assert_eq!(inner.get(&C), Some(10));
            C.set(20);
            assert_eq!((outer.get(&C), inner.get(&C)), (Some(20), Some(10)));
            inner
                .run(|| {
                    assert_eq!(C.get(), Ok(10));
                    C.set(30);
                    assert_eq!(C.get(), Ok(30));
                })
                .unwrap();
            assert_eq!((outer.get(&C), inner.get(&C)), (Some(20), Some(30)));
        })
        .unwrap();
}

#[test]
fn c10_an_empty_context_and_sameness() {
    isolated(|| {
        static C: ContextVar<u32> = ContextVar::new("c");
        static EMPTY: Context = Context::new();
        assert!(EMPTY.is_empty() && EMPTY.same_values(&Context::default()));
        let before = copy_context();
        let token = C.set(1);
        let with = copy_context();
        assert!(with.same_values(&copy_context()) && !with.same_values(&before));
        let again = C.set(1);
        assert!(!with.same_values(&copy_context()));
        C.reset(again).unwrap();
        assert!(with.same_values(&copy_context()));
        C.reset(token).unwrap();
        assert!(before.same_values(&copy_context()));
    });
}

#[test]
fn c11_run_returns_and_keeps() {
    isolated(|| {
        static C: ContextVar<u32> = ContextVar::new("c");
        let context = Context::new();
        assert_eq!(context.run(|| C.set(5)).map(drop), Ok(()));
        assert_eq!(context.run(|| C.get().unwrap() + 1), Ok(6));
        assert!(!C.is_set());
    });
}

#[test]
fn c11_a_panic_goes_through_and_what_was_set_stays() {
    isolated(|| {
        static C: ContextVar<&str> = ContextVar::new("c");
        let context = Context::new();
        let panic = threading::catch_panic(|| {
            context.run(|| {
                C.set("spam");
                panic!("1 / 0")
            })
        });
        assert_eq!(panic.unwrap_err().message(), "1 / 0");
        assert!(!C.is_set() && !context.is_entered());
        assert_eq!(context.get(&C), Some("spam"));
        assert_eq!(context.run(|| C.get()), Ok(Ok("spam")));
    });
}

#[test]
fn c11_entered_twice() {
    let _watchdog = watchdog();
    let context = Arc::new(Context::new());
    let nested = context.run(|| {
        assert!(context.is_entered());
        let again = context.run(|| unreachable!("it is entered"));
        assert_eq!(again, Err::<(), _>(AlreadyEntered));
        let there = context.clone();
        let other = threading::spawn(move || there.run(|| ()));
        assert_eq!(other.join().unwrap(), Err(AlreadyEntered));
        // Nor through another one in between.
        Context::new().run(|| context.run(|| ())).unwrap()
    });
    assert_eq!(nested, Ok(Err(AlreadyEntered)));
    assert_eq!(context.run(|| ()), Ok(()));
}

#[test]
fn c12_nested_contexts() {
    isolated(|| {
        static V: ContextVar<&str> = ContextVar::new("var");
        let (first, second) = (Context::new(), Context::new());
        let returned = first
            .run(|| {
                assert!(!V.is_set());
                V.set("spam");
                second.run(|| assert!(!V.is_set())).unwrap();
                assert_eq!(V.get(), Ok("spam"));
                let current = copy_context();
                assert_eq!((current.len(), current.get(&V)), (1, Some("spam")));
                current
            })
            .unwrap();
        assert!(first.same_values(&returned));
        assert!(!V.is_set());
    });
}

#[test]
fn c14_mapping() {
    isolated(|| {
        static A: ContextVar<u32> = ContextVar::new("a");
        static B: ContextVar<String> = ContextVar::new("b");
        static UNUSED: ContextVar<u8> = ContextVar::new("unused").with_default(3);
        A.set(1);
        B.set("two".to_owned());
        let context = copy_context();
        assert_eq!((context.len(), context.iter().len()), (2, 2));
        assert!(context.contains(&A) && !context.contains(&UNUSED));
        assert_eq!(context.get(&UNUSED), None);
        let value = context.value(&B).unwrap();
        drop(context.clone());
        let names: Vec<_> = (&context)
            .into_iter()
            .map(|binding| binding.name())
            .collect();
        assert_eq!(names, ["a", "b"]);
        let keys: Vec<_> = context.iter().map(|binding| binding.key()).collect();
        assert_eq!(keys, [A.key(), B.key()]);
        drop(context);
        // A value outlives its context.
        assert_eq!(value.clone().len(), 3);
    });
}

#[test]
fn c15_live_from_outside_and_iterators_keep_what_they_saw() {
    static A: ContextVar<u32> = ContextVar::new("a");
    static B: ContextVar<u32> = ContextVar::new("b");
    let context = Context::new();
    context
        .run(|| {
            A.set(1);
            let before = context.iter();
            A.set(2);
            let token = B.set(3);
            assert_eq!((context.len(), context.get(&A)), (2, Some(2)));
            let after = context.iter();
            B.reset(token).unwrap();
            assert_eq!(context.len(), 1);
            let values = |iter: selvedge::contextvars::Iter| {
                iter.map(|binding| *binding.downcast_ref::<u32>().unwrap())
                    .collect::<Vec<_>>()
            };
            assert_eq!(values(before), [1]);
            assert_eq!(values(after), [2, 3]);
        })
        .unwrap();
}

#[test]
fn c15_live_from_another_thread() {
    let _watchdog = watchdog();
    static A: ContextVar<u32> = ContextVar::new("a");
    let context = Arc::new(Context::new());
    let rounds = if cfg!(miri) { 20 } else { 20_000 };
    let there = context.clone();
    let watcher = threading::spawn(move || {
        let mut last = 0;
        let mut seen = 0;
        while last < rounds {
            if let Some(now) = there.get(&A) {
                assert!(now >= last, "{now} after {last}");
                assert_eq!(there.iter().count(), 1);
                seen += u32::from(now > last);
                last = now;
            }
            std::thread::yield_now();
        }
        seen
    });
    context
        .run(|| {
            let mut tokens = Vec::new();
            for n in 1..=rounds {
                let token = A.set(n);
                if n % 7 == 0 {
                    tokens.push(token);
                }
                // Copies make the next change one of shared nodes.
                if n % 3 == 0 {
                    assert_eq!(copy_context().get(&A), Some(n));
                }
            }
        })
        .unwrap();
    assert!(watcher.join().unwrap() > 0);
}

#[test]
fn x20_guard() {
    isolated(|| {
        static C: ContextVar<u32> = ContextVar::new("c");
        {
            let outer = C.set_guard(1);
            assert_eq!(outer.old_value(), None);
            {
                let inner = C.set_guard(2);
                assert_eq!((C.get(), inner.old_value()), (Ok(2), Some(&1)));
            }
            assert_eq!(C.get(), Ok(1));
            let early = C.set_guard(3);
            early.reset().unwrap();
            assert_eq!(C.get(), Ok(1));
        }
        assert!(!C.is_set());

        // A panic resets, too.
        let panic = threading::catch_panic(|| {
            let _guard = C.set_guard(4);
            panic!("oops")
        });
        assert!(panic.is_err() && !C.is_set());

        // Leaked, it resets nothing; dropped elsewhere, neither.
        std::mem::forget(C.set_guard(5));
        assert_eq!(C.get(), Ok(5));
        let guard = Context::new().run(|| C.set_guard(6)).unwrap();
        drop(guard);
        assert_eq!(C.get(), Ok(5));
    });
}

#[test]
fn many_variables_come_and_go() {
    isolated(|| {
        let count = if cfg!(miri) { 40 } else { 600 };
        let variables: Vec<ContextVar<usize>> =
            (0..count).map(|_| ContextVar::new("one of many")).collect();
        let tokens: Vec<Token<usize>> = variables
            .iter()
            .enumerate()
            .map(|(n, variable)| variable.set(n))
            .collect();
        let full = copy_context();
        for (variable, token) in variables.iter().zip(tokens).rev() {
            variable.reset(token).unwrap();
        }
        assert!(copy_context().is_empty());
        assert_eq!(full.len(), count);
        for (n, variable) in variables.iter().enumerate() {
            assert_eq!(full.get(variable), Some(n));
        }
        // They are gone, what they left is not, and no new one finds it.
        drop(variables);
        let new = ContextVar::<String>::new("new");
        assert_eq!((full.len(), full.get(&new)), (count, None));
    });
}
