//! Why a rule refused.

mod code;

use std::time::Duration;

use crate::domain::account::Revision;
use crate::domain::integration::Integration;
use crate::values::{CredentialId, IntegrationWord, Name, Network, Timestamp};

/// Which rule refused a management operation, in a sentence that a person can act on. Nothing was
/// changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The record is no longer at the revision that the caller saw.
    #[error("it was changed since you read it, and is at revision {now} now: read it again")]
    Changed {
        /// Its revision now.
        now: Revision,
    },
    /// What is stored is no longer what the operator was shown.
    #[error("the stored record is no longer the one that was shown: review it again")]
    NotAsShown,
    /// The operation id belongs to another operation of the account.
    #[error("this operation id was used for something else: choose a new one")]
    OperationReused,
    /// The secret is not the current one, or it was used.
    #[error(
        "only a current secret that was never used can be replaced: rotate the credential instead"
    )]
    NotReplaceable,
    /// The workspace has a credential of this kind whose name has the same [`NameKey`](crate::manage::NameKey).
    #[error("another {kind} of this workspace has this name: choose another name")]
    NameTaken {
        /// What one of its kind is called, such as `Track set`.
        kind: &'static str,
    },
    /// The name looks like that of another credential of this kind in the workspace, for instance because it has letters of
    /// another alphabet: their confusable skeletons (UTS 39) are the same as written, in lower case or in upper case. Two
    /// ASCII names are not compared in this way.
    #[error(
        "this name looks like \"{other}\", the name of another {kind} of this workspace: choose a name that \
         cannot be mistaken for it"
    )]
    LooksAlike {
        /// What one of its kind is called, such as `Track set`.
        kind: &'static str,
        /// The name that it looks like.
        other: Name,
    },
    /// The workspace id is or was in use.
    #[error(
        "this workspace id is in use, or was used by a workspace that is removed: choose a new one"
    )]
    WorkspaceIdTaken,
    /// The typed name does not have the [`NameKey`](crate::manage::NameKey) of the name of what is to be deleted.
    #[error("the typed name is not the name of the credential or workspace: type it again")]
    WrongTypedName,
    /// The workspace would be left without a permanent credential of the kind of which it keeps at least one.
    #[error(
        "this is the workspace's last permanent {kind} (usable, not deprecated, without an expiry): create \
         another one first"
    )]
    LastPermanent {
        /// What one of that kind is called.
        kind: &'static str,
    },
    /// Integrations use the credential.
    #[error("integrations use this credential ({}): choose another one for each first", called(.integrations))]
    InUse {
        /// Which integrations.
        integrations: Vec<Integration>,
    },
    /// The credential is past its expiry or sunset.
    #[error("the credential is past its expiry or sunset: delete it and create a new one")]
    Ended,
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
    #[error("the credential was rotated as often as secrets can be numbered: create a new one")]
    GenerationsExhausted,
    /// The overlap is not zero, and shorter than a second.
    #[error("an overlap lasts at least one second: choose a longer one, or none")]
    OverlapTooShort,
    /// The overlap is longer than the host allows.
    #[error("an overlap lasts at most {}: choose a shorter one", length(*.most))]
    OverlapTooLong {
        /// The longest that the host allows.
        most: Duration,
    },
    /// An earlier rotation promised that the previous secret works for longer, and this rotation would end it. Rotate
    /// later, or allow it with [`Rotation::end_overlap`](crate::manage::Rotation::end_overlap).
    #[error(
        "the previous secret was promised to work until {until}: rotate after that, or let this rotation end the \
         overlap early (after a leak, rotate without an overlap)"
    )]
    OverlapRuns {
        /// When the promised overlap ends.
        until: Timestamp,
    },
    /// No credential was chosen, and the workspace does not have exactly one that fits.
    #[error("{}", choice_required(kind, .candidates))]
    ChoiceRequired {
        /// What one of the kind is called that the integration uses, such as `Track set`.
        kind: &'static str,
        /// The id and name of each permanent one of the workspace; at most 1,000 of them.
        candidates: Vec<(CredentialId, Name)>,
    },
    /// Secrets of this kind are shown once.
    #[error("this secret was shown once, when it was made: rotate the credential to get a new one")]
    ShownOnce,
    /// The integration uses another kind of credential.
    #[error("the integration uses another kind of credential ({needs}): choose one of that kind")]
    OtherKind {
        /// What one of that kind is called.
        needs: &'static str,
    },
    /// The host does not declare the integration.
    #[error("{}", unknown_integration(.known, *.allows_custom))]
    UnknownIntegration {
        /// Those that it declares.
        known: Vec<IntegrationWord>,
        /// Whether customers can name others.
        allows_custom: bool,
    },
    /// The integration has no snippet.
    #[error("the integration has no snippet: enter the credential in its own settings")]
    NoSnippet,
    /// The credential belongs to another workspace.
    #[error("the credential belongs to another workspace: choose one of this workspace")]
    OtherWorkspace,
    /// The workspace has no such integration.
    #[error("the workspace has no such integration: connect it first")]
    NotConnected,
    /// No network was given.
    #[error("no network was given: give at least one")]
    NoNetworks,
    /// A network was given twice, or is on the list.
    #[error("{network} is already on the list, or was given twice: give it once")]
    DuplicateNetwork {
        /// Which.
        network: Network,
    },
    /// A network is not on the list.
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
    /// The account has as many workspaces as the host allows.
    #[error("the account would have more than {most} workspaces: remove one first")]
    TooManyWorkspaces {
        /// How many there may be.
        most: u32,
    },
    /// The secret is sealed under a master key that this node does not have.
    #[error(
        "the secret cannot be shown, because the master key that it was encrypted under is lost: rotate the \
         credential to get a new one"
    )]
    NotRevealable,
}

fn unknown_integration(known: &[IntegrationWord], allows_custom: bool) -> String {
    let known: Vec<_> = known.iter().map(ToString::to_string).collect();
    let (rule, advice) = match (known.is_empty(), allows_custom) {
        (true, false) => (
            "no integrations",
            "its operator declares them with `Builder::integrations`".to_owned(),
        ),
        (true, true) => ("no such integration", "write `custom:` and a name".to_owned()),
        (false, false) => ("no such integration", format!("choose one of {}", list(&known))),
        (false, true) => (
            "no such integration",
            format!("choose one of {}, or write `custom:` and a name", list(&known)),
        ),
    };
    format!("the service has {rule}: {advice}")
}

fn choice_required(kind: &str, candidates: &[(CredentialId, Name)]) -> String {
    let names: Vec<_> = candidates.iter().map(|(_, name)| format!("\"{name}\"")).collect();
    if names.is_empty() {
        return format!(
            "the workspace has no permanent {kind}: create one, or choose a credential"
        );
    }
    format!("the workspace has more than one permanent {kind}: choose one of {}", list(&names))
}

fn called(integrations: &[Integration]) -> String {
    let called = |integration: &Integration| match integration {
        Integration::Declared(word) => word.to_string(),
        Integration::Custom(name) => format!("\"{name}\""),
    };
    list(&integrations.iter().map(called).collect::<Vec<_>>())
}

/// How many items a sentence names; the rest are counted.
const NAMED: usize = 10;

/// A length of time, in the largest unit that it is a whole number of.
fn length(time: Duration) -> String {
    let seconds = time.as_secs();
    let units = [(86_400, "days"), (3_600, "hours"), (60, "minutes")];
    let whole = units.iter().find(|(unit, _)| seconds >= 2 * unit && seconds.is_multiple_of(*unit));
    match whole {
        Some((unit, called)) if time.subsec_nanos() == 0 => format!("{} {called}", seconds / unit),
        _ => format!("{} seconds", time.as_secs_f64()),
    }
}

fn list(items: &[String]) -> String {
    let named = items.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    match items.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

#[cfg(test)]
mod tests;
