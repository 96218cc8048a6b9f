//! The rules for an import: each row is admitted as if its credential were issued now.

use std::collections::HashMap;

use crate::domain::credential::{CredentialEdit, CredentialRecord};
use crate::domain::event::{Action, Event, Subject};
use crate::domain::workspace::WorkspaceRecord;
use crate::secrets::OwnerHash;
use crate::values::{KindWord, Name, Timestamp, WorkspaceId};

use super::WorkspaceWithMinimum;
use super::account_policy::RequestedExpiry;
use super::limits::Limits;
use super::minimum::may_issue;
use super::names::TakenNames;
use super::refusal::Refusal;

/// What the rules read of a row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RequestedImport<'a> {
    pub(crate) kind: KindWord,
    /// The noun for a credential of the kind.
    pub(crate) noun: &'static str,
    pub(crate) name: &'a Name,
    pub(crate) expires: RequestedExpiry,
    pub(crate) owner: Option<OwnerHash>,
}

/// An import into one workspace, row by row.
#[derive(Debug)]
pub(crate) struct ImportInProgress<'a> {
    context: WorkspaceWithMinimum<'a>,
    /// The workspace with the credentials of all rows that were admitted.
    full: WorkspaceRecord,
    /// The workspace with the credentials that were added.
    after: WorkspaceRecord,
    names: HashMap<KindWord, TakenNames>,
    edits: Vec<CredentialEdit>,
    limits: &'a Limits,
    now: Timestamp,
}

/// The new state of the workspace, the new credentials, and the action for the history.
#[derive(Debug)]
pub(crate) struct ImportDecision {
    pub(crate) workspace: WorkspaceRecord,
    pub(crate) edits: Vec<CredentialEdit>,
    pub(crate) action: Action,
}

impl<'a> ImportInProgress<'a> {
    /// Begins an import. `names` are the names of the credentials of the workspace.
    pub(crate) fn new(
        context: WorkspaceWithMinimum<'a>,
        names: impl IntoIterator<Item = (KindWord, Name)>,
        limits: &'a Limits,
        now: Timestamp,
    ) -> Self {
        let mut taken: HashMap<KindWord, TakenNames> = HashMap::new();
        for (kind, name) in names {
            taken.entry(kind).or_default().add(name);
        }
        let [full, after] = [(); 2].map(|()| context.workspace.clone());
        Self { context, full, after, names: taken, edits: Vec::new(), limits, now }
    }

    /// Admits the next row, and returns the expiry of its credential.
    pub(crate) fn admit(
        &mut self,
        row: &RequestedImport<'_>,
    ) -> Result<Option<Timestamp>, Refusal> {
        let context = WorkspaceWithMinimum { workspace: &self.full, ..self.context };
        context.check_owner(row.owner)?;
        let expires = context.rules().expiry(row.kind, row.expires, self.now);
        let names = self.names.entry(row.kind).or_default();
        let namesake = names.namesake(row.name, row.noun);
        may_issue(context, row.kind, expires, namesake, self.limits, self.now)?;
        self.count(row.kind, row.name.clone());
        Ok(expires)
    }

    /// Counts a credential that an earlier part of a dry run admitted.
    pub(crate) fn count(&mut self, kind: KindWord, name: Name) {
        self.names.entry(kind).or_default().add(name);
        self.full.credentials = self.full.credentials.saturating_add(1);
    }

    /// Adds the credential of a row that was admitted.
    pub(crate) fn add(&mut self, record: CredentialRecord) {
        self.after.credentials = self.after.credentials.saturating_add(1);
        if self.context.keeps(&record) {
            self.after.permanent = self.after.permanent.saturating_add(1);
        }
        self.edits.push(CredentialEdit::Insert(record));
    }

    /// Returns the decision. Returns `None` if there is nothing to import.
    pub(crate) fn decision(mut self) -> Option<ImportDecision> {
        if self.edits.is_empty() {
            return None;
        }
        self.after.revision = self.after.revision.next();
        let credentials = u32::try_from(self.edits.len()).unwrap_or(u32::MAX);
        let action = Action::Imported { credentials };
        Some(ImportDecision { workspace: self.after, edits: self.edits, action })
    }
}

/// Checks that the operation of `event` was an import into this workspace.
pub(crate) fn repeated_import(event: &Event, workspace: &WorkspaceId) -> Result<(), Refusal> {
    match (&event.subject, &event.action) {
        (Subject::Workspace(context), Action::Imported { .. }) if context == workspace => Ok(()),
        _ => Err(Refusal::OperationReused),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::account_policy::{AccountPolicy, PolicyChange};
    use crate::domain::inactive_owners::InactiveOwners;
    use crate::domain::sample;

    fn row(name: &Name) -> RequestedImport<'_> {
        RequestedImport {
            kind: KindWord::App,
            noun: "App key",
            name,
            expires: RequestedExpiry::Default,
            owner: None,
        }
    }

    fn named(text: &str) -> Name {
        Name::new(text).unwrap()
    }

    #[test]
    fn rows_are_admitted_like_issues_one_after_the_other() {
        let change = PolicyChange::new().default_expiry_seconds(60);
        let workspace = WorkspaceRecord { credentials: 1, permanent: 1, ..sample::workspace() };
        let minimum = sample::minimum(KindWord::App);
        let context = WorkspaceWithMinimum {
            workspace: &workspace,
            minimum: Some(&minimum),
            policy: AccountPolicy::NONE.changed(&change).unwrap(),
            inactive_owners: &InactiveOwners::NONE,
        };
        let limits = Limits { credentials: 3, ..Limits::default() };
        let names = [(KindWord::App, named("taken")), (KindWord::Track, named("free"))];
        let mut import = ImportInProgress::new(context, names, &limits, Timestamp::EPOCH);

        let taken = import.admit(&row(&named("Taken"))).unwrap_err();
        assert_eq!(taken, Refusal::NameTaken { kind: "App key" });
        // The name of another kind is free. A kind with a minimum has no default expiry.
        assert_eq!(import.admit(&row(&named("free"))), Ok(None));
        let again = import.admit(&row(&named("free"))).unwrap_err();
        assert_eq!(again, Refusal::NameTaken { kind: "App key" });
        let alike = import.admit(&row(&named("fr\u{435}e"))).unwrap_err();
        let other = named("free");
        assert_eq!(alike, Refusal::LooksAlike { kind: "App key", other });
        let late = named("late");
        let past = RequestedImport { expires: RequestedExpiry::At(Timestamp::EPOCH), ..row(&late) };
        assert_eq!(import.admit(&past), Err(Refusal::ExpiryInPast));
        assert_eq!(import.admit(&row(&named("last"))), Ok(None));
        let refused = import.admit(&row(&named("more"))).unwrap_err();
        assert_eq!(refused, Refusal::TooMany { what: "credentials", limit: 3 });

        let app = CredentialRecord { kind: KindWord::App, ..sample::credential() };
        let suspended = CredentialRecord { suspended: Some(Timestamp::EPOCH), ..app.clone() };
        import.add(app);
        import.add(suspended);
        let decision = import.decision().unwrap();
        assert_eq!(decision.action, Action::Imported { credentials: 2 });
        assert_eq!(decision.edits.len(), 2);
        let after = decision.workspace;
        assert_eq!(
            (after.credentials, after.permanent),
            (3, 2),
            "a suspended one is not permanent"
        );
        assert_eq!(after.revision, workspace.revision.next());
    }

    #[test]
    fn an_import_without_a_credential_changes_nothing() {
        let workspace = sample::workspace();
        let context = WorkspaceWithMinimum {
            workspace: &workspace,
            minimum: None,
            policy: AccountPolicy::NONE,
            inactive_owners: &InactiveOwners::NONE,
        };
        let limits = Limits::default();
        let import = ImportInProgress::new(context, [], &limits, Timestamp::EPOCH);
        assert!(import.decision().is_none());
    }
}
