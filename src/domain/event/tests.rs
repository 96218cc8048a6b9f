//! Tests of the lines for people and of the JSON that stores keep.

use std::collections::BTreeSet;

use crate::domain::{
    AccountPolicy, Action, ActionWord, Grant, Integration, LeakResponse, Owner, Subject,
    UnknownAction, UnlistedWorkspaces,
};
use crate::values::{
    ActorId, CredentialId, CredentialNetworks, GenerationNumber, KindWord, Label, Labels,
    LeakPlace, Name, NetworkSummary, Scopes, Timestamp, WorkspaceId,
};

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

fn credential() -> CredentialId {
    "abcdefghijkl".parse().unwrap()
}

fn noon() -> Timestamp {
    "2030-01-31T12:00:00Z".parse().unwrap()
}

fn networks() -> NetworkSummary {
    NetworkSummary::of(&["10.0.0.0/8", "2001:db8::/32"].map(|text| text.parse().unwrap()))
}

fn grant() -> Grant {
    Grant {
        scopes: Scopes::only(["read:people", "send:email"].map(|text| text.parse().unwrap()))
            .unwrap(),
        networks: Some(CredentialNetworks::new(["10.0.0.0/8".parse().unwrap()]).unwrap()),
        labels: Labels::new([Label::new("env", "prod").unwrap()]).unwrap(),
        owner: Some(ActorId::new("bob").unwrap()).into(),
    }
}

/// Returns every action with the word that stores keep and the line that people read.
#[expect(clippy::too_many_lines, reason = "a table")]
fn told() -> Vec<(Action, &'static str, &'static str)> {
    let second = GenerationNumber::FIRST.next().unwrap();
    vec![
        (
            Action::WorkspaceCreated { name: name("Shop"), first: Some(credential()) },
            "workspace_created",
            r#"created the workspace "Shop""#,
        ),
        (
            Action::WorkspaceRemoved { name: name("The \"Shop\""), credentials: 3 },
            "workspace_removed",
            r#"removed the workspace "The \"Shop\"" and everything in it (credentials: 3)"#,
        ),
        (
            Action::Issued {
                kind: KindWord::Track,
                name: name("Site"),
                expires: None,
                grant: Grant::default(),
            },
            "issued",
            r#"issued the track credential "Site""#,
        ),
        (
            Action::Issued {
                kind: KindWord::App,
                name: name("Backend"),
                expires: Some(noon()),
                grant: Grant::default(),
            },
            "issued",
            r#"issued the app credential "Backend", which expires at 2030-01-31T12:00:00.000000Z"#,
        ),
        (Action::Revealed, "revealed", "revealed the secret"),
        (
            Action::Renamed { from: name("Old"), to: name("New") },
            "renamed",
            r#"renamed it from "Old" to "New""#,
        ),
        (Action::Deprecated { sunset: None }, "deprecated", "deprecated it"),
        (
            Action::Deprecated { sunset: Some(noon()) },
            "deprecated",
            "deprecated it, with its sunset at 2030-01-31T12:00:00.000000Z",
        ),
        (Action::Undeprecated, "undeprecated", "withdrew the deprecation"),
        (Action::Suspended, "suspended", "suspended it"),
        (Action::Resumed, "resumed", "resumed it"),
        (
            Action::ExpirySet { at: noon() },
            "expiry_set",
            "set its expiry to 2030-01-31T12:00:00.000000Z",
        ),
        (Action::ExpiryCleared, "expiry_cleared", "cleared its expiry"),
        (
            Action::Rotated { generation: second, overlap_until: None, asked_until: None },
            "rotated",
            "rotated it to secret 2; the previous secret ended at once",
        ),
        (
            Action::Replaced { unused: GenerationNumber::FIRST, generation: second },
            "replaced",
            "replaced secret 1, which was never used, by secret 2",
        ),
        (
            Action::Rotated {
                generation: second,
                overlap_until: Some(noon()),
                asked_until: Some(noon()),
            },
            "rotated",
            "rotated it to secret 2; the previous secret works until 2030-01-31T12:00:00.000000Z",
        ),
        (Action::OverlapEnded { generation: second }, "overlap_ended", "ended secret 2"),
        (
            Action::Deleted { kind: KindWord::App, name: name("Backend") },
            "deleted",
            r#"deleted the app credential "Backend""#,
        ),
        (
            Action::Connected { integration: Integration::Segment, credential: credential() },
            "connected",
            "chose abcdefghijkl for segment",
        ),
        (
            Action::Disconnected { integration: Integration::Custom(name("Zapier")) },
            "disconnected",
            "disconnected custom:Zapier",
        ),
        (Action::Allowed { networks: networks() }, "allowed", "allowed 10.0.0.0/8, 2001:db8::/32"),
        (
            Action::Disallowed { networks: networks() },
            "disallowed",
            "disallowed 10.0.0.0/8, 2001:db8::/32",
        ),
        (
            Action::AllowlistReplaced { added: networks(), removed: networks() },
            "allowlist_replaced",
            "replaced the allowlist: added 10.0.0.0/8, 2001:db8::/32; removed 10.0.0.0/8, 2001:db8::/32",
        ),
        (Action::Lifted { entries: 2 }, "lifted", "lifted the allowlist (entries: 2)"),
        (
            Action::UnlistedWorkspacesSet { to: UnlistedWorkspaces::Closed },
            "unlisted_workspaces_set",
            "set workspaces without an allowlist to closed",
        ),
        (Action::PolicySet { to: AccountPolicy::NONE }, "policy_set", "set the policy: no rules"),
        (
            Action::MemberDeactivated { member: ActorId::new("bob").unwrap() },
            "member_deactivated",
            r#"deactivated the member "bob""#,
        ),
        (
            Action::MemberReactivated { member: ActorId::new("bob").unwrap() },
            "member_reactivated",
            r#"reactivated the member "bob""#,
        ),
        (Action::AccountSuspended, "account_suspended", "suspended the account"),
        (Action::AccountResumed, "account_resumed", "resumed the account"),
        (
            Action::Imported { credentials: 3 },
            "imported",
            "imported keys of another system (credentials: 3)",
        ),
        (
            Action::Recounted { credentials: 3, permanent: 1 },
            "recounted",
            "counted the credentials again (credentials: 3, permanent: 1)",
        ),
        (
            Action::Issued {
                kind: KindWord::App,
                name: name("Mail"),
                expires: None,
                grant: grant(),
            },
            "issued",
            r#"issued the app credential "Mail"; scopes: read:people, send:email; networks: 10.0.0.0/8; labels: env=prod; owner: the member "bob""#,
        ),
        (
            Action::ScopesSet { to: Scopes::All },
            "scopes_set",
            "set its scopes to everything, including scopes added later",
        ),
        (Action::ScopesSet { to: Scopes::none() }, "scopes_set", "set its scopes to nothing"),
        (Action::NetworksSet { to: grant().networks }, "networks_set", "limited it to 10.0.0.0/8"),
        (Action::NetworksSet { to: None }, "networks_set", "lifted its own networks"),
        (Action::LabelsSet { to: grant().labels }, "labels_set", "set its labels to env=prod"),
        (Action::LabelsSet { to: Labels::default() }, "labels_set", "removed its labels"),
        (
            Action::HandedOver { from: grant().owner, to: Owner::Account },
            "handed_over",
            r#"handed it over from the member "bob" to the account"#,
        ),
        (Action::Repaired, "repaired", "accepted the corrupt record as it was stored"),
        (Action::AccountClosed, "account_closed", "closed the account"),
        (
            Action::LeakResponseSet { to: LeakResponse::Report },
            "leak_response_set",
            "set the response to leaked secrets to report",
        ),
        (
            Action::Leaked {
                generation: second,
                place: LeakPlace::new("commit", "https://example.com/acme"),
            },
            "leaked",
            "reported that secret 2 was found in public: commit, https://example.com/acme",
        ),
        (
            Action::Leaked { generation: second, place: LeakPlace::default() },
            "leaked",
            "reported that secret 2 was found in public",
        ),
    ]
}

#[test]
fn each_action_is_a_line_for_people() {
    for (action, _, line) in told() {
        assert_eq!(action.to_string(), line, "{action:?}");
    }
}

#[test]
fn a_replaced_list_says_only_what_changed() {
    let none = || NetworkSummary::of(&[]);
    let added = Action::AllowlistReplaced { added: networks(), removed: none() };
    assert_eq!(added.to_string(), "replaced the allowlist: added 10.0.0.0/8, 2001:db8::/32");
    let removed = Action::AllowlistReplaced { added: none(), removed: networks() };
    assert_eq!(removed.to_string(), "replaced the allowlist: removed 10.0.0.0/8, 2001:db8::/32");
    let both = Action::AllowlistReplaced { added: networks(), removed: networks() };
    let line = "replaced the allowlist: added 10.0.0.0/8, 2001:db8::/32; removed 10.0.0.0/8, 2001:db8::/32";
    assert_eq!(both.to_string(), line);
    let kept = serde_json::to_value(&both).unwrap();
    assert_eq!(kept["is"], "allowlist_replaced");
    assert_eq!(serde_json::from_value::<Action>(kept).unwrap(), both);
}

/// A later version reads the rows of an earlier one.
#[test]
fn each_action_is_kept_under_its_word_and_read_back() {
    for (action, word, _) in told() {
        let kept = serde_json::to_value(&action).unwrap();
        assert_eq!(kept["is"], word, "{action:?}");
        assert_eq!(serde_json::from_value::<Action>(kept).unwrap(), action);
    }
}

#[test]
fn the_list_of_words_has_the_word_of_each_action() {
    let told: BTreeSet<_> = told()
        .into_iter()
        .map(|(action, word, _)| {
            assert_eq!(action.word().as_str(), word);
            assert_eq!(word.parse(), Ok(action.word()));
            action.word()
        })
        .collect();
    assert_eq!(told, BTreeSet::from(ActionWord::ALL));
    assert_eq!("".parse::<ActionWord>(), Err(UnknownAction));
}

#[test]
fn a_subject_is_kept_as_its_ids() {
    let workspace = WorkspaceId::new("acme/shop").unwrap();
    for subject in [
        Subject::Account,
        Subject::Workspace(workspace.clone()),
        Subject::Credential(workspace, credential()),
    ] {
        let ids = (subject.workspace().cloned(), subject.credential().copied());
        assert_eq!(Subject::of(ids.0, ids.1), Some(subject));
    }
    assert_eq!(Subject::of(None, Some(credential())), None);
}
