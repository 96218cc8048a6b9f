//! The rows of an import, and what became of each.

use std::collections::HashMap;
use std::fmt;

use zeroize::Zeroizing;

use crate::domain::rules::RequestedExpiry;
use crate::domain::{CredentialRecord, Grant, Owner, Refusal};
use crate::secrets::SlowScheme;
use crate::values::{
    CredentialId, CredentialNetworks, KindWord, Labels, Name, Scopes, Timestamp, WorkspaceId,
};

/// Keys of another system, to import into one workspace in one transaction. At most 1,000.
#[derive(Debug)]
pub struct Import {
    pub(super) workspace: WorkspaceId,
    pub(super) rows: Vec<ImportRow>,
    pub(super) operation: Option<String>,
}

impl Import {
    /// The largest number of rows.
    pub const MOST_ROWS: usize = 1_000;

    /// Creates an import of these rows into this workspace.
    #[must_use]
    pub fn new(workspace: WorkspaceId, rows: impl IntoIterator<Item = ImportRow>) -> Self {
        Self { workspace, rows: rows.into_iter().collect(), operation: None }
    }

    /// Sets the operation id. A repeated call with the same id imports nothing: rows that the earlier call imported are
    /// [`AlreadyImported`](ImportOutcome::AlreadyImported), and the others are [`Skipped`](ImportOutcome::Skipped). Without an id, a
    /// repeated call imports what is not there, and so brings back a key whose credential was deleted in the meantime. An id is kept
    /// for at least 24 hours.
    #[must_use]
    pub fn operation(mut self, id: impl Into<String>) -> Self {
        self.operation = Some(id.into());
        self
    }
}

/// What the earlier calls of a dry run would have imported. The later calls take it into account.
#[derive(Debug, Default)]
pub struct ImportDryRun {
    pub(super) credentials: HashMap<CredentialId, ExistingImport>,
    pub(super) names: HashMap<WorkspaceId, Vec<(KindWord, Name)>>,
}

impl ImportDryRun {
    /// Starts a dry run.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

/// A credential that exists with the id of a row.
#[derive(Debug, Clone)]
pub(super) struct ExistingImport {
    pub(super) workspace: WorkspaceId,
    /// The salted hashes of its keys, as far as the credential still has them.
    pub(super) schemes: Vec<SlowScheme>,
}

impl ExistingImport {
    pub(super) fn of(record: CredentialRecord) -> Self {
        let schemes = record.generations().filter_map(|one| one.slow_hash.scheme()).collect();
        Self { workspace: record.workspace, schemes }
    }

    /// Returns `true` if the key of a row with this scheme is another one, which the salt shows. Without a salt to compare, it is taken for
    /// the same key.
    pub(super) fn is_another_key(&self, scheme: Option<&SlowScheme>) -> bool {
        let scheme = scheme.filter(|_| !self.schemes.is_empty());
        scheme.is_some_and(|scheme| !self.schemes.contains(scheme))
    }
}

/// One key of another system. `Debug` does not show the hash.
pub struct ImportRow {
    pub(super) format: String,
    pub(super) name: Name,
    pub(super) hash: Zeroizing<String>,
    pub(super) matching: Option<String>,
    pub(super) created: Option<Timestamp>,
    pub(super) last_used: Option<Timestamp>,
    pub(super) is_disabled: bool,
    pub(super) expires: RequestedExpiry,
    pub(super) grant: Grant,
}

impl ImportRow {
    /// Creates a row with the name of a declared [format](crate::imports::ImportFormat), the name of the credential, and the hash as
    /// the other system stores it: in hexadecimal or base64, or the text of a [salted](crate::imports::ImportFormat::salted) hash.
    #[must_use]
    pub fn new(format: impl Into<String>, name: Name, hash: impl Into<String>) -> Self {
        Self {
            format: format.into(),
            name,
            hash: Zeroizing::new(hash.into()),
            matching: None,
            created: None,
            last_used: None,
            is_disabled: false,
            expires: RequestedExpiry::Default,
            grant: Grant::default(),
        }
    }

    /// Sets the part of the key that must match besides the hash, if the format has one. For a salted hash, it is the prefix by which the
    /// key is found.
    #[must_use]
    pub fn matching(mut self, part: impl Into<String>) -> Self {
        self.matching = Some(part.into());
        self
    }

    /// Sets when the key was made; now by default, and not later. The policy of the account counts from now, as at issue.
    #[must_use]
    pub const fn created(mut self, at: Timestamp) -> Self {
        self.created = Some(at);
        self
    }

    /// Sets when the key was last used.
    #[must_use]
    pub const fn last_used(mut self, at: Timestamp) -> Self {
        self.last_used = Some(at);
        self
    }

    /// Imports the credential suspended.
    #[must_use]
    pub const fn disabled(mut self) -> Self {
        self.is_disabled = true;
        self
    }

    /// Sets the expiry. Without this or [`no_expiry`](Self::no_expiry), the default of the account applies.
    #[must_use]
    pub const fn expires(mut self, at: Timestamp) -> Self {
        self.expires = RequestedExpiry::At(at);
        self
    }

    /// Imports the credential without an expiry, even if the account has a default.
    #[must_use]
    pub const fn no_expiry(mut self) -> Self {
        self.expires = RequestedExpiry::Never;
        self
    }

    /// Sets the scopes; all of them by default.
    #[must_use]
    pub fn scopes(mut self, scopes: impl Into<Scopes>) -> Self {
        self.grant.scopes = scopes.into();
        self
    }

    /// Sets the networks from which the credential can be used, in addition to the workspace's allowlist.
    #[must_use]
    pub fn networks(mut self, networks: CredentialNetworks) -> Self {
        self.grant.networks = Some(networks);
        self
    }

    /// Sets the labels.
    #[must_use]
    pub fn labels(mut self, labels: Labels) -> Self {
        self.grant.labels = labels;
        self
    }

    /// Sets the owner; the account by default.
    #[must_use]
    pub fn owner(mut self, owner: Owner) -> Self {
        self.grant.owner = owner;
        self
    }
}

impl fmt::Debug for ImportRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { format, name, is_disabled, .. } = self;
        let mut shown = f.debug_struct("ImportRow");
        shown.field("format", format).field("name", name).field("is_disabled", is_disabled);
        shown.finish_non_exhaustive()
    }
}

/// What became of a row of an import.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ImportOutcome {
    /// The key was imported as this credential.
    Imported(CredentialId),
    /// An earlier import made this credential of the key. It was not changed.
    AlreadyImported(CredentialId),
    /// An earlier call with this operation id did not import the row, or its credential was deleted since.
    Skipped,
    /// The row was not imported.
    Refused(RowRefusal),
}

/// Why a row of an import was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RowRefusal {
    /// No format with this name is declared.
    #[error(
        "no import format of this name is declared ({}): correct the name, or declare the format with `Builder::import`",
        listed(.declared)
    )]
    UnknownFormat {
        /// The names of the declared formats.
        declared: Vec<String>,
    },
    /// The hash does not have the form of its format.
    #[error(
        "the hash is not in hexadecimal or base64 of the length of its format, or not a salted hash of a known algorithm: \
         give it as the other system stores it"
    )]
    UnreadableHash,
    /// The format has a part that must match, and the row has none.
    #[error(
        "the keys of the format have a part that must match, and the row has none: give it as the description of the format says"
    )]
    MissingMatching,
    /// The row has a part that must match, and the format has none.
    #[error(
        "the keys of the format have no part that must match, and the row has one: remove it, or correct the format"
    )]
    UnusedMatching,
    /// No key of the format can have the part that must match.
    #[error(
        "no key of the format can have the part that must match: correct it as the description of the format says"
    )]
    WrongMatching,
    /// The salted hash would take too long to compute, or has a cost that its algorithm does not allow.
    #[error(
        "the hash has a cost that is not allowed (allowed is {allowed}): issue a new key instead"
    )]
    Cost {
        /// The algorithm and its bounds.
        allowed: &'static str,
    },
    /// This build of the service cannot compute the hash.
    #[error("hashes of this algorithm need the feature `salted-imports` of keyward: enable it")]
    FeatureOff,
    /// Another row, or another key that was imported earlier, has the same look-up prefix. It can be the same key with another salt.
    #[error(
        "another row or imported key has the same look-up prefix, by which only one is found: remove the row if it is the \
         same key, and otherwise issue a new key"
    )]
    SamePrefix {
        /// The place of the other row among the rows of this import, counted from 0. `None` if the other key was imported earlier.
        row: Option<usize>,
    },
    /// An earlier row of the import has the same key.
    #[error("another row of this import has the same key: keep one of them")]
    SameKey {
        /// The place of the other row among the rows of this import, counted from 0.
        row: usize,
    },
    /// The name is the key of the row, or begins with its look-up prefix.
    #[error(
        "the name is the key itself, and names are shown in lists and in the history: give the row another name, and check that \
         no column is swapped"
    )]
    KeyInName,
    /// A credential of another workspace has the key, or a credential whose record cannot be read.
    #[error("this key was imported into another workspace: a key opens one workspace")]
    OtherWorkspace,
    /// A rule refused the credential, as at issue.
    #[error(transparent)]
    Rule(#[from] Refusal),
}

impl RowRefusal {
    /// Returns a stable word for programs, such as `same_key`. A rule has the word of [`Refusal::code`].
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownFormat { .. } => "unknown_format",
            Self::UnreadableHash => "unreadable_hash",
            Self::MissingMatching => "missing_matching",
            Self::UnusedMatching => "unused_matching",
            Self::WrongMatching => "wrong_matching",
            Self::Cost { .. } => "hash_cost",
            Self::FeatureOff => "feature_off",
            Self::SamePrefix { .. } => "same_prefix",
            Self::SameKey { .. } => "same_key",
            Self::KeyInName => "key_in_name",
            Self::OtherWorkspace => "imported_elsewhere",
            Self::Rule(refusal) => refusal.code(),
        }
    }
}

/// Returns the declared formats for a message.
fn listed(declared: &[String]) -> String {
    if declared.is_empty() {
        return "the service declares none".to_owned();
    }
    let names = declared.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>();
    format!("declared: {}", names.join(", "))
}
