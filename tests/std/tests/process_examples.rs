//! The examples of the Python documentation for processes, connections, shared values and shared memory, each as a test (rows M-E and H-E; those of queues, managers and pools are with these).
#![cfg(target_os = "linux")]

mod subprocess_support;

use selvedge::multiprocessing::connection::{Connection, one_way, pipe};
use selvedge::multiprocessing::queues::Queue;
use selvedge::multiprocessing::shared_memory::{
    Item, ItemError, ShareableList, SharedMemory, SharedMemoryManager,
};
use selvedge::multiprocessing::sharedctypes::{Array, RawArray, RawValue, Value};
use selvedge::multiprocessing::synchronize::Lock;
use selvedge::multiprocessing::{
    Process, StartMethod, current_process, get_context, parent_process, spawn,
};
use selvedge::subprocess::Signal;
use subprocess_support::{alone, eventually};

/// Rows M-E02, M-E03: a child greets, and says who it is, and whose.
#[test]
fn e02_greetings() {
    fn greet(name: String) -> (String, String, u32, u32) {
        let parent = parent_process().expect("it has one").pid();
        let own = current_process().name().to_owned();
        (format!("hello {name}"), own, std::process::id(), parent)
    }
    let _alone = alone();
    let process = Process::new(greet, "bob".to_owned());
    process.start().unwrap();
    let (text, name, own, parent) = process.join().unwrap();
    assert_eq!((text.as_str(), name), ("hello bob", process.name()));
    assert_eq!(Some(own), process.pid());
    assert_eq!(parent, std::process::id());
}

/// Rows M-E04 to M-E06: a queue for a child, by a context; a mixed list on it.
#[test]
fn e05_a_queue() {
    type Mixed = (u8, Option<()>, String);
    let _alone = alone();
    for method in [StartMethod::Spawn, StartMethod::ForkServer] {
        let queue = Queue::<Mixed>::new(0).unwrap();
        let put = |queue: Queue<Mixed>| queue.put((42, None, "hello".to_owned())).unwrap();
        let process = get_context(method).process(put, queue.clone());
        process.start().unwrap();
        assert_eq!(queue.get().unwrap(), (42, None, "hello".to_owned()));
        process.join().unwrap();
    }
}

/// Row M-E07: the same by a pipe.
#[test]
fn e07_a_pipe() {
    let _alone = alone();
    let (here, there) = pipe().unwrap();
    let send = |there: Connection| there.send(&(42_u8, None::<()>, "hello")).unwrap();
    let process = spawn(send, there).unwrap();
    let got: (u8, Option<()>, String) = here.recv().unwrap();
    assert_eq!(got, (42, None, "hello".to_owned()));
    process.join().unwrap();
}

/// Row M-E08: ten processes that write under one lock.
#[test]
fn e08_one_lock() {
    fn line((lock, text, n): (Lock, RawArray<u8>, u8)) {
        let _guard = lock.acquire().unwrap();
        let begin = text.to_vec().iter().position(|byte| *byte == 0).unwrap();
        for place in 0..8 {
            std::thread::yield_now();
            text.set(begin + place, b'0' + n).unwrap();
        }
    }
    let _alone = alone();
    let (lock, text) = (Lock::new().unwrap(), RawArray::zeros(81).unwrap());
    let start = |n| spawn(line, (lock.clone(), text.try_clone().unwrap(), n)).unwrap();
    let children: Vec<_> = (0..10).map(start).collect();
    for child in children {
        child.join().unwrap();
    }
    let text = text.to_vec();
    let mut lines: Vec<_> = text[..80].chunks(8).collect();
    assert!(
        lines
            .iter()
            .all(|line| line.iter().all(|it| it == &line[0]))
    );
    lines.sort();
    lines.dedup();
    assert_eq!(lines.len(), 10);
}

/// Row M-E09: a number and an array that a child changes.
#[test]
fn e09_shared_values() {
    fn change((number, array): (Value<f64>, Array<i32>)) {
        number.set(2.7);
        for place in 0..array.len() {
            array.set(place, -array.get(place).unwrap()).unwrap();
        }
    }
    let _alone = alone();
    let number = Value::new(0.0).unwrap();
    let array = Array::from_slice(&(0..10).collect::<Vec<_>>()).unwrap();
    let both = (number.try_clone().unwrap(), array.try_clone().unwrap());
    spawn(change, both).unwrap().join().unwrap();
    assert_eq!(number.get(), 2.7);
    assert_eq!(array.to_vec(), (0..10).map(|n| -n).collect::<Vec<_>>());
}

/// Row M-E13: what a process would do, done here.
#[test]
fn e13_run() {
    let _alone = alone();
    for start in [[1].as_slice(), &[1, 2]] {
        let process = Process::new(|n: Vec<i32>| n.iter().sum::<i32>(), start.to_vec());
        assert_eq!(process.run().unwrap(), start.iter().sum());
        assert_eq!(process.pid(), None);
    }
}

/// Row M-E14: the states of a life.
#[test]
fn e14_life() {
    let _alone = alone();
    let sleep = |()| std::thread::sleep(std::time::Duration::from_secs(1000));
    let process = Process::new(sleep, ());
    assert!(format!("{process:?}").contains("initial") && !process.is_alive());
    process.start().unwrap();
    assert!(format!("{process:?}").contains("started") && process.is_alive());
    process.terminate().unwrap();
    eventually(|| !process.is_alive());
    assert!(format!("{process:?}").contains("stopped"));
    assert_eq!(process.exitcode(), Some(-15));
    assert_eq!(process.exit_status().unwrap().signal(), Some(Signal::TERM));
}

/// Row M-E16: values, bytes, and numbers received into memory that is there.
#[test]
fn e16_connections() {
    let _alone = alone();
    let (a, b) = pipe().unwrap();
    a.send(&(1, "hello", None::<()>)).unwrap();
    let got: (i32, String, Option<()>) = b.recv().unwrap();
    assert_eq!(got, (1, "hello".to_owned(), None));
    b.send_bytes(b"thank you").unwrap();
    assert_eq!(a.recv_bytes().unwrap(), b"thank you");
    let one: Vec<u8> = (0..5_i32).flat_map(i32::to_ne_bytes).collect();
    let mut two = [0; 4 * 10];
    a.send_bytes(&one).unwrap();
    let count = b.recv_bytes_into(&mut two).unwrap();
    assert_eq!(count, 5 * 4);
    let numbers: Vec<_> = (two.as_chunks().0.iter())
        .map(|it| i32::from_ne_bytes(*it))
        .collect();
    assert_eq!(numbers, [0, 1, 2, 3, 4, 0, 0, 0, 0, 0]);
}

/// Row M-E17: counting by several processes is a matter of the lock.
#[test]
fn e17_counting() {
    fn count(counter: Value<u32>) {
        for _ in 0..500 {
            let _guard = counter.lock();
            counter.set(counter.get() + 1);
        }
    }
    let _alone = alone();
    let counter = Value::new(0).unwrap();
    let children = [0; 4].map(|_| spawn(count, counter.try_clone().unwrap()).unwrap());
    for child in children {
        child.join().unwrap();
    }
    assert_eq!(counter.get(), 2000);
}

/// Row M-E18: a number, one without a lock, text, and points that a child changes.
#[test]
fn e18_all_kinds() {
    type All = (Value<i32>, RawValue<f64>, Array<u8>, Array<[f64; 2]>);
    fn change((n, x, text, points): All) {
        n.set(n.get().pow(2));
        x.set(x.get().powi(2));
        text.write(0, &text.to_vec().to_ascii_uppercase()).unwrap();
        for place in 0..points.len() {
            let point = points.get(place).unwrap();
            points.set(place, point.map(|it| it * it)).unwrap();
        }
    }
    let _alone = alone();
    let (n, x) = (Value::new(7).unwrap(), RawValue::new(1.0 / 4.0).unwrap());
    let text = Array::from_slice(b"hello world").unwrap();
    let points = Array::from_slice(&[[1.875, -6.25], [-5.75, 2.0], [2.375, 9.5]]).unwrap();
    let all = (
        n.try_clone().unwrap(),
        x.try_clone().unwrap(),
        text.try_clone().unwrap(),
        points.try_clone().unwrap(),
    );
    spawn(change, all).unwrap().join().unwrap();
    assert_eq!((n.get(), x.get()), (49, 0.0625));
    assert_eq!(text.to_vec(), b"HELLO WORLD");
    let squares = [[3.515625, 39.0625], [33.0625, 4.0], [5.640625, 90.25]];
    assert_eq!(points.to_vec(), squares);
}

/// Rows H-E01, H-E02: memory and numbers in it, seen through a second handle and from another process.
#[test]
fn h_e01_two_handles() {
    let _alone = alone();
    let a = SharedMemory::create(10).unwrap();
    a.write(0, &[22, 33, 44, 55]).unwrap();
    a.set(4, &100_u8).unwrap();
    let b = SharedMemory::attach(a.name().unwrap()).unwrap();
    let mut seen = [0; 5];
    b.read(0, &mut seen).unwrap();
    assert_eq!(seen, [22, 33, 44, 55, 100]);
    b.write(0, b"howdy").unwrap();
    assert_eq!(a.get::<[u8; 5]>(0).unwrap(), *b"howdy");
    drop(b);
    a.unlink().unwrap();
    let numbers = SharedMemory::create(6 * 8).unwrap();
    for (place, number) in [1_i64, 1, 2, 3, 5, 8].iter().enumerate() {
        numbers.set(place * 8, number).unwrap();
    }
    let other = |name: String| {
        let numbers = SharedMemory::attach(&name).unwrap();
        let before = numbers.get::<[i64; 6]>(0).unwrap();
        numbers.set(5 * 8, &888_i64).unwrap();
        before.iter().sum::<i64>()
    };
    let child = spawn(other, numbers.name().unwrap().to_owned()).unwrap();
    assert_eq!(child.join().unwrap(), 20);
    assert_eq!(numbers.get::<i64>(40).unwrap(), 888);
}

/// Rows H-E03, H-E04: what a manager has made ends with it; two processes each do half of the work.
#[test]
fn h_e04_halves() {
    fn fill((list, start, end): (ShareableList, i64, i64)) {
        for n in start..end {
            list.set(n as isize, n).unwrap();
        }
    }
    let _alone = alone();
    let manager = SharedMemoryManager::new();
    let memory = manager.memory(128).unwrap();
    let name = memory.name().unwrap().to_owned();
    let list = manager.list((0..2000).map(|_| Item::Int(0))).unwrap();
    let start = |from, to| {
        let there = ShareableList::attach(list.memory().name().unwrap()).unwrap();
        spawn(fill, (there, from, to)).unwrap()
    };
    let halves = [start(0, 1000), start(1000, 2000)];
    for half in halves {
        half.join().unwrap();
    }
    let sum: i64 = list
        .iter()
        .map(|it| if let Item::Int(n) = it { n } else { 0 })
        .sum();
    assert_eq!(sum, (0..2000).sum());
    drop((memory, manager));
    assert!(SharedMemory::attach(&name).is_err());
}

/// Rows H-E05 to H-E07: a list of all kinds; others have it by its name, or get it as a message, and all see each change.
#[test]
fn h_e06_lists() {
    let _alone = alone();
    let howdy = [
        Item::from("howdy"),
        b"HoWdY".into(),
        (-273.154).into(),
        100.into(),
        ().into(),
        true.into(),
        42.into(),
    ];
    let a = ShareableList::new(howdy).unwrap();
    assert_eq!(a.get(2).unwrap(), Item::from(-273.154));
    a.set(2, -78.5).unwrap();
    a.set(2, "dry ice").unwrap();
    let error = a.set(2, "larger than previously allocated storage space");
    assert!(matches!(error, Err(ItemError::TooLong { .. })), "{error:?}");
    assert_eq!(a.get(2).unwrap(), "dry ice".into());
    assert_eq!((a.len(), a.index(42), a.count(b"howdy")), (7, Some(6), 0));
    let b = ShareableList::attach(a.memory().name().unwrap()).unwrap();
    b.set(-1, 0).unwrap();
    assert_eq!(a.get(6).unwrap(), 0.into());
    let (receiver, sender) = one_way().unwrap();
    sender.send(&a).unwrap();
    let c: ShareableList = receiver.recv().unwrap();
    c.set(-1, 999).unwrap();
    assert_eq!(b.get(6).unwrap(), 999.into());
    a.set(0, "h").unwrap();
    assert_eq!(c.get(0).unwrap(), "h".into());
}
