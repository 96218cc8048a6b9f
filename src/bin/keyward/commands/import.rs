//! Imports keys of another system. Never prints a hash.

mod fields;
mod input;
mod names;
mod report;
mod row;

use std::collections::HashMap;

use futures_util::future::join_all;
use keyward::imports::{Import, ImportDryRun, ImportOutcome, ImportRow, RowRefusal};
use keyward::manage::RecordType;
use keyward::{AccountId, Keyward, ManageError, Name, Operator, Refusal, WorkspaceId};

use super::check::expect_same_service;
use crate::answer::{Answer, Exit};
use crate::failure::Failure;
use crate::progress::Progress;
use crate::{arguments, secret_sources, service};

use self::fields::reads_as_secret;
use self::names::Names;
use self::report::{Outcome, Report, RowPlace};
use self::row::InputRow;

/// How many names are read at the same time.
const READ_TOGETHER: usize = 16;

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
    input::read(source, syntax, |line, fields| {
        report.expect(line);
        match row::read(fields, &opened.imports) {
            Ok(row) => groups.add(line, row),
            Err(row) => unreadable.push((line, row)),
        }
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
        names: Names::default(),
    };
    let end = importer.import(groups).await;
    // Also after a failure, because the rows before it were imported.
    importer.report.print_rest()?;
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
        let InputRow { account, workspace, name, kind, row } = row;
        let key = (account.clone(), workspace.clone());
        let place = *self.places.entry(key).or_insert(self.groups.len());
        if place == self.groups.len() {
            self.groups.push(Group { account, workspace, rows: Vec::new() });
        }
        if let Some(group) = self.groups.get_mut(place) {
            group.rows.push((RowPlace { line, name: Some(name), kind }, row));
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
    names: Names,
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
                self.progress.add(places.len() as u64);
                match outcomes {
                    Ok(outcomes) => self.note(&account, &workspace, &places, outcomes).await?,
                    Err(error) if is_about_rows(&error) => self.note_refused(&places, &error)?,
                    Err(error) => {
                        return Err(Failure::from(error).hint(
                            "run the command again: keys that were imported are recognised",
                        ));
                    }
                }
                self.report.flush()?;
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

    /// Reports the outcome of each row of a transaction.
    async fn note(
        &mut self,
        account: &AccountId,
        workspace: &WorkspaceId,
        places: &[RowPlace],
        outcomes: Vec<ImportOutcome>,
    ) -> Result<(), Failure> {
        let current = self.current_names(account, &outcomes).await;
        for ((place, outcome), current) in places.iter().zip(outcomes).zip(current) {
            let outcome = match outcome {
                ImportOutcome::Imported(credential) => {
                    self.names.add(workspace, place, place.name.as_ref());
                    Outcome::Imported { credential }
                }
                ImportOutcome::AlreadyImported(credential) => {
                    self.names.add(workspace, place, current.as_ref());
                    let is_new = |name: &Name| {
                        Some(name) != place.name.as_ref() && !reads_as_secret(name.as_str())
                    };
                    let current_name = current.filter(is_new);
                    Outcome::AlreadyImported { credential, current_name }
                }
                ImportOutcome::Skipped => Outcome::Skipped,
                ImportOutcome::Refused(refusal) => {
                    let reason = self.reason(workspace, places, place, &refusal);
                    self.report.print(place, Outcome::Refused { code: refusal.code(), reason })?;
                    continue;
                }
                _ => return Err(Failure::new(Exit::Failed, "a row has an unknown outcome")),
            };
            self.report.print(place, outcome)?;
        }
        Ok(())
    }

    /// Returns the names of the credentials that were imported before, in the order of the outcomes. A name that cannot be read is not
    /// needed.
    async fn current_names(
        &self,
        account: &AccountId,
        outcomes: &[ImportOutcome],
    ) -> Vec<Option<Name>> {
        let actor = self.operator.acting_for(account.clone());
        let manager = self.keyward.manager(&actor);
        let manager = &manager;
        let mut names = Vec::with_capacity(outcomes.len());
        for outcomes in outcomes.chunks(READ_TOGETHER) {
            let reads = outcomes.iter().map(|outcome| async move {
                let ImportOutcome::AlreadyImported(id) = outcome else { return None };
                manager.credential(*id).await.ok().map(|credential| credential.name)
            });
            names.extend(join_all(reads).await);
        }
        names
    }

    /// Returns why a row was refused. If another row of the input is the reason, it is named by its line.
    fn reason(
        &self,
        workspace: &WorkspaceId,
        places: &[RowPlace],
        place: &RowPlace,
        refusal: &RowRefusal,
    ) -> String {
        let line_of = |row: &usize| places.get(*row).map(|other| other.line);
        let line = match refusal {
            RowRefusal::SameKey { row } | RowRefusal::SamePrefix { row: Some(row) } => line_of(row),
            RowRefusal::Rule(Refusal::NameTaken { .. }) => {
                let name = place.name.as_ref();
                name.and_then(|name| self.names.line(workspace, place, name))
            }
            RowRefusal::Rule(Refusal::LooksAlike { other, .. }) => {
                self.names.line(workspace, place, other)
            }
            _ => None,
        };
        match line {
            None => refusal.to_string(),
            Some(line) => format!("{refusal} (the other is in line {line})"),
        }
    }

    /// Reports that all rows of a transaction were refused.
    fn note_refused(&mut self, places: &[RowPlace], error: &ManageError) -> Result<(), Failure> {
        let reason = match error {
            ManageError::NotFound(RecordType::Workspace) => {
                "the account has no such workspace: create it in the service first".to_owned()
            }
            error => error.to_string(),
        };
        for place in places {
            let reason = reason.clone();
            self.report.print(place, Outcome::Refused { code: error.code(), reason })?;
        }
        Ok(())
    }
}

/// Returns `true` if the error concerns one account or workspace.
const fn is_about_rows(error: &ManageError) -> bool {
    matches!(error, ManageError::AccountClosed | ManageError::NotFound(_) | ManageError::Refused(_))
}
