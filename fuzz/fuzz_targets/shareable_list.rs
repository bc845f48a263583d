//! A list in memory where somebody has written anything, before it was opened and while it is open: errors, and no more memory than it has. And a list of any elements gives them back.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use selvedge::multiprocessing::shared_memory::{Item, ItemError, ShareableList, SharedMemory};

#[derive(Arbitrary, Debug, Clone)]
enum Value {
    Int(i64),
    Float(f64),
    Bool(bool),
    Str(String),
    Bytes(Vec<u8>),
    None,
}

impl From<Value> for Item {
    fn from(value: Value) -> Self {
        match value {
            Value::Int(value) => value.into(),
            Value::Float(value) => value.into(),
            Value::Bool(value) => value.into(),
            Value::Str(value) => value.into(),
            Value::Bytes(value) => value.into(),
            Value::None => ().into(),
        }
    }
}

#[derive(Arbitrary, Debug)]
struct Input {
    items: Vec<Value>,
    /// Places and bytes: damage from outside, while the list is open.
    damage: Vec<(u16, u8)>,
    sets: Vec<(i8, Value)>,
    /// Or these bytes as a list of their own.
    bytes: Vec<u8>,
}

/// Not `==`: numbers that are none are not equal to themselves.
fn is_same(one: &Item, other: &Item) -> bool {
    match (one, other) {
        (Item::Float(one), Item::Float(other)) => one.to_bits() == other.to_bits(),
        _ => one == other,
    }
}

/// Everything that can be asked, of a list that may be nonsense.
fn ask(list: &ShareableList) {
    let len = list.len();
    let size = list.memory().size();
    assert!(len * 17 + 16 <= size);
    assert!(list.is_empty() == (len == 0));
    let end = isize::try_from(len).expect("it is in memory");
    let there: Vec<_> = (0..end).filter_map(|index| list.get(index).ok()).collect();
    for item in &there {
        match item {
            Item::Str(text) => assert!(text.len() <= size),
            Item::Bytes(bytes) => assert!(bytes.len() <= size),
            _ => {}
        }
        assert!(list.count(item.clone()) <= len);
        let _ = list.index(item.clone());
    }
    assert_eq!(list.iter().count(), there.len());
    for index in [end, -end - 1, isize::MIN, isize::MAX] {
        assert_eq!(list.get(index), Err(ItemError::NoSuchIndex));
    }
    assert!(list.format().len() <= 3 * 8 * len);
    let _ = format!("{list:?}");
}

/// The list in another's memory of these bytes, if it is one.
fn over(bytes: &[u8]) -> Option<ShareableList> {
    let memory = SharedMemory::anonymous(bytes.len().max(1)).expect("there is room");
    memory.write(0, bytes).expect("it is inside");
    ShareableList::open(memory).ok()
}

fuzz_target!(|input: Input| {
    let Input {
        items,
        damage,
        sets,
        bytes,
    } = input;
    if let Some(list) = over(&bytes) {
        ask(&list);
        let _ = list.set(0, i64::MAX);
        ask(&list);
    }

    let expected: Vec<Item> = items.into_iter().map(Item::from).collect();
    // Over a copy without a name: names are not what this is about, and are slow.
    let named = ShareableList::new(expected.clone()).expect("it is small");
    let mut copy = vec![0; named.memory().size()];
    named.memory().read(0, &mut copy).expect("it is inside");
    drop(named);
    let list = over(&copy).expect("it is a list");
    assert_eq!(list.len(), expected.len());
    for (index, item) in (0..).zip(&expected) {
        assert!(is_same(&list.get(index).expect("it is there"), item));
    }
    for (index, value) in sets.clone() {
        let item = Item::from(value);
        match list.set(index.into(), item.clone()) {
            Ok(()) => assert!(is_same(&list.get(index.into()).expect("it was set"), &item)),
            Err(ItemError::NoSuchIndex) => assert!(list.get(index.into()).is_err()),
            Err(error) => assert!(matches!(error, ItemError::TooLong { .. }), "{error}"),
        }
    }
    ask(&list);
    for (place, byte) in damage {
        let place = usize::from(place) % list.memory().size();
        list.memory().write(place, &[byte]).expect("it is inside");
    }
    ask(&list);
    for (index, value) in sets {
        let _ = list.set(index.into(), value);
    }
    ask(&list);
});
