//! The outcome of each row, on standard output.

use std::io::{self, BufWriter, Write};

use keyward::imports::ImportOutcome;
use keyward::{CredentialId, ManageError, Name};
use serde::Serialize;

use super::row::UnreadableRow;
use crate::answer::{self, Answer, Exit};
use crate::failure::Failure;

/// Where the row is, for people: its line, and its name if it can be read.
pub(super) struct RowPlace {
    pub(super) line: u64,
    pub(super) name: Option<Name>,
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
enum Outcome<'a> {
    Imported { credential: CredentialId },
    AlreadyImported { credential: CredentialId },
    Skipped,
    Refused { code: &'a str, reason: String },
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

/// Prints the outcomes, and counts them.
pub(super) struct Report {
    out: BufWriter<io::Stdout>,
    as_json: bool,
    totals: Totals,
}

impl Report {
    pub(super) fn start(as_json: bool, is_dry_run: bool) -> Self {
        let totals = Totals { is_dry_run, ..Totals::default() };
        Self { out: BufWriter::new(io::stdout()), as_json, totals }
    }

    pub(super) fn row(&mut self, place: &RowPlace, outcome: ImportOutcome) -> Result<(), Failure> {
        let outcome = match outcome {
            ImportOutcome::Imported(credential) => Outcome::Imported { credential },
            ImportOutcome::AlreadyImported(credential) => Outcome::AlreadyImported { credential },
            ImportOutcome::Skipped => Outcome::Skipped,
            ImportOutcome::Refused(refusal) => {
                Outcome::Refused { code: refusal.code(), reason: refusal.to_string() }
            }
            _ => return Err(Failure::new(Exit::Failed, "a row has an unknown outcome")),
        };
        self.print(place, outcome)
    }

    pub(super) fn unreadable(&mut self, line: u64, row: UnreadableRow) -> Result<(), Failure> {
        let outcome = Outcome::Refused { code: "unreadable_row", reason: row.why };
        self.print(&RowPlace { line, name: row.name }, outcome)
    }

    /// Reports that all rows of a transaction were refused.
    pub(super) fn refused(
        &mut self,
        places: &[RowPlace],
        error: &ManageError,
    ) -> Result<(), Failure> {
        for place in places {
            let outcome = Outcome::Refused { code: error.code(), reason: error.to_string() };
            self.print(place, outcome)?;
        }
        Ok(())
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

    fn print(&mut self, place: &RowPlace, outcome: Outcome<'_>) -> Result<(), Failure> {
        let Totals { imported, already_imported, skipped, refused, .. } = &mut self.totals;
        *match outcome {
            Outcome::Imported { .. } => imported,
            Outcome::AlreadyImported { .. } => already_imported,
            Outcome::Skipped => skipped,
            Outcome::Refused { .. } => refused,
        } += 1;
        let line = if self.as_json {
            let RowPlace { line, name } = place;
            answer::line(&RowOutcome { line: *line, name: name.as_ref(), outcome })?
        } else {
            text(place, &outcome, self.totals.is_dry_run)
        };
        writeln!(self.out, "{line}").map_err(Failure::because("an outcome cannot be written"))
    }
}

fn text(place: &RowPlace, outcome: &Outcome<'_>, is_dry_run: bool) -> String {
    let RowPlace { line, name } = place;
    let name = name.as_ref().map(|name| format!(" \"{name}\"")).unwrap_or_default();
    let outcome = match outcome {
        Outcome::Imported { credential } if is_dry_run => format!("to import as {credential}"),
        Outcome::Imported { credential } => format!("imported as {credential}"),
        Outcome::AlreadyImported { credential } => format!("imported before as {credential}"),
        Outcome::Skipped => {
            "skipped: an earlier import with this operation id did not import it, or it was deleted since".to_owned()
        }
        Outcome::Refused { reason, .. } => format!("refused: {reason}"),
    };
    format!("line {line}{name}: {outcome}")
}
