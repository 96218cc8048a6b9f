//! Tests of the word and the sentence of each refusal.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{Refusal, length};
use crate::domain::account::Revision;
use crate::domain::account_policy::PolicyError;
use crate::domain::integration::Integration;
use crate::values::{CredentialId, IntegrationWord, Name, Network, ScopeName, Scopes};

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

fn scope(text: &str) -> ScopeName {
    text.parse().unwrap()
}

fn network() -> Network {
    "10.0.0.0/8".parse().unwrap()
}

fn candidates(count: usize) -> Vec<(CredentialId, Name)> {
    let id: CredentialId = "abcdefghijkl".parse().unwrap();
    (1..=count).map(|number| (id, name(&format!("set {number}")))).collect()
}

/// Returns every refusal, with its sentence.
#[expect(clippy::too_many_lines, reason = "a table")]
fn told() -> Vec<(Refusal, &'static str)> {
    let until = "2030-01-31T12:00:00Z".parse().unwrap();
    let (segment, api) =
        (IntegrationWord::new("segment").unwrap(), IntegrationWord::new("api").unwrap());
    let integrations = vec![Integration::Segment, Integration::Custom(name("Shop export"))];
    vec![
        (
            Refusal::Changed { now: Revision::new(7) },
            "the record was changed since you read it, and is now at revision 7: read it again",
        ),
        (
            Refusal::NotAsShown,
            "the stored record is no longer the one that was shown: review it again",
        ),
        (
            Refusal::OperationReused,
            "this operation id was used for another operation: choose a new id",
        ),
        (
            Refusal::NotReplaceable,
            "only a current secret that was never used can be replaced: rotate the credential instead",
        ),
        (
            Refusal::NameTaken { kind: "App key" },
            "another App key of this workspace has this name: choose another name",
        ),
        (
            Refusal::LooksAlike { kind: "Track set", other: name("p\u{430}ypal") },
            "this name looks like \"p\u{430}ypal\", the name of another Track set of this workspace: choose a name \
             that cannot be mistaken for it",
        ),
        (
            Refusal::WorkspaceIdTaken,
            "this workspace id is in use, or was used by a workspace that is removed: choose a new id",
        ),
        (
            Refusal::WrongTypedName,
            "the typed name is not the name of the credential or workspace: type it again",
        ),
        (
            Refusal::LastPermanent { kind: "Track set" },
            "this is the workspace's last permanent Track set (usable, not deprecated, without an expiry): create \
             another one first",
        ),
        (
            Refusal::InUse { integrations },
            "integrations use this credential (segment, \"Shop export\"): choose another credential for each of them first",
        ),
        (
            Refusal::Ended,
            "the credential is past its expiry or sunset: delete it and create a new one",
        ),
        (Refusal::Suspended, "the credential is suspended: resume it first"),
        (
            Refusal::SunsetInPast,
            "the sunset is in the past: choose a later time, or end the credential now",
        ),
        (
            Refusal::ExpiryInPast,
            "the expiry is in the past: choose a later time, or end the credential now",
        ),
        (
            Refusal::GenerationsExhausted,
            "the credential has no secret numbers left: create a new credential",
        ),
        (
            Refusal::OverlapTooShort,
            "an overlap lasts at least one second: choose a longer one, or none",
        ),
        (
            Refusal::OverlapTooLong { limit: Duration::from_hours(48) },
            "an overlap lasts at most 2 days: choose a shorter one",
        ),
        (
            Refusal::OverlapBeyondPolicy { limit: Duration::from_hours(48) },
            "the account's policy limits an overlap to 2 days: choose a shorter one",
        ),
        (Refusal::ExpiryRequired, "the account's policy requires an expiry: choose one"),
        (
            Refusal::LifetimeTooLong { limit: Duration::from_hours(48), until },
            "the account's policy limits the lifetime of a credential to 2 days: choose an expiry until \
             2030-01-31T12:00:00.000000Z, or issue a new credential",
        ),
        (
            Refusal::SecretTooOld { limit: Duration::from_hours(48), until },
            "the account's policy limits the age of a secret to 2 days: choose an expiry until \
             2030-01-31T12:00:00.000000Z, or rotate the credential first",
        ),
        (
            Refusal::ContradictoryPolicy(PolicyError::Zero { rule: "max_overlap_seconds" }),
            "`max_overlap_seconds` is 0: set at least one second, or remove the rule",
        ),
        (
            Refusal::OverlapRuns { until },
            "the previous secret was promised to work until 2030-01-31T12:00:00.000000Z: rotate after that, or let \
             this rotation end the overlap early (after a leak, rotate without an overlap)",
        ),
        (
            Refusal::ChoiceRequired { kind: "Track set", candidates: candidates(0) },
            "the workspace has no permanent Track set: create one, or choose a credential",
        ),
        (
            Refusal::ChoiceRequired { kind: "Track set", candidates: candidates(2) },
            "the workspace has more than one permanent Track set: choose one of \"set 1\", \"set 2\"",
        ),
        (
            Refusal::ChoiceRequired { kind: "key", candidates: candidates(12) },
            "the workspace has more than one permanent key: choose one of \"set 1\", \"set 2\", \"set 3\", \"set 4\", \
             \"set 5\", \"set 6\", \"set 7\", \"set 8\", \"set 9\", \"set 10\" and 2 more",
        ),
        (
            Refusal::ShownOnce,
            "this secret was shown once, when it was made: rotate the credential to get a new secret",
        ),
        (
            Refusal::OtherKind { needs: "Track set" },
            "the integration uses another kind of credential (Track set): choose one of that kind",
        ),
        (
            Refusal::UnknownIntegration { known: vec![segment, api], allows_custom: true },
            "the service has no such integration: choose one of segment, api, or write `custom:` and a name",
        ),
        (
            Refusal::UnknownIntegration { known: vec![segment], allows_custom: false },
            "the service has no such integration: choose one of segment",
        ),
        (
            Refusal::UnknownIntegration { known: Vec::new(), allows_custom: true },
            "the service has no such integration: write `custom:` and a name",
        ),
        (
            Refusal::UnknownIntegration { known: Vec::new(), allows_custom: false },
            "the service has no integrations: its operator declares them with `Builder::integrations`",
        ),
        (
            Refusal::NoSnippet,
            "the integration has no snippet: enter the credential in the settings of the integration",
        ),
        (
            Refusal::UnknownScope {
                scope: scope("raed"),
                nearest: vec![scope("read"), scope("send")],
            },
            "the service has no scope raed: choose another one, such as read, send",
        ),
        (
            Refusal::UnknownScope { scope: scope("read"), nearest: Vec::new() },
            "the service has no scope read: its operator declares scopes with `Builder::scopes`",
        ),
        (
            Refusal::AboveCeiling { scopes: Scopes::All },
            "you cannot issue, extend or reveal a credential with more scopes than you have (its scopes: everything, \
             including scopes added later): choose fewer scopes, or ask an authorised actor",
        ),
        (
            Refusal::OtherWorkspace,
            "the credential belongs to another workspace: choose one of this workspace",
        ),
        (Refusal::NotConnected, "the workspace has no such integration: connect it first"),
        (Refusal::NoNetworks, "no network was given: give at least one"),
        (
            Refusal::DuplicateNetwork { network: network() },
            "10.0.0.0/8 is already on the allowlist, or was given twice: add it once",
        ),
        (
            Refusal::NotListed { network: network() },
            "10.0.0.0/8 is not on the allowlist: write it as the allowlist shows it",
        ),
        (
            Refusal::LastEntry,
            "these are the workspace's last allowlist entries: lift the allowlist to remove them all",
        ),
        (
            Refusal::TooMany { what: "credentials", limit: 3 },
            "the workspace would have more than 3 credentials: remove one first",
        ),
        (
            Refusal::TooManyWorkspaces { limit: 3 },
            "the account would have more than 3 workspaces: remove one first",
        ),
        (
            Refusal::TooManyInactiveOwners { limit: 3 },
            "the account would have more than 3 inactive members: reactivate one first, or hand over or delete all \
             credentials of one",
        ),
        (
            Refusal::InactiveOwner,
            "the owner is an inactive member: choose another owner, or reactivate the member first",
        ),
        (
            Refusal::NotRevealable,
            "the secret cannot be shown, because the master key that it was encrypted under is lost: rotate the \
             credential to get a new secret",
        ),
    ]
}

#[test]
fn each_refusal_says_which_rule_and_what_to_do() {
    for (refusal, sentence) in told() {
        assert_eq!(refusal.to_string(), sentence);
    }
}

#[test]
fn each_rule_has_the_word_of_its_variant() {
    let mut words = BTreeSet::new();
    for (refusal, _) in told() {
        let code = refusal.code();
        let variant = format!("{refusal:?}");
        let variant = variant.split([' ', '(']).next().unwrap().to_lowercase();
        assert_eq!(code.replace('_', ""), variant);
        assert!(code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{code}");
        words.insert(code);
    }
    // Counts the variants in the source, so that a new one is not forgotten here.
    let variants = include_str!("../refusal.rs")
        .lines()
        .skip_while(|line| !line.starts_with("pub enum Refusal"))
        .take_while(|line| *line != "}")
        .filter_map(|line| line.strip_prefix("    "))
        .filter(|line| line.starts_with(|first: char| first.is_ascii_uppercase()));
    assert_eq!(words.len(), variants.count());
}

#[test]
fn a_duration_is_written_in_its_largest_unit() {
    for (seconds, told) in [
        (90 * 86_400, "90 days"),
        (86_400, "24 hours"),
        (7_200, "2 hours"),
        (3_660, "61 minutes"),
        (61, "61 seconds"),
        (0, "0 seconds"),
    ] {
        assert_eq!(length(Duration::from_secs(seconds)), told);
    }
    assert_eq!(length(Duration::from_millis(7_200_500)), "7200.5 seconds");
}
