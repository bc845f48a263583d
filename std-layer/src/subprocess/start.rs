//! From a command to a running child.

use super::command::Command;
use super::launch::{Launched, launch};
use super::mask::Mask;
use super::on_drop::look_after_orphans;
use super::plan::Plan;
use super::popen::{Popen, Streams};
use super::process::Child;
use super::report::Fault;
use super::stdio::Opened;
use super::{StartError, forked, keeper};

pub(super) fn start(command: &Command) -> Result<Popen, StartError> {
    look_after_orphans();
    let args = command.full_args();
    let streams = [&command.stdin, &command.stdout, &command.stderr];
    let opened = Opened::open(streams, command.pipe_size)?;
    let plan = Plan::new(command, &args, &opened)?;
    let launched = if plan.dies_with_parent.is_some() {
        on_keeper(plan)
    } else {
        run(plan, None)
    };
    let launched = launched.map_err(|(plan, fault)| match plan {
        Some(plan) => plan.error(fault, command, &args),
        None => StartError::new(fault.0, fault.1),
    })?;
    Ok(Popen::new(
        Child::new(launched, args),
        Streams::from(opened),
        command.on_drop,
    ))
}

type Failed = (Option<Box<Plan>>, Fault);

fn run(mut plan: Plan, mask: Option<Mask>) -> Result<Launched, Failed> {
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
    match keeper::run(move || Ok(run(plan, mask))) {
        Ok(outcome) => outcome,
        Err(fault) => Err((None, fault)),
    }
}
