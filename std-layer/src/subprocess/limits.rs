//! Resource limits of a child.

/// What a limit is about; see setrlimit(2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Resource {
    /// Address space, in bytes.
    AddressSpace,
    /// The size of a core file, in bytes.
    Core,
    /// Processor time, in seconds.
    Cpu,
    /// The data segment, in bytes.
    Data,
    /// The size of a file that is written, in bytes.
    FileSize,
    /// Locked memory, in bytes.
    LockedMemory,
    /// Bytes in message queues.
    MessageQueues,
    /// How high the priority may be set.
    Nice,
    /// Open files: one more than the highest descriptor.
    OpenFiles,
    /// Processes of the user.
    Processes,
    /// Real-time priority.
    RealTimePriority,
    /// Processor time in real time without a blocking call, in microseconds.
    RealTimeCpu,
    /// Pending signals.
    PendingSignals,
    /// The stack, in bytes.
    Stack,
}

impl Resource {
    pub(super) fn raw(self) -> rustix::process::Resource {
        use rustix::process::Resource as Raw;
        match self {
            Self::AddressSpace => Raw::As,
            Self::Core => Raw::Core,
            Self::Cpu => Raw::Cpu,
            Self::Data => Raw::Data,
            Self::FileSize => Raw::Fsize,
            Self::LockedMemory => Raw::Memlock,
            Self::MessageQueues => Raw::Msgqueue,
            Self::Nice => Raw::Nice,
            Self::OpenFiles => Raw::Nofile,
            Self::Processes => Raw::Nproc,
            Self::RealTimePriority => Raw::Rtprio,
            Self::RealTimeCpu => Raw::Rttime,
            Self::PendingSignals => Raw::Sigpending,
            Self::Stack => Raw::Stack,
        }
    }
}

/// A limit: what holds now (`soft`), and how far it may be raised again (`hard`). `None` is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Limit {
    /// What holds.
    pub soft: Option<u64>,
    /// How far `soft` may be raised.
    pub hard: Option<u64>,
}

impl From<u64> for Limit {
    /// The same for both.
    fn from(limit: u64) -> Self {
        Self {
            soft: Some(limit),
            hard: Some(limit),
        }
    }
}

impl Limit {
    pub(super) fn raw(self) -> rustix::process::Rlimit {
        rustix::process::Rlimit {
            current: self.soft,
            maximum: self.hard,
        }
    }
}
