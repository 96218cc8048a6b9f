//! What a decision needs of each record, compiled once for many attempts.

use std::sync::Arc;

use crate::domain::account::{AccountRecord, UnlistedWorkspaces};
use crate::domain::credential::{CredentialRecord, Deprecation};
use crate::domain::workspace::WorkspaceRecord;
use crate::secrets::KeyedDigest;
use crate::values::{GenerationNumber, NetworkSet, Timestamp};

use super::verified::Facts;

/// A credential, as far as attempts are concerned.
#[derive(Debug)]
pub(crate) struct CredentialView {
    pub(crate) facts: Arc<Facts>,
    pub(super) current: GenerationView,
    pub(super) previous: Option<(GenerationView, Timestamp)>,
    pub(super) deprecation: Option<Deprecation>,
    pub(super) suspended: bool,
    pub(super) ends: Option<Timestamp>,
}

/// One secret of it.
#[derive(Debug)]
pub(super) struct GenerationView {
    pub(super) number: GenerationNumber,
    pub(super) created: Timestamp,
    pub(super) digest: KeyedDigest,
}

impl CredentialView {
    pub(crate) fn of(record: &CredentialRecord) -> Self {
        let generation = |generation: &crate::domain::GenerationRecord| GenerationView {
            number: generation.number,
            created: generation.created,
            digest: generation.digest.clone(),
        };
        Self {
            facts: Arc::new(Facts::of(record)),
            current: generation(&record.current),
            previous: record
                .previous
                .as_ref()
                .map(|previous| (generation(&previous.generation), previous.until)),
            deprecation: record.deprecation,
            suspended: record.suspended.is_some(),
            ends: record.ends(),
        }
    }
}

/// A workspace, as far as attempts are concerned.
#[derive(Debug)]
pub(crate) struct WorkspaceView {
    pub(super) removed: bool,
    pub(super) networks: NetworkSet,
}

impl WorkspaceView {
    pub(crate) fn of(record: &WorkspaceRecord) -> Self {
        Self {
            removed: record.removed.is_some(),
            networks: NetworkSet::compile(record.allowlist.iter().map(|entry| entry.network)),
        }
    }
}

/// An account, as far as attempts are concerned.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AccountView {
    pub(super) suspended: bool,
    pub(super) unlisted_workspaces: UnlistedWorkspaces,
}

impl AccountView {
    pub(crate) const fn of(record: &AccountRecord) -> Self {
        Self {
            suspended: record.suspended.is_some(),
            unlisted_workspaces: record.unlisted_workspaces,
        }
    }
}
