//! The management operations: read, let the rules decide, commit, and retry after a concurrent change.

mod account_policy;
mod accounts;
mod allowlist;
mod closing;
mod commit;
mod corrupt;
mod deletion;
mod grants;
mod history;
mod import_rows;
mod importing;
mod inputs;
mod integrations;
mod issuing;
mod leaks;
mod lifecycle;
mod listing;
mod networks;
mod reads;
mod repair;
mod repeats;
mod revealing;
mod rotation;
mod workspaces;

use std::fmt;
use std::sync::Arc;

use crate::domain::rules::unchanged;
use crate::domain::{Actor, Limits, Revision, Vocabulary};
use crate::kinds::{Integrations, Kinds};
use crate::secrets::MasterKeys;
use crate::store::AnyStore;
use crate::values::{Clock, Randomness};

use super::errors::ManageError;
use super::imports::Imports;
use super::knowledge::Knowledge;
use super::last_used::LastUsed;
use super::minting::Minter;
use super::records::Records;
use super::remembered_networks::NetworkViewers;

pub(super) use self::closing::RemovedPage;
pub use self::corrupt::{CorruptAccount, CorruptWorkspace};
pub use self::grants::OwnedBatch;
pub use self::import_rows::{Import, ImportDryRun, ImportOutcome, ImportRow, RowRefusal};
pub use self::inputs::{
    CredentialFilter, HistoryFilter, NewCredential, NewWorkspace, PolicyRun, Rotation,
};

/// The management operations of one actor in one account. Returned by [`Keyward::manager`](crate::Keyward::manager).
///
/// Each operation checks the permissions of the actor, applies the rules, and writes the change and its audit event in one
/// transaction. An operation does not find the records of another account. An operation that would change nothing, such as
/// suspending a suspended credential, succeeds and writes no event.
///
/// # Permissions
///
/// A read requires [`Actor::can_view`](crate::Actor::can_view), and a change [`Actor::can_manage`](crate::Actor::can_manage). A method
/// that requires more says so. "Only for an admin or the operator" means [`Actor::can_administer`](crate::Actor::can_administer): an
/// actor with limits, or with only some of the scopes, is refused. A change or a preview of an allowlist requires
/// [`Actor::can_manage_allowlists`](crate::Actor::can_manage_allowlists).
///
/// # Errors
///
/// Every operation can fail with a [`ManageError`](crate::ManageError). Its text says which rule refused the operation and what to
/// do. The permissions are checked first ([`Forbidden`](crate::ManageError::Forbidden) and
/// [`AccountSuspended`](crate::ManageError::AccountSuspended) or [`AccountClosed`](crate::ManageError::AccountClosed)), and then whether the record exists
/// ([`NotFound`](crate::ManageError::NotFound)). Nothing was changed after an error, except possibly after
/// [`Unknown`](crate::ManageError::Unknown).
///
/// Each method lists its own refusals. Three more do not depend on the method: [`Changed`](crate::Refusal::Changed) refuses a
/// [conditional](Self::if_revision) change, [`AboveCeiling`](crate::Refusal::AboveCeiling) a change that would issue, extend, hand over or
/// reveal a credential with scopes that the actor lacks, and [`OperationReused`](crate::Refusal::OperationReused) an operation id that
/// another operation of the account has.
#[derive(Clone, Copy)]
pub struct Manager<'a> {
    parts: &'a ManagerParts,
    actor: &'a Actor,
    /// The revision that the caller read, for a conditional change.
    seen: Option<Revision>,
}

/// The parts that the management operations of all accounts share.
pub(super) struct ManagerParts {
    pub(super) store: AnyStore,
    pub(super) records: Arc<Records>,
    /// The cache. An operation invalidates what it changes.
    pub(super) knowledge: Knowledge,
    /// The pending uses. They are written before a secret counts as unused.
    pub(super) last_used: Arc<LastUsed>,
    pub(super) minter: Minter,
    pub(super) keys: Arc<MasterKeys>,
    pub(super) kinds: Arc<Kinds>,
    pub(super) integrations: Integrations,
    pub(super) imports: Arc<Imports>,
    pub(super) vocabulary: Vocabulary,
    pub(super) limits: Limits,
    /// The actors who see the networks from which credentials passed. `None` if these are not remembered.
    pub(super) networks: Option<NetworkViewers>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) randomness: Randomness,
}

impl fmt::Debug for Manager<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Manager").field("actor", &self.actor).finish_non_exhaustive()
    }
}

impl<'a> Manager<'a> {
    pub(super) const fn new(parts: &'a ManagerParts, actor: &'a Actor) -> Self {
        Self { parts, actor, seen: None }
    }

    /// Makes changes conditional: a change is refused with [`Changed`](crate::Refusal::Changed) unless its record still has this
    /// revision.
    ///
    /// The record is the credential of the change. If the change has no credential, it is the workspace (also for
    /// [`issue_app_key`](Self::issue_app_key) and [`issue_track_set`](Self::issue_track_set)). If it has no workspace, it is the
    /// account (also for [`create_workspace`](Self::create_workspace)). A change to a credential also raises the revision of its
    /// workspace. Reads are not conditional.
    ///
    /// The comparison is part of the transaction: at most one of two changes for the same revision succeeds, on any nodes.
    ///
    /// ```
    /// # use keyward::{history::*, kind::*, manage::*, operate::*, time::*, *};
    /// # pollster::block_on(async {
    /// # let keyward = Keyward::builder(MemoryStore::new(), MasterKeys::new(MasterKey::generate()?))
    /// #     .slow_hash(SlowHashParams::dangerous_cheap()).build()?;
    /// # let actor = Actor::admin(AccountId::new("acme")?, ActorId::new("ada")?);
    /// # let workspace = WorkspaceId::new("acme/shop")?;
    /// # let manager = keyward.manager(&actor);
    /// # manager.create_workspace(NewWorkspace::new(workspace.clone(), Name::new("Shop")?)).await?;
    /// # let id = manager.issue_app_key(NewCredential::new(workspace, Name::new("backend")?)).await?.credential.id;
    /// let seen = manager.credential(id).await?.revision;
    ///
    /// // Another actor changes it in the meantime.
    /// let renamed = manager.rename(id, Name::new("reports")?).await?;
    ///
    /// let refused = manager.if_revision(seen).suspend(id).await;
    /// let changed = Refusal::Changed { now: renamed.revision };
    /// assert!(matches!(refused, Err(ManageError::Refused(refusal)) if refusal == changed));
    ///
    /// manager.if_revision(renamed.revision).suspend(id).await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    #[must_use = "it makes the changes conditional that are asked of the manager that it returns"]
    pub const fn if_revision(self, seen: Revision) -> Self {
        Self { seen: Some(seen), ..self }
    }

    /// Compares the revision that the caller read with the stored one.
    fn expect(&self, now: Revision) -> Result<(), ManageError> {
        Ok(unchanged(self.seen, now)?)
    }
}
