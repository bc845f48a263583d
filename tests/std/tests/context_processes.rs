//! Contexts as bytes, for other processes: what comes back, and what hostile bytes can do.

mod threading_support;

use selvedge::contextvars::{Context, ContextVar, ImportError, Inherit, carry, copy_context};
use selvedge::threading;
use threading_support::watchdog;

static TEXT: ContextVar<String> = ContextVar::new("text").inherited_by_processes();
static LIST: ContextVar<Vec<u32>> = ContextVar::new("list")
    .inherited_by(Inherit::THREADS)
    .inherited_by_processes();
static HERE: ContextVar<u32> = ContextVar::new("here").with_default(0);

fn isolated<R>(test: impl FnOnce() -> R) -> R {
    Context::new().run(test).expect("a new context")
}

/// A context with all of them set, as bytes.
fn exported() -> Vec<u8> {
    isolated(|| {
        TEXT.set("hello".to_owned());
        LIST.set(vec![1, 2, 300]);
        HERE.set(5);
        copy_context().export().unwrap()
    })
}

#[test]
fn what_has_opted_in_comes_back() {
    assert!(TEXT.inherit().contains(Inherit::PROCESSES));
    assert!(!HERE.inherit().contains(Inherit::PROCESSES));
    let context = Context::import(&exported()).unwrap();
    // From outside it is there as soon as somebody asks, and shows in iterations when it was asked for inside.
    assert_eq!(context.get(&TEXT).unwrap(), "hello");
    assert!(context.contains(&LIST) && !context.contains(&HERE));
    assert_eq!(context.len(), 0);
    context
        .run(|| {
            assert_eq!(TEXT.get().unwrap(), "hello");
            assert_eq!(LIST.with(Vec::len), Ok(3));
            assert_eq!(HERE.get(), Ok(0));
            let token = TEXT.set("mine".to_owned());
            assert_eq!(token.old_value().unwrap(), "hello");
            TEXT.reset(token).unwrap();
            assert_eq!(TEXT.get_or(String::new()), "hello");
        })
        .unwrap();
    assert_eq!(context.len(), 2);
}

#[test]
fn what_was_set_before_it_was_asked_for() {
    let context = Context::import(&exported()).unwrap();
    context
        .run(|| {
            let token = TEXT.set("mine".to_owned());
            assert_eq!(TEXT.get().unwrap(), "mine");
            TEXT.reset(token).unwrap();
            assert_eq!(TEXT.get().unwrap(), "hello");
        })
        .unwrap();
}

#[test]
fn it_is_sent_on() {
    let context = Context::import(&exported()).unwrap();
    context
        .run(|| drop(TEXT.set("changed".to_owned())))
        .unwrap();
    let third = Context::import(&context.export().unwrap()).unwrap();
    assert_eq!(third.get(&TEXT).unwrap(), "changed");
    assert_eq!(third.get(&LIST).unwrap(), [1, 2, 300]);
    assert!(
        Context::import(&Context::new().export().unwrap())
            .unwrap()
            .is_empty()
    );
}

#[test]
fn other_ways_are_the_variables_choice() {
    let _watchdog = watchdog();
    let context = Context::import(&exported()).unwrap();
    context
        .run(|| {
            // The thread gets what goes into threads, whether it has been asked for or not.
            let there = threading::spawn(|| (TEXT.is_set(), LIST.is_set(), LIST.with(Vec::len)));
            assert_eq!(there.join().unwrap(), (false, true, Ok(3)));
            let task = carry(());
            assert!(!task.context().contains(&LIST) && !task.context().contains(&TEXT));
            assert!(copy_context().contains(&TEXT));
            // Values on the way that nobody could have allowed are not exported again.
            let again = Context::import(&task.context().export().unwrap()).unwrap();
            assert!(!again.contains(&LIST));
        })
        .unwrap();
}

#[test]
fn unknown_names_and_other_types_are_as_if_they_were_not_there() {
    let bytes = isolated(|| {
        static STRANGER: ContextVar<u8> = ContextVar::new("unknown there").inherited_by_processes();
        // The name of a list, and a value that is none; then one that is too long for its type.
        static WRONG: ContextVar<String> = ContextVar::new("list").inherited_by_processes();
        static LONG: ContextVar<(String, u8)> = ContextVar::new("text").inherited_by_processes();
        STRANGER.set(1);
        WRONG.set("\u{ff}\u{ff}\u{ff}".to_owned());
        LONG.set(("hello".to_owned(), 1));
        copy_context().export().unwrap()
    });
    let context = Context::import(&bytes).unwrap();
    assert!(!context.contains(&LIST) && !context.contains(&TEXT));
    context
        .run(|| {
            assert!(TEXT.get().is_err() && !LIST.is_set());
            LIST.set(vec![7]);
            assert_eq!(LIST.get().unwrap(), [7]);
        })
        .unwrap();
}

#[test]
fn hostile_bytes() {
    let good = exported();
    assert_eq!(Context::import(&[]).unwrap_err(), ImportError);
    assert_eq!(Context::import(&[2]).unwrap_err(), ImportError);
    // A name that is said to be longer than anything, a length that does not end, a name that is no text.
    for bad in [
        &[1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01][..],
        &[
            1, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
        ],
        &[1, 1, 0xff, 0],
        &[1, 1],
    ] {
        assert_eq!(Context::import(bad).unwrap_err(), ImportError);
    }
    let ask = |bytes: &[u8]| match Context::import(bytes) {
        Ok(context) => context
            .run(|| {
                let _ = (TEXT.get(), LIST.get(), HERE.get());
                copy_context().export().unwrap();
                1
            })
            .unwrap(),
        Err(ImportError) => 0,
    };
    // Every prefix, and every byte changed to a few others.
    let mut taken = 0;
    for end in 0..good.len() {
        taken += ask(&good[..end]);
    }
    for at in 0..good.len() {
        for change in [1, 0x10, 0x7f, 0x80, 0xff] {
            let mut bytes = good.clone();
            bytes[at] ^= change;
            taken += ask(&bytes);
        }
    }
    assert!(taken > 0);
}

#[test]
fn decoding_that_uses_the_variable() {
    static V: ContextVar<Odd> = ContextVar::new("odd").inherited_by_processes();
    struct Odd(u32);
    impl serde::Serialize for Odd {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            V.set(Odd(50));
            self.0.serialize(serializer)
        }
    }
    impl<'de> serde::Deserialize<'de> for Odd {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            V.set(Odd(60));
            u32::deserialize(deserializer).map(Odd)
        }
    }
    isolated(|| {
        V.set(Odd(1));
        let bytes = copy_context().export().unwrap();
        assert_eq!(V.with(|value| value.0), Ok(50));
        let context = Context::import(&bytes).unwrap();
        assert_eq!(context.run(|| V.with(|value| value.0)), Ok(Ok(60)));
    });
}

#[test]
fn a_value_that_cannot_be_serialized() {
    static V: ContextVar<Never> = ContextVar::new("never").inherited_by_processes();
    struct Never;
    impl serde::Serialize for Never {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("no"))
        }
    }
    impl<'de> serde::Deserialize<'de> for Never {
        fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
            Ok(Never)
        }
    }
    isolated(|| {
        V.set(Never);
        let error = copy_context().export().unwrap_err();
        assert_eq!(error.variable(), "never");
        assert!(error.to_string().contains("\"never\""));
        assert!(std::error::Error::source(&error).is_some());
    });
}
