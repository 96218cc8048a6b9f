//! What a decision needs of each record, compiled once for many attempts.

use std::fmt;

use crate::domain::account::{AccountRecord, UnlistedWorkspaces};
use crate::domain::credential::{CredentialRecord, Deprecation};
use crate::domain::workspace::WorkspaceRecord;
use crate::secrets::KeyedDigest;
use crate::values::{GenerationNumber, NetworkSet, Timestamp};

use super::verified::Facts;

/// Whoever keeps a credential's view for many attempts. A proof shares it, and so costs one count of who does.
pub(crate) trait Known: fmt::Debug + Send + Sync + 'static {
    /// What it keeps.
    fn view(&self) -> &CredentialView;
}

impl Known for CredentialView {
    fn view(&self) -> &CredentialView {
        self
    }
}

/// A credential, as far as attempts are concerned.
#[derive(Debug)]
pub(crate) struct CredentialView {
    pub(crate) facts: Facts,
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
            facts: Facts::of(record),
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
