//! The refusals of the rules.

mod code;

use std::time::Duration;

use crate::domain::account::Revision;
use crate::domain::account_policy::PolicyError;
use crate::domain::integration::Integration;
use crate::values::{CredentialId, IntegrationWord, Name, Network, ScopeName, Scopes, Timestamp};

/// The rule that refused a management operation. Nothing was changed. The text is a sentence for people that says which rule it
/// was and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The record is no longer at the revision that the caller saw.
    #[error(
        "the record was changed since you read it, and is now at revision {now}: read it again"
    )]
    Changed {
        /// The current revision.
        now: Revision,
    },
    /// The stored record is no longer the one that the operator was shown.
    #[error("the stored record is no longer the one that was shown: review it again")]
    NotAsShown,
    /// The operation id belongs to another operation of the account.
    #[error("this operation id was used for another operation: choose a new id")]
    OperationReused,
    /// The secret is not the current one, or was used.
    #[error(
        "only a current secret that was never used can be replaced: rotate the credential instead"
    )]
    NotReplaceable,
    /// The workspace has a credential of this kind whose name has the same [`NameKey`](crate::manage::NameKey).
    #[error("another {kind} of this workspace has this name: choose another name")]
    NameTaken {
        /// The noun for a credential of its kind, such as `Track set`.
        kind: &'static str,
    },
    /// The name looks like that of another credential of this kind in the workspace, for instance because it has letters of
    /// another alphabet. The confusable skeletons (UTS 39) of both names are the same as written, in lower case or in upper
    /// case. Two ASCII names are not compared in this way.
    #[error(
        "this name looks like \"{other}\", the name of another {kind} of this workspace: choose a name that \
         cannot be mistaken for it"
    )]
    LooksAlike {
        /// The noun for a credential of its kind, such as `Track set`.
        kind: &'static str,
        /// The name that it looks like.
        other: Name,
    },
    /// The workspace id is or was in use.
    #[error(
        "this workspace id is in use, or was used by a workspace that is removed: choose a new id"
    )]
    WorkspaceIdTaken,
    /// The [`NameKey`](crate::manage::NameKey) of the typed name differs from that of the credential or workspace to delete.
    #[error("the typed name is not the name of the credential or workspace: type it again")]
    WrongTypedName,
    /// The workspace would lose its last permanent credential of the kind that has a minimum.
    #[error(
        "this is the workspace's last permanent {kind} (usable, not deprecated, without an expiry): create \
         another one first"
    )]
    LastPermanent {
        /// The noun for a credential of that kind.
        kind: &'static str,
    },
    /// Integrations use the credential.
    #[error("integrations use this credential ({}): choose another credential for each of them first", called(.integrations))]
    InUse {
        /// The integrations that use it.
        integrations: Vec<Integration>,
    },
    /// The credential is past its expiry or sunset.
    #[error("the credential is past its expiry or sunset: delete it and create a new one")]
    Ended,
    /// The credential is suspended.
    #[error("the credential is suspended: resume it first")]
    Suspended,
    /// The sunset is in the past.
    #[error("the sunset is in the past: choose a later time, or end the credential now")]
    SunsetInPast,
    /// The expiry is in the past.
    #[error("the expiry is in the past: choose a later time, or end the credential now")]
    ExpiryInPast,
    /// The credential's current secret has the highest possible number.
    #[error("the credential has no secret numbers left: create a new credential")]
    GenerationsExhausted,
    /// The overlap is not zero, but shorter than a second.
    #[error("an overlap lasts at least one second: choose a longer one, or none")]
    OverlapTooShort,
    /// The overlap is longer than the host allows.
    #[error("an overlap lasts at most {}: choose a shorter one", length(*.limit))]
    OverlapTooLong {
        /// The longest overlap that the host allows.
        limit: Duration,
    },
    /// The policy of the account allows only shorter overlaps.
    #[error("the account's policy limits an overlap to {}: choose a shorter one", length(*.limit))]
    OverlapBeyondPolicy {
        /// The longest overlap that the account allows.
        limit: Duration,
    },
    /// The policy of the account requires an expiry.
    #[error("the account's policy requires an expiry: choose one")]
    ExpiryRequired,
    /// The expiry is later than the policy of the account allows, or there is none. Counted from the issue of the credential.
    #[error(
        "the account's policy limits the lifetime of a credential to {}: choose an expiry until {until}, or issue a \
         new credential",
        length(*.limit)
    )]
    LifetimeTooLong {
        /// The longest lifetime that the account allows.
        limit: Duration,
        /// The latest expiry that is allowed.
        until: Timestamp,
    },
    /// The secret would get older than the policy of the account allows. Counted from the creation of the current secret.
    #[error(
        "the account's policy limits the age of a secret to {}: choose an expiry until {until}, or rotate the \
         credential first",
        length(*.limit)
    )]
    SecretTooOld {
        /// The maximum age that the account allows.
        limit: Duration,
        /// The latest expiry that is allowed.
        until: Timestamp,
    },
    /// The policy would contradict itself.
    #[error("{0}")]
    ContradictoryPolicy(PolicyError),
    /// The overlap of an earlier rotation has not ended, and this rotation would end the previous secret early. Rotate
    /// later, or allow it with [`Rotation::end_overlap`](crate::manage::Rotation::end_overlap).
    #[error(
        "the previous secret was promised to work until {until}: rotate after that, or let this rotation end the \
         overlap early (after a leak, rotate without an overlap)"
    )]
    OverlapRuns {
        /// When the promised overlap ends.
        until: Timestamp,
    },
    /// No credential was chosen, and the workspace does not have exactly one permanent credential of the right kind.
    #[error("{}", choice_required(kind, .candidates))]
    ChoiceRequired {
        /// The noun for a credential of the kind that the integration uses, such as `Track set`.
        kind: &'static str,
        /// The id and name of each permanent credential of this kind in the workspace; at most 1,000 of them.
        candidates: Vec<(CredentialId, Name)>,
    },
    /// Secrets of this kind are shown only once.
    #[error(
        "this secret was shown once, when it was made: rotate the credential to get a new secret"
    )]
    ShownOnce,
    /// The integration uses another kind of credential.
    #[error("the integration uses another kind of credential ({needs}): choose one of that kind")]
    OtherKind {
        /// The noun for a credential of that kind.
        needs: &'static str,
    },
    /// The host does not declare the integration.
    #[error("{}", unknown_integration(.known, *.allows_custom))]
    UnknownIntegration {
        /// The integrations that the host declares.
        known: Vec<IntegrationWord>,
        /// Whether customers can name integrations of their own.
        allows_custom: bool,
    },
    /// The integration has no snippet.
    #[error(
        "the integration has no snippet: enter the credential in the settings of the integration"
    )]
    NoSnippet,
    /// The service does not declare the scope.
    #[error("{}", unknown_scope(.scope, .nearest))]
    UnknownScope {
        /// The scope.
        scope: ScopeName,
        /// The declared scopes with the most similar names, at most three.
        nearest: Vec<ScopeName>,
    },
    /// The credential has scopes that the actor lacks.
    #[error(
        "you cannot issue, extend or reveal a credential with more scopes than you have (its scopes: {scopes}): choose \
         fewer scopes, or ask an authorised actor"
    )]
    AboveCeiling {
        /// The scopes of the credential.
        scopes: Scopes,
    },
    /// The credential belongs to another workspace.
    #[error("the credential belongs to another workspace: choose one of this workspace")]
    OtherWorkspace,
    /// The workspace has no such integration.
    #[error("the workspace has no such integration: connect it first")]
    NotConnected,
    /// No network was given.
    #[error("no network was given: give at least one")]
    NoNetworks,
    /// A network was given twice, or is already on the allowlist.
    #[error("{network} is already on the allowlist, or was given twice: add it once")]
    DuplicateNetwork {
        /// The network.
        network: Network,
    },
    /// A network is not on the allowlist.
    #[error("{network} is not on the allowlist: write it as the allowlist shows it")]
    NotListed {
        /// The network.
        network: Network,
    },
    /// The allowlist would be left empty.
    #[error(
        "these are the workspace's last allowlist entries: lift the allowlist to remove them all"
    )]
    LastEntry,
    /// The workspace would exceed a limit of the host.
    #[error("the workspace would have more than {limit} {what}: remove one first")]
    TooMany {
        /// The plural noun for the records, such as `credentials`.
        what: &'static str,
        /// The maximum number.
        limit: u32,
    },
    /// The account would exceed the host's limit of workspaces.
    #[error("the account would have more than {limit} workspaces: remove one first")]
    TooManyWorkspaces {
        /// The maximum number.
        limit: u32,
    },
    /// The account has the maximum number of inactive owners.
    #[error(
        "the account would have more than {limit} inactive members: reactivate one first, or hand over or delete all \
         credentials of one"
    )]
    TooManyInactiveOwners {
        /// The maximum number.
        limit: usize,
    },
    /// The owner of the credential is inactive.
    #[error(
        "the owner is an inactive member: choose another owner, or reactivate the member first"
    )]
    InactiveOwner,
    /// The secret is sealed under a master key that is declared lost.
    #[error(
        "the secret cannot be shown, because the master key that it was encrypted under is lost: rotate the \
         credential to get a new secret"
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

fn unknown_scope(scope: &ScopeName, nearest: &[ScopeName]) -> String {
    if nearest.is_empty() {
        return format!(
            "the service has no scope {scope}: its operator declares scopes with `Builder::scopes`"
        );
    }
    let nearest: Vec<_> = nearest.iter().map(ToString::to_string).collect();
    format!("the service has no scope {scope}: choose another one, such as {}", list(&nearest))
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

/// The number of items that a sentence names. The rest are counted.
const NAMED: usize = 10;

/// Returns a duration as text, in the largest unit of which it is a whole number of at least two.
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
