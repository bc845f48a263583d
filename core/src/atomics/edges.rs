//! The ordering edges of this crate by name, and the switch that weakens one.
//!
//! An edge is a pair of accesses of which one must see what came before the other. Both ends carry its name, by [`edge!`], so that a search for the name
//! finds the partner; the essay of the file that owns it says who relies on it. Everywhere but under loom `edge!("name", Acquire)` is the
//! constant `Ordering::Acquire` and the name is gone; a name that is not in the list below does not compile.
//!
//! Under loom each use asks whether its edge is weakened in this run (`weaken`). So the weakened twin of a model is the real code with one edge
//! taken away, and the twin must fail: see `tests/loom/README.md`.

#[cfg(loom)]
use super::std;
use super::{AtomicU32, Ordering, fence};

/// All edges. Those of the second list are Dekker's pattern, "I changed mine, now I look at yours", and rest on a total order of both sides.
const PAIRS: [&str; 21] = [
    "block-given",
    "closed",
    "event-set",
    "future-done",
    "future-free",
    "future-settled",
    "guard-left",
    "head-moved",
    "held-turn",
    "notified",
    "permit",
    "released",
    "slot",
    "slot-read",
    "slot-written",
    "spsc-got",
    "spsc-left",
    "spsc-put",
    "tail-moved",
    "task-done",
    "turn",
];
const DEKKERS: [&str; 7] = [
    "added-or-registered",
    "claimed-or-listed",
    "gone-or-registered",
    "listed-or-looked",
    "put-or-listed",
    "taken-or-registered",
    "task-or-idle",
];

/// Steps that an edge rests on and that are more than one access: a twin leaves them out.
const STEPS: [&str; 1] = ["all-risen"];

/// The ordering of one end of a named edge, `edge!("name", Acquire)`; of an access that serves two edges, `edge!("one", "other", SeqCst)`; or the edge
/// itself, `edge!("name")`.
macro_rules! edge {
    ($name:literal) => {
        const { $crate::atomics::Edge::named($name) }
    };
    ($name:literal, $ordering:ident) => {
        $crate::atomics::Edge::order(
            $crate::atomics::edge!($name),
            $crate::atomics::Ordering::$ordering,
        )
    };
    ($one:literal, $other:literal, $ordering:ident) => {
        $crate::atomics::Edge::order(
            $crate::atomics::edge!($one),
            $crate::atomics::edge!($other, $ordering),
        )
    };
}
pub(crate) use edge;

/// A named edge.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Edge {
    #[cfg(loom)]
    name: &'static str,
    #[cfg(loom)]
    dekker: bool,
}

impl Edge {
    /// The edge of that name; for constants, where a wrong name is an error of the compiler.
    pub(crate) const fn named(name: &'static str) -> Self {
        let dekker = is_in(&DEKKERS, name);
        assert!(
            dekker || is_in(&PAIRS, name) || is_in(&STEPS, name),
            "no edge has this name"
        );
        Self {
            #[cfg(loom)]
            name,
            #[cfg(loom)]
            dekker,
        }
    }

    /// The ordering of one of its ends: `ordering`.
    #[cfg(not(loom))]
    #[inline(always)]
    pub(crate) const fn order(self, ordering: Ordering) -> Ordering {
        ordering
    }

    /// The ordering of one of its ends: `ordering`, or less where the edge is weakened.
    #[cfg(loom)]
    #[track_caller]
    pub(crate) fn order(self, ordering: Ordering) -> Ordering {
        use Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};
        match (self.weakened(), ordering) {
            (None, as_written) => as_written,
            (Some(_), SeqCst | AcqRel) if self.dekker => AcqRel,
            (Some(Half::Release), SeqCst | AcqRel) => Acquire,
            (Some(Half::Acquire), SeqCst | AcqRel) => Release,
            (Some(Half::Release), Acquire) => Acquire,
            (Some(Half::Acquire), Release) => Release,
            (Some(_), _) => Relaxed,
        }
    }

    /// Whether a step is taken: always, but in its twin.
    #[cfg(not(loom))]
    #[inline(always)]
    pub(crate) const fn is_taken(self) -> bool {
        let _ = self;
        true
    }

    /// Whether a step is taken: always, but in its twin.
    #[cfg(loom)]
    #[track_caller]
    pub(crate) fn is_taken(self) -> bool {
        self.weakened().is_none()
    }

    #[cfg(loom)]
    #[track_caller]
    fn weakened(self) -> Option<Half> {
        let here = core::panic::Location::caller();
        if WITHOUT.get() == Some(self.name) {
            return Some(Half::Whole);
        }
        let (name, half) = WEAKENED.get()?;
        let is_meant = match half {
            Half::At(file, line) => here.file().ends_with(file) && here.line() == line,
            Half::Release | Half::Acquire | Half::Whole => true,
        };
        (name == self.name && is_meant).then_some(half)
    }
}

const fn is_in(list: &[&str], name: &str) -> bool {
    let mut at = 0;
    while at < list.len() {
        if is_same(list[at].as_bytes(), name.as_bytes()) {
            return true;
        }
        at += 1;
    }
    false
}

const fn is_same(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let mut at = 0;
    while at < one.len() {
        if one[at] != other[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// The fence of one side of an edge that rests on two.
#[inline(always)]
#[cfg_attr(loom, track_caller)]
pub(crate) fn fence_of(edge: Edge) {
    #[cfg(loom)]
    if edge.weakened().is_some() {
        return;
    }
    let _ = edge;
    fence(Ordering::SeqCst);
}

/// The fence of the side of an edge that is passed often, of two that are not paid alike: see [`Port::light_fence`](crate::port::Port::light_fence).
#[inline(always)]
#[cfg_attr(loom, track_caller)]
#[cfg_attr(
    loom,
    allow(
        clippy::extra_unused_type_parameters,
        reason = "loom's fence is no port's"
    )
)]
pub(crate) fn light_fence_of<P: crate::port::Port>(edge: Edge) {
    #[cfg(loom)]
    fence_of(edge);
    #[cfg(not(loom))]
    {
        let _ = edge;
        P::light_fence();
    }
}

/// The fence of the other side.
#[inline(always)]
#[cfg_attr(loom, track_caller)]
#[cfg_attr(
    loom,
    allow(
        clippy::extra_unused_type_parameters,
        reason = "loom's fence is no port's"
    )
)]
pub(crate) fn heavy_fence_of<P: crate::port::Port>(edge: Edge) {
    #[cfg(loom)]
    fence_of(edge);
    #[cfg(not(loom))]
    {
        let _ = edge;
        P::heavy_fence();
    }
}

/// What follows a sequentially consistent read-modify-write whose partner is a sequentially consistent load further on, in another function: nothing, but for the fence that loom does model.
#[inline(always)]
#[cfg_attr(loom, track_caller)]
pub(crate) fn after_rmw(edge: Edge) {
    #[cfg(loom)]
    fence_of(edge);
    #[cfg(not(loom))]
    let _ = edge;
}

/// Loads a word right after a sequentially consistent read-modify-write of *another* word.
///
/// The second half of every Dekker-style hand-shake of this crate ("I changed my word, now I look at
/// yours"): of two parties that do so, at least one sees the other's change. Both the change and this load
/// are `SeqCst`, which is a plain load after a locked instruction on x86-64 and `ldar` on AArch64. Loom
/// treats `SeqCst` accesses as acquire/release, so its build adds the fence that it does model.
#[inline(always)]
#[cfg_attr(loom, track_caller)]
pub(crate) fn load_after_rmw(edge: Edge, word: &AtomicU32) -> u32 {
    #[cfg(loom)]
    {
        fence_of(edge);
        word.load(Ordering::Acquire)
    }
    #[cfg(not(loom))]
    {
        let _ = edge;
        word.load(Ordering::SeqCst)
    }
}

/// How much of an edge is weakened.
#[cfg(loom)]
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Half {
    /// Those who publish.
    Release,
    /// Those who look.
    Acquire,
    /// Both; for Dekker's pattern, where everybody does both, this or a single access.
    Whole,
    /// The access in the file that ends so, at this line.
    At(&'static str, u32),
}

#[cfg(loom)]
std::thread_local! {
    /// A model runs on one thread of the system, whatever threads it models.
    static WEAKENED: core::cell::Cell<Option<(&'static str, Half)>> = const { core::cell::Cell::new(None) };
    static WITHOUT: core::cell::Cell<Option<&'static str>> = const { core::cell::Cell::new(None) };
}

/// Weakens an edge (or none) in all models that this thread of the system runs from now on.
///
/// # Panics
///
/// If there is no such edge.
#[cfg(loom)]
#[doc(hidden)]
pub fn weaken(edge: Option<(&'static str, Half)>) {
    if let Some((name, _)) = edge {
        let _known = Edge::named(name);
    }
    WEAKENED.set(edge);
}

/// Weakens one more edge (or none): one that the models which run from now on do not need, and whose fences, which the real build does not have, would hide that another edge is missing.
///
/// # Panics
///
/// If there is no such edge.
#[cfg(loom)]
#[doc(hidden)]
pub fn without(edge: Option<&'static str>) {
    let _known = edge.map(Edge::named);
    WITHOUT.set(edge);
}

/// The names of all edges.
#[cfg(loom)]
#[doc(hidden)]
pub fn edges() -> impl Iterator<Item = &'static str> {
    PAIRS.into_iter().chain(DEKKERS).chain(STEPS)
}
