//! Child processes: Python's `subprocess` (rows S-01 to S-75).
//!
//! | for | use |
//! |---|---|
//! | running a program to its end | [`Command::run`], [`Run`], [`call`], [`check_call`], [`check_output`] |
//! | a line for the shell | [`Command::shell`], [`getoutput`], [`getstatusoutput`] |
//! | a child that runs beside | [`Command::start`], [`Popen`] |
//! | `a \| b \| c`, `<<`, `tee` | [`Pipeline`], [`RunningPipeline`], [`Stdio::here`], [`Command::tee_stdout`] |
//! | talking to it | [`Popen::communicate`], [`Popen::conversation`], [`Stdio::Pipe`] |
//! | waiting | [`Popen::wait`] and its other forms |
//! | ending it | [`Popen::terminate`], [`Popen::kill`], [`Popen::kill_tree`], [`Command::contain`], [`OnDrop`], [`Command::dies_with_parent`] |
//! | text | [`decode`], [`quote`], [`split`], [`join`], [`list2cmdline`] |
//!
//! ```
//! use selvedge::subprocess::{Command, Stdio};
//!
//! let done = Command::new("ls").arg("/").stdout(Stdio::Pipe).run()?;
//! assert!(done.status().success());
//! assert!(done.stdout().starts_with(b"bin\n"));
//! # Ok::<(), selvedge::subprocess::SubprocessError>(())
//! ```
//!
//! # How it differs from `std::process`
//!
//! Handles are used by `&self` and shared between threads; every wait has a time limit if one wants it, sleeps on a pidfd and can be a future; output is read while input is written; descriptors other than 0 to 2 are
//! passed at known numbers, and all others closed; errors tell the step that failed; a child may be tied to the life of this process, and a whole tree be ended. Starting one costs as much, and no more in a process with
//! much memory (`launch.rs` says how).
//!
//! # How it differs from Python
//!
//! * Output is bytes; [`decode`] makes text of it. Streams are std's [`PipeReader`](std::io::PipeReader) and [`PipeWriter`](std::io::PipeWriter); wrap them in a `BufReader` where Python's `bufsize` would (rows S-31, S-33).
//! * Waiting does not poll: an end is noticed when it happens (row S-53).
//! * A child whose status somebody else has collected is [`ExitStatus::Unknown`] instead of a success; recent kernels tell even then (row S-63).
//! * [`Stdio::Merge`] for another stream than standard error is refused (row S-29).
//!
//! # Systems
//!
//! Linux, since 4.x; pidfds need 5.3, closing descriptors by one call 5.9, and control groups ([`Command::contain`]) 5.14. What older ones lack is done in other ways, said where it is done.
//!
//! Elsewhere this module does not exist: a program that names it does not compile there. On macOS and the BSDs the starting of programs would be another one (`posix_spawn`, as sharing memory with a child is not to be had, and nothing
//! between it and the program can be done but what that call knows), and so would the waiting (kqueue); passing descriptors, closing others, and ending trees could not be promised as they are here. Use `std::process` there. On
//! Windows rows S-23, S-44 and S-67 to S-73 have no counterpart; the pure functions [`quote`](quote()), [`split`], [`join`] and [`list2cmdline`] are in this module, too, and so on Linux only.

mod alarm;
mod attributes;
mod cgroup;
mod child;
mod clone3;
mod close;
mod command;
mod communicate;
mod communicate_async;
mod completed;
mod containment;
mod descriptors;
mod dialog;
mod environment;
mod error;
mod exchange;
mod forked;
pub(crate) mod held;
mod hook;
mod ids;
pub(crate) mod keeper;
mod kernel;
mod launch;
mod limits;
mod lookup;
#[cfg(feature = "multiprocessing")]
mod made;
pub(crate) mod mask;
mod on_drop;
mod pipeline;
mod pipeline_done;
mod pipeline_running;
mod pipes;
mod plan;
mod popen;
pub(crate) mod process;
mod quote;
pub(crate) mod reactor;
mod reading;
mod report;
mod room;
mod run;
mod sentinel;
mod shared_fd;
mod signal;
mod stack;
mod start;
mod status;
mod stdio;
mod step;
mod strings;
mod talk;
mod tee;
mod tee_pump;
mod text;
mod timeout;
mod tree;
mod wait;
mod watch;

pub use command::Command;
pub use communicate::Conversation;
pub use completed::{CalledProcessError, CompletedProcess};
pub use containment::Containment;
pub use error::{CommunicateError, SubprocessError};
pub use exchange::Output;
pub use ids::Id;
pub use limits::{Limit, Resource};
pub use on_drop::OnDrop;
pub use pipeline::Pipeline;
pub use pipeline_done::{CompletedPipeline, PipelineError};
pub use pipeline_running::RunningPipeline;
pub use popen::Popen;
pub use quote::{SplitError, join, list2cmdline, quote, split};
pub use run::{Run, call, check_call, check_output, getoutput, getstatusoutput};
pub use shared_fd::SharedFd;
pub use signal::Signal;
pub use status::ExitStatus;
pub use stdio::{Standard, Stdio};
pub use step::{StartError, Step};
pub use tee::{Tee, TeeError};
pub use text::{Decoding, decode};
pub use timeout::TimeoutExpired;
