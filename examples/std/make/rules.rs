//! The file: which targets there are, what each needs, and what is to be run for it.

use std::collections::HashMap;

/// One target.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) target: String,
    /// The names of other targets, or of files.
    pub(crate) needs: Vec<String>,
    /// Lines for the shell.
    pub(crate) script: String,
}

/// All of them, in the order of the file.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    pub(crate) all: Vec<Rule>,
    places: HashMap<String, usize>,
}

impl Rules {
    /// Reads the text; an error tells the line.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut rules = Self::default();
        for (index, line) in text.lines().enumerate() {
            let content = line.trim();
            if content.is_empty() || content.starts_with('#') {
                continue;
            }
            let parsed = if line.starts_with([' ', '\t']) {
                rules.command(content)
            } else {
                rules.rule(content)
            };
            parsed.map_err(|error| format!("line {}: {error}", index + 1))?;
        }
        if rules.all.is_empty() {
            return Err("there is no target".into());
        }
        Ok(rules)
    }

    fn command(&mut self, line: &str) -> Result<(), String> {
        let rule = self.all.last_mut();
        let rule = rule.ok_or("a command, but no target yet")?;
        rule.script.push_str(line);
        rule.script.push('\n');
        Ok(())
    }

    fn rule(&mut self, line: &str) -> Result<(), String> {
        let (target, needs) = line.split_once(':').ok_or("no colon behind the target")?;
        let target = target.trim();
        if target.is_empty() || target.contains(char::is_whitespace) {
            return Err("one target before the colon, please".into());
        }
        let place = self.all.len();
        if self.places.insert(target.to_owned(), place).is_some() {
            return Err(format!("{target} has a rule already"));
        }
        self.all.push(Rule {
            target: target.to_owned(),
            needs: needs.split_whitespace().map(str::to_owned).collect(),
            script: String::new(),
        });
        Ok(())
    }

    /// Where a target is in [`all`](Self::all).
    pub(crate) fn place(&self, target: &str) -> Option<usize> {
        self.places.get(target).copied()
    }
}
