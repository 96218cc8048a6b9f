//! Imports keys of another system. Never prints a hash.

mod fields;
mod input;
mod report;
mod row;

use std::collections::HashMap;

use keyward::imports::{Import, ImportDryRun, ImportOutcome, ImportRow};
use keyward::{AccountId, Keyward, ManageError, Operator, WorkspaceId};

use super::check::expect_same_service;
use crate::answer::Answer;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::{arguments, secret_sources, service};

use self::report::{Report, RowPlace};
use self::row::InputRow;

pub(super) async fn run(arguments: arguments::Import, as_json: bool) -> Result<Answer, Failure> {
    let syntax = match arguments.syntax {
        Some(syntax) => syntax,
        None => input::syntax_of(&arguments.file)?,
    };
    let by = arguments.by;
    let opened = if secret_sources::is_stdin(&arguments.file) {
        service::open_beside_stdin(&by.service).await?
    } else {
        service::open(&by.service).await?
    };
    expect_same_service(&opened).await?;
    let mut report = Report::start(as_json, arguments.dry_run);
    // All rows are read first: a mistake in the syntax must not leave half of them imported.
    let (mut groups, mut unreadable) = (Groups::default(), Vec::new());
    let source = secret_sources::open(&arguments.file)?;
    input::read(source, syntax, |line, fields| match row::read(fields, &opened.imports) {
        Ok(row) => groups.add(line, row),
        Err(row) => unreadable.push((line, row)),
    })?;
    for (line, row) in unreadable {
        report.unreadable(line, row)?;
    }
    let mut importer = Importer {
        keyward: &opened.keyward,
        operator: Operator::new(by.operator),
        operation: arguments.operation,
        dry_run: arguments.dry_run.then(ImportDryRun::new),
        progress: Progress::start(if arguments.dry_run { "trying" } else { "importing" }),
        report,
    };
    let end = importer.import(groups).await;
    // Also after a failure, because the rows before it were imported.
    importer.report.flush()?;
    end?;
    drop(importer.progress);
    opened.store.close().await;
    importer.report.finish()
}

/// The rows of each workspace, in the order of the input.
#[derive(Default)]
struct Groups {
    places: HashMap<(AccountId, WorkspaceId), usize>,
    groups: Vec<Group>,
}

struct Group {
    account: AccountId,
    workspace: WorkspaceId,
    rows: Vec<(RowPlace, ImportRow)>,
}

impl Groups {
    fn add(&mut self, line: u64, row: InputRow) {
        let InputRow { account, workspace, name, row } = row;
        let key = (account.clone(), workspace.clone());
        let place = *self.places.entry(key).or_insert(self.groups.len());
        if place == self.groups.len() {
            self.groups.push(Group { account, workspace, rows: Vec::new() });
        }
        if let Some(group) = self.groups.get_mut(place) {
            group.rows.push((RowPlace { line, name: Some(name) }, row));
        }
    }
}

/// Imports rows, or shows what an import would do.
struct Importer<'a> {
    keyward: &'a Keyward,
    operator: Operator,
    operation: Option<String>,
    dry_run: Option<ImportDryRun>,
    progress: Progress,
    report: Report,
}

impl Importer<'_> {
    async fn import(&mut self, groups: Groups) -> Result<(), Failure> {
        for Group { account, workspace, rows } in groups.groups {
            let mut rows = rows.into_iter();
            for number in 1_u64.. {
                let (places, batch): (Vec<_>, Vec<_>) =
                    rows.by_ref().take(Import::MOST_ROWS).unzip();
                if batch.is_empty() {
                    break;
                }
                let import = Import::new(workspace.clone(), batch);
                let import = match &self.operation {
                    Some(id) => import.operation(format!("{id} {number} {workspace}")),
                    None => import,
                };
                let outcomes = self.outcomes(account.clone(), import).await;
                self.note(&places, outcomes)?;
            }
        }
        Ok(())
    }

    async fn outcomes(
        &mut self,
        account: AccountId,
        import: Import,
    ) -> Result<Vec<ImportOutcome>, ManageError> {
        let actor = self.operator.acting_for(account);
        let manager = self.keyward.manager(&actor);
        match &mut self.dry_run {
            Some(dry_run) => manager.preview_import(&import, dry_run).await,
            None => manager.import(import).await,
        }
    }

    /// Reports the outcome of each row. Fails if the following rows would fail too.
    fn note(
        &mut self,
        places: &[RowPlace],
        outcomes: Result<Vec<ImportOutcome>, ManageError>,
    ) -> Result<(), Failure> {
        self.progress.add(places.len() as u64);
        match outcomes {
            Ok(outcomes) => {
                for (place, outcome) in places.iter().zip(outcomes) {
                    self.report.row(place, outcome)?;
                }
            }
            Err(error) if is_about_rows(&error) => self.report.refused(places, &error)?,
            Err(error) => {
                return Err(Failure::from(error)
                    .hint("run the command again: keys that were imported are recognised"));
            }
        }
        self.report.flush()
    }
}

/// Returns `true` if the error concerns one account or workspace.
const fn is_about_rows(error: &ManageError) -> bool {
    matches!(error, ManageError::AccountClosed | ManageError::NotFound(_) | ManageError::Refused(_))
}
