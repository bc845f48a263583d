//! Panics as values: message, place, payload; and who reports them.
//!
//! # One report
//!
//! std reports a panic where it happens, by the process's panic hook, before anybody knows whether it will be caught. Python reports it where it leaves the thread. To get one report and not two,
//! a panic hook is put in front of the one in force when the first thread is started. What it does depends on what the panicking thread is about:
//!
//! | the thread is | the hook |
//! |---|---|
//! | not ours, or between targets | calls the hook before it, as if nothing had been put in front |
//! | running a target, and the [excepthook](super::excepthook()) is the original one | writes `Exception in thread NAME:` and calls the hook before it: the program's own panic reporting goes on working |
//! | running a target, and the excepthook was replaced | notes the panic and is silent: the excepthook will report it |
//! | inside [`catch_panic`] | notes the panic and is silent: the caller gets it |
//! | running a target without a handle | writes `Exception ignored in thread started by: TARGET` and calls the hook before it |
//! | inside an excepthook | writes `Exception in threading.excepthook:` and calls the hook before it |
//!
//! A panic that cannot unwind ends the process, so it is never silent, nor are the last two that were noted before it.

use std::any::{Any, TypeId};
use std::backtrace::{Backtrace, BacktraceStatus};
use std::cell::{Cell, RefCell};
use std::fmt;
use std::io::Write;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::{Arc, Once};

use super::exit::ThreadExit;
use super::sync::Mutex;
use super::{current, excepthook};

/// Where a panic happened.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PanicLocation {
    file: Arc<str>,
    line: u32,
    column: u32,
}

impl PanicLocation {
    /// The source file, as the compiler knew it.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The line, from 1.
    #[must_use]
    pub fn line(&self) -> u32 {
        self.line
    }

    /// The column, from 1.
    #[must_use]
    pub fn column(&self) -> u32 {
        self.column
    }
}

impl fmt::Display for PanicLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// A panic that was caught: what an exception is in Python.
pub struct Panic {
    message: Arc<str>,
    location: Option<PanicLocation>,
    backtrace: Option<Arc<Backtrace>>,
    payload: Mutex<Option<Box<dyn Any + Send>>>,
}

impl Panic {
    /// What `panic!` said; a fixed text where the payload is not a string.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Where it happened; unknown for [`resume_unwind`](std::panic::resume_unwind), and where the program replaced the panic hook after the first thread was started.
    #[must_use]
    pub fn location(&self) -> Option<&PanicLocation> {
        self.location.as_ref()
    }

    /// The stack at that time, if `RUST_BACKTRACE` asks for it and the panic was not reported by the program's panic hook.
    #[must_use]
    pub fn backtrace(&self) -> Option<&Backtrace> {
        self.backtrace.as_deref()
    }

    /// True if this is no accident: [`exit`](super::exit) was called.
    #[must_use]
    pub fn is_exit(&self) -> bool {
        self.payload
            .lock()
            .as_ref()
            .is_some_and(|payload| payload.is::<ThreadExit>())
    }

    /// The payload; the message instead where an earlier join has taken it.
    #[must_use]
    pub fn into_payload(self) -> Box<dyn Any + Send> {
        match self.payload.into_inner() {
            Some(payload) => payload,
            None => Box::new(String::from(&*self.message)),
        }
    }

    /// Goes on panicking here, without a second report by the process's panic hook.
    pub fn resume(self) -> ! {
        panic::resume_unwind(self.into_payload())
    }

    /// A copy that takes the payload along.
    pub(super) fn hand_over(&self) -> Self {
        Self {
            message: self.message.clone(),
            location: self.location.clone(),
            backtrace: self.backtrace.clone(),
            payload: Mutex::new(self.payload.lock().take()),
        }
    }
}

impl fmt::Debug for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Panic")
            .field("message", &self.message)
            .field("location", &self.location)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.location {
            Some(location) => write!(f, "{} (at {location})", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for Panic {}

/// Calls `f`; a panic in it comes back as a value and is not reported by anybody.
///
/// It is [`std::panic::catch_unwind`] with message and place, and silent: for those who run the work of others and hand the outcome on. As there, a program built to abort on
/// panic aborts.
///
/// ```
/// use selvedge::threading::catch_panic;
///
/// let panic = catch_panic(|| panic!("no {}", "way")).unwrap_err();
/// assert_eq!(panic.message(), "no way");
/// assert!(panic.location().unwrap().file().ends_with(".rs"));
/// ```
pub fn catch_panic<R>(f: impl FnOnce() -> R) -> Result<R, Panic> {
    install();
    catch(Mode::Note, f).map_err(Caught::into_panic)
}

/// What the calling thread is about; see the table above.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Elsewhere,
    Target,
    Note,
    InHook,
    /// Running the target of that name, for nobody.
    Ignored(&'static str),
}

/// What the panic hook noted.
struct Note {
    message: Arc<str>,
    location: Option<PanicLocation>,
    backtrace: Option<Arc<Backtrace>>,
    payload_type: TypeId,
    reported: bool,
}

thread_local! {
    static MODE: Cell<Mode> = const { Cell::new(Mode::Elsewhere) };
    /// The last two.
    static NOTES: RefCell<[Option<Note>; 2]> = const { RefCell::new([None, None]) };
}

fn swap_notes(notes: [Option<Note>; 2]) -> [Option<Note>; 2] {
    NOTES
        .try_with(|mine| mine.replace(notes))
        .unwrap_or([None, None])
}

/// A panic on its way to becoming a value.
pub(super) struct Caught {
    payload: Box<dyn Any + Send>,
    note: Option<Note>,
}

/// Calls `f` in a mode.
pub(super) fn catch<R>(mode: Mode, f: impl FnOnce() -> R) -> Result<R, Caught> {
    let before = MODE.replace(mode);
    let result = panic::catch_unwind(AssertUnwindSafe(f));
    MODE.set(before);
    result.map_err(Caught::new)
}

impl Caught {
    #[cold]
    fn new(payload: Box<dyn Any + Send>) -> Self {
        let [_, last] = swap_notes([None, None]);
        // The last one noted may have been caught before this one was resumed.
        let note = last.filter(|note| {
            note.payload_type == (*payload).type_id() && *note.message == *message_of(&*payload)
        });
        Self { payload, note }
    }

    pub(super) fn is_exit(&self) -> bool {
        self.payload.is::<ThreadExit>()
    }

    /// Whether the process's panic hook has reported it.
    pub(super) fn is_reported(&self) -> bool {
        self.note.as_ref().is_some_and(|note| note.reported)
    }

    pub(super) fn message(&self) -> &str {
        message_of(&*self.payload)
    }

    pub(super) fn location(&self) -> Option<&PanicLocation> {
        self.note.as_ref()?.location.as_ref()
    }

    pub(super) fn backtrace(&self) -> Option<&Backtrace> {
        self.note.as_ref()?.backtrace.as_deref()
    }

    pub(super) fn payload(&self) -> &(dyn Any + Send) {
        &*self.payload
    }

    pub(super) fn into_panic(self) -> Panic {
        let message = match &self.note {
            Some(note) => note.message.clone(),
            None => Arc::from(self.message()),
        };
        let (location, backtrace) = match self.note {
            Some(note) => (note.location, note.backtrace),
            None => (None, None),
        };
        Panic {
            message,
            location,
            backtrace,
            payload: Mutex::new(Some(self.payload)),
        }
    }
}

fn message_of(payload: &(dyn Any + Send)) -> &str {
    if let Some(message) = payload.downcast_ref::<&'static str>() {
        message
    } else if let Some(message) = payload.downcast_ref::<String>() {
        message
    } else if payload.is::<ThreadExit>() {
        "the thread was told to end"
    } else {
        "a panic whose payload is not a string"
    }
}

/// Puts our panic hook in front, once. Not while the caller panics, when std does not allow it: then the next start of a thread does it.
pub(super) fn install() {
    static INSTALLED: Once = Once::new();
    if !INSTALLED.is_completed() && !std::thread::panicking() {
        INSTALLED.call_once(|| {
            let before = panic::take_hook();
            panic::set_hook(Box::new(move |info| on_panic(info, &*before)));
        });
    }
}

fn on_panic(info: &PanicHookInfo<'_>, before: &dyn Fn(&PanicHookInfo<'_>)) {
    let mode = MODE.get();
    let (silent, header) = match mode {
        Mode::Elsewhere => return before(info),
        Mode::InHook => (false, String::from("Exception in threading.excepthook:\n")),
        Mode::Ignored(target) => (false, ignored(target)),
        Mode::Target if excepthook::is_original() => (
            false,
            format!("Exception in thread {}:\n", name_of_this_thread()),
        ),
        Mode::Target | Mode::Note => (true, String::new()),
    };
    if silent && can_unwind(info) {
        note(info, false);
        return;
    }
    if silent {
        report_pending();
    }
    write_error(&header);
    before(info);
    if matches!(mode, Mode::Target | Mode::Ignored(_)) {
        note(info, true);
    }
}

/// std tells it only here, on stable Rust. Where it does not tell, nothing is held back.
fn can_unwind(info: &PanicHookInfo<'_>) -> bool {
    cfg!(panic = "unwind") && format!("{info:?}").contains("can_unwind: true")
}

fn note(info: &PanicHookInfo<'_>, reported: bool) {
    let message = match info.payload_as_str() {
        Some(message) => Arc::from(message),
        None => Arc::from("a panic whose payload is not a string"),
    };
    let location = info.location().map(|place| PanicLocation {
        file: Arc::from(place.file()),
        line: place.line(),
        column: place.column(),
    });
    let backtrace = if reported {
        None
    } else {
        Some(Backtrace::capture())
    }
    .filter(|backtrace| backtrace.status() == BacktraceStatus::Captured)
    .map(Arc::new);
    let payload_type = info.payload().type_id();
    let [_, last] = swap_notes([None, None]);
    swap_notes([
        last,
        Some(Note {
            message,
            location,
            backtrace,
            payload_type,
            reported,
        }),
    ]);
}

fn report_pending() {
    for note in swap_notes([None, None]).into_iter().flatten() {
        let place = note
            .location
            .map(|place| format!(" at {place}"))
            .unwrap_or_default();
        write_error(&format!(
            "thread '{}' panicked{place}:\n{}\n",
            name_of_this_thread(),
            note.message
        ));
    }
}

fn name_of_this_thread() -> String {
    current::with_core(|core| core.name.lock().spell())
        .unwrap_or_else(|| super::get_ident().to_string())
}

/// What stands above the report of a panic that nobody can be told of.
pub(super) fn ignored(target: &str) -> String {
    format!("Exception ignored in thread started by: {target}\n")
}

/// Writes to standard error. There is nobody to tell if that fails.
pub(super) fn write_error(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}
