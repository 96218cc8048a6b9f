//! The operations that managers request.

use std::time::Duration;

use keyward::store::{AccountRecord, CredentialRecord};
use keyward::{
    ActorId, GenerationNumber, ManageError, Manager, Network, NewCredential,
    manage::{CredentialNetworks, EndTime, Owner, Rotation, UnlistedWorkspaces},
    scope::Scopes,
    time::Timestamp,
};

use crate::history::{Commit, Lines, Place};
use crate::initial_state::SHOP;
use crate::support::random::Choices;
use crate::support::{kinds, name};
use crate::timeline::Moment;
use crate::world::Key;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlannedChange {
    Suspend,
    Resume,
    ExpireNow,
    ExpireSoon,
    ClearExpiry,
    SunsetNow,
    Deprecate,
    Undeprecate,
    RotateAtOnce,
    RotateOverlapping,
    EndOverlap,
    Rename,
    Issue,
    Delete,
    RemoveWorkspace,
    Allow,
    Disallow,
    Lift,
    SuspendAccount,
    ResumeAccount,
    CloseAccount,
    CloseUnlisted,
    OpenUnlisted,
    RemoveScopes,
    RestoreScopes,
    LimitNetworks,
    LiftNetworks,
    DeactivateOwner,
    ReactivateOwner,
}

/// Operations that can be reversed are frequent, so that the keys last.
const OFTEN: [PlannedChange; 11] = [
    PlannedChange::RemoveScopes,
    PlannedChange::LimitNetworks,
    PlannedChange::Suspend,
    PlannedChange::Suspend,
    PlannedChange::Allow,
    PlannedChange::Disallow,
    PlannedChange::SuspendAccount,
    PlannedChange::CloseUnlisted,
    PlannedChange::Rename,
    PlannedChange::RotateOverlapping,
    PlannedChange::EndOverlap,
];
const SELDOM: [PlannedChange; 14] = [
    PlannedChange::RestoreScopes,
    PlannedChange::LiftNetworks,
    PlannedChange::DeactivateOwner,
    PlannedChange::ReactivateOwner,
    PlannedChange::Resume,
    PlannedChange::ResumeAccount,
    PlannedChange::Lift,
    PlannedChange::OpenUnlisted,
    PlannedChange::ExpireSoon,
    PlannedChange::ClearExpiry,
    PlannedChange::Deprecate,
    PlannedChange::Undeprecate,
    PlannedChange::RotateAtOnce,
    PlannedChange::Issue,
];
const RARELY: [PlannedChange; 5] = [
    PlannedChange::CloseAccount,
    PlannedChange::ExpireNow,
    PlannedChange::SunsetNow,
    PlannedChange::Delete,
    PlannedChange::RemoveWorkspace,
];

/// The time from now to an expiry that is set.
const SOON: Duration = Duration::from_millis(300);

/// The target of a planned change.
pub(crate) struct Given<'a> {
    pub(crate) by: &'a str,
    pub(crate) key: &'a Key,
    /// The name of the credential when it was last read.
    pub(crate) name: &'a str,
    /// The node's clock at that time.
    pub(crate) wall: Timestamp,
}

impl PlannedChange {
    pub(crate) fn any(choices: &mut Choices) -> Self {
        match choices.below(24) {
            0 => *choices.one_of(&RARELY),
            1..8 => *choices.one_of(&SELDOM),
            _ => *choices.one_of(&OFTEN),
        }
    }

    pub(crate) fn is_for_the_operator(self) -> bool {
        matches!(self, Self::SuspendAccount | Self::ResumeAccount | Self::CloseAccount)
    }

    /// Returns the operation that reverses this one.
    pub(crate) fn undone_by(self) -> Option<Self> {
        match self {
            Self::Suspend => Some(Self::Resume),
            Self::SuspendAccount => Some(Self::ResumeAccount),
            Self::Allow => Some(Self::Lift),
            Self::CloseUnlisted => Some(Self::OpenUnlisted),
            Self::DeactivateOwner => Some(Self::ReactivateOwner),
            Self::ExpireSoon => Some(Self::ClearExpiry),
            Self::Deprecate => Some(Self::Undeprecate),
            Self::RemoveScopes => Some(Self::RestoreScopes),
            Self::LimitNetworks => Some(Self::LiftNetworks),
            _ => None,
        }
    }

    /// Carries it out. Returns the key that was issued, if one was.
    pub(crate) async fn carry_out(
        self,
        manager: &Manager<'_>,
        given: &Given<'_>,
    ) -> Result<Option<Key>, ManageError> {
        let Given { by, key, wall, .. } = *given;
        let (id, workspace) = (key.id, &key.workspace);
        match self {
            Self::Suspend => manager.suspend(id).await.map(drop)?,
            Self::Resume => manager.resume(id).await.map(drop)?,
            Self::ExpireNow => manager.set_expiry(id, EndTime::Now).await.map(drop)?,
            Self::ExpireSoon => {
                manager.set_expiry(id, wall.saturating_add(SOON)).await.map(drop)?;
            }
            Self::ClearExpiry => manager.clear_expiry(id).await.map(drop)?,
            Self::SunsetNow => manager.deprecate(id, Some(EndTime::Now)).await.map(drop)?,
            Self::Deprecate => manager.deprecate(id, None).await.map(drop)?,
            Self::Undeprecate => manager.undeprecate(id).await.map(drop)?,
            Self::RotateAtOnce => return rotate(manager, key, Duration::ZERO).await.map(Some),
            Self::RotateOverlapping => return rotate(manager, key, SOON * 4).await.map(Some),
            Self::EndOverlap => manager.end_overlap(id).await.map(drop)?,
            Self::Rename => manager.rename(id, name(by)).await.map(drop)?,
            Self::Issue => return issue(manager, key, by).await.map(Some),
            Self::Delete => manager.delete(id, given.name).await?,
            Self::RemoveWorkspace => manager.remove_workspace(workspace, SHOP).await?,
            Self::Allow => manager.allow(workspace, &[network(by)]).await?,
            Self::Disallow => manager.disallow(workspace, &[network(by)]).await?,
            Self::Lift => manager.lift(workspace).await?,
            Self::SuspendAccount => manager.suspend_account().await?,
            Self::ResumeAccount => manager.resume_account().await?,
            Self::CloseAccount => manager.close_account(key.account.as_str()).await?,
            Self::DeactivateOwner => manager.deactivate(&owner()).await?,
            Self::ReactivateOwner => manager.reactivate(&owner()).await?,
            Self::CloseUnlisted => {
                manager.set_unlisted_workspaces(UnlistedWorkspaces::Closed).await?;
            }
            Self::RemoveScopes => manager.set_scopes(id, Scopes::none()).await.map(drop)?,
            Self::RestoreScopes => manager.set_scopes(id, Scopes::All).await.map(drop)?,
            Self::LimitNetworks => {
                let networks = CredentialNetworks::new([network("0")]).unwrap();
                manager.set_networks(id, networks).await.map(drop)?;
            }
            Self::LiftNetworks => manager.lift_networks(id).await.map(drop)?,
            Self::OpenUnlisted => manager.set_unlisted_workspaces(UnlistedWorkspaces::Open).await?,
        }
        Ok(None)
    }

    /// Returns the first version since `begun` in which this is already the case.
    pub(crate) fn held(self, lines: &Lines, given: &Given<'_>, begun: Moment) -> Option<Commit> {
        let Given { key, wall, .. } = given;
        let credential = |holds: fn(&CredentialRecord, Timestamp) -> bool| {
            let version = lines.credentials[&key.id]
                .first_since(begun, |record| record.is_some_and(|record| holds(record, *wall)))?;
            Some(Commit { place: Place::Credential(key.id), version })
        };
        let account = |holds: fn(Option<&AccountRecord>) -> bool| {
            let version = lines.accounts[&key.account].first_since(begun, holds)?;
            Some(Commit { place: Place::Account(key.account.clone()), version })
        };
        match self {
            Self::Suspend => credential(|record, _| record.suspended.is_some()),
            Self::Resume => credential(|record, _| record.suspended.is_none()),
            // Two managers that act at the same moment, when a node wakes up, set the same time.
            Self::ExpireSoon => {
                credential(|record, wall| record.expires == Some(wall.saturating_add(SOON)))
            }
            Self::ClearExpiry => credential(|record, _| record.expires.is_none()),
            Self::Deprecate => {
                credential(|record, _| record.deprecation.is_some_and(|it| it.sunset.is_none()))
            }
            Self::Undeprecate => credential(|record, _| record.deprecation.is_none()),
            Self::EndOverlap => credential(|record, wall| {
                record.previous.as_ref().is_none_or(|previous| previous.until <= wall)
            }),
            Self::Lift => {
                let version = lines.workspaces[&key.workspace].first_since(begun, |record| {
                    record.is_some_and(|record| record.allowlist.is_empty())
                })?;
                Some(Commit { place: Place::Workspace(key.workspace.clone()), version })
            }
            Self::RemoveScopes => credential(|record, _| !record.grant.scopes.is_all()),
            Self::RestoreScopes => credential(|record, _| record.grant.scopes.is_all()),
            Self::LimitNetworks => credential(|record, _| record.grant.networks.is_some()),
            Self::LiftNetworks => credential(|record, _| record.grant.networks.is_none()),
            // Neither changes a closed account.
            Self::SuspendAccount => {
                account(|it| it.is_some_and(|it| it.suspended.is_some() || it.closed.is_some()))
            }
            Self::ResumeAccount => {
                account(|it| it.is_none_or(|it| it.suspended.is_none() || it.closed.is_some()))
            }
            Self::CloseAccount => account(|it| it.is_some_and(|it| it.closed.is_some())),
            Self::DeactivateOwner => account(|it| it.is_some_and(has_left)),
            Self::ReactivateOwner => account(|it| !it.is_some_and(has_left)),
            Self::CloseUnlisted => account(|it| setting(it) == UnlistedWorkspaces::Closed),
            Self::OpenUnlisted => account(|it| setting(it) == UnlistedWorkspaces::Open),
            _ => None,
        }
    }
}

async fn rotate(manager: &Manager<'_>, key: &Key, overlap: Duration) -> Result<Key, ManageError> {
    let rotated = manager.rotate(key.id, Rotation::new(overlap).end_overlap()).await?;
    let generation = rotated.credential.generations[0].number;
    Ok(Key { generation, text: rotated.secret.expose().to_owned(), ..key.clone() })
}

/// Another key of the same kind, beside this one.
async fn issue(manager: &Manager<'_>, key: &Key, by: &str) -> Result<Key, ManageError> {
    let new = NewCredential::new(key.workspace.clone(), name(by)).owner(owned());
    let (id, text) = kinds::issue(manager, key.kind, new).await?;
    Ok(Key { id, generation: GenerationNumber::new(1).unwrap(), text, ..key.clone() })
}

/// The member who owns the keys.
pub(crate) fn owned() -> Owner {
    Owner::Member { id: owner() }
}

fn owner() -> ActorId {
    ActorId::new("bob").unwrap()
}

fn has_left(account: &AccountRecord) -> bool {
    account.inactive_owners.includes(&account.id, &owner())
}

fn setting(record: Option<&AccountRecord>) -> UnlistedWorkspaces {
    record.map(|record| record.unlisted_workspaces).unwrap_or_default()
}

/// Returns one of the networks that callers come from.
fn network(by: &str) -> Network {
    let networks = ["203.0.113.0/24", "198.51.100.0/24"];
    networks[usize::from(by.ends_with(['0', '2', '4', '6', '8']))].parse().unwrap()
}
