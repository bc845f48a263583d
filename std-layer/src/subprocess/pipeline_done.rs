//! A pipeline that has ended.

use std::error::Error;
use std::fmt;

use super::quote::Line;
use super::{CompletedProcess, ExitStatus, Popen};

/// A pipeline all of whose stages have ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "it tells whether the stages succeeded"]
pub struct CompletedPipeline {
    /// The output is with the last one.
    stages: Vec<CompletedProcess>,
}

impl CompletedPipeline {
    pub(super) fn new(
        stages: &[Popen],
        statuses: Vec<ExitStatus>,
        stdout: Option<Vec<u8>>,
        stderr: Option<Vec<u8>>,
    ) -> Self {
        let mut output = (stdout, stderr);
        let last = stages.len() - 1;
        let stages = stages.iter().zip(statuses).enumerate();
        Self {
            stages: stages
                .map(|(index, (stage, status))| {
                    let (stdout, stderr) = if index == last {
                        std::mem::take(&mut output)
                    } else {
                        (None, None)
                    };
                    CompletedProcess::new(stage.child.args.clone(), status, stdout, stderr)
                })
                .collect(),
        }
    }

    pub(super) fn into_stages(self) -> Vec<CompletedProcess> {
        self.stages
    }

    /// The stages, first to last.
    pub fn stages(&self) -> &[CompletedProcess] {
        &self.stages
    }

    /// How each stage ended, first to last.
    pub fn statuses(&self) -> impl Iterator<Item = ExitStatus> + '_ {
        self.stages.iter().map(CompletedProcess::status)
    }

    /// How the last stage ended: what a shell without `pipefail` calls the pipeline's status.
    pub fn last(&self) -> ExitStatus {
        self.statuses().last().unwrap_or(ExitStatus::Unknown)
    }

    /// Whether all stages succeeded; a stage whose reader had enough (SIGPIPE, not the last one) has.
    pub fn success(&self) -> bool {
        self.failures().next().is_none()
    }

    /// The stages that failed.
    pub fn failures(&self) -> impl Iterator<Item = &CompletedProcess> {
        let last = self.stages.len() - 1;
        self.stages
            .iter()
            .enumerate()
            .filter(move |(index, stage)| {
                let had_enough = *index < last && stage.returncode() == Some(-libc::SIGPIPE);
                !stage.status().success() && !had_enough
            })
            .map(|(_, stage)| stage)
    }

    /// What the last stage wrote, if it was captured.
    pub fn stdout(&self) -> &[u8] {
        self.stages.last().map_or(&[], CompletedProcess::stdout)
    }

    /// What the last stage wrote to standard error, if it was captured.
    pub fn stderr(&self) -> &[u8] {
        self.stages.last().map_or(&[], CompletedProcess::stderr)
    }
}

/// Stages of a pipeline that were to succeed did not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PipelineError(Box<CompletedPipeline>);

impl PipelineError {
    pub(super) fn new(pipeline: CompletedPipeline) -> Self {
        Self(Box::new(pipeline))
    }

    /// The whole of it.
    pub fn pipeline(&self) -> &CompletedPipeline {
        &self.0
    }
}

/// All failures, one after the other.
impl fmt::Display for PipelineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, stage) in self.0.failures().enumerate() {
            let comma = if index > 0 { ", " } else { "" };
            let line = Line(stage.args());
            write!(f, "{comma}`{line}` {}", stage.status())?;
        }
        Ok(())
    }
}

impl Error for PipelineError {}
