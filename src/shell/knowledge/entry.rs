//! One cached credential.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use arc_swap::{ArcSwapOption, Guard};

use crate::domain::policy::{AccountState, CredentialView, ViewOwner, WorkspaceView};
use crate::domain::{CredentialRecord, Vocabulary};
use crate::shell::last_used::UseCells;
use crate::values::OperationId;

use super::slot::{AccountSlots, Slot, WorkspaceSlots};
use super::slot_storage::{AccountStorage, OwnerAnswer};

/// What an entry depends on besides its record.
#[derive(Debug, Clone)]
pub(crate) struct EntrySettings {
    /// The scopes that the service declares.
    pub(crate) vocabulary: Vocabulary,
    /// `true` if the host remembers the networks from which credentials passed.
    pub(crate) remembers_networks: bool,
}

/// A credential as attempts need it, with the slots of its workspace and account. The fields that every attempt reads are first: with
/// many keys in use, the number of cache lines per key dominates the cost.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Entry {
    pub(super) workspace: Arc<Slot<ArcSwapOption<WorkspaceView>>>,
    /// Set with the first read of the workspace, which names the incarnation of its account.
    pub(super) account: OnceLock<Arc<Slot<AccountStorage>>>,
    pub(crate) uses: UseCells,
    pub(crate) view: CredentialView,
    pub(super) owner_answer: OwnerAnswer,
    /// Start of the read, in whole milliseconds of the monotonic clock: a `Duration` is twice as large, and there are many entries.
    asked_millis: u64,
}

impl ViewOwner for Entry {
    fn view(&self) -> &CredentialView {
        &self.view
    }
}

/// How long an unknown secret is refused without another read.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

impl Entry {
    /// Returns `true` if the store must be read again before a secret is refused as wrong. Another node may have just rotated the
    /// credential, and its new secret must work before this node polls the change. Wrong secrets cause at most one read a second.
    pub(crate) fn may_look_again(&self, now: Duration) -> bool {
        now.saturating_sub(Duration::from_millis(self.asked_millis)) >= LOOK_AGAIN
    }

    /// Returns the incarnation of the workspace in which the credential was issued.
    pub(crate) fn workspace_incarnation(&self) -> OperationId {
        self.workspace.incarnation()
    }

    /// Returns the cached states of the workspace and the account.
    #[inline]
    pub(crate) fn states(&self) -> (Guard<Option<Arc<WorkspaceView>>>, Option<AccountState>) {
        let owner = self.view.owner();
        let account = self.account.get().and_then(|slot| slot.get(owner, &self.owner_answer));
        (self.workspace.get(), account)
    }

    /// Creates an entry from a record whose read started at `asked`.
    pub(super) fn of(
        mut record: CredentialRecord,
        workspaces: &WorkspaceSlots,
        accounts: &AccountSlots,
        settings: &EntrySettings,
        asked: Duration,
    ) -> Self {
        let (workspace_id, workspace) =
            workspaces.of(&record.workspace, record.workspace_incarnation);
        record.workspace = workspace_id;
        let account = OnceLock::new();
        if let Some(known) =
            workspace.get().as_ref().filter(|known| known.account == record.account)
        {
            let (id, slot) = accounts.of(&known.account, known.account_incarnation);
            // Shares the text of the id.
            record.account = id;
            account.get_or_init(|| slot);
        }
        let view = CredentialView::with(&record, &settings.vocabulary);
        let uses = UseCells::of(&record);
        let uses = if settings.remembers_networks { uses.with_networks() } else { uses };
        let owner_answer = OwnerAnswer::unknown();
        // Five hundred million years fit into it.
        let asked_millis = u64::try_from(asked.as_millis()).unwrap_or(u64::MAX);
        Self { workspace, account, uses, view, owner_answer, asked_millis }
    }
}
