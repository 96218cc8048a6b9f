//! One cached credential.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use arc_swap::{ArcSwapOption, Guard};

use crate::domain::CredentialRecord;
use crate::domain::policy::{AccountView, CredentialView, Known, WorkspaceView};
use crate::shell::last_used::UseCells;
use crate::values::OperationId;

use super::shelf::AccountShelf;
use super::slot::{AccountSlots, Slot, WorkspaceSlots};

/// A credential as attempts need it, with the slots of its workspace and account. What every attempt reads stands
/// first: with many keys in use, what costs most is how many cache lines of each are read.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Entry {
    pub(super) workspace: Arc<Slot<ArcSwapOption<WorkspaceView>>>,
    /// Set when the workspace was first read, which says which incarnation of the account it belongs to.
    pub(super) account: OnceLock<Arc<Slot<AccountShelf>>>,
    pub(crate) uses: UseCells,
    pub(crate) view: CredentialView,
    /// When it was asked for, by the monotonic clock.
    asked: Duration,
}

impl Known for Entry {
    fn view(&self) -> &CredentialView {
        &self.view
    }
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

    /// Which incarnation of its workspace the credential was issued in.
    pub(crate) fn workspace_incarnation(&self) -> OperationId {
        self.workspace.incarnation()
    }

    /// The states of the credential's workspace and account, where they are known.
    #[inline]
    pub(crate) fn states(&self) -> (Guard<Option<Arc<WorkspaceView>>>, Option<AccountView>) {
        (self.workspace.get(), self.account.get().and_then(|slot| slot.get()))
    }

    /// A record whose read began at `asked`, with its slots.
    pub(super) fn of(
        mut record: CredentialRecord,
        workspaces: &WorkspaceSlots,
        accounts: &AccountSlots,
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
            // So that the text is kept once.
            record.account = id;
            account.get_or_init(|| slot);
        }
        let view = CredentialView::of(&record);
        Self { view, workspace, account, asked, uses: UseCells::of(&record) }
    }
}
