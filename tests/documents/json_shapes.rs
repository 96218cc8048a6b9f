//! `docs/json.md` shows each shape in JSON by an example: the type reads it, and writes exactly the same.

use std::collections::BTreeSet;
use std::fmt::Debug;

use axum::response::IntoResponse;
use http_body_util::BodyExt;
use keyward::store::{
    AccountRecord, AllowlistEntry, Change, Connection, CredentialCursor, CredentialStore,
    EventTags, HeaderChange, ListChange, Page, RecordTag, WorkspaceCursor, WorkspaceRecord,
};
use keyward::{
    ActorId, Keyward, ManageError, MasterKey, MasterKeys, MemoryStore, Name, OperationId, Operator,
    Refusal,
    history::{Action, HistoryEvent, Subject},
    manage::{
        Account, AllowlistPreview, Credential, CredentialStatus, DeletionImpact, PolicyApplied,
        PolicyViolation, Repeated, Revision, Role, SecretStatus, SiteInfo, UnlistedWorkspaces,
        UsedNetwork, Workspace,
    },
    operate::{
        CheckedRecords, Readiness, ReadinessFinding, RekeyPage, ServiceSettings, Stats, TracedKey,
    },
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Checks the examples of a section.
type Check = fn(&[Value]);

/// Each section of the page that has examples.
const SECTIONS: [(&str, Check); 27] = [
    ("Credential", read_back::<Credential>),
    ("Workspace", read_back::<Workspace>),
    ("Account", read_back::<Account>),
    ("CorruptAccount", corrupt_account),
    ("CorruptWorkspace", corrupt_workspace),
    ("HistoryEvent", read_back::<HistoryEvent>),
    ("Subject", read_back::<Vec<Subject>>),
    ("Action", actions),
    ("Page of credentials", read_back::<Page<Credential, CredentialCursor>>),
    ("Page of workspaces", read_back::<Page<Workspace, WorkspaceCursor>>),
    ("Page of events", read_back::<Page<HistoryEvent, OperationId>>),
    ("AllowlistEntry", read_back::<AllowlistEntry>),
    ("Connection", read_back::<Connection>),
    ("DeletionImpact", read_back::<DeletionImpact>),
    ("AllowlistPreview", read_back::<AllowlistPreview>),
    ("UsedNetwork", read_back::<UsedNetwork>),
    ("PolicyViolation", read_back::<PolicyViolation>),
    ("PolicyApplied", read_back::<PolicyApplied>),
    ("Repeated", read_back::<Repeated>),
    ("SiteInfo", read_back::<SiteInfo>),
    ("TracedKey", read_back::<TracedKey>),
    ("CheckedRecords", read_back::<CheckedRecords>),
    ("RekeyPage", read_back::<RekeyPage>),
    ("Stats", read_back::<Stats>),
    ("Readiness", readiness),
    ("ServiceSettings", read_back::<ServiceSettings>),
    ("Problem", problems),
];

/// The type reads each example and writes the same. A field that the example lacks, or has in vain, would differ.
fn read_back<T: Serialize + DeserializeOwned + Debug + PartialEq>(examples: &[Value]) {
    for example in examples {
        let value: T = serde_json::from_value(example.clone()).unwrap();
        assert_eq!(serde_json::to_value(&value).unwrap(), *example);
        let text = serde_json::to_string(&value).unwrap();
        assert_eq!(serde_json::from_str::<T>(&text).unwrap(), value);
    }
}

fn actions(examples: &[Value]) {
    read_back::<Vec<Action>>(examples);
    let shown = examples.iter().flat_map(|example| example.as_array().unwrap());
    let shown: BTreeSet<_> =
        shown.map(|action| action["is"].as_str().unwrap().to_owned()).collect();
    assert_eq!(shown, known_words::<Action>(json!({ "is": "" })));
}

fn readiness(examples: &[Value]) {
    let mut readiness = Readiness::default();
    readiness.sampled = 30;
    let corrupt = ReadinessFinding::CorruptRecord("2Zk9bQx7LmTa".to_owned());
    readiness.findings = vec![ReadinessFinding::NewerRelease, corrupt];
    assert_eq!(examples, [serde_json::to_value(&readiness).unwrap()]);
}

fn problems(examples: &[Value]) {
    let errors = [Refusal::ShownOnce.into(), ManageError::Busy];
    let answered = errors.map(|error: ManageError| {
        let body = pollster::block_on(error.into_response().into_body().collect());
        serde_json::from_slice::<Value>(&body.unwrap().to_bytes()).unwrap()
    });
    assert_eq!(examples, answered);
}

fn corrupt_account(examples: &[Value]) {
    assert_eq!(examples, [corrupt_records().0]);
}

fn corrupt_workspace(examples: &[Value]) {
    assert_eq!(examples, [corrupt_records().1]);
}

/// Returns the views of an account and a workspace whose tags do not match.
fn corrupt_records() -> (Value, Value) {
    let at = "2030-01-31T12:00:00Z".parse().unwrap();
    let created: OperationId = "4f1c9a0e6b7d42d38c5e9f00a1b2c3d4".parse().unwrap();
    let account_created = "9d2e6b1c4a5f40718e3c2b1a09f8e7d6".parse().unwrap();
    let (account, workspace) = ("acme".parse().unwrap(), "acme/shop".parse().unwrap());
    let credential = "7hTqPzR04WvB".parse().unwrap();
    let integration = serde_json::from_value(json!("segment")).unwrap();
    let network = "203.0.113.0/24".parse().unwrap();
    let revision = |number: u64| serde_json::from_value::<Revision>(json!(number)).unwrap();
    let master_key = MasterKey::generate().unwrap();
    // Version 1, this master key, epoch 0, and a code that matches no record.
    let tag = [&[1][..], master_key.id().as_bytes(), &0_u32.to_be_bytes(), &[0; 32]].concat();
    let tag = RecordTag::from_bytes(&tag).unwrap();
    let account = AccountRecord {
        revision: revision(3),
        tag,
        ..AccountRecord::new(account, account_created)
    };
    let workspace = WorkspaceRecord {
        id: workspace,
        incarnation: created,
        account: account.id.clone(),
        account_incarnation: account.incarnation,
        name: Name::new("Shop").unwrap(),
        created: at,
        removed: None,
        revision: revision(9),
        credentials: 2,
        permanent: 1,
        integrations: vec![Connection { integration, credential, connected: at }],
        allowlist: vec![AllowlistEntry { network, added: at }],
        tag,
    };
    let store = MemoryStore::new();
    let operator = Operator::new(ActorId::new("support-7").unwrap()).acting_for(account.id.clone());
    let keyward = Keyward::builder(store.clone(), MasterKeys::new(master_key)).build().unwrap();
    let id = workspace.id.clone();
    let change = Change {
        header: HeaderChange::Workspace {
            read_at: Revision::NONE,
            record: workspace,
            integrations: ListChange::Replaced,
            allowlist: ListChange::Replaced,
        },
        created_account: Some(account),
        unchanged: Vec::new(),
        read_credentials: Vec::new(),
        credentials: Vec::new(),
        at,
        subject: Subject::Workspace(id.clone()),
        by: operator.by().clone(),
        action: Action::Repaired,
        operation: created,
        tags: EventTags::NONE,
    };
    let manager = keyward.manager(&operator);
    pollster::block_on(async {
        store.commit(&change).await.unwrap();
        let account = manager.corrupt_account().await.unwrap().unwrap();
        manager.repair_account(&account).await.unwrap();
        let workspace = manager.corrupt_workspace(&id).await.unwrap().unwrap();
        (serde_json::to_value(&account).unwrap(), serde_json::to_value(&workspace).unwrap())
    })
}

/// Returns the words that a type accepts. serde lists them in its error for another word.
fn known_words<T: DeserializeOwned + Debug>(other: Value) -> BTreeSet<String> {
    let error = serde_json::from_value::<T>(other).unwrap_err().to_string();
    let (_, known) = error.split_once("expected ").unwrap();
    known.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The headings of the page, each with the examples below it.
fn sections(page: &str) -> Vec<(&str, Vec<Value>)> {
    let sections = page.split("\n## ").skip(1).map(|section| {
        let (heading, text) = section.split_once('\n').unwrap();
        let examples =
            text.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap());
        (heading, examples.map(|example| serde_json::from_str(example).unwrap()).collect())
    });
    sections.collect()
}

#[test]
fn each_example_is_what_the_type_writes() {
    let page = crate::read("docs/json.md").unwrap();
    let sections = sections(&page);
    let headings: Vec<_> = sections.iter().map(|(heading, _)| *heading).collect();
    assert_eq!(headings, SECTIONS.map(|(heading, _)| heading));
    for ((heading, examples), (_, check)) in sections.iter().zip(SECTIONS) {
        assert!(!examples.is_empty(), "{heading}");
        check(examples);
    }
}

/// A newer server may add a field to an object, wherever it is.
#[test]
fn an_unknown_field_is_ignored() {
    let page = crate::read("docs/json.md").unwrap();
    for (heading, examples) in sections(&page) {
        for mut example in examples {
            let before = example.clone();
            add_a_field(&mut example);
            match heading {
                "Credential" => same::<Credential>(before, example),
                "HistoryEvent" => same::<HistoryEvent>(before, example),
                "Action" => same::<Vec<Action>>(before, example),
                "Page of workspaces" => same::<Page<Workspace, WorkspaceCursor>>(before, example),
                _ => {}
            }
        }
    }
}

fn same<T: DeserializeOwned + Debug + PartialEq>(one: Value, other: Value) {
    let read = |value| serde_json::from_value::<T>(value).unwrap();
    assert_eq!(read(one), read(other));
}

fn add_a_field(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            // Labels are a map of texts, and not an object with fields.
            let is_labels_set = fields.get("is") == Some(&json!("labels_set"));
            let is_labels = |name: &str| name == "labels" || (is_labels_set && name == "to");
            let objects = fields.iter_mut().filter(|(name, _)| !is_labels(name.as_str()));
            objects.for_each(|(_, value)| add_a_field(value));
            fields.insert("added_by_a_newer_server".to_owned(), json!({ "is": "new" }));
        }
        Value::Array(items) => items.iter_mut().for_each(add_a_field),
        _ => {}
    }
}

/// An unknown word is never read as a known one.
#[test]
fn an_unknown_word_is_an_error_that_names_the_known_ones() {
    let words = |known: BTreeSet<String>| known.into_iter().collect::<Vec<_>>().join(" ");
    let status = words(known_words::<CredentialStatus>(json!("retired")));
    assert_eq!(status, "active deprecated ended suspended");
    assert_eq!(words(known_words::<Role>(json!("owner"))), "admin member operator");
    assert_eq!(words(known_words::<UnlistedWorkspaces>(json!("ajar"))), "closed open");
    let status = words(known_words::<SecretStatus>(json!({ "is": "retired" })));
    assert_eq!(status, "current ended overlaps");
    let subject = words(known_words::<Subject>(json!({ "is": "fleet" })));
    assert_eq!(subject, "account credential workspace");
    let item = json!({ "items": [{ "is": "hidden", "id": "a" }], "next": null });
    let item = words(known_words::<Page<Account, OperationId>>(item));
    assert_eq!(item, "corrupt newer record");
    let counted = json!({ "verified": 0, "denied": 1, "denied_by_reason": { "rate_limited": 1 } });
    let error = serde_json::from_value::<Stats>(counted).unwrap_err().to_string();
    assert!(error.contains("unknown reason `rate_limited`"), "{error}");
}

/// Ids, names and networks go through their parsers.
#[test]
fn a_bad_value_is_refused_where_it_is_read() {
    let page = crate::read("docs/json.md").unwrap();
    let example = |wanted: &str| {
        let mut sections = sections(&page).into_iter();
        sections.find(|(heading, _)| *heading == wanted).unwrap().1.swap_remove(0)
    };
    for (field, bad) in [
        ("id", json!("short")),
        ("account", json!("")),
        ("workspace", json!("a\nb")),
        ("kind", json!("An app key")),
        ("name", json!(" ")),
        ("name", json!("a\u{202e}b")),
        ("created", json!("yesterday")),
        ("revision", json!(-1)),
        ("status", json!({ "is": "active" })),
        ("generations", json!([{ "number": 0 }])),
    ] {
        let mut credential = example("Credential");
        credential[field] = bad;
        let read = serde_json::from_value::<Credential>(credential.clone());
        assert!(read.is_err(), "{field}: {credential}");
    }
    for (heading, field) in [("AllowlistEntry", "network"), ("Connection", "integration")] {
        let mut bad = example(heading);
        bad[field] = json!("203.0.113.1/24");
        assert!(serde_json::from_value::<AllowlistEntry>(bad.clone()).is_err());
        assert!(serde_json::from_value::<Connection>(bad).is_err());
    }
    let cursor = json!({ "items": [], "next": "nowhere" });
    assert!(serde_json::from_value::<Page<Credential, CredentialCursor>>(cursor.clone()).is_err());
    assert!(serde_json::from_value::<Page<Workspace, WorkspaceCursor>>(cursor).is_err());
}

/// A name that was accepted under a newer version of Unicode, or under an older rule, is still shown.
#[test]
fn a_name_that_this_release_would_not_accept_is_read_in_a_view() {
    let unassigned = "new \u{10FFE0}";
    assert!(keyward::Name::new(unassigned).is_err());
    let example = r#"{ "id": "acme/shop", "name": "new \udbff\udfe0", "created": "2030-01-31T12:00:00Z", "revision": 1,
        "credentials": 0, "allowlist_entries": 0, "integrations": 0 }"#;
    let workspace: Workspace = serde_json::from_str(example).unwrap();
    assert_eq!(workspace.name.as_str(), unassigned);
}
