//! `multiprocessing::shared_memory` (rows H-01 to H-22).
#![cfg(target_os = "linux")]

mod subprocess_support;

use std::os::fd::AsFd;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use selvedge::multiprocessing::connection::{Connection, pipe};
use selvedge::multiprocessing::shared_memory::{
    Item, ItemError, ListError, NoName, OpenError, ShareableList, SharedMemory,
    SharedMemoryManager, names,
};
use selvedge::multiprocessing::spawn;
use subprocess_support::{alone, eventually};

fn name(of: &str) -> String {
    format!("test-{of}-{}", std::process::id())
}

fn folder(name: &str) -> PathBuf {
    let home = ["/dev/shm", "/tmp"].map(|base| {
        let uid =
            std::fs::metadata("/proc/self").map(|it| std::os::unix::fs::MetadataExt::uid(&it));
        PathBuf::from(format!("{base}/selvedge-{}", uid.unwrap()))
    });
    home.into_iter()
        .find(|home| home.exists())
        .unwrap()
        .join(name)
}

/// Rows H-01 to H-07, H-E01: names, sizes, ends.
#[test]
fn h01_life() {
    let _alone = alone();
    let name = name("life");
    assert!(matches!(SharedMemory::create(0), Err(OpenError::Empty)));
    assert!(matches!(
        SharedMemory::attach(&name),
        Err(OpenError::NotFound)
    ));
    for bad in ["", "a/b", ".", "..", "a\0b", &"x".repeat(201)] {
        assert!(matches!(
            SharedMemory::create_named(bad, 1),
            Err(OpenError::BadName)
        ));
        assert!(matches!(SharedMemory::attach(bad), Err(OpenError::BadName)));
    }
    let first = SharedMemory::create_named(&name, 10).unwrap();
    assert_eq!((first.name(), first.size()), (Some(&*name), 10));
    assert!(matches!(
        SharedMemory::create_named(&name, 5),
        Err(OpenError::Exists)
    ));
    assert_eq!(first.get::<[u8; 10]>(0).unwrap(), [0; 10]);
    first.write(0, b"howdy").unwrap();
    let second = SharedMemory::attach(&name).unwrap();
    assert_eq!(second.size(), 10);
    let mut bytes = [0; 5];
    second.read(0, &mut bytes).unwrap();
    assert_eq!(&bytes, b"howdy");
    second.set(3, &[1_u8, 2]).unwrap();
    assert_eq!(first.get::<[u8; 2]>(3).unwrap(), [1, 2]);
    assert!(names().unwrap().contains(&name));
    // The creator goes, the name stays with the other.
    drop(first);
    let third = SharedMemory::attach(&name).unwrap();
    second.unlink().unwrap();
    assert_eq!(second.unlink(), Err(NoName));
    assert_eq!(third.unlink(), Err(NoName));
    assert!(matches!(
        SharedMemory::attach(&name),
        Err(OpenError::NotFound)
    ));
    assert_eq!(third.get::<[u8; 2]>(3).unwrap(), [1, 2]);
    let again = SharedMemory::create_named(&name, 3).unwrap();
    drop((second, third));
    assert!(SharedMemory::attach(&name).is_ok());
    drop(again);
    assert!(!folder(&name).exists());
}

/// Bounds and alignment.
#[test]
fn bounds() {
    let _alone = alone();
    let memory = SharedMemory::anonymous(16).unwrap();
    assert_eq!(memory.name(), None);
    assert_eq!(memory.unlink(), Err(NoName));
    memory.write(16, b"").unwrap();
    assert!(memory.write(16, b"x").is_err());
    assert!(memory.write(17, b"").is_err());
    assert!(memory.read(usize::MAX, &mut [0; 2]).is_err());
    assert!(memory.get::<u64>(9).is_err());
    memory.set(7, &0x0102_0304_u32).unwrap();
    assert_eq!(memory.get::<u32>(7).unwrap(), 0x0102_0304);
    assert!(memory.atomic::<AtomicU32>(12).is_ok());
    for bad in [1, 2, 13, 16, usize::MAX - 3] {
        assert!(memory.atomic::<AtomicU32>(bad).is_err());
    }
}

/// Row H-08: from hand to hand, by argument and by message; the counter is one.
#[test]
fn h08_travels() {
    fn count((memory, rounds): (SharedMemory, u32)) {
        let counter = memory.atomic::<AtomicU64>(8).unwrap();
        for _ in 0..rounds {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }
    let _alone = alone();
    let memory = SharedMemory::anonymous(100).unwrap();
    let children = [0; 3].map(|_| spawn(count, (memory.try_clone().unwrap(), 10_000)).unwrap());
    for child in children {
        child.join().unwrap();
    }
    assert_eq!(memory.get::<u64>(8).unwrap(), 30_000);
    let (here, there) = pipe().unwrap();
    here.send(&memory).unwrap();
    let other: SharedMemory = there.recv().unwrap();
    other.set(0, &9_u8).unwrap();
    assert_eq!(memory.get::<u8>(0).unwrap(), 9);
}

/// Nobody can change its size, so nobody can make us touch what is not there.
#[test]
fn sealed() {
    let _alone = alone();
    let memory = SharedMemory::anonymous(4096).unwrap();
    let file = std::fs::File::from(memory.as_fd().try_clone_to_owned().unwrap());
    for size in [0, 100, 10_000] {
        assert!(file.set_len(size).is_err());
    }
    assert_eq!(memory.get::<u8>(4095).unwrap(), 0);
    // What could be cut is not taken.
    let path = std::env::temp_dir().join(name("cut"));
    std::fs::write(&path, [1; 100]).unwrap();
    let open = std::fs::File::options()
        .read(true)
        .write(true)
        .open(&path)
        .unwrap();
    std::fs::remove_file(&path).unwrap();
    assert!(matches!(
        SharedMemory::from_fd(open.into()),
        Err(OpenError::NotSealed)
    ));
    assert!(matches!(
        SharedMemory::from_fd(std::io::pipe().unwrap().0.into()),
        Err(OpenError::NotSealed)
    ));
}

/// Rows H-10, H-11: whoever dies, what others have stays, and what nobody has is gone.
#[test]
fn h11_killed_owners() {
    fn own((there, name, create): (Connection, String, bool)) {
        let memory = if create {
            SharedMemory::create_named(&name, 100)
        } else {
            SharedMemory::attach(&name)
        };
        let memory = memory.unwrap();
        memory.write(0, b"mine").unwrap();
        there.send(&()).unwrap();
        std::thread::sleep(Duration::from_secs(100));
    }
    let _alone = alone();
    let name = name("killed");
    let start = |create| {
        let (here, there) = pipe().unwrap();
        let child = spawn(own, (there, name.clone(), create)).unwrap();
        here.recv::<()>().unwrap();
        child
    };
    let creator = start(true);
    let second = start(false);
    creator.kill().unwrap();
    assert!(creator.join().is_err());
    {
        let here = SharedMemory::attach(&name).unwrap();
        assert_eq!(here.get::<[u8; 4]>(0).unwrap(), *b"mine");
    }
    second.kill().unwrap();
    assert!(second.join().is_err());
    assert!(matches!(
        SharedMemory::attach(&name),
        Err(OpenError::NotFound)
    ));
    assert!(!folder(&name).exists());
    let third = start(true);
    third.kill().unwrap();
    assert!(third.join().is_err());
    assert!(folder(&name).exists());
    assert!(!names().unwrap().contains(&name));
    assert!(!folder(&name).exists());
    let fourth = start(true);
    fourth.kill().unwrap();
    assert!(fourth.join().is_err());
    drop(SharedMemory::create_named(&name, 5).unwrap());
    assert!(!folder(&name).exists());
}

/// Many at once: one creates, the others attach to the same, and nobody gets anything else.
#[test]
fn names_are_exclusive() {
    fn compete(name: String) -> (bool, u64) {
        let (memory, created) = loop {
            match SharedMemory::create_named(&name, 8) {
                Ok(memory) => break (memory, true),
                Err(OpenError::Exists) => {}
                Err(error) => panic!("{error}"),
            }
            match SharedMemory::attach(&name) {
                Ok(memory) => break (memory, false),
                Err(OpenError::NotFound) => {}
                Err(error) => panic!("{error}"),
            }
        };
        let counter = memory.atomic::<AtomicU64>(0).unwrap();
        counter.fetch_add(1, Ordering::SeqCst);
        eventually(|| counter.load(Ordering::SeqCst) == 4);
        (created, counter.load(Ordering::SeqCst))
    }
    let _alone = alone();
    for round in 0..5 {
        let name = name(&format!("race{round}"));
        let children = [0; 4].map(|_| spawn(compete, name.clone()).unwrap());
        let outcomes = children.map(|child| child.join().unwrap());
        assert_eq!(outcomes.iter().filter(|(created, _)| *created).count(), 1);
        assert!(outcomes.iter().all(|(_, count)| *count == 4));
        assert!(!folder(&name).exists());
    }
}

fn mixed() -> Vec<Item> {
    vec![
        "howdy".into(),
        b"HoWdY".into(),
        (-273.154).into(),
        100.into(),
        ().into(),
        true.into(),
        42.into(),
    ]
}

/// Rows H-14, H-15, H-17, H-18, H-20, H-21, H-E05.
#[test]
fn h14_list() {
    let _alone = alone();
    let list = ShareableList::new(mixed()).unwrap();
    assert_eq!(list.len(), 7);
    assert_eq!(list.iter().collect::<Vec<_>>(), mixed());
    assert_eq!(list.format(), "5s5sdqxxxxxx?xxxxxxxx?q");
    assert_eq!(list.get(2), Ok(Item::Float(-273.154)));
    list.set(2, -78.5).unwrap();
    assert_eq!(list.get(-5), Ok(Item::Float(-78.5)));
    list.set(2, "dry ice").unwrap();
    assert_eq!(list.get(2), Ok(Item::from("dry ice")));
    assert_eq!(
        list.set(2, "larger than previously allocated"),
        Err(ItemError::TooLong { room: 8 })
    );
    assert_eq!(list.get(2), Ok(Item::from("dry ice")));
    assert_eq!(
        (list.count(42), list.index(42), list.index("no")),
        (1, Some(6), None)
    );
    for bad in [7, -8, isize::MAX, isize::MIN] {
        assert_eq!(list.get(bad), Err(ItemError::NoSuchIndex));
        assert_eq!(list.set(bad, 1), Err(ItemError::NoSuchIndex));
    }
    list.set(0, i64::MIN).unwrap();
    list.set(3, "8 bytes!").unwrap();
    assert_eq!(list.get(3), Ok(Item::from("8 bytes!")));
    assert_eq!(list.get(4), Ok(Item::None));
    let other = ShareableList::attach(list.memory().name().unwrap()).unwrap();
    assert!(other.iter().eq(list.iter()));
    assert!(ShareableList::new([0_i64; 0]).unwrap().is_empty());
    list.unlink().unwrap();
    let name = name("list");
    let named = ShareableList::new_named(&name, [1]).unwrap();
    assert_eq!(
        ShareableList::attach(&name).unwrap().get(0),
        Ok(Item::Int(1))
    );
    drop(named);
}

/// Rows H-15, H-16, H-19: text is exact, whatever is in it.
#[test]
fn h16_exact_text() {
    let _alone = alone();
    let texts = [
        "éééééée",
        "",
        "a\0\0",
        "\u{10FFFF}",
        "12345678",
        "1234567\0",
    ];
    let list = ShareableList::new(texts).unwrap();
    let bytes = ShareableList::new(texts.map(str::as_bytes)).unwrap();
    for (i, text) in (0..).zip(texts) {
        assert_eq!(list.get(i), Ok(Item::from(text)));
        assert_eq!(bytes.get(i), Ok(Item::from(text.as_bytes())));
    }
    let too_long = "x".repeat(10_000_000);
    assert!(matches!(
        ShareableList::new([&*too_long]),
        Err(ListError::TooLong)
    ));
    assert!(ShareableList::new([&too_long[1..]]).is_ok());
}

/// Whatever another process writes: an answer or an error, and nothing outside of the memory.
#[test]
fn hostile_bytes() {
    let _alone = alone();
    let list = ShareableList::new(mixed()).unwrap();
    let size = list.memory().size();
    let mut original = vec![0; size];
    list.memory().read(0, &mut original).unwrap();
    let mut seed = 88172645463325252_u64;
    let mut damaged = 0;
    for round in 0..20_000 {
        let mut bytes = original.clone();
        for _ in 0..=round % 4 {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            bytes[seed as usize % size] = (seed >> 32) as u8;
        }
        list.memory().write(0, &bytes).unwrap();
        for index in -7..7 {
            damaged += u32::from(list.get(index) == Err(ItemError::Damaged));
        }
        let _ = list.set(round % 7, "text");
        match ShareableList::open(list.memory().try_clone().unwrap()) {
            Ok(other) => assert!(other.iter().count() <= other.len()),
            Err(error) => assert!(matches!(error, ListError::Damaged)),
        }
    }
    assert!(damaged > 1000, "{damaged}");
    for size in 1..24 {
        let memory = SharedMemory::anonymous(size).unwrap();
        memory.write(0, &vec![0xff; size]).unwrap();
        assert!(ShareableList::open(memory).is_err());
    }
}

/// Row H-13.
#[test]
fn h13_manager() {
    let _alone = alone();
    let manager = SharedMemoryManager::new();
    let memory = manager.memory(5).unwrap();
    let name = memory.name().unwrap().to_owned();
    drop(memory);
    assert_eq!(SharedMemory::attach(&name).unwrap().size(), 5);
    let list = manager.list([1, 2]).unwrap();
    manager.shutdown();
    assert!(SharedMemory::attach(&name).is_err());
    assert_eq!(list.unlink(), Err(NoName));
    assert_eq!(list.get(1), Ok(Item::Int(2)));
}
