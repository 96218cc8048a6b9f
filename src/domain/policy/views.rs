//! The parts of each record that decisions use. They are compiled once for many attempts.

use std::fmt;

use crate::domain::account::{AccountRecord, UnlistedWorkspaces};
use crate::domain::credential::{
    CredentialRecord, Deprecation, GenerationRecord, PreviousGeneration,
};
use crate::domain::workspace::WorkspaceRecord;
use crate::secrets::KeyedDigest;
use crate::values::{
    AccountId, Brand, CredentialId, GenerationNumber, KindWord, Name, NetworkSet, OperationId,
    Timestamp, WorkspaceId,
};

/// Owns a cached view. A proof clones the `Arc`, which costs one reference count.
pub(crate) trait Known: fmt::Debug + Send + Sync + 'static {
    /// Returns the view.
    fn view(&self) -> &CredentialView;
}

impl Known for CredentialView {
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
    pub(crate) fn of(record: &CredentialRecord) -> Self {
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
            deprecation: record.deprecation,
            replaced: record.current.created,
            facts: Facts::of(record),
        }
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
    pub(super) removed: bool,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AccountView {
    pub(crate) suspended: bool,
    pub(crate) unlisted_workspaces: UnlistedWorkspaces,
}

impl AccountView {
    pub(crate) const fn of(record: &AccountRecord) -> Self {
        Self {
            suspended: record.suspended.is_some(),
            unlisted_workspaces: record.unlisted_workspaces,
        }
    }
}
