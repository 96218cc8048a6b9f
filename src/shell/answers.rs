//! The answers of operations. A type that contains a secret does not serialize: write the secret into your response yourself.

use serde::{Deserialize, Serialize};

use crate::domain::{Integration, stored_integrations};
use crate::secrets::SecretKey;
use crate::shell::views::{Credential, Workspace};
use crate::values::{CredentialId, GenerationNumber, Timestamp};

/// A new credential.
#[derive(Debug)]
#[must_use = "a key may be shown once: show it now, or it is lost"]
#[non_exhaustive]
pub struct Issued {
    /// The credential.
    pub credential: Credential,
    /// The secret key. For a kind that is shown once, it is available only here.
    pub secret: SecretKey,
}

/// A revealed secret key.
#[derive(Debug)]
#[non_exhaustive]
pub struct Revealed {
    /// The credential.
    pub credential: CredentialId,
    /// The current secret key.
    pub secret: SecretKey,
}

/// A new workspace and its first credential.
#[derive(Debug)]
#[non_exhaustive]
pub struct AddedWorkspace {
    /// The workspace.
    pub workspace: Workspace,
    /// The first credential of the kind that requires at least one in each workspace; `None` if no registered kind does.
    pub first: Option<Issued>,
}

/// A new App key. Its secret is available only here.
#[derive(Debug)]
#[must_use = "the secret is shown once: show it now, or it is lost"]
#[non_exhaustive]
pub struct IssuedAppKey {
    /// The App key.
    pub credential: Credential,
    /// The secret key: the Bearer token.
    pub secret: SecretKey,
}

/// A new Track set.
#[derive(Debug)]
#[non_exhaustive]
pub struct IssuedTrackSet {
    /// The Track set. Its id is the site id.
    pub credential: Credential,
    /// The secret key: the API key. It is sent as HTTP Basic with the site id as user name.
    pub secret: SecretKey,
}

/// A revealed Track set.
#[derive(Debug)]
#[non_exhaustive]
pub struct RevealedTrackSet {
    /// The site id.
    pub site_id: CredentialId,
    /// The current secret key: the API key.
    pub secret: SecretKey,
}

/// A new workspace and its first Track set, named `primary`.
#[derive(Debug)]
#[non_exhaustive]
pub struct CreatedWorkspace {
    /// The workspace.
    pub workspace: Workspace,
    /// The Track set.
    pub primary: IssuedTrackSet,
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
    /// use of it is written.
    pub may_replace: bool,
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
    /// Last written use of any of its secrets.
    pub last_used: Option<Timestamp>,
    /// `true` if it is the last permanent credential that its workspace must keep. It then cannot be deleted.
    pub is_last_permanent: bool,
}
