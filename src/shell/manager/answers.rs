//! What operations answer.

use crate::domain::Integration;
use crate::secrets::{ApiKey, AppToken};
use crate::shell::views::{Credential, Workspace};
use crate::values::{CredentialId, Timestamp};

/// A new App key. Its token is here and nowhere else, ever.
#[derive(Debug)]
#[must_use = "the token is shown once: show it now, or it is lost"]
#[non_exhaustive]
pub struct IssuedAppKey {
    /// The key, as a page shows it.
    pub credential: Credential,
    /// The token, sent as Bearer.
    pub token: AppToken,
}

/// A new Track set.
#[derive(Debug)]
#[non_exhaustive]
pub struct IssuedTrackSet {
    /// The set, as a page shows it. Its id is the site id.
    pub credential: Credential,
    /// The API key, sent as HTTP Basic with the site id.
    pub api_key: ApiKey,
}

/// A Track set, shown again.
#[derive(Debug)]
#[non_exhaustive]
pub struct RevealedTrackSet {
    /// The site id.
    pub site_id: CredentialId,
    /// The current API key.
    pub api_key: ApiKey,
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
#[must_use = "an App key's new token is shown once: show it now, or it is lost"]
#[non_exhaustive]
pub struct Rotated {
    /// The credential, as a page shows it. Its id is the one that it always had.
    pub credential: Credential,
    /// The new secret.
    pub secret: NewSecret,
    /// When the previous secret stops working; `None` where it has stopped already.
    pub previous_until: Option<Timestamp>,
}

/// The new secret of a rotated credential.
#[derive(Debug)]
#[must_use = "an App key's token is shown once: show it now, or it is lost"]
#[expect(clippy::exhaustive_enums, reason = "a credential is of one kind or the other")]
pub enum NewSecret {
    /// An App key's token.
    App(AppToken),
    /// A Track set's API key.
    Track(ApiKey),
}

impl NewSecret {
    /// The text, to be shown to its owner.
    #[must_use]
    pub fn expose(&self) -> &str {
        match self {
            Self::App(token) => token.expose(),
            Self::Track(api_key) => api_key.expose(),
        }
    }
}

/// What the deletion of a credential would come to, for the page that asks for its name.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct DeletionImpact {
    /// The credential, as a page shows it.
    pub credential: Credential,
    /// The integrations that use it: while there are any, it cannot be deleted.
    pub integrations: Vec<Integration>,
    /// When it last passed, with any of its secrets, as far as uses are written.
    pub last_used: Option<Timestamp>,
    /// Whether it is its workspace's last lasting Track set: then it cannot be deleted.
    pub last_lasting: LastLasting,
}

/// Whether a credential is its workspace's last lasting Track set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
#[expect(clippy::exhaustive_enums, reason = "it is or it is not")]
pub enum LastLasting {
    /// It is: create another one first.
    Yes,
    /// It is not.
    No,
}
