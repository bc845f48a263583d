//! Thread-local data in objects (rows T-24 to T-29, T-E01; CPython's `test_threading_local`).

mod threading_support;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::Duration;

use selvedge::threading::{self, Barrier, Event, Local};
use threading_support::{eventually, watchdog};

/// Counts how many of it are alive.
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn new(alive: &Arc<AtomicUsize>) -> Self {
        alive.fetch_add(1, Ordering::SeqCst);
        Self(alive.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn alive(count: &Arc<AtomicUsize>) -> usize {
    count.load(Ordering::SeqCst)
}

#[test]
fn te01_store_and_read() {
    let local = Local::new(|| RefCell::new(HashMap::new()));
    local.with(|bag| bag.borrow_mut().insert("x", 1));
    assert_eq!(local.with(|bag| bag.borrow()["x"]), 1);
}

#[test]
fn t24_t25_nothing_is_shared() {
    let _watchdog = watchdog();
    let local: Arc<Local<String>> = Arc::new(Local::default());
    local.set("foo".to_owned());
    let here = local.clone();
    threading::spawn(move || {
        assert!(!here.is_set());
        assert_eq!(here.try_with(String::clone), None);
        here.set("bar".to_owned());
        assert_eq!(here.get(), "bar");
        here.clear();
        assert_eq!(here.try_with(String::clone), None);
    })
    .join()
    .unwrap();
    assert_eq!(local.get(), "foo");
}

#[test]
fn t26_the_initialiser_runs_again_in_each_thread() {
    let _watchdog = watchdog();
    let runs = Arc::new(AtomicUsize::new(0));
    let count = runs.clone();
    let local = Arc::new(Local::new(move || {
        count.fetch_add(1, Ordering::SeqCst);
        sleep(Duration::from_millis(5));
        Cell::new(0)
    }));
    let threads: Vec<_> = (1..=10)
        .map(|n| {
            let local = local.clone();
            threading::spawn(move || {
                local.with(|value| value.set(n));
                local.with(Cell::get) == n
            })
        })
        .collect();
    assert!(threads.into_iter().all(|thread| thread.join().unwrap()));
    assert_eq!(runs.load(Ordering::SeqCst), 10);
}

#[test]
fn t26_an_initialiser_that_panics_may_be_tried_again() {
    let _watchdog = watchdog();
    let local = Arc::new(Local::new({
        let tries = AtomicUsize::new(0);
        move || match tries.fetch_add(1, Ordering::SeqCst) {
            0 => panic!("not yet"),
            n => n,
        }
    }));
    let panic = threading::catch_panic(|| local.get()).unwrap_err();
    assert_eq!(panic.message(), "not yet");
    assert!(!local.is_set());
    assert_eq!(local.get(), 1);
}

#[test]
fn t26_an_initialiser_may_use_its_own_object() {
    static LOCAL: Local<u32> = Local::new(|| {
        LOCAL.set(1);
        2
    });
    assert_eq!(LOCAL.get(), 1);
}

#[test]
fn t28_values_are_destroyed_before_join_returns() {
    let _watchdog = watchdog();
    struct Slow(#[allow(dead_code, reason = "its drop counts")] Counted);
    impl Drop for Slow {
        fn drop(&mut self) {
            sleep(Duration::from_millis(20));
        }
    }
    let count = Arc::new(AtomicUsize::new(0));
    let local = Arc::new(Local::new({
        let count = count.clone();
        move || Slow(Counted::new(&count))
    }));
    for _ in 0..10 {
        let local = local.clone();
        let thread = threading::spawn(move || local.with(|_| ()));
        thread.join().unwrap();
        assert_eq!(alive(&count), 0);
    }
}

thread_local! {
    static STD: RefCell<Option<Counted>> = const { RefCell::new(None) };
}

#[test]
fn t28_std_thread_locals_are_destroyed_before_join_returns() {
    let _watchdog = watchdog();
    let count = Arc::new(AtomicUsize::new(0));
    for _ in 0..50 {
        let mine = count.clone();
        threading::spawn(move || STD.set(Some(Counted::new(&mine))))
            .join()
            .unwrap();
        assert_eq!(alive(&count), 0);
    }
}

#[test]
fn t28_values_of_foreign_threads_are_destroyed_at_their_end() {
    let _watchdog = watchdog();
    let count = Arc::new(AtomicUsize::new(0));
    let local = Arc::new(Local::new({
        let count = count.clone();
        move || Counted::new(&count)
    }));
    let here = local.clone();
    std::thread::spawn(move || here.with(|_| ()))
        .join()
        .unwrap();
    assert_eq!(alive(&count), 0);
    drop(local);
}

#[test]
fn t28_values_are_destroyed_with_their_object() {
    let _watchdog = watchdog();
    let count = Arc::new(AtomicUsize::new(0));
    let local = Arc::new(Local::new({
        let count = count.clone();
        move || Counted::new(&count)
    }));
    let made = Arc::new(Barrier::new(5));
    let done = Arc::new(Event::new());
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let (local, made, done) = (local.clone(), made.clone(), done.clone());
            threading::spawn(move || {
                local.with(|_| ());
                drop(local);
                made.wait().unwrap();
                done.wait();
            })
        })
        .collect();
    made.wait().unwrap();
    assert_eq!(alive(&count), 4);
    drop(local);
    assert_eq!(alive(&count), 0);
    done.set();
    for thread in threads {
        thread.join().unwrap();
    }
}

#[test]
fn t28_a_new_object_never_sees_values_of_an_old_one() {
    let _watchdog = watchdog();
    let e1 = Arc::new(Event::new());
    let e2 = Arc::new(Event::new());
    let (set, go) = (e1.clone(), e2.clone());
    let locals: Arc<threading::Mutex<Vec<Local<u32>>>> =
        Arc::new(threading::Mutex::new(Vec::new()));
    let seen = locals.clone();
    let thread = threading::spawn(move || {
        // These places in the tables are used again.
        let old: Vec<Local<u32>> = (0..10).map(|_| Local::default()).collect();
        old.iter().for_each(|local| local.set(7));
        drop(old);
        set.set();
        go.wait();
        seen.lock().iter().all(|local| !local.is_set())
    });
    e1.wait();
    locals.lock().extend((0..20).map(|n| {
        let local = Local::default();
        local.set(n);
        local
    }));
    e2.set();
    assert!(thread.join().unwrap());
    assert!(
        locals
            .lock()
            .iter()
            .enumerate()
            .all(|(n, local)| local.get() as usize == n)
    );
}

/// Objects come and go while threads that have values in them end: CPython's `test_threading_local_clear_race`, and more.
#[test]
fn t28_objects_and_threads_end_at_once() {
    let _watchdog = watchdog();
    let count = Arc::new(AtomicUsize::new(0));
    for _ in 0..100 {
        let local = Arc::new(Local::new({
            let count = count.clone();
            move || Counted::new(&count)
        }));
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let local = local.clone();
                threading::spawn(move || {
                    local.with(|_| ());
                    let own = Local::new(|| 1);
                    own.get()
                })
            })
            .collect();
        drop(local);
        for thread in threads {
            assert_eq!(thread.join().unwrap(), 1);
        }
    }
    assert_eq!(alive(&count), 0);
}

#[test]
fn t28_destructors_may_use_locals() {
    let _watchdog = watchdog();
    static OTHER: Local<Cell<u32>> = Local::new(|| Cell::new(0));
    static SEEN: AtomicUsize = AtomicUsize::new(0);
    struct Uses;
    impl Drop for Uses {
        fn drop(&mut self) {
            OTHER.with(|other| {
                other.set(other.get() + 1);
                SEEN.store(other.get() as usize, Ordering::SeqCst);
            });
        }
    }
    static LOCAL: Local<Uses> = Local::new(|| Uses);
    threading::spawn(|| {
        OTHER.with(|other| other.set(41));
        LOCAL.with(|_| ());
    })
    .join()
    .unwrap();
    assert_eq!(SEEN.load(Ordering::SeqCst), 42);
}

/// A value made so late that the thread's target and its `thread_local!`s are gone is destroyed before `join` returns, too.
#[test]
fn t28_values_made_by_the_destructor_of_a_std_thread_local() {
    let _watchdog = watchdog();
    static COUNT: std::sync::LazyLock<Arc<AtomicUsize>> = std::sync::LazyLock::new(Arc::default);
    static LOCAL: Local<Counted> = Local::new(|| Counted::new(&COUNT));
    struct Late;
    impl Drop for Late {
        fn drop(&mut self) {
            LOCAL.with(|_| ());
        }
    }
    thread_local! {
        static LATE: Late = const { Late };
    }
    threading::spawn(|| LATE.with(|_| ())).join().unwrap();
    assert_eq!(alive(&COUNT), 0);
}

#[test]
fn t29_a_value_in_use_outlives_its_replacement() {
    let count = Arc::new(AtomicUsize::new(0));
    let local = Local::new({
        let count = count.clone();
        move || Counted::new(&count)
    });
    local.with(|_old| {
        local.set(Counted::new(&count));
        assert_eq!(alive(&count), 2);
        local.with(|_new| assert!(local.take().is_none()));
        local.clear();
        assert_eq!(alive(&count), 1);
    });
    assert_eq!(alive(&count), 0);
    local.set(Counted::new(&count));
    assert!(local.take().is_some());
    assert!(!local.is_set());
}

/// CPython's `test_local_refs`: many threads, one object, nothing is left.
#[test]
fn t28_many_threads_leave_nothing() {
    let _watchdog = watchdog();
    let count = Arc::new(AtomicUsize::new(0));
    let local = Arc::new(Local::new({
        let count = count.clone();
        move || Counted::new(&count)
    }));
    for _ in 0..100 {
        let local = local.clone();
        threading::spawn(move || local.with(|_| ()));
    }
    eventually(|| Arc::strong_count(&local) == 1 && alive(&count) == 0);
}

#[test]
fn debug_shows_the_own_value() {
    let local: Local<u32> = Local::default();
    assert_eq!(format!("{local:?}"), "Local(\"unset in this thread\")");
    local.set(3);
    assert_eq!(format!("{local:?}"), "Local(3)");
}
