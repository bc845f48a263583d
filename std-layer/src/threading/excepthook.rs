//! Who hears of the panics of threads.

use std::any::Any;
use std::backtrace::Backtrace;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::hooks::HOOKS;
use super::panics::{self, Caught, Mode, PanicLocation};
use super::{ThreadRef, current};

/// What went wrong in a thread, for an [`ExceptHook`] (row T-12).
pub struct ExceptHookArgs<'a> {
    thread: Option<ThreadRef>,
    message: &'a str,
    location: Option<&'a PanicLocation>,
    backtrace: Option<&'a Backtrace>,
    payload: Option<&'a (dyn Any + Send)>,
}

impl<'a> ExceptHookArgs<'a> {
    /// A report without a thread and a place, for those who call a hook themselves.
    #[must_use]
    pub fn new(message: &'a str) -> Self {
        Self {
            thread: None,
            message,
            location: None,
            backtrace: None,
            payload: None,
        }
    }

    /// The same, for a thread.
    #[must_use]
    pub fn with_thread(mut self, thread: ThreadRef) -> Self {
        self.thread = Some(thread);
        self
    }

    /// The thread that ended so.
    #[must_use]
    pub fn thread(&self) -> Option<&ThreadRef> {
        self.thread.as_ref()
    }

    /// What the panic said, or the error as text.
    #[must_use]
    pub fn message(&self) -> &str {
        self.message
    }

    /// Where the panic happened, if it is known.
    #[must_use]
    pub fn location(&self) -> Option<&PanicLocation> {
        self.location
    }

    /// The stack at that time, if `RUST_BACKTRACE` asks for it.
    #[must_use]
    pub fn backtrace(&self) -> Option<&Backtrace> {
        self.backtrace
    }

    /// The payload of the panic, or the error of a thread that may fail.
    #[must_use]
    pub fn payload(&self) -> Option<&(dyn Any + Send)> {
        self.payload
    }
}

impl fmt::Debug for ExceptHookArgs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExceptHookArgs")
            .field("thread", &self.thread)
            .field("message", &self.message)
            .field("location", &self.location)
            .finish_non_exhaustive()
    }
}

type Hook = dyn Fn(&ExceptHookArgs<'_>) + Send + Sync;

/// A hook: the original one, or a function of the program.
#[derive(Clone)]
pub struct ExceptHook(Option<Arc<Hook>>);

impl ExceptHook {
    /// [`original_excepthook`]; with it in force, the program's panic hook does the reporting.
    pub const ORIGINAL: Self = Self(None);

    /// A function.
    pub fn new(hook: impl Fn(&ExceptHookArgs<'_>) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(hook)))
    }

    /// Calls it.
    pub fn call(&self, args: &ExceptHookArgs<'_>) {
        match &self.0 {
            Some(hook) => hook(args),
            None => original_excepthook(args),
        }
    }
}

impl fmt::Debug for ExceptHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() {
            "ExceptHook(..)"
        } else {
            "ExceptHook::ORIGINAL"
        })
    }
}

/// Quick answer to "is the hook of all threads the original one". Written under the lock of the hooks; a thread that panics at that moment goes by either.
static REPLACED: AtomicBool = AtomicBool::new(false);

/// The hook in force (row T-09).
#[must_use]
pub fn excepthook() -> ExceptHook {
    HOOKS.lock().except.clone()
}

/// Replaces the hook of all threads, those that run already included, and returns the one before (row T-09).
///
/// The hook is called in the failing thread, after its stack has been unwound and before it is over. A hook that panics itself is reported as `Exception in threading.excepthook:`
/// by the program's panic hook, and the thread ends as if the hook had returned (row T-10). A quiet [`exit`](super::exit) is not reported to it, unlike in Python.
///
/// ```
/// use std::sync::mpsc;
/// use selvedge::threading::{self, ExceptHook};
///
/// let (sender, receiver) = mpsc::channel();
/// let before = threading::set_excepthook(ExceptHook::new(move |args| {
///     let _ = sender.send(args.message().to_owned());
/// }));
/// let thread = threading::spawn(|| panic!("run failed"));
/// assert!(thread.join().is_err());
/// assert_eq!(receiver.recv().unwrap(), "run failed");
/// threading::set_excepthook(before);
/// ```
pub fn set_excepthook(hook: ExceptHook) -> ExceptHook {
    let mut hooks = HOOKS.lock();
    REPLACED.store(hook.0.is_some(), Ordering::Relaxed);
    std::mem::replace(&mut hooks.except, hook)
}

/// The hook in force at the beginning: writes `Exception in thread NAME:`, the place and the message to standard error, the number of the calling thread being the name
/// where no thread is given (rows T-09, T-11).
///
/// For a hook of one's own that wants to go on with it. When it is in force itself, the program's panic hook writes the place and the message in its own form.
pub fn original_excepthook(args: &ExceptHookArgs<'_>) {
    use fmt::Write;

    let mut text = String::from("Exception in thread ");
    let _ = match &args.thread {
        Some(thread) => writeln!(text, "{}:", thread.name()),
        None => writeln!(text, "{}:", super::get_ident()),
    };
    if let Some(location) = args.location {
        let _ = writeln!(text, "panicked at {location}:");
    }
    let _ = writeln!(text, "{}", args.message);
    if let Some(backtrace) = args.backtrace {
        let _ = writeln!(text, "stack backtrace:\n{backtrace}");
    }
    panics::write_error(&text);
}

fn of_this_thread() -> Option<ExceptHook> {
    current::get()?.core.extras.as_ref()?.excepthook.clone()
}

/// Whether the calling thread's panics are left to the program's panic hook.
pub(super) fn is_original() -> bool {
    match of_this_thread() {
        Some(hook) => hook.0.is_none(),
        None => !REPLACED.load(Ordering::Relaxed),
    }
}

fn call(args: &ExceptHookArgs<'_>) {
    let hook = of_this_thread().unwrap_or_else(excepthook);
    // Reported by the panic hook; there is nothing else to do about it.
    let _ = panics::catch(Mode::InHook, || hook.call(args));
}

/// Reports a panic that left the target of the calling thread, unless that has been done.
#[cold]
pub(super) fn report(caught: &Caught) {
    if caught.is_reported() || caught.is_exit() {
        return;
    }
    call(&ExceptHookArgs {
        thread: current::get().map(ThreadRef),
        message: caught.message(),
        location: caught.location(),
        backtrace: caught.backtrace(),
        payload: Some(caught.payload()),
    });
}

/// Reports an error that the target of the calling thread returned.
#[cold]
pub(super) fn report_error<E: fmt::Display + Send + 'static>(error: &E) {
    call(&ExceptHookArgs {
        thread: current::get().map(ThreadRef),
        message: &error.to_string(),
        location: None,
        backtrace: None,
        payload: Some(error),
    });
}
