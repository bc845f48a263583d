//! Messages and locks between processes.

use crate::contenders::python::shared as python;
use crate::contenders::shared::{iceoryx, ipc_channel, ours, queues, raw};
use crate::groups::entries;
use crate::row::{Entry, Pace, Row};

const MIB: usize = 1 << 20;
const SMALL: usize = 64;
const LARGE: usize = 64 * MIB;

pub(super) fn rows() -> Vec<Row> {
    macro_rules! wires {
        ($($call:tt)+) => {
            entries!([$($call)+]
                ours::Messages,
                raw::Pipes,
                raw::Socket,
                ipc_channel::Bytes,
                iceoryx::Samples,
            )
        };
    }
    macro_rules! locks {
        ([$($call:tt)+] $($more:ty)?) => {
            entries!([$($call)+]
                ours::OwnLock,
                raw::Mutex,
                raw::RobustMutex,
                raw::Semaphore,
                $($more)?
            )
        };
    }
    let with = |mut entries: Vec<Entry>, python| {
        entries.extend(python);
        entries
    };
    let few = Pace::Fixed {
        ops: 2,
        smoke: 1,
        rounds: 5,
    };
    // What comes before the first of them, 64 MiB that nobody has used, takes longer than a round may.
    let some = Pace::Fixed {
        ops: 500,
        smoke: 2,
        rounds: 9,
    };
    let small = wires!(shared::trip(SMALL));
    let large = wires!(shared::trip(LARGE));
    let passes = entries!([shared::pass()] ours::OwnSemaphore, raw::Semaphore);
    vec![
        Row::new(
            "messages",
            format!("{SMALL} bytes, there and back"),
            1.0,
            Pace::Counted,
            with(small, python::trip(SMALL)),
        ),
        Row::new(
            "messages",
            format!("{} MiB, there and back", LARGE / MIB),
            0.2,
            few,
            with(large, python::trip(LARGE)),
        )
        .relative_to("CPython"),
        Row::new(
            "segments",
            format!("{} MiB from hand to hand", LARGE / MIB),
            1.0,
            some,
            entries!([shared::hand_over(LARGE)] ours::Segments, ipc_channel::Segments),
        ),
        Row::new(
            "queues",
            format!("{SMALL} bytes, there and back"),
            0.2,
            Pace::Counted,
            entries!([shared::trip(SMALL)]
                queues::Messages,
                queues::PlainMessages,
                raw::Pipes,
                raw::Socket,
                ipc_channel::Bytes,
                iceoryx::Samples,
            ),
        ),
        Row::new(
            "locks",
            "uncontended",
            0.7,
            Pace::Counted,
            locks!([shared::uncontended()] raw::TwoSteps),
        ),
        Row::new(
            "locks",
            "two processes",
            1.0,
            Pace::Counted,
            locks!([shared::contended()]),
        ),
        Row::new("semaphores", "ping-pong", 1.0, Pace::Counted, passes),
    ]
}
