//! The answer of a command, and how the process exits.

use std::process::ExitCode;

use serde::Serialize;

use crate::failure::Failure;

/// How the process exits. The help and `docs/command.md` list the codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done, and there is nothing to report.
    Done = 0,
    /// Failed. A retry does not help.
    Failed = 1,
    /// A wrong argument, a wrong or unsafe file, or a database that cannot be used as it is configured.
    Usage = 2,
    /// A check, a copy or an export found something, a walk left something behind, a row was not imported, or a drill found a late
    /// node.
    Found = 3,
    /// There is nothing to do: no stored key matches, the record is not corrupt, there is no such account or row, or the account was
    /// closed before.
    Nothing = 4,
    /// The operator did not confirm.
    NotConfirmed = 5,
    /// The database did not answer, or not whether it made a change. Try again.
    Unavailable = 6,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// What a command found or did.
#[derive(Debug)]
pub(crate) struct Answer {
    exit: Exit,
    text: String,
    json: String,
}

impl Answer {
    /// Creates an answer as text and, for `--json`, as JSON.
    pub(crate) fn new(
        exit: Exit,
        text: impl Into<String>,
        json: &impl Serialize,
    ) -> Result<Self, Failure> {
        Ok(Self { exit, text: text.into(), json: line(json)? })
    }

    /// Creates the answer of a command that has printed its output itself.
    pub(crate) const fn printed(exit: Exit) -> Self {
        Self { exit, text: String::new(), json: String::new() }
    }

    pub(crate) const fn exit(&self) -> Exit {
        self.exit
    }

    pub(crate) fn text(&self) -> &str {
        self.text.trim_end()
    }

    pub(crate) fn json(&self) -> &str {
        &self.json
    }
}

/// Returns one line of JSON.
pub(crate) fn line(value: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(Failure::because("the answer cannot be written as JSON"))
}
