//! The readers-writer lock: exclusion, and nobody waits behind one that has gone.

use std::sync::Arc;

use loom_tests::{Bound, Data, Seen, Signal, Ticks, World, block_on, explore, poll, spawn};
use selvedge_core::{RwLock, RwLockWriteGuard};

models! {
    two_writers,
    a_writer_and_a_reader,
    two_writers_and_a_reader,
    two_readers_and_a_writer,
    a_writer_gives_up_before_a_reader,
    a_writer_gives_up_before_a_writer,
    a_writer_gives_up_beside_a_newcomer,
    a_reader_gives_up,
    a_writer_becomes_a_reader,
    a_future_and_a_thread_write,
    a_writing_future_is_dropped,
}

type Book<P> = RwLock<P, Data>;

fn book<P: World>() -> Arc<Book<P>> {
    Arc::new(RwLock::new(Data::default()))
}

fn write<P: World>(book: &Book<P>) {
    book.write().bump();
}

fn read<P: World>(book: &Book<P>) -> u32 {
    book.read().get()
}

fn is_whole<P: World>(book: &Book<P>, writes: u32) {
    assert!(!book.is_locked());
    assert_eq!(book.try_read().map(|page| page.get()), Some(writes));
    write(book);
    assert_eq!(read(book), writes + 1);
}

/// Two write.
fn two_writers<P: World>() {
    explore(Bound::preemptions::<P>(6, 5), || {
        let shared = book::<P>();
        let other = spawn(&shared, write);
        write(&shared);
        other.join().unwrap();
        is_whole(&shared, 2);
    });
}

/// One writes, one reads: before or after.
fn a_writer_and_a_reader<P: World>() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::preemptions::<P>(6, 5), move || {
        let shared = book::<P>();
        let reader = spawn(&shared, read);
        write(&shared);
        notes.note_if(reader.join().unwrap() == 1, "after", "before");
        is_whole(&shared, 1);
    });
    seen.exactly(["after", "before"]);
}

/// Two write and one reads.
fn two_writers_and_a_reader<P: World>() {
    explore(Bound::preemptions::<P>(3, 2).roughly(), || {
        let shared = book::<P>();
        let writers = [spawn(&shared, write), spawn(&shared, write)];
        read(&shared);
        for writer in writers {
            writer.join().unwrap();
        }
        is_whole(&shared, 2);
    });
}

/// Two read and one writes.
fn two_readers_and_a_writer<P: World>() {
    explore(Bound::preemptions::<P>(2, 2).roughly(), || {
        let shared = book::<P>();
        let readers = [spawn(&shared, read), spawn(&shared, read)];
        write(&shared);
        for reader in readers {
            reader.join().unwrap();
        }
        is_whole(&shared, 1);
    });
}

/// A writer waits with a limit while one reads. Another reader that it keeps out must get in when it gives up, and before the first reader has
/// gone.
fn a_writer_gives_up_before_a_reader<P: World>() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::preemptions::<P>(3, 2), move || {
        let shared = book::<P>();
        let reading = shared.read();
        let writer = spawn(&shared, |shared| {
            shared.write_timeout(Ticks(1).into()).is_ok()
        });
        let reader = spawn(&shared, read);
        // The first reader stays: only the writer's giving up lets the second in.
        reader.join().unwrap();
        drop(reading);
        notes.note_if(writer.join().unwrap(), "wrote", "gave up");
        is_whole(&shared, 0);
    });
    seen.exactly(["gave up", "wrote"]);
}

/// Two writers wait, one with a limit, while one writes. Whichever is woken, the one that stays gets it.
fn a_writer_gives_up_before_a_writer<P: World>() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::preemptions::<P>(3, 3).roughly(), move || {
        let shared = book::<P>();
        let writing = shared.write();
        let hasty = spawn(&shared, |shared| {
            shared.write_timeout(Ticks(1).into()).is_ok()
        });
        let patient = spawn(&shared, write);
        drop(writing);
        notes.note_if(hasty.join().unwrap(), "wrote", "gave up");
        patient.join().unwrap();
        is_whole(&shared, 1);
    });
    seen.exactly(["gave up", "wrote"]);
}

/// One writer gives up, clearing the flag of waiting writers, while another comes and relies on it. The other must be woken when the reader goes.
fn a_writer_gives_up_beside_a_newcomer<P: World>() {
    explore(Bound::preemptions::<P>(4, 3).roughly(), || {
        let shared = book::<P>();
        let reading = shared.read();
        let hasty = spawn(&shared, |shared| {
            shared.write_timeout(Ticks(1).into()).is_ok()
        });
        let newcomer = spawn(&shared, write);
        hasty.join().unwrap();
        drop(reading);
        newcomer.join().unwrap();
        is_whole(&shared, 1);
    });
}

/// A reader gives up while the writer releases.
fn a_reader_gives_up<P: World>() {
    let seen = Seen::new();
    let notes = seen.clone();
    explore(Bound::preemptions::<P>(5, 4), move || {
        let shared = book::<P>();
        let writing = shared.write();
        let reader = spawn(&shared, |shared| {
            let page = shared.read_timeout(Ticks(1).into());
            page.is_ok_and(|page| page.get() == 1)
        });
        writing.bump();
        drop(writing);
        notes.note_if(reader.join().unwrap(), "read", "gave up");
        is_whole(&shared, 1);
    });
    seen.exactly(["gave up", "read"]);
}

/// A writer goes on as a reader: a waiting reader is let in beside it, a waiting writer is not.
fn a_writer_becomes_a_reader<P: World>() {
    explore(Bound::preemptions::<P>(2, 2).roughly(), || {
        let shared = book::<P>();
        let writing = shared.write();
        let reader = spawn(&shared, read);
        writing.bump();
        let reading = RwLockWriteGuard::downgrade(writing);
        // It stays until the other has read, too.
        assert_eq!(reader.join().unwrap(), 1);
        assert_eq!(reading.get(), 1);
        let writer = spawn(&shared, write);
        assert_eq!(reading.get(), 1);
        drop(reading);
        writer.join().unwrap();
        is_whole(&shared, 2);
    });
}

/// A future and a thread write.
fn a_future_and_a_thread_write<P: World>() {
    explore(Bound::preemptions::<P>(4, 3), || {
        let shared = book::<P>();
        let thread = spawn(&shared, write);
        block_on(async {
            shared.write_async().await.bump();
        });
        thread.join().unwrap();
        is_whole(&shared, 2);
    });
}

/// A future waits to write while one reads, and is dropped at about the time when the reader goes; a thread waits to write, too.
fn a_writing_future_is_dropped<P: World>() {
    explore(Bound::preemptions::<P>(3, 2), || {
        let shared = book::<P>();
        let reading = shared.read();
        let mut future = Box::pin(shared.write_async());
        assert!(poll(future.as_mut(), &Signal::new()).is_pending());
        let writer = spawn(&shared, write);
        drop(reading);
        drop(future);
        writer.join().unwrap();
        is_whole(&shared, 1);
    });
}
