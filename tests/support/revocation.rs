//! Every way to make a key that passes be refused, and keys to try them on.

use std::net::IpAddr;
use std::time::Duration;

use keyward::{
    AccountId, Actor, ActorId, Attempt, CredentialId, DenialReason, Keyward, ManageError, Manager,
    Network, NewCredential, NewWorkspace, NotVerified, WorkspaceId,
    kind::KindWord,
    manage::{EndTime, Rotation, UnlistedWorkspaces},
};

use super::{name, operator};

const OVERLAP: Duration = Duration::from_hours(1);

/// A way to make a key that passes be refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revocation {
    Delete,
    Suspend,
    ExpiryNow,
    SunsetNow,
    RotateWithoutOverlap,
    /// Of a secret that is the previous one already.
    RotateAgain,
    EndOverlap,
    RemoveWorkspace,
    SuspendAccount,
    /// A first network, which is not the caller's.
    Restrict,
    /// The network of the caller is taken off the list.
    Disallow,
    CloseUnlisted,
}

impl Revocation {
    pub const ALL: [Self; 12] = [
        Self::Delete,
        Self::Suspend,
        Self::ExpiryNow,
        Self::SunsetNow,
        Self::RotateWithoutOverlap,
        Self::RotateAgain,
        Self::EndOverlap,
        Self::RemoveWorkspace,
        Self::SuspendAccount,
        Self::Restrict,
        Self::Disallow,
        Self::CloseUnlisted,
    ];

    /// Those that can be taken back.
    pub const REVERSIBLE: [Self; 5] =
        [Self::Suspend, Self::SuspendAccount, Self::Restrict, Self::Disallow, Self::CloseUnlisted];

    /// Those that ask a clock.
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
            Self::Restrict | Self::Disallow | Self::CloseUnlisted => {
                DenialReason::AddressNotAllowed
            }
        }
    }

    /// Whether `denial` is why: a removed workspace's keys may be gone before the workspace is known to be.
    pub fn explains(self, denial: DenialReason) -> bool {
        denial == self.reason()
            || (self == Self::RemoveWorkspace && denial == DenialReason::Unknown)
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
            Self::Restrict => manager.allow(&key.workspace, &[elsewhere()]).await,
            Self::Disallow => manager.disallow(&key.workspace, &[here()]).await,
            Self::CloseUnlisted => {
                manager.set_unlisted_workspaces(UnlistedWorkspaces::Closed).await
            }
        }
    }

    /// Takes one of the reversible ones back.
    pub async fn take_back(self, node: &Keyward, key: &LiveKey) -> Result<(), ManageError> {
        let (admin, operator) = (key.admin(), operator().acting_for(key.account.clone()));
        let manager: Manager<'_> = node.manager(&admin);
        match self {
            Self::Suspend => manager.resume(key.id).await.map(drop),
            Self::SuspendAccount => node.manager(&operator).resume_account().await,
            Self::Restrict => manager.lift(&key.workspace).await,
            Self::Disallow => manager.allow(&key.workspace, &[here()]).await,
            Self::CloseUnlisted => manager.set_unlisted_workspaces(UnlistedWorkspaces::Open).await,
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

    /// Issues one that is about to be revoked like that. The number tells its account from others.
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
        let new = NewCredential::new(workspace.clone(), name(Self::NAME));
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
        let new = NewCredential::new(self.workspace.clone(), name(Self::NAME));
        let issued = node.manager(&self.admin()).issue_app_key(new).await?;
        self.id = issued.credential.id;
        issued.secret.expose().clone_into(&mut self.text);
        Ok(())
    }

    /// Presents it, from an address that no test lists but as [`here`].
    pub async fn present(&self, node: &Keyward) -> Result<(), NotVerified> {
        if self.kind == KindWord::App {
            node.verify(&Attempt::app(&self.text).client_address(address())).await.map(drop)
        } else {
            let attempt = Attempt::track(self.id.as_str(), &self.text).client_address(address());
            node.verify(&attempt).await.map(drop)
        }
    }

    pub fn admin(&self) -> Actor {
        admin_of(&self.account)
    }
}

fn admin_of(account: &AccountId) -> Actor {
    Actor::admin(account.clone(), ActorId::new("ada").unwrap())
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
