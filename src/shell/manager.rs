//! The management operations: read, let the rules decide, commit; and once more where somebody else was
//! faster.

mod accounts;
mod allowlist;
mod commit;
mod deletion;
mod history;
mod integrations;
mod issuing;
mod lifecycle;
mod listing;
mod repair;
mod repeats;
mod revealing;
mod rotation;
mod scene;
mod wishes;
mod workspaces;

use std::fmt;
use std::sync::Arc;

use crate::domain::rules::unchanged;
use crate::domain::{Actor, Limits, Revision};
use crate::kinds::{Integrations, Kinds};
use crate::secrets::MasterKeys;
use crate::store::AnyStore;
use crate::values::{Clock, Randomness};

use super::errors::ManageError;
use super::knowledge::Knowledge;
use super::last_used::LastUsed;
use super::minting::Minter;
use super::records::Records;

pub use self::repair::{CorruptAccount, CorruptWorkspace};
pub use self::wishes::{CredentialFilter, HistoryFilter, NewCredential, NewWorkspace, Rotation};

/// The management operations of one account, for one actor. Made by
/// [`Keyward::manager`](crate::Keyward::manager).
///
/// Each operation asks whether the actor may, decides by the rules, and writes the change and its event in
/// one commit, or nothing. What belongs to another account is not found. An operation that would change
/// nothing (suspending what is suspended) succeeds, and leaves no event.
///
/// # Errors
///
/// Every operation fails with a [`ManageError`](crate::ManageError), whose sentence says which rule refused
/// and what to do about it; [`Forbidden`](crate::ManageError::Forbidden) and
/// [`AccountSuspended`](crate::ManageError::AccountSuspended) come first,
/// [`NotFound`](crate::ManageError::NotFound) next. After an error nothing was changed, except possibly after
/// [`Unknown`](crate::ManageError::Unknown). The methods name the rules that are theirs.
#[derive(Clone, Copy)]
pub struct Manager<'a> {
    parts: &'a ManagerParts,
    actor: &'a Actor,
    /// The revision that the caller saw of what a change is about.
    seen: Option<Revision>,
}

/// What the management operations of every account work with.
pub(super) struct ManagerParts {
    pub(super) store: AnyStore,
    pub(super) records: Arc<Records>,
    /// Forgets at once what an operation changes.
    pub(super) knowledge: Knowledge,
    /// Written before a secret counts as unused.
    pub(super) last_used: Arc<LastUsed>,
    pub(super) minter: Minter,
    pub(super) keys: Arc<MasterKeys>,
    pub(super) kinds: Arc<Kinds>,
    pub(super) integrations: Integrations,
    pub(super) limits: Limits,
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

    /// Makes changes conditional: each is made only if its record is still at the revision that the caller saw.
    /// Otherwise it is refused with [`Changed`](crate::Refusal::Changed), and nothing is changed.
    ///
    /// The record is the credential that the change is about; the workspace, for a change without a
    /// credential (also for [`issue_app_key`](Self::issue_app_key) and
    /// [`issue_track_set`](Self::issue_track_set)); or the account, for a change without a workspace and for
    /// [`create_workspace`](Self::create_workspace). A workspace's revision rises with each change of its
    /// credentials, too. Reads are not conditional.
    ///
    /// The revision is compared with the record that the commit is made from, so of two changes that were made
    /// for one revision at most one succeeds, on any nodes.
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
    /// // Somebody else changes it meanwhile.
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

    /// Compares the revision that the caller saw with the one that a change would be made from.
    fn expect(&self, now: Revision) -> Result<(), ManageError> {
        Ok(unchanged(self.seen, now)?)
    }
}
