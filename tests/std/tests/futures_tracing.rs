//! Spans of tasks: with the feature `tracing`. A subscriber of its own notes what it is told.

mod futures_map_support;

use std::cell::RefCell;
use std::fmt::Debug;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::thread::{self, ThreadId};

use futures_map_support::{Gate, watched};
use selvedge::concurrent::futures::{Future, ThreadPoolExecutor, block_on};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// What is known of a span.
#[derive(Clone, Debug)]
struct Span {
    name: String,
    /// Its name and target, and whether the level is DEBUG.
    kind: (&'static str, &'static str, bool),
    parent: Option<u64>,
    /// Who entered it, and left it.
    entered: Vec<ThreadId>,
    exited: Vec<ThreadId>,
    events: usize,
    handles: usize,
}

/// All of them; the number of a span is its place and one.
static SPANS: Mutex<Vec<Span>> = Mutex::new(Vec::new());

thread_local! {
    static ENTERED: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

fn spans() -> MutexGuard<'static, Vec<Span>> {
    SPANS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn innermost() -> Option<u64> {
    ENTERED.with_borrow(|entered| entered.last().copied())
}

/// Changes one that must be there.
fn change(id: u64, act: impl FnOnce(&mut Span)) {
    act(&mut spans()[id as usize - 1]);
}

struct Notes;

struct Name<'a>(&'a mut String);

impl Visit for Name<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        panic!("{field} is no text: {value:?}");
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        assert_eq!(field.name(), "name");
        self.0.push_str(value);
    }
}

impl Subscriber for Notes {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("selvedge::") || metadata.target() == module_path!()
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let mut name = String::new();
        attributes.record(&mut Name(&mut name));
        let of = attributes.metadata();
        let parent = match attributes.parent() {
            Some(id) => Some(id.into_u64()),
            None if attributes.is_contextual() => innermost(),
            None => None,
        };
        let mut spans = spans();
        spans.push(Span {
            name,
            kind: (of.name(), of.target(), *of.level() == Level::DEBUG),
            parent,
            entered: Vec::new(),
            exited: Vec::new(),
            events: 0,
            handles: 1,
        });
        Id::from_u64(spans.len() as u64)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {
        if let Some(id) = innermost() {
            change(id, |span| span.events += 1);
        }
    }

    fn enter(&self, id: &Id) {
        ENTERED.with_borrow_mut(|entered| entered.push(id.into_u64()));
        change(id.into_u64(), |span| {
            span.entered.push(thread::current().id());
        });
    }

    fn exit(&self, id: &Id) {
        let left = ENTERED.with_borrow_mut(Vec::pop);
        assert_eq!(left, Some(id.into_u64()), "spans are nested");
        change(id.into_u64(), |span| {
            span.exited.push(thread::current().id());
        });
    }

    fn clone_span(&self, id: &Id) -> Id {
        change(id.into_u64(), |span| span.handles += 1);
        id.clone()
    }

    fn try_close(&self, id: Id) -> bool {
        let mut is_last = false;
        change(id.into_u64(), |span| {
            span.handles -= 1;
            is_last = span.handles == 0;
        });
        is_last
    }
}

fn subscribed(test: impl FnOnce() + Send + 'static) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| tracing::subscriber::set_global_default(Notes).expect("the first"));
    watched(test);
}

/// All that are called so, with their numbers.
fn called(name: &str) -> Vec<(u64, Span)> {
    let spans = spans();
    let with_numbers = (1..).zip(spans.iter().cloned());
    with_numbers.filter(|(_, span)| span.name == name).collect()
}

/// The one of that name.
fn the(name: &str) -> (u64, Span) {
    let mut all = called(name);
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

fn double(number: u64) -> u64 {
    tracing::info!("in the task");
    2 * number
}

fn result<T>(future: Future<T>) -> T {
    future.result().unwrap()
}

/// Its span has the name, and the submitting span as its parent; it is entered where the task runs, for as long as that takes, and closed after it.
#[test]
fn a_task_is_a_span() {
    subscribed(|| {
        let pool = ThreadPoolExecutor::new(1).unwrap();
        let worker = result(pool.spawn(|| thread::current().id()).unwrap());
        let outer = tracing::info_span!("outer");
        let entered = outer.enter();
        assert_eq!(result(pool.submit_named("doubling", double, 4).unwrap()), 8);
        drop(entered);
        pool.spawn_named("apart", || ()).unwrap().wait_done();
        // A worker closes a span after the result is there.
        drop(pool);
        let (_, span) = the("doubling");
        assert_eq!(span.kind, ("task", "selvedge::futures", true));
        assert_eq!(span.parent, outer.id().map(|id| id.into_u64()));
        assert!(span.parent.is_some());
        assert_eq!((span.entered, span.exited), (vec![worker], vec![worker]));
        assert_eq!((span.events, span.handles), (1, 0));
        assert_eq!(the("apart").1.parent, None);
    });
}

/// Without a name for the task it is that of the function's type; and a task of a task is inside of its span.
#[test]
fn tasks_of_tasks_and_their_names() {
    fn inner(_: ()) {}
    subscribed(|| {
        let pool = std::sync::Arc::new(ThreadPoolExecutor::new(2).unwrap());
        let same = std::sync::Arc::clone(&pool);
        let task = move || result(same.submit(inner, ()).unwrap());
        result(pool.spawn_named("the outer task", task).unwrap());
        drop(pool);
        let (outer, _) = the("the outer task");
        let (_, span) = the(std::any::type_name_of_val(&inner));
        assert_eq!(span.parent, Some(outer));
        assert_eq!(span.entered.len(), 1);
    });
}

/// A task that was cancelled has a span that nobody entered, and it is closed; one that panicked was left.
#[test]
fn ends_of_all_kinds() {
    subscribed(|| {
        let (pool, gate) = (ThreadPoolExecutor::new(1).unwrap(), Gate::default());
        let pass = gate.clone();
        let first = pool.spawn_named("the gate", move || pass.pass()).unwrap();
        gate.wait_for(1);
        let cancelled = pool.spawn_named("cancelled", || ()).unwrap();
        assert!(cancelled.cancel());
        gate.open();
        first.wait_done();
        let failed = pool.spawn_named("panicking", || panic!("on purpose"));
        assert!(failed.unwrap().result().is_err());
        drop(pool);
        let (_, span) = the("cancelled");
        assert_eq!((span.entered.len(), span.handles), (0, 0));
        for name in ["the gate", "panicking"] {
            let (_, span) = the(name);
            assert_eq!((span.entered.len(), span.exited.len()), (1, 1), "{name}");
            assert_eq!(span.handles, 0, "{name}");
        }
    });
}

/// A map has a span for each chunk, in the submitting one; a task of an asynchronous program one for each poll.
#[test]
fn chunks_and_polls() {
    fn triple(number: u64) -> u64 {
        3 * number
    }
    subscribed(|| {
        let pool = ThreadPoolExecutor::new(2).unwrap();
        let outer = tracing::info_span!("maps");
        outer.in_scope(|| {
            let map = pool.map(triple, 0..8).unwrap();
            assert_eq!(map.into_vec().unwrap()[7], 21);
        });
        let outer = outer.id().map(|id| id.into_u64());
        let before = spans().len();
        let twice = async {
            let mut polls = 0;
            std::future::poll_fn(|context| {
                polls += 1;
                if polls == 2 {
                    return std::task::Poll::Ready(polls);
                }
                context.waker().wake_by_ref();
                std::task::Poll::Pending
            })
            .await
        };
        assert_eq!(block_on(pool.spawn_async(twice).unwrap()).unwrap(), 2);
        drop(pool);
        let chunks = called(std::any::type_name_of_val(&triple));
        assert_eq!(chunks.len(), 8, "{chunks:?}");
        for (_, chunk) in chunks {
            assert_eq!((chunk.parent, chunk.entered.len()), (outer, 1));
        }
        let all = spans().clone();
        let polls = all[before..].iter().filter(|span| {
            span.kind.0 == "task" && span.name.contains("chunks_and_polls") && span.handles == 0
        });
        assert_eq!(polls.count(), 2);
    });
}
