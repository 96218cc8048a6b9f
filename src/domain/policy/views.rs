//! The parts of each record that decisions use. They are compiled once for many attempts.

use std::fmt;

use crate::domain::account::{AccountRecord, UnlistedWorkspaces};
use crate::domain::credential::{
    CredentialRecord, Deprecation, GenerationRecord, PreviousGeneration,
};
use crate::domain::inactive_owners::InactiveOwners;
use crate::domain::vocabulary::Vocabulary;
use crate::domain::workspace::WorkspaceRecord;
use crate::secrets::{KeyedDigest, OwnerHash};
use crate::values::{
    AccountId, Brand, CredentialId, GenerationNumber, KindWord, Name, NetworkSet, OperationId,
    Timestamp, WorkspaceId,
};

use super::denial::DenialReason;
use super::grant_view::GrantView;

/// Owns a cached view. A proof clones the `Arc`, which costs one reference count.
pub(crate) trait ViewOwner: fmt::Debug + Send + Sync + 'static {
    /// Returns the view.
    fn view(&self) -> &CredentialView;
}

impl ViewOwner for CredentialView {
    fn view(&self) -> &CredentialView {
        self
    }
}

/// The parts of a credential that verification uses. The fields that every verification reads come first, in one cache line.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct CredentialView {
    pub(super) current: GenerationView,
    pub(crate) kind: KindWord,
    pub(super) suspended: bool,
    pub(super) ends: Option<Timestamp>,
    pub(super) previous: Option<Box<PreviousView>>,
    /// `None` if the credential has all scopes, no networks of its own, no labels, and the account as its owner.
    pub(super) grant: Option<Box<GrantView>>,
    pub(super) deprecation: Option<Deprecation>,
    /// When the current secret was made, and replaced the previous one.
    pub(super) replaced: Timestamp,
    pub(crate) facts: Facts,
}

/// One secret of a credential.
#[derive(Debug)]
#[repr(C)]
pub(super) struct GenerationView {
    pub(super) digest: KeyedDigest,
    pub(super) number: GenerationNumber,
    pub(super) brand: Brand,
}

/// The previous secret during the overlap of a rotation.
#[derive(Debug)]
pub(super) struct PreviousView {
    pub(super) generation: GenerationView,
    /// When the secret was made.
    pub(super) created: Timestamp,
    pub(super) until: Timestamp,
}

impl CredentialView {
    /// Returns a view for the comparison of secrets. It grants no scope, unless the credential has all of them.
    pub(crate) fn of(record: &CredentialRecord) -> Self {
        Self::with(record, &Vocabulary::none())
    }

    /// Returns a view for decisions.
    pub(crate) fn with(record: &CredentialRecord, vocabulary: &Vocabulary) -> Self {
        let generation = |generation: &GenerationRecord| GenerationView {
            digest: generation.digest.clone(),
            number: generation.number,
            brand: generation.brand,
        };
        let previous = |previous: &PreviousGeneration| PreviousView {
            generation: generation(&previous.generation),
            created: previous.generation.created,
            until: previous.until,
        };
        Self {
            current: generation(&record.current),
            kind: record.kind,
            suspended: record.suspended.is_some(),
            ends: record.ends(),
            previous: record.previous.as_ref().map(previous).map(Box::new),
            grant: GrantView::of(record, vocabulary),
            deprecation: record.deprecation,
            replaced: record.current.created,
            facts: Facts::of(record),
        }
    }

    /// Returns the number of scopes of the credential that the vocabulary lacks.
    pub(crate) fn unknown_scopes(&self) -> u64 {
        self.grant.as_ref().map_or(0, |grant| grant.unknown_scopes())
    }

    /// Returns the member who owns the credential, if one does.
    #[inline]
    pub(crate) fn owner(&self) -> Option<OwnerHash> {
        self.grant.as_ref().and_then(|grant| grant.owner)
    }
}

/// The facts about a credential that a proof exposes.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) id: CredentialId,
    pub(crate) account: AccountId,
    pub(crate) workspace: WorkspaceId,
    pub(super) name: Name,
}

impl Facts {
    fn of(record: &CredentialRecord) -> Self {
        Self {
            id: record.id,
            account: record.account.clone(),
            workspace: record.workspace.clone(),
            name: record.name.clone(),
        }
    }
}

/// The parts of a workspace that verification uses.
#[derive(Debug)]
pub(crate) struct WorkspaceView {
    pub(crate) account: AccountId,
    pub(crate) account_incarnation: OperationId,
    pub(crate) removed: bool,
    pub(super) networks: NetworkSet,
}

impl WorkspaceView {
    pub(crate) fn of(record: &WorkspaceRecord) -> Self {
        Self {
            account: record.account.clone(),
            account_incarnation: record.account_incarnation,
            removed: record.removed.is_some(),
            networks: NetworkSet::compile(record.allowlist.iter().map(|entry| entry.network)),
        }
    }
}

/// The parts of an account that verification uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AccountView {
    pub(crate) stops: AccountStops,
    pub(crate) unlisted_workspaces: UnlistedWorkspaces,
    pub(crate) inactive_owners: InactiveOwners,
}

impl AccountView {
    pub(crate) fn of(record: &AccountRecord) -> Self {
        Self {
            stops: AccountStops::of(record),
            unlisted_workspaces: record.unlisted_workspaces,
            inactive_owners: record.inactive_owners.clone(),
        }
    }

    /// Returns the state of the account for a credential with this owner.
    pub(crate) fn state(&self, owner: Option<OwnerHash>) -> AccountState {
        AccountState {
            stops: self.stops,
            unlisted_workspaces: self.unlisted_workspaces,
            owner_is_inactive: owner.is_some_and(|owner| self.inactive_owners.contains(owner)),
        }
    }
}

/// What stops every credential of an account. One byte, so that an attempt tests it once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AccountStops(u8);

impl AccountStops {
    /// The bits that can be set.
    pub(crate) const BITS: u8 = Self::SUSPENDED | Self::CLOSED;

    const SUSPENDED: u8 = 1;
    const CLOSED: u8 = 2;

    pub(crate) fn of(record: &AccountRecord) -> Self {
        let suspended = if record.suspended.is_some() { Self::SUSPENDED } else { 0 };
        let closed = if record.closed.is_some() { Self::CLOSED } else { 0 };
        Self(suspended | closed)
    }

    /// Ignores other bits.
    #[inline]
    pub(crate) const fn from_bits(bits: u8) -> Self {
        Self(bits & Self::BITS)
    }

    pub(crate) const fn bits(self) -> u8 {
        self.0
    }

    #[inline]
    pub(crate) const fn is_none(self) -> bool {
        self.0 == 0
    }

    /// Returns the reason for a denial. A closed account can be suspended too.
    pub(crate) const fn reason(self) -> DenialReason {
        if self.0 & Self::CLOSED == 0 {
            DenialReason::AccountSuspended
        } else {
            DenialReason::AccountClosed
        }
    }
}

/// The state of an account for one credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AccountState {
    pub(crate) stops: AccountStops,
    pub(crate) unlisted_workspaces: UnlistedWorkspaces,
    /// Whether the owner of the credential is inactive.
    pub(crate) owner_is_inactive: bool,
}
