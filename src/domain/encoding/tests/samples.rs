//! Records with a value in every field.

use crate::domain::event::EventTags;
use crate::domain::{
    AccountPolicy, AccountRecord, Action, ActorRef, AllowlistEntry, Connection, CredentialRecord,
    Deprecation, Event, GenerationRecord, Grant, InactiveOwners, LeakResponse, PolicyFields,
    PreviousGeneration, Revision, Role, Subject, UnlistedWorkspaces, WorkspaceRecord,
};
use crate::secrets::{KeyedDigest, RecordTag, SLOW_HASH_SAMPLE, Seal, SlowHash};
use crate::values::{
    AccountId, ActorId, Brand, CredentialId, CredentialNetworks, GenerationNumber, KindWord, Label,
    Labels, Name, OperationId, ScopeName, Scopes, Timestamp, WorkspaceId,
};

pub(super) fn time(second: i64) -> Timestamp {
    Timestamp::from_micros(second * 1_000_000).unwrap()
}

pub(super) fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

pub(super) fn id(text: &str) -> CredentialId {
    CredentialId::new(text).unwrap()
}

pub(super) fn ada() -> ActorRef {
    ActorRef { role: Role::Admin, id: ActorId::new("ada").unwrap() }
}

pub(super) fn account() -> AccountRecord {
    AccountRecord {
        id: AccountId::new("acme").unwrap(),
        incarnation: OperationId::from_bytes([1; 16]),
        revision: Revision::new(3),
        suspended: Some(time(1)),
        unlisted_workspaces: UnlistedWorkspaces::Closed,
        policy: AccountPolicy::NONE,
        inactive_owners: InactiveOwners::NONE,
        leak_response: LeakResponse::Stop,
        closed: None,
        tag: RecordTag::NONE,
    }
}

/// Returns a policy with every rule.
pub(super) fn rules() -> PolicyFields {
    PolicyFields {
        max_lifetime_seconds: Some(5),
        expiry_required: true,
        default_expiry_seconds: Some(2),
        max_overlap_seconds: Some(3),
        max_secret_age_seconds: Some(4),
    }
}

pub(super) fn policy(fields: PolicyFields) -> AccountPolicy {
    AccountPolicy::try_from(fields).unwrap()
}

pub(super) fn owners(numbers: &[u8]) -> InactiveOwners {
    let bytes: Vec<_> = numbers.iter().flat_map(|number| [*number; 16]).collect();
    InactiveOwners::from_bytes(&bytes).unwrap()
}

pub(super) fn workspace() -> WorkspaceRecord {
    WorkspaceRecord {
        id: WorkspaceId::new("shop").unwrap(),
        incarnation: OperationId::from_bytes([2; 16]),
        account: account().id,
        account_incarnation: account().incarnation,
        name: name("Shop"),
        created: time(1),
        removed: Some(time(2)),
        revision: Revision::new(4),
        credentials: 5,
        permanent: 1,
        integrations: vec![Connection {
            integration: "custom:Export".parse().unwrap(),
            credential: id("abcdefghijkl"),
            connected: time(3),
        }],
        allowlist: vec![
            AllowlistEntry { network: "10.0.0.0/8".parse().unwrap(), added: time(4) },
            AllowlistEntry { network: "2001:db8::/32".parse().unwrap(), added: time(5) },
        ],
        tag: RecordTag::NONE,
    }
}

pub(super) fn generation(number: u32) -> GenerationRecord {
    let byte = u8::try_from(number).unwrap();
    let mut digest = [byte; KeyedDigest::LENGTH];
    let mut seal = [byte; Seal::LENGTH];
    (digest[0], seal[0]) = (1, 1);
    GenerationRecord {
        number: GenerationNumber::new(number).unwrap(),
        brand: Brand::default(),
        created: time(i64::from(number)),
        slow_hash: SlowHash::parse(SLOW_HASH_SAMPLE).unwrap(),
        digest: KeyedDigest::from_bytes(&digest).unwrap(),
        seal: Some(Seal::from_bytes(&seal).unwrap()),
        last_used: None,
    }
}

pub(super) fn credential() -> CredentialRecord {
    CredentialRecord {
        id: id("abcdefghijkl"),
        account: account().id,
        workspace: workspace().id,
        workspace_incarnation: workspace().incarnation,
        kind: KindWord::Track,
        name: name("primary"),
        created: time(1),
        created_by: ada(),
        revision: Revision::new(6),
        current: generation(2),
        previous: Some(PreviousGeneration { generation: generation(1), until: time(7) }),
        deprecation: Some(Deprecation { since: time(8), sunset: Some(time(9)) }),
        suspended: Some(time(10)),
        expires: Some(time(11)),
        grant: Grant::default(),
        tag: RecordTag::NONE,
    }
}

pub(super) fn scope(text: &str) -> ScopeName {
    text.parse().unwrap()
}

pub(super) fn label(name: &str, value: &str) -> Label {
    Label::new(name, value).unwrap()
}

pub(super) fn networks(texts: &[&str]) -> CredentialNetworks {
    CredentialNetworks::new(texts.iter().map(|text| text.parse().unwrap())).unwrap()
}

pub(super) fn grant() -> Grant {
    Grant {
        scopes: Scopes::only([scope("read:people"), scope("send:email")]).unwrap(),
        networks: Some(networks(&["10.0.0.0/8", "2001:db8::/32"])),
        labels: Labels::new([label("env", "prod"), label("team", "")]).unwrap(),
        owner: Some(ActorId::new("bob").unwrap()).into(),
    }
}

pub(super) fn event() -> Event {
    Event {
        number: 1,
        operation: OperationId::from_bytes([1; 16]),
        at: time(1),
        account: account().id,
        subject: Subject::Credential(workspace().id, id("abcdefghijkl")),
        by: ada(),
        action: Action::Revealed,
        tags: EventTags::NONE,
    }
}
