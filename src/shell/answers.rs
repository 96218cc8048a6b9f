//! The answers of operations. A type that contains a secret does not serialize: write the secret into your response yourself.

use serde::{Deserialize, Serialize};

use crate::domain::{
    AccessForecast, AllowlistEntry, Integration, RequiredChange, Revision, stored_integrations,
};
use crate::secrets::SecretKey;
use crate::shell::views::{Credential, Workspace};
use crate::store::CredentialCursor;
use crate::values::{CredentialId, Day, GenerationNumber, Network, NetworkPrefix, Timestamp};

/// A new credential.
#[derive(Debug)]
#[must_use = "a key may be shown once: show it now, or it is lost"]
#[non_exhaustive]
pub struct Issued {
    /// The credential. The id of a Track set is its site id.
    pub credential: Credential,
    /// The secret key: the API key of a Track set, or the Bearer token of an App key. For a kind that is shown once, it is available
    /// only here.
    pub secret: SecretKey,
}

/// A revealed secret key.
#[derive(Debug)]
#[non_exhaustive]
pub struct Revealed {
    /// The credential. The id of a Track set is its site id.
    pub credential: CredentialId,
    /// The current secret key.
    pub secret: SecretKey,
}

/// A new workspace and its first credential.
///
/// [`Manager::create_workspace`](crate::Manager::create_workspace) always creates a first credential.
/// [`Manager::add_workspace`](crate::Manager::add_workspace) returns an `Option`, because the registered kinds may need none.
#[derive(Debug)]
#[non_exhaustive]
pub struct CreatedWorkspace<First = Issued> {
    /// The workspace.
    pub workspace: Workspace,
    /// The first credential of the kind that requires at least one in each workspace.
    pub first: First,
}

/// A rotated credential.
#[derive(Debug)]
#[must_use = "a key may be shown once: show it now, or it is lost"]
#[non_exhaustive]
pub struct Rotated {
    /// The credential. Its id has not changed.
    pub credential: Credential,
    /// The new secret key.
    pub secret: SecretKey,
    /// End of the previous secret; `None` if it has already ended.
    pub previous_until: Option<Timestamp>,
    /// Promised end of the secret before the previous one, if this rotation ended it early.
    pub ended_early: Option<Timestamp>,
}

/// The result of an earlier call with the same operation id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Repeated {
    /// The credential as it is now.
    pub credential: Credential,
    /// The secret that the earlier call made.
    pub generation: GenerationNumber,
    /// `true` if [`Manager::reveal`](crate::Manager::reveal) can reveal this secret.
    pub may_reveal: bool,
    /// `true` if [`Manager::replace_unused`](crate::Manager::replace_unused) can replace this secret: it is the current one, and no
    /// use of it is recorded.
    pub may_replace: bool,
}

/// The result that a change of an allowlist would have. Returned by
/// [`Manager::preview_allowlist`](crate::Manager::preview_allowlist).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AllowlistPreview {
    /// The revision of the workspace. Pass it to [`Manager::if_revision`](crate::Manager::if_revision), so that the confirmed change
    /// has this result.
    pub revision: Revision,
    /// The allowlist after the change, oldest entry first. An entry that the change adds has the time of the preview.
    pub entries: Vec<AllowlistEntry>,
    /// The networks that the change adds.
    pub added: Vec<Network>,
    /// The networks that the change removes.
    pub removed: Vec<Network>,
    /// The forecast for the credentials that were used in the last 30 days. `None` if the host does not
    /// [remember](crate::Builder::remember_networks) the networks from which credentials passed.
    pub dry_run: Option<AllowlistDryRun>,
}

/// The forecast of an allowlist for the credentials of its workspace that were used in the last 30 days.
///
/// It uses the networks that were recorded since the host began to remember them. A caller that keeps access in the forecast can still
/// be denied, because it can come from another network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AllowlistDryRun {
    /// The first day that counts.
    pub since: Day,
    /// The credentials, sorted by name.
    pub credentials: Vec<AccessForecast>,
    /// `false` if the workspace has more than 10,000 credentials: then only the first 10,000 were examined.
    pub is_complete: bool,
}

/// A network from which a credential passed. Returned by [`Manager::used_networks`](crate::Manager::used_networks).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UsedNetwork {
    /// The network.
    pub network: NetworkPrefix,
    /// The latest day on which the credential passed from it.
    pub day: Day,
}

/// A credential that breaks the policy of its account. Returned by [`Manager::preview_policy`](crate::Manager::preview_policy).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PolicyViolation {
    /// The credential as it is.
    pub credential: Credential,
    /// The change that the policy requires.
    pub required_change: RequiredChange,
}

/// One step of [`Manager::apply_policy`](crate::Manager::apply_policy).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PolicyApplied {
    /// Number of credentials that got an expiry, or an earlier one.
    pub changed: usize,
    /// Number of credentials that break the policy and must be changed by hand.
    pub by_hand: usize,
    /// Where the next step starts. `None` if this was the last one.
    pub next: Option<CredentialCursor>,
}

/// What was done about a secret that was found in public. Returned by
/// [`Manager::respond_to_leak`](crate::Manager::respond_to_leak).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LeakOutcome {
    /// It was reported, and it still works.
    Reported,
    /// It was reported, and its credential was suspended.
    Suspended,
    /// It was reported, and replaced.
    Rotated,
    /// Nothing: it no longer works.
    NotLive,
}

/// The impact of deleting a credential, for the page that asks for its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DeletionImpact {
    /// The credential.
    pub credential: Credential,
    /// The integrations that use the credential. It cannot be deleted if there are any.
    #[serde(deserialize_with = "stored_integrations")]
    pub integrations: Vec<Integration>,
    /// Last recorded use of any of its secrets.
    pub last_used: Option<Timestamp>,
    /// `true` if that use was at most 30 days ago. Suggest to suspend the credential first: it can be resumed, and a deletion is
    /// final.
    pub is_used_recently: bool,
    /// `true` if it is the last permanent credential that its workspace must keep. It then cannot be deleted.
    pub is_last_permanent: bool,
}
