//! Signals by number and by name.

use std::fmt;

/// The number of a signal.
///
/// Any number can be written, as a system may know more than this library; the system refuses those that it does not know.
///
/// ```
/// use selvedge::subprocess::Signal;
///
/// assert_eq!(Signal::KILL.number(), 9);
/// assert_eq!(Signal::from(15).to_string(), "SIGTERM");
/// assert_eq!(Signal::from(99).name(), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signal(i32);

macro_rules! signals {
    ($($(#[$doc:meta])* $name:ident = $libc:ident;)*) => {
        impl Signal {
            $($(#[$doc])* pub const $name: Self = Self(libc::$libc);)*

            /// The signal's name with "SIG" before it, if this library knows one. Signals for free use (`SIGRTMIN` and up) have none.
            pub fn name(self) -> Option<&'static str> {
                match self.0 {
                    $(libc::$libc => Some(stringify!($libc)),)*
                    _ => None,
                }
            }
        }
    };
}

signals! {
    /// The terminal is gone.
    HUP = SIGHUP;
    /// Ctrl-C.
    INT = SIGINT;
    /// Ctrl-\.
    QUIT = SIGQUIT;
    /// An illegal instruction.
    ILL = SIGILL;
    /// A breakpoint.
    TRAP = SIGTRAP;
    /// `abort`.
    ABRT = SIGABRT;
    /// A bad access to memory that exists.
    BUS = SIGBUS;
    /// A bad calculation.
    FPE = SIGFPE;
    /// Ends a process, and cannot be caught.
    KILL = SIGKILL;
    /// For free use.
    USR1 = SIGUSR1;
    /// An access to memory that does not exist.
    SEGV = SIGSEGV;
    /// For free use.
    USR2 = SIGUSR2;
    /// Nobody reads the pipe.
    PIPE = SIGPIPE;
    /// `alarm`.
    ALRM = SIGALRM;
    /// The request to end.
    TERM = SIGTERM;
    /// A child has ended or stopped.
    CHLD = SIGCHLD;
    /// Goes on after a stop.
    CONT = SIGCONT;
    /// Stops a process, and cannot be caught.
    STOP = SIGSTOP;
    /// Ctrl-Z.
    TSTP = SIGTSTP;
    /// Reading from the terminal in the background.
    TTIN = SIGTTIN;
    /// Writing to the terminal in the background.
    TTOU = SIGTTOU;
    /// Urgent data on a socket.
    URG = SIGURG;
    /// More processor time than the limit.
    XCPU = SIGXCPU;
    /// A larger file than the limit.
    XFSZ = SIGXFSZ;
    /// A timer of processor time.
    VTALRM = SIGVTALRM;
    /// A profiling timer.
    PROF = SIGPROF;
    /// The size of the terminal has changed.
    WINCH = SIGWINCH;
    /// Input or output is possible.
    IO = SIGIO;
    /// A bad system call.
    SYS = SIGSYS;
}

impl Signal {
    /// Its number.
    pub const fn number(self) -> i32 {
        self.0
    }
}

impl From<i32> for Signal {
    fn from(number: i32) -> Self {
        Self(number)
    }
}

impl From<Signal> for i32 {
    fn from(signal: Signal) -> i32 {
        signal.0
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "unknown signal {}", self.0),
        }
    }
}

impl fmt::Debug for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "Signal({})", self.0),
        }
    }
}
