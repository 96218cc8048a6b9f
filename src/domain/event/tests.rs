//! Tests of the lines for people and of the JSON that stores keep.

use crate::domain::{Action, Integration, Subject, UnlistedWorkspaces};
use crate::values::{
    CredentialId, GenerationNumber, KindWord, Name, NetworkSummary, Timestamp, WorkspaceId,
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

/// Returns every action with the word that stores keep and the line that people read.
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
            Action::Issued { kind: KindWord::Track, name: name("Site"), expires: None },
            "issued",
            r#"issued the track credential "Site""#,
        ),
        (
            Action::Issued { kind: KindWord::App, name: name("Backend"), expires: Some(noon()) },
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
        (Action::Lifted { entries: 2 }, "lifted", "lifted the allowlist (entries: 2)"),
        (
            Action::UnlistedWorkspacesSet { to: UnlistedWorkspaces::Closed },
            "unlisted_workspaces_set",
            "set workspaces without an allowlist to closed",
        ),
        (Action::AccountSuspended, "account_suspended", "suspended the account"),
        (Action::AccountResumed, "account_resumed", "resumed the account"),
        (
            Action::Recounted { credentials: 3, permanent: 1 },
            "recounted",
            "counted the credentials again (credentials: 3, permanent: 1)",
        ),
        (Action::Repaired, "repaired", "accepted the corrupt record as it was stored"),
    ]
}

#[test]
fn each_action_is_a_line_for_people() {
    for (action, _, line) in told() {
        assert_eq!(action.to_string(), line, "{action:?}");
    }
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
