//! Why a rule refused.

use crate::domain::integration::Integration;
use crate::values::{CredentialId, Kind, Network};

/// Which rule refused a management operation, in a sentence that a person can act on. Nothing was
/// changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The workspace has a credential of this kind and name, in whatever case.
    #[error("another {kind} credential of this workspace has this name: choose another name")]
    NameTaken {
        /// Track or App.
        kind: Kind,
    },
    /// The workspace id is or was in use.
    #[error(
        "this workspace id is taken, and the ids of removed workspaces stay so: choose a new one"
    )]
    WorkspaceIdTaken,
    /// The typed name is not the name of what is to be deleted.
    #[error("the typed name is not the name of what is to be deleted: type it once more")]
    WrongTypedName,
    /// The workspace would be left without a lasting Track set.
    #[error(
        "this is the workspace's last lasting Track set (usable, not deprecated, without an expiry): \
         create a new one first"
    )]
    LastTrackSet,
    /// Integrations use the credential.
    #[error("this Track set is in use by {}: choose another one for each first", list(.integrations))]
    InUse {
        /// Which integrations.
        integrations: Vec<Integration>,
    },
    /// The credential is past its expiry or sunset.
    #[error("the credential is past its expiry or sunset: delete it and create a new one")]
    Over,
    /// The credential is suspended.
    #[error("the credential is suspended: resume it first")]
    Suspended,
    /// The sunset lies in the past.
    #[error("the sunset lies in the past: choose a later time, or end the credential now")]
    SunsetInPast,
    /// The expiry lies in the past.
    #[error("the expiry lies in the past: choose a later time, or end the credential now")]
    ExpiryInPast,
    /// The credential was rotated as often as its generations can be counted.
    #[error("the credential was rotated too often to count: create a new one")]
    GenerationsExhausted,
    /// Several Track sets could be meant.
    #[error("the workspace has several Track sets: choose one of {}", list(.candidates))]
    ChoiceRequired {
        /// The lasting Track sets of the workspace; at most 1,000 of them.
        candidates: Vec<CredentialId>,
    },
    /// An integration uses a Track set, and this is an App key.
    #[error("an integration uses a Track set, and this is an App key: choose a Track set")]
    NotATrackSet,
    /// The Track set is another workspace's.
    #[error("the Track set is another workspace's: choose one of this workspace")]
    OtherWorkspace,
    /// The workspace has no such integration.
    #[error("the workspace has no such integration: connect it first")]
    NotConnected,
    /// No network was given.
    #[error("no network was given: give at least one")]
    NoNetworks,
    /// A network was given twice, or stands on the list.
    #[error("{network} is on the list or was given twice: give it once")]
    DuplicateNetwork {
        /// Which.
        network: Network,
    },
    /// A network does not stand on the list.
    #[error("{network} is not on the list: give it as the list shows it")]
    NotListed {
        /// Which.
        network: Network,
    },
    /// The allowlist would be left empty.
    #[error(
        "these are the workspace's last allowlist entries: lift the allowlist to remove them all"
    )]
    LastEntry,
    /// The workspace has as many as the host allows.
    #[error("the workspace would have more than {most} {what}: remove one first")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many there may be.
        most: u32,
    },
    /// The API key is sealed under a master key that this node does not have.
    #[error(
        "the API key cannot be shown, since the master key that sealed it is not at hand: \
         rotate the Track set to get a new one"
    )]
    NotRevealable,
}

fn list(items: &[impl ToString]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
