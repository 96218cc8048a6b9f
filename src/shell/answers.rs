//! What operations answer. A type that holds a secret has no form in JSON: write the secret into the answer yourself, with what
//! stands beside it.

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
    /// The credential, as a page shows it.
    pub credential: Credential,
    /// The secret key. For a kind that is shown once it is here and nowhere else, ever.
    pub secret: SecretKey,
}

/// A secret key, shown again.
#[derive(Debug)]
#[non_exhaustive]
pub struct Revealed {
    /// The credential.
    pub credential: CredentialId,
    /// Its current secret key.
    pub secret: SecretKey,
}

/// A new workspace, with its first credential.
#[derive(Debug)]
#[non_exhaustive]
pub struct AddedWorkspace {
    /// The workspace.
    pub workspace: Workspace,
    /// The first credential of the kind of which each workspace keeps at least one; `None` where no registered
    /// kind has such a minimum.
    pub first: Option<Issued>,
}

/// A new App key. Its secret is here and nowhere else, ever.
#[derive(Debug)]
#[must_use = "the secret is shown once: show it now, or it is lost"]
#[non_exhaustive]
pub struct IssuedAppKey {
    /// The key, as a page shows it.
    pub credential: Credential,
    /// The secret key: the token that is sent as Bearer.
    pub secret: SecretKey,
}

/// A new Track set.
#[derive(Debug)]
#[non_exhaustive]
pub struct IssuedTrackSet {
    /// The set, as a page shows it. Its id is the site id.
    pub credential: Credential,
    /// The secret key: the API key that is sent as HTTP Basic, with the site id as user name.
    pub secret: SecretKey,
}

/// A Track set, shown again.
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
    /// Its Track set.
    pub primary: IssuedTrackSet,
}

/// A rotated credential.
#[derive(Debug)]
#[must_use = "a key may be shown once: show it now, or it is lost"]
#[non_exhaustive]
pub struct Rotated {
    /// The credential, as a page shows it. Its id is the one that it always had.
    pub credential: Credential,
    /// The new secret key.
    pub secret: SecretKey,
    /// When the previous secret stops working; `None` where it has stopped already.
    pub previous_until: Option<Timestamp>,
    /// When the secret before that was promised to stop, if this rotation ended it earlier.
    pub ended_early: Option<Timestamp>,
}

/// What an operation made that was carried out before, under an id that the caller chose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Repeated {
    /// The credential, as a page shows it now.
    pub credential: Credential,
    /// The secret that the operation made.
    pub generation: GenerationNumber,
    /// Whether [`Manager::reveal`](crate::Manager::reveal) shows this secret.
    pub may_reveal: bool,
    /// Whether [`Manager::replace_unused`](crate::Manager::replace_unused) replaces this secret: it is the current one
    /// and, as far as uses are written, was never used.
    pub may_replace: bool,
}

/// What the deletion of a credential would come to, for the page that asks for its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DeletionImpact {
    /// The credential, as a page shows it.
    pub credential: Credential,
    /// The integrations that use it: while there are any, it cannot be deleted.
    #[serde(deserialize_with = "stored_integrations")]
    pub integrations: Vec<Integration>,
    /// When it last passed, with any of its secrets, as far as uses are written.
    pub last_used: Option<Timestamp>,
    /// Whether it is the last permanent one that its workspace has to keep: then it cannot be deleted.
    pub is_last_permanent: bool,
}
