//! Selvedge.

use selvedge::threading;

use crate::contender::{
    AsyncLock, Barrier as BarrierFamily, Event as EventFamily, Lock as LockFamily,
    Monitor as MonitorFamily, Notify, ReadWrite, Reentrant, Role, Semaphore as SemaphoreFamily,
    Threads as ThreadsFamily, names,
};
use crate::section::Section;

pub(crate) struct Mutex(threading::Mutex<Section>);
pub(crate) struct Lock(threading::Lock, Section);
pub(crate) struct RLock(threading::RLock<Section>);
pub(crate) struct RwLock(threading::RwLock<Section>);
pub(crate) struct Semaphore(threading::Semaphore);
pub(crate) struct Barrier(threading::Barrier);
pub(crate) struct Event(threading::Event);
pub(crate) struct Monitor(threading::Mutex<Section>, threading::Condvar);
pub(crate) struct Threads;

names!(
    Role::Ours =>
    Mutex = "selvedge",
    Lock = "selvedge Lock",
    RLock = "selvedge",
    RwLock = "selvedge",
    Semaphore = "selvedge",
    Barrier = "selvedge",
    Event = "selvedge",
    Monitor = "selvedge",
    Threads = "selvedge"
);

impl LockFamily for Mutex {
    fn new() -> Self {
        Self(threading::Mutex::new(Section::default()))
    }

    #[inline]
    fn with(&self, act: impl FnOnce(&Section)) {
        act(&self.0.lock());
    }
}

impl LockFamily for Lock {
    fn new() -> Self {
        Self(threading::Lock::new(), Section::default())
    }

    #[inline]
    fn with(&self, act: impl FnOnce(&Section)) {
        let _guard = self.0.acquire();
        act(&self.1);
    }
}

impl AsyncLock for Mutex {
    fn new() -> Self {
        Self(threading::Mutex::new(Section::default()))
    }

    async fn visit(&self, pauses: bool) {
        self.0.lock_async().await.visit(pauses).await;
    }

    fn inspect(&mut self) -> &Section {
        self.0.get_mut()
    }
}

impl Reentrant for RLock {
    fn new() -> Self {
        Self(threading::RLock::new(Section::default()))
    }

    #[inline]
    fn twice(&self, act: impl FnOnce(&Section)) {
        let _outer = self.0.acquire();
        act(&self.0.acquire());
    }
}

impl ReadWrite for RwLock {
    fn new() -> Self {
        Self(threading::RwLock::new(Section::default()))
    }

    #[inline]
    fn read(&self, look: impl FnOnce(&Section)) {
        look(&self.0.read());
    }

    #[inline]
    fn write(&self, act: impl FnOnce(&Section)) {
        act(&self.0.write());
    }
}

impl SemaphoreFamily for Semaphore {
    fn new(permits: u32) -> Self {
        Self(threading::Semaphore::new(permits))
    }

    #[inline]
    fn with(&self, act: impl FnOnce()) {
        let _permit = self.0.acquire();
        act();
    }
}

impl BarrierFamily for Barrier {
    fn new(parties: usize) -> Self {
        Self(threading::Barrier::new(
            parties.try_into().expect("a small number"),
        ))
    }

    fn wait(&self) -> bool {
        self.0.wait().expect("nobody breaks it") == 0
    }
}

impl EventFamily for Event {
    fn new() -> Self {
        Self(threading::Event::new())
    }

    #[inline]
    fn set(&self) {
        self.0.set();
    }

    #[inline]
    fn take(&self) {
        self.0.wait();
        self.0.clear();
    }

    #[inline]
    fn clear(&self) {
        self.0.clear();
    }
}

impl MonitorFamily for Monitor {
    fn new() -> Self {
        Self(
            threading::Mutex::new(Section::default()),
            threading::Condvar::new(),
        )
    }

    #[inline]
    fn when(
        &self,
        mut ready: impl FnMut(&Section) -> bool,
        act: impl FnOnce(&Section),
        notify: Notify,
    ) {
        let mut guard = self.0.lock();
        self.1.wait_for(&mut guard, |section| ready(section));
        act(&guard);
        match notify {
            Notify::Nobody => {}
            Notify::One => {
                self.1.notify_one();
            }
            Notify::All => {
                self.1.notify_all();
            }
            Notify::OneAfter => {
                drop(guard);
                self.1.notify_one();
            }
        }
    }
}

impl ThreadsFamily for Threads {
    fn start_join(work: impl FnOnce() -> u64 + Send + 'static) -> u64 {
        threading::spawn(work).join().expect("it does not panic")
    }

    fn start_join_named(name: &str, work: impl FnOnce() -> u64 + Send + 'static) -> u64 {
        let thread = threading::Builder::new()
            .name(name)
            .spawn(work)
            .expect("it starts");
        thread.join().expect("it does not panic")
    }
}
