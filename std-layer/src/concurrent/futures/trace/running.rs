//! What a task does while there is a recording.

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::Instant;

use super::{Span, TRACKS, Track, UNDER_WAY};
use crate::threading::{Mutex, current_thread};

thread_local! {
    /// Where this thread writes to.
    static MINE: RefCell<Weak<Track>> = const { RefCell::new(Weak::new()) };
}

/// A task that was submitted while there was a recording.
pub(in super::super) struct Submitted {
    name: Cow<'static, str>,
    when: Instant,
}

impl Submitted {
    /// Nothing if nothing is being recorded.
    #[inline]
    pub(in super::super) fn now(name: Cow<'static, str>) -> Option<Self> {
        (UNDER_WAY.load(Ordering::Relaxed) != 0).then(|| Self {
            name,
            when: Instant::now(),
        })
    }

    /// The task runs from now on, until what this returns is dropped.
    pub(in super::super) fn begin(self) -> Running {
        Running {
            task: Some(self),
            begun: Instant::now(),
        }
    }
}

pub(in super::super) struct Running {
    task: Option<Submitted>,
    begun: Instant,
}

impl Drop for Running {
    fn drop(&mut self) {
        let recording = UNDER_WAY.load(Ordering::Relaxed);
        let Some(Submitted { name, when }) = self.task.take() else {
            return;
        };
        if recording == 0 {
            return;
        }
        let span = Span {
            name,
            submitted: when,
            begun: self.begun,
            ended: Instant::now(),
        };
        let Some(track) = track(recording) else {
            return;
        };
        let mut spans = track.spans.lock();
        if spans.0.len() == track.capacity {
            spans.0.pop_front();
            spans.1 += 1;
        }
        spans.0.push_back(span);
    }
}

/// The track of this thread in the recording, if that is still under way.
fn track(recording: u64) -> Option<Arc<Track>> {
    let mine = MINE.try_with(|mine| mine.borrow().upgrade()).ok()?;
    if let Some(track) = mine.filter(|track| track.recording == recording) {
        return Some(track);
    }
    let thread = current_thread().name();
    let mut tracks = TRACKS.lock();
    if UNDER_WAY.load(Ordering::Relaxed) != recording {
        return None;
    }
    let track = Arc::new(Track {
        recording,
        number: tracks.list.len() as u64 + 1,
        thread,
        capacity: tracks.capacity,
        spans: Mutex::default(),
    });
    tracks.list.push(Arc::clone(&track));
    drop(tracks);
    MINE.with(|mine| *mine.borrow_mut() = Arc::downgrade(&track));
    Some(track)
}
