//! `SharedMemoryManager` uses memory again (row H-13), and never what anybody still has.
#![cfg(target_os = "linux")]

mod subprocess_support;

use std::os::fd::AsFd;
use std::thread;

use selvedge::multiprocessing::connection::{Connection, pipe};
use selvedge::multiprocessing::shared_memory::{Item, SharedMemory, SharedMemoryManager};
use selvedge::multiprocessing::{fork, spawn};
use subprocess_support::{alone, eventually};

const SIZE: usize = 3 * 4096;

/// Which memory it is, under whatever name.
fn number(memory: &SharedMemory) -> u64 {
    let fd = memory.as_fd().try_clone_to_owned().unwrap();
    let file = std::fs::File::from(fd).metadata().unwrap();
    std::os::unix::fs::MetadataExt::ino(&file)
}

fn fill(memory: &SharedMemory, byte: u8) {
    memory.write(0, &vec![byte; memory.size()]).unwrap();
}

fn is_full_of(memory: &SharedMemory, byte: u8) -> bool {
    let mut bytes = vec![!byte; memory.size()];
    memory.read(0, &mut bytes).unwrap();
    bytes.iter().all(|it| *it == byte)
}

/// Asks until it gets the memory of this number: others have it for a moment, as children that are being started have all descriptors until they are programs.
fn comes_back(manager: &SharedMemoryManager, wanted: u64) {
    eventually(|| {
        let memory = manager.memory(SIZE).unwrap();
        let found = number(&memory) == wanted;
        assert!(is_full_of(&memory, 0));
        fill(&memory, 3);
        memory.unlink().unwrap();
        found
    });
}

#[test]
fn h13_what_nobody_has_is_used_again() {
    let _alone = alone();
    let manager = SharedMemoryManager::new();
    let first = manager.memory(SIZE).unwrap();
    let (wanted, name) = (number(&first), first.name().unwrap().to_owned());
    fill(&first, 1);
    first.unlink().unwrap();
    drop(first);
    let second = manager.memory(SIZE).unwrap();
    assert_eq!(number(&second), wanted);
    assert_ne!(second.name(), Some(&*name));
    assert!(is_full_of(&second, 0));
    assert!(SharedMemory::attach(&name).is_err());
    fill(&second, 2);
    let found = SharedMemory::attach(second.name().unwrap()).unwrap();
    assert!(is_full_of(&found, 2));
    // The manager keeps it and its name, as it does with new memory.
    let name = second.name().unwrap().to_owned();
    drop((second, found));
    assert!(is_full_of(&SharedMemory::attach(&name).unwrap(), 2));
    assert_ne!(number(&manager.memory(SIZE).unwrap()), wanted);
    manager.shutdown();
    assert!(SharedMemory::attach(&name).is_err());
}

#[test]
fn h13_what_somebody_has_is_not() {
    fn holds((memory, there): (SharedMemory, Connection)) {
        there.send(&()).unwrap();
        let _ = there.recv::<()>();
        assert!(is_full_of(&memory, 1));
    }
    fn attaches((name, there): (String, Connection)) {
        holds((SharedMemory::attach(&name).unwrap(), there));
    }
    let _alone = alone();
    let manager = SharedMemoryManager::new();
    let taken = || {
        let memory = manager.memory(SIZE).unwrap();
        fill(&memory, 1);
        memory
    };
    let others = |wanted: u64| {
        for _ in 0..5 {
            assert_ne!(number(&manager.memory(SIZE).unwrap()), wanted);
        }
    };

    let first = taken();
    first.unlink().unwrap();
    others(number(&first));
    let again = first.try_clone().unwrap();
    drop(first);
    others(number(&again));
    assert!(is_full_of(&again, 1));
    drop(again);

    let found = {
        let memory = taken();
        let found = SharedMemory::attach(memory.name().unwrap()).unwrap();
        memory.unlink().unwrap();
        found
    };
    others(number(&found));
    assert!(is_full_of(&found, 1));
    drop(found);

    // In another process, given to it or found there; killed, or at its end.
    for kills in [true, false] {
        for gives in [true, false] {
            let memory = taken();
            let wanted = number(&memory);
            let (here, there) = pipe().unwrap();
            let child = if gives {
                spawn(holds, (memory.try_clone().unwrap(), there)).unwrap()
            } else {
                spawn(attaches, (memory.name().unwrap().to_owned(), there)).unwrap()
            };
            here.recv::<()>().unwrap();
            memory.unlink().unwrap();
            drop(memory);
            others(wanted);
            if kills {
                child.kill().unwrap();
                assert!(child.join().is_err());
            } else {
                here.send(&()).unwrap();
                child.join().unwrap();
            }
            comes_back(&manager, wanted);
        }
    }
}

/// A copy of the process has a copy of the manager, and both must not use the same memory.
#[test]
fn h13_a_copy_uses_nothing_again() {
    fn copies(_: ()) -> bool {
        let manager = SharedMemoryManager::new();
        let first = manager.memory(SIZE).unwrap();
        let wanted = number(&first);
        fill(&first, 1);
        first.unlink().unwrap();
        drop(first);
        let (here, there) = pipe().unwrap();
        let copy = fork(|| {
            let own = manager.memory(SIZE).unwrap();
            assert_ne!(number(&own), wanted);
            fill(&own, 2);
            there.send(&()).unwrap();
            there.recv::<()>().unwrap();
            is_full_of(&own, 2)
        })
        .unwrap();
        here.recv::<()>().unwrap();
        let second = manager.memory(SIZE).unwrap();
        assert_eq!(number(&second), wanted);
        assert!(is_full_of(&second, 0));
        fill(&second, 3);
        here.send(&()).unwrap();
        copy.join().unwrap() && is_full_of(&second, 3)
    }
    let _alone = alone();
    assert!(spawn(copies, ()).unwrap().join().unwrap());
}

/// What is used again, beside plain memory of the same size.
#[test]
fn h13_lists_sizes_and_pages_never_used() {
    let _alone = alone();
    let manager = SharedMemoryManager::new();
    let list = manager.list((0..2000_i64).map(Item::Int)).unwrap();
    let (size, wanted) = (list.memory().size(), number(list.memory()));
    list.unlink().unwrap();
    assert_ne!(number(&manager.memory(size).unwrap()), wanted);
    drop(list);
    let memory = manager.memory(size).unwrap();
    assert_eq!(number(&memory), wanted);
    assert!(is_full_of(&memory, 0));
    memory.unlink().unwrap();
    drop(memory);
    assert_ne!(number(&manager.memory(size + 1).unwrap()), wanted);

    // To fill it would be more work than to give it back.
    let sparse = manager.memory(64 << 20).unwrap();
    sparse.set(5, &1_u8).unwrap();
    let wanted = number(&sparse);
    sparse.unlink().unwrap();
    drop(sparse);
    assert_ne!(number(&manager.memory(64 << 20).unwrap()), wanted);
}

/// Whatever is done at the same time, nobody finds anything but zeros in new memory, or anything but its own in what it has.
#[test]
fn h13_at_random() {
    let _alone = alone();
    let manager = SharedMemoryManager::new();
    let (names, found) = (std::sync::Mutex::new(Vec::<(String, u8)>::new()), &manager);
    thread::scope(|scope| {
        for own in 1..=3_u8 {
            let names = &names;
            scope.spawn(move || {
                for turn in 0..60_u32 {
                    let memory = found.memory(SIZE).unwrap();
                    assert!(is_full_of(&memory, 0));
                    fill(&memory, own);
                    let name = memory.name().unwrap().to_owned();
                    names.lock().unwrap().push((name, own));
                    // Of whomever; it may be gone, or be going.
                    let other = {
                        let names = names.lock().unwrap();
                        names[turn as usize * 7 % names.len()].clone()
                    };
                    let attached = SharedMemory::attach(&other.0).ok();
                    if turn % 3 == 0 {
                        memory.unlink().unwrap();
                    }
                    if let Some(attached) = attached {
                        thread::yield_now();
                        assert!(is_full_of(&attached, other.1));
                    }
                    assert!(is_full_of(&memory, own));
                    let _ = memory.unlink();
                    names
                        .lock()
                        .unwrap()
                        .retain(|(it, _)| Some(&**it) != memory.name());
                }
            });
        }
    });
}
