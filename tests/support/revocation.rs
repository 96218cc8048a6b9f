//! Every way to make a key that passes be refused, and keys to try them on.

use std::net::IpAddr;
use std::time::Duration;

use keyward::{
    AccountId, Actor, ActorId, Attempt, CredentialId, DenialReason, Keyward, ManageError, Manager,
    Network, NewCredential, NewWorkspace, NotVerified, WorkspaceId,
    kind::KindWord,
    manage::{CredentialNetworks, EndTime, Owner, Rotation, UnlistedWorkspaces},
    scope::Scopes,
};

use super::{name, operator};

keyward::vocabulary! {
    /// What a live key may do.
    pub enum Scope { Live = "live" => "Live" }
}

const OVERLAP: Duration = Duration::from_hours(1);

/// A way to make a key that passes be refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revocation {
    Delete,
    Suspend,
    ExpiryNow,
    SunsetNow,
    RotateWithoutOverlap,
    /// Of a secret that is already the previous one.
    RotateAgain,
    EndOverlap,
    RemoveWorkspace,
    SuspendAccount,
    CloseAccount,
    /// A first network, which is not the caller's.
    Restrict,
    /// The network of the caller is taken off the list.
    Disallow,
    CloseUnlisted,
    /// The scope that the attempts require is taken away.
    RemoveScope,
    /// Networks of its own, which are not the caller's.
    LimitNetworks,
    /// The member who owns the key leaves.
    DeactivateOwner,
}

impl Revocation {
    pub const ALL: [Self; 16] = [
        Self::Delete,
        Self::Suspend,
        Self::ExpiryNow,
        Self::SunsetNow,
        Self::RotateWithoutOverlap,
        Self::RotateAgain,
        Self::EndOverlap,
        Self::RemoveWorkspace,
        Self::SuspendAccount,
        Self::CloseAccount,
        Self::Restrict,
        Self::Disallow,
        Self::CloseUnlisted,
        Self::RemoveScope,
        Self::LimitNetworks,
        Self::DeactivateOwner,
    ];

    /// The revocations that can be reversed.
    pub const REVERSIBLE: [Self; 8] = [
        Self::Suspend,
        Self::SuspendAccount,
        Self::Restrict,
        Self::Disallow,
        Self::CloseUnlisted,
        Self::RemoveScope,
        Self::LimitNetworks,
        Self::DeactivateOwner,
    ];

    /// The revocations that depend on a clock.
    pub const TIMED: [Self; 2] = [Self::ExpiryNow, Self::SunsetNow];

    /// Why the key is refused afterwards.
    pub const fn reason(self) -> DenialReason {
        match self {
            Self::Delete => DenialReason::Unknown,
            Self::Suspend => DenialReason::Suspended,
            Self::ExpiryNow | Self::SunsetNow => DenialReason::Ended,
            Self::RotateWithoutOverlap | Self::RotateAgain | Self::EndOverlap => {
                DenialReason::WrongSecret
            }
            Self::RemoveWorkspace => DenialReason::WorkspaceRemoved,
            Self::SuspendAccount => DenialReason::AccountSuspended,
            Self::CloseAccount => DenialReason::AccountClosed,
            Self::DeactivateOwner => DenialReason::OwnerInactive,
            Self::Restrict | Self::Disallow | Self::CloseUnlisted | Self::LimitNetworks => {
                DenialReason::AddressNotAllowed
            }
            Self::RemoveScope => DenialReason::InsufficientScope,
        }
    }

    /// Returns `true` if `denial` is the reason. A removed workspace's keys can be unknown before the removal is
    /// polled.
    pub fn explains(self, denial: DenialReason) -> bool {
        // Maintenance removes the workspaces of a closed account.
        let ends_workspaces = matches!(self, Self::RemoveWorkspace | Self::CloseAccount);
        let removed = [DenialReason::Unknown, DenialReason::WorkspaceRemoved];
        denial == self.reason() || (ends_workspaces && removed.contains(&denial))
    }

    pub async fn carry_out(self, node: &Keyward, key: &LiveKey) -> Result<(), ManageError> {
        let (admin, operator) = (key.admin(), operator().acting_for(key.account.clone()));
        let manager: Manager<'_> = node.manager(&admin);
        match self {
            Self::Delete => manager.delete(key.id, LiveKey::NAME).await,
            Self::Suspend => manager.suspend(key.id).await.map(drop),
            Self::ExpiryNow => manager.set_expiry(key.id, EndTime::Now).await.map(drop),
            Self::SunsetNow => manager.deprecate(key.id, Some(EndTime::Now)).await.map(drop),
            Self::RotateWithoutOverlap => manager.rotate(key.id, Duration::ZERO).await.map(drop),
            Self::RotateAgain => {
                manager.rotate(key.id, Rotation::new(OVERLAP).end_overlap()).await.map(drop)
            }
            Self::EndOverlap => manager.end_overlap(key.id).await.map(drop),
            Self::RemoveWorkspace => manager.remove_workspace(&key.workspace, "Shop").await,
            Self::SuspendAccount => node.manager(&operator).suspend_account().await,
            Self::CloseAccount => node.manager(&operator).close_account(key.account.as_str()).await,
            Self::Restrict => manager.allow(&key.workspace, &[elsewhere()]).await,
            Self::Disallow => manager.disallow(&key.workspace, &[here()]).await,
            Self::DeactivateOwner => manager.deactivate(&owner()).await,
            Self::CloseUnlisted => {
                manager.set_unlisted_workspaces(UnlistedWorkspaces::Closed).await
            }
            Self::RemoveScope => manager.set_scopes(key.id, Scopes::none()).await.map(drop),
            Self::LimitNetworks => {
                let networks = CredentialNetworks::new([elsewhere()]).unwrap();
                manager.set_networks(key.id, networks).await.map(drop)
            }
        }
    }

    /// Reverses one of the reversible revocations.
    pub async fn take_back(self, node: &Keyward, key: &LiveKey) -> Result<(), ManageError> {
        let (admin, operator) = (key.admin(), operator().acting_for(key.account.clone()));
        let manager: Manager<'_> = node.manager(&admin);
        match self {
            Self::Suspend => manager.resume(key.id).await.map(drop),
            Self::SuspendAccount => node.manager(&operator).resume_account().await,
            Self::Restrict => manager.lift(&key.workspace).await,
            Self::Disallow => manager.allow(&key.workspace, &[here()]).await,
            Self::DeactivateOwner => manager.reactivate(&owner()).await,
            Self::CloseUnlisted => manager.set_unlisted_workspaces(UnlistedWorkspaces::Open).await,
            Self::RemoveScope => manager.set_scopes(key.id, Scopes::All).await.map(drop),
            Self::LimitNetworks => manager.lift_networks(key.id).await.map(drop),
            irreversible => panic!("{irreversible:?} cannot be taken back"),
        }
    }

    async fn prepare(self, manager: &Manager<'_>, key: &LiveKey) -> Result<(), ManageError> {
        match self {
            Self::RotateAgain | Self::EndOverlap => manager.rotate(key.id, OVERLAP).await.map(drop),
            Self::Disallow => manager.allow(&key.workspace, &[here(), elsewhere()]).await,
            _ => Ok(()),
        }
    }
}

/// A key that passes, in an account and a workspace of its own.
#[derive(Debug, Clone)]
pub struct LiveKey {
    pub kind: KindWord,
    pub account: AccountId,
    pub workspace: WorkspaceId,
    pub id: CredentialId,
    pub text: String,
}

impl LiveKey {
    const NAME: &'static str = "live";

    /// Issues a key that is about to be revoked in this way. The number distinguishes its account from others.
    pub async fn issue(
        node: &Keyward,
        number: usize,
        kind: KindWord,
        before: Option<Revocation>,
    ) -> Result<Self, ManageError> {
        let account = AccountId::new(format!("account-{number}")).unwrap();
        let workspace = WorkspaceId::new(format!("account-{number}/shop")).unwrap();
        let admin = admin_of(&account);
        let manager: Manager<'_> = node.manager(&admin);
        manager.create_workspace(NewWorkspace::new(workspace.clone(), name("Shop"))).await?;
        let new = NewCredential::new(workspace.clone(), name(Self::NAME)).owner(owned());
        let (id, text) = if kind == KindWord::App {
            let issued = manager.issue_app_key(new).await?;
            (issued.credential.id, issued.secret.expose().to_owned())
        } else {
            let issued = manager.issue_track_set(new).await?;
            (issued.credential.id, issued.secret.expose().to_owned())
        };
        let key = Self { kind, account, workspace, id, text };
        if let Some(revocation) = before {
            revocation.prepare(&manager, &key).await?;
        }
        Ok(key)
    }

    /// Another App key in its place, after it was deleted.
    pub async fn issue_again(&mut self, node: &Keyward) -> Result<(), ManageError> {
        let new = NewCredential::new(self.workspace.clone(), name(Self::NAME)).owner(owned());
        let issued = node.manager(&self.admin()).issue_app_key(new).await?;
        self.id = issued.credential.id;
        issued.secret.expose().clone_into(&mut self.text);
        Ok(())
    }

    /// Presents it, from an address that no test lists but as [`here`].
    pub async fn present(&self, node: &Keyward) -> Result<(), NotVerified> {
        if self.kind == KindWord::App {
            let attempt = Attempt::app(&self.text).client_address(address());
            node.verify(&attempt.requiring(Scope::Live)).await.map(drop)
        } else {
            let attempt = Attempt::track(self.id.as_str(), &self.text).client_address(address());
            node.verify(&attempt.requiring(Scope::Live)).await.map(drop)
        }
    }

    pub fn admin(&self) -> Actor {
        admin_of(&self.account)
    }
}

fn admin_of(account: &AccountId) -> Actor {
    Actor::admin(account.clone(), ActorId::new("ada").unwrap())
}

/// The member who owns every key.
fn owner() -> ActorId {
    ActorId::new("bob").unwrap()
}

fn owned() -> Owner {
    Owner::Member { id: owner() }
}

fn address() -> IpAddr {
    "203.0.113.9".parse().unwrap()
}

fn here() -> Network {
    "203.0.113.0/24".parse().unwrap()
}

fn elsewhere() -> Network {
    "198.51.100.0/24".parse().unwrap()
}
