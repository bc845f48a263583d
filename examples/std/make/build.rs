//! The threads and the children: what is ready goes through a queue to workers, each of which runs one child at a time.
//!
//! The queue is closed when nothing is left, when a target has failed, and at Ctrl-C. Workers then come to their ends by themselves. A child leads a process
//! group of its own, so Ctrl-C does not reach it: [`Build::interrupt`] does, and all that it has started, too.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use selvedge::queue::Queue;
use selvedge::subprocess::{Command, CompletedProcess, OnDrop, Popen, Stdio, SubprocessError};
use selvedge::threading::Mutex;

use crate::crew;
use crate::plan::Plan;
use crate::progress::Progress;
use crate::rules::{Rule, Rules};

/// See above.
#[derive(Debug)]
pub(crate) struct Build {
    rules: Rules,
    /// Places of targets. There is room for all of them: putting one never waits.
    ready: Queue<usize>,
    state: Mutex<State>,
    progress: Progress,
}

#[derive(Debug)]
struct State {
    plan: Plan,
    running: HashMap<usize, Arc<Popen>>,
    end: End,
}

/// How it went.
#[derive(Debug, Clone, Default)]
pub(crate) struct End {
    pub(crate) failures: Vec<String>,
    pub(crate) is_interrupted: bool,
}

impl Build {
    pub(crate) fn new(rules: Rules, plan: Plan) -> Self {
        Self {
            ready: Queue::new(rules.all.len()),
            progress: Progress::new(plan.len()),
            state: Mutex::new(State {
                plan,
                running: HashMap::new(),
                end: End::default(),
            }),
            rules,
        }
    }

    /// Runs all, so many at once.
    pub(crate) fn run(self: &Arc<Self>, jobs: usize) -> io::Result<End> {
        let first = self.state.lock().plan.ready();
        self.announce(first);
        let workers: io::Result<Vec<_>> = (1..=jobs)
            .map(|number| {
                let build = Arc::clone(self);
                crew::start(&format!("worker {number}"), move || build.work())
            })
            .collect();
        if workers.is_err() {
            self.ready.shutdown(true);
        }
        workers?.into_iter().for_each(crew::Worker::join);
        self.progress.finish();
        Ok(self.state.lock().end.clone())
    }

    /// Kills what runs, and all that it has started. No more is started.
    pub(crate) fn interrupt(&self) {
        let mut state = self.state.lock();
        state.end.is_interrupted = true;
        let running: Vec<_> = state.running.values().cloned().collect();
        drop(state);
        self.ready.shutdown(true);
        for child in running {
            let _ = child.kill_tree();
        }
    }

    /// Closed, the queue takes none: then nobody runs them, which is what the closing was for.
    fn announce(&self, places: Vec<usize>) {
        for place in places {
            let _ = self.ready.put(place);
        }
    }

    fn work(&self) {
        while let Ok(place) = self.ready.get() {
            let rule = &self.rules.all[place];
            self.progress.begins(&rule.target);
            let outcome = self.make(place, rule);
            self.progress.ends(&rule.target);
            self.over(place, rule, outcome);
        }
    }

    /// What the child has written, when it has ended. `None` if it was killed, or not started, because of an interruption.
    fn make(&self, place: usize, rule: &Rule) -> Result<Option<CompletedProcess>, SubprocessError> {
        let command = Command::from_args(["/bin/sh", "-e", "-c", &rule.script])
            .stdin(Stdio::Null)
            .stdout(Stdio::Pipe)
            .stderr(Stdio::Merge)
            .process_group(0)
            .on_drop(OnDrop::Kill);
        let child = Arc::new(command.start()?);
        let mut state = self.state.lock();
        if state.end.is_interrupted {
            drop(state);
            let _ = child.kill_tree();
            return Ok(None);
        }
        state.running.insert(place, Arc::clone(&child));
        drop(state);
        let done = child.communicate("");
        let mut state = self.state.lock();
        state.running.remove(&place);
        if state.end.is_interrupted {
            return Ok(None);
        }
        Ok(Some(done?))
    }

    fn over(
        &self,
        place: usize,
        rule: &Rule,
        outcome: Result<Option<CompletedProcess>, SubprocessError>,
    ) {
        let failure = match outcome {
            Ok(None) => return,
            Ok(Some(done)) => {
                self.progress.print(&rule.target, done.stdout());
                let status = done.status();
                (!status.success()).then(|| format!("{} {status}", rule.target))
            }
            Err(error) => Some(format!("{}: {error}", rule.target)),
        };
        let mut state = self.state.lock();
        if let Some(failure) = failure {
            state.end.failures.push(failure);
            drop(state);
            self.ready.shutdown(true);
            return;
        }
        let next = state.plan.done(place);
        let is_last = state.plan.len() == 0;
        drop(state);
        self.announce(next);
        if is_last {
            self.ready.shutdown(false);
        }
    }
}
