//! The outcome of each row, on standard output.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};

use keyward::kind::KindWord;
use keyward::{CredentialId, Name};
use serde::Serialize;

use super::fields::reads_as_secret;
use super::row::UnreadableRow;
use crate::answer::{self, Answer, Exit};
use crate::failure::Failure;

/// Where the row is, for people: its line, and its name if it can be read.
pub(super) struct RowPlace {
    pub(super) line: u64,
    pub(super) name: Option<Name>,
    /// The kind of the credential, if the format is declared.
    pub(super) kind: Option<KindWord>,
}

/// The outcome of a row. It never contains the hash.
#[derive(Serialize)]
struct RowOutcome<'a> {
    line: u64,
    name: Option<&'a Name>,
    #[serde(flatten)]
    outcome: Outcome<'a>,
}

#[derive(Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(super) enum Outcome<'a> {
    Imported {
        credential: CredentialId,
    },
    AlreadyImported {
        credential: CredentialId,
        /// The name of the credential now, if it is not the one of the row.
        #[serde(skip_serializing_if = "Option::is_none")]
        current_name: Option<Name>,
    },
    Skipped,
    Refused {
        code: &'a str,
        reason: String,
    },
}

/// How many rows had each outcome.
#[derive(Debug, Default, Serialize)]
struct Totals {
    is_dry_run: bool,
    imported: u64,
    already_imported: u64,
    skipped: u64,
    refused: u64,
}

/// Prints the outcomes in the order of the lines, and counts them.
pub(super) struct Report {
    out: BufWriter<io::Stdout>,
    as_json: bool,
    totals: Totals,
    /// What is not printed yet, by the line: `None` if the outcome of the row is not known.
    waiting: BTreeMap<u64, Option<String>>,
}

impl Report {
    pub(super) fn start(as_json: bool, is_dry_run: bool) -> Self {
        let totals = Totals { is_dry_run, ..Totals::default() };
        let out = BufWriter::new(io::stdout());
        Self { out, as_json, totals, waiting: BTreeMap::new() }
    }

    /// Notes that there is a row in this line. The outcomes of later lines wait for its own.
    pub(super) fn expect(&mut self, line: u64) {
        self.waiting.insert(line, None);
    }

    pub(super) fn unreadable(&mut self, line: u64, row: UnreadableRow) -> Result<(), Failure> {
        let outcome = Outcome::Refused { code: "unreadable_row", reason: row.why };
        self.print(&RowPlace { line, name: row.name, kind: None }, outcome)
    }

    /// Prints what is known, also behind rows whose outcome is not known.
    pub(super) fn print_rest(&mut self) -> Result<(), Failure> {
        for text in std::mem::take(&mut self.waiting).into_values().flatten() {
            self.write(&text)?;
        }
        self.flush()
    }

    /// Writes out what was printed.
    pub(super) fn flush(&mut self) -> Result<(), Failure> {
        self.out.flush().map_err(Failure::because("an outcome cannot be written"))
    }

    /// Returns the answer. A row that is not in the store afterwards shows in the exit code.
    pub(super) fn finish(mut self) -> Result<Answer, Failure> {
        self.flush()?;
        let Totals { is_dry_run, imported, already_imported, skipped, refused } = self.totals;
        let exit = match (imported + already_imported, skipped + refused) {
            (0, 0) => Exit::Nothing,
            (_, 0) => Exit::Done,
            _ => Exit::Found,
        };
        let (start, imports) =
            if is_dry_run { ("Nothing was written. ", "To import") } else { ("", "Imported") };
        let text = format!(
            "{start}{imports}: {imported}. Imported before: {already_imported}. Skipped: {skipped}. Refused: {refused}."
        );
        Answer::new(exit, text, &self.totals)
    }

    /// Counts the outcome of a row, and prints it after those of the earlier lines.
    pub(super) fn print(&mut self, place: &RowPlace, outcome: Outcome<'_>) -> Result<(), Failure> {
        let Totals { imported, already_imported, skipped, refused, .. } = &mut self.totals;
        *match outcome {
            Outcome::Imported { .. } => imported,
            Outcome::AlreadyImported { .. } => already_imported,
            Outcome::Skipped => skipped,
            Outcome::Refused { .. } => refused,
        } += 1;
        let line = if self.as_json {
            let name = place.name.as_ref().filter(|name| !reads_as_secret(name.as_str()));
            answer::line(&RowOutcome { line: place.line, name, outcome })?
        } else {
            text(place, &outcome, self.totals.is_dry_run)
        };
        self.waiting.insert(place.line, Some(line));
        while let Some(first) = self.waiting.first_entry()
            && first.get().is_some()
        {
            let text = first.remove().unwrap_or_default();
            self.write(&text)?;
        }
        Ok(())
    }

    fn write(&mut self, line: &str) -> Result<(), Failure> {
        writeln!(self.out, "{line}").map_err(Failure::because("an outcome cannot be written"))
    }
}

fn text(place: &RowPlace, outcome: &Outcome<'_>, is_dry_run: bool) -> String {
    let line = place.line;
    let name = match &place.name {
        None => String::new(),
        Some(name) if reads_as_secret(name.as_str()) => {
            " (its name is not shown, because it reads as a hash or a key)".to_owned()
        }
        Some(name) => format!(" \"{name}\""),
    };
    let outcome = match outcome {
        Outcome::Imported { credential } if is_dry_run => format!("to import as {credential}"),
        Outcome::Imported { credential } => format!("imported as {credential}"),
        Outcome::AlreadyImported { credential, current_name: None } => {
            format!("imported before as {credential}")
        }
        Outcome::AlreadyImported { credential, current_name: Some(current) } => {
            format!("imported before as {credential}, whose name is now \"{current}\"")
        }
        Outcome::Skipped => {
            "skipped: an earlier import with this operation id did not import it, or it was deleted since".to_owned()
        }
        Outcome::Refused { reason, .. } => format!("refused: {reason}"),
    };
    format!("line {line}{name}: {outcome}")
}
