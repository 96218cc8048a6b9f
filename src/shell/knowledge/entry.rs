//! One cached credential.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::CredentialRecord;
use crate::domain::policy::{AccountView, CredentialView, WorkspaceView};
use crate::shell::last_used::UseCells;

use super::Knowledge;
use super::slot::Slot;

/// A credential as attempts need it, with the slots of its workspace and account.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) view: CredentialView,
    pub(super) workspace: Arc<Slot<WorkspaceView>>,
    pub(super) account: Arc<Slot<AccountView>>,
    /// When it was asked for, by the monotonic clock.
    asked: Duration,
    pub(crate) uses: UseCells,
}

/// How long a secret that is not known is refused without another look.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

impl Entry {
    /// Whether it is time to ask the store once more before a secret is called wrong: another node may have
    /// rotated the credential just now, and its holder should not have to wait until this node hears of it.
    /// However many wrong secrets come, it is one look-up a second.
    pub(crate) fn may_look_again(&self, now: Duration) -> bool {
        now.saturating_sub(self.asked) >= LOOK_AGAIN
    }

    /// Decides with the states of the credential's workspace and account: those that were fetched for this
    /// attempt, or else those in the slots. `None` where one is not known.
    pub(crate) fn with_states<T>(
        &self,
        workspace: Option<&WorkspaceView>,
        account: Option<&AccountView>,
        decide: impl FnOnce(&WorkspaceView, &AccountView) -> T,
    ) -> Option<T> {
        let (known_workspace, known_account) = (self.workspace.get(), self.account.get());
        let workspace = workspace.or(known_workspace.as_deref())?;
        let account = account.or(known_account.as_deref())?;
        Some(decide(workspace, account))
    }

    /// What was asked for at `asked`.
    pub(super) fn of(mut record: CredentialRecord, knowledge: &Knowledge, asked: Duration) -> Self {
        let (workspace_id, workspace) = knowledge.workspaces.of(&record.workspace);
        let (account_id, account) = knowledge.accounts.of(&record.account);
        record.workspace = workspace_id;
        record.account = account_id;
        let view = CredentialView::of(&record);
        Self { view, workspace, account, asked, uses: UseCells::of(&record) }
    }
}
