//! What has to be run, and who waits for whom.

use std::collections::BTreeMap;
use std::path::Path;

use crate::rules::Rules;

/// The targets that are asked for, and all that these need, by their places.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    steps: BTreeMap<usize, Step>,
}

#[derive(Debug, Default)]
struct Step {
    /// How many it still waits for.
    waits_for: usize,
    /// Who waits for it.
    awaited_by: Vec<usize>,
}

/// How far the search for what is needed has come with a target.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    New,
    /// It is on the way from a target that is asked for to here.
    Open,
    Done,
}

impl Plan {
    /// Refuses what nothing makes, and what needs itself.
    pub(crate) fn of(rules: &Rules, targets: &[String]) -> Result<Self, String> {
        let mut plan = Self::default();
        let mut marks = vec![Mark::New; rules.all.len()];
        for target in targets {
            let place = rules.place(target);
            let place = place.ok_or_else(|| format!("there is no target {target}"))?;
            plan.add(rules, place, &mut marks)?;
        }
        if targets.is_empty() {
            plan.add(rules, 0, &mut marks)?;
        }
        Ok(plan)
    }

    fn add(&mut self, rules: &Rules, place: usize, marks: &mut [Mark]) -> Result<(), String> {
        let rule = &rules.all[place];
        match marks[place] {
            Mark::Done => return Ok(()),
            Mark::Open => return Err(format!("{} needs itself", rule.target)),
            Mark::New => marks[place] = Mark::Open,
        }
        self.steps.entry(place).or_default();
        for name in &rule.needs {
            let Some(need) = rules.place(name) else {
                if Path::new(name).exists() {
                    continue;
                }
                return Err(format!("{} needs {name}, which nothing makes", rule.target));
            };
            self.add(rules, need, marks)?;
            self.steps.entry(need).or_default().awaited_by.push(place);
            self.steps.entry(place).or_default().waits_for += 1;
        }
        marks[place] = Mark::Done;
        Ok(())
    }

    /// How many are left.
    pub(crate) fn len(&self) -> usize {
        self.steps.len()
    }

    /// Those that wait for nothing.
    pub(crate) fn ready(&self) -> Vec<usize> {
        let ready = self.steps.iter().filter(|(_, step)| step.waits_for == 0);
        ready.map(|(&place, _)| place).collect()
    }

    /// This one is done: those that waited for nothing else.
    pub(crate) fn done(&mut self, place: usize) -> Vec<usize> {
        let done = self.steps.remove(&place).unwrap_or_default();
        let mut ready = Vec::new();
        for waiting in done.awaited_by {
            if let Some(step) = self.steps.get_mut(&waiting) {
                step.waits_for -= 1;
                if step.waits_for == 0 {
                    ready.push(waiting);
                }
            }
        }
        ready
    }
}
