//! From a command to a running child.

use std::sync::Arc;

use rustix::process::getpid;
use rustix::thread::gettid;

use super::cgroup::{self, Door};
use super::command::Command;
use super::launch::{Launched, launch};
use super::mask::Mask;
use super::on_drop::look_after_orphans;
use super::plan::Plan;
use super::popen::{Popen, Streams};
use super::process::Child;
use super::report::{Fault, Report};
use super::stdio::Opened;
use super::tee_pump::Running;
use super::{Containment, StartError, Step, forked, keeper};

pub(super) fn start(command: &Command) -> Result<Popen, StartError> {
    look_after_orphans();
    let args = command.full_args();
    let streams = [&command.stdin, &command.stdout, &command.stderr];
    let mut opened = Opened::open(streams, command.pipe_size, &command.tees)?;
    let mut plan = Plan::new(command, &args, &opened)?;
    let containment = command.process.containment;
    let (mut group, door) = cgroup::prepare(containment)?.unzip();
    plan.cgroup = door.as_ref().map(Door::number);
    let mut tees = Vec::new();
    for pump in std::mem::take(&mut opened.pumps) {
        match pump.start() {
            Ok(running) => tees.push(running),
            Err(error) => return Err(undo(opened, &tees, error)),
        }
    }
    let mut launched = run(plan);
    if containment == Containment::IfPossible
        && let Err((Some(plan), (Step::Cgroup, _))) = launched
    {
        // It was made and must not be entered, so without one.
        group = None;
        launched = run(Plan {
            cgroup: None,
            report: Report::new(),
            ..*plan
        });
    }
    drop(door);
    let launched = match launched {
        Ok(launched) => launched,
        Err((plan, fault)) => {
            let error = match plan {
                Some(plan) => plan.error(fault, command, &args),
                None => StartError::new(fault.0, fault.1),
            };
            return Err(undo(opened, &tees, error));
        }
    };
    Ok(Popen::new(
        Child::new(launched, args, group),
        Streams::from(opened),
        tees,
        [0, 1, 2].map(|target| !command.tees.of(target).is_empty()),
        command.on_drop,
    ))
}

/// Nothing is left of a start that failed: without a writer the tees end.
fn undo(opened: Opened, tees: &[Arc<Running>], error: StartError) -> StartError {
    drop(opened);
    for tee in tees {
        tee.wait_until(None);
    }
    error
}

type Failed = (Option<Box<Plan>>, Fault);

fn run(plan: Plan) -> Result<Launched, Failed> {
    if plan.dies_with_parent.is_some() && gettid() != getpid() {
        on_keeper(plan)
    } else {
        run_here(plan, None)
    }
}

fn run_here(mut plan: Plan, mask: Option<Mask>) -> Result<Launched, Failed> {
    let outcome = if plan.pre_exec.is_empty() {
        launch(&plan, mask)
    } else {
        forked::launch(&mut plan, mask)
    };
    outcome.map_err(|fault| (Some(Box::new(plan)), fault))
}

/// By the thread that lives as long as the process, with the mask of this one.
fn on_keeper(plan: Plan) -> Result<Launched, Failed> {
    let mask = Some(Mask::current());
    match keeper::run(move || Ok(run_here(plan, mask))) {
        Ok(outcome) => outcome,
        Err(fault) => Err((None, fault)),
    }
}
