//! Sample records and changes. Each is made from a number or a text, so that failure messages are readable.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::domain::{
    AccountPolicy, AccountRecord, Action, ActorRef, AllowlistEntry, Connection, CredentialEdit,
    CredentialRecord, Deprecation, EventTags, GenerationRecord, Grant, InactiveOwners, Integration,
    LeakResponse, Owner, PolicyFields, PreviousGeneration, Revision, Role, Subject,
    UnlistedWorkspaces, WorkspaceRecord,
};
use crate::secrets::{KeyedDigest, RecordTag, Seal, SlowHash};
use crate::store::{Change, HeaderChange, ListChange, Refresh, Scope, TagChange, Use};
use crate::values::{
    AccountId, ActorId, Brand, CredentialId, CredentialNetworks, GenerationNumber, KindWord, Label,
    Labels, Name, Network, OperationId, ScopeName, ScopeSet, Scopes, Timestamp, WorkspaceId,
};

/// The start of the time in which the cases run.
const BEGIN: i64 = 1_700_000_000;

/// The kinds of the samples: the presets and four custom kinds. A store treats a kind as a word.
pub(super) const KINDS: [KindWord; 6] = [KindWord::Track, KindWord::App, LIVE, TEST, HOOK, CI];

pub(super) const LIVE: KindWord = KindWord::constant("live");
pub(super) const TEST: KindWord = KindWord::constant("test");
pub(super) const HOOK: KindWord = KindWord::constant("hook");
pub(super) const CI: KindWord = KindWord::constant("ci");

/// The kinds whose secrets can be revealed, and therefore have seals.
const SHOWN_AGAIN: [KindWord; 3] = [KindWord::Track, TEST, CI];

/// Returns the time this many seconds after the start.
pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros((BEGIN + seconds) * 1_000_000).expect("within the bounds")
}

/// Returns the time one microsecond earlier.
pub(super) fn just_before(time: Timestamp) -> Timestamp {
    time.saturating_sub(std::time::Duration::from_micros(1))
}

pub(super) fn account_id(text: &str) -> AccountId {
    AccountId::new(text).expect("within the bounds")
}

pub(super) fn workspace_id(text: &str) -> WorkspaceId {
    WorkspaceId::new(text).expect("within the bounds")
}

pub(super) fn name(text: &str) -> Name {
    Name::new(text).expect("within the bounds")
}

/// Returns an id. Ids have the order of their numbers.
pub(super) fn credential_id(number: u32) -> CredentialId {
    CredentialId::new(format!("{number:012}")).expect("a valid value")
}

pub(super) fn generation(number: u32) -> GenerationNumber {
    GenerationNumber::new(number).expect("not zero")
}

/// Returns an operation id that no other change has.
pub(super) fn operation() -> OperationId {
    static DRAWN: AtomicU64 = AtomicU64::new(1);
    let number = DRAWN.fetch_add(1, Ordering::Relaxed);
    // The highest byte is set too, because a store must keep all sixteen.
    OperationId::from_bytes((u128::from(number) | 0xF7 << 120).to_be_bytes())
}

/// Returns the operation id of the change that created the workspace or account with this id.
pub(super) fn incarnation(id: &str) -> OperationId {
    let mix = |sum: u128, byte: u8| (sum ^ u128::from(byte)).wrapping_mul(0x0100_0000_01B3);
    OperationId::from_bytes(id.bytes().fold(u128::MAX / 3, mix).to_be_bytes())
}

/// Returns a different digest for each number.
pub(super) fn digest(number: u64) -> KeyedDigest {
    let mut bytes = [0xD1; KeyedDigest::LENGTH];
    bytes[0] = 1;
    bytes[33..].copy_from_slice(&number.to_be_bytes());
    KeyedDigest::from_bytes(&bytes).expect("a valid value")
}

/// Returns a different seal for each number.
pub(super) fn seal(number: u64) -> Seal {
    let mut bytes = [0x5E; Seal::LENGTH];
    bytes[0] = 1;
    bytes[84..].copy_from_slice(&number.to_be_bytes());
    Seal::from_bytes(&bytes).expect("a valid value")
}

/// Returns a different tag for each number.
pub(super) fn tag(number: u64) -> RecordTag {
    let mut bytes = [0x7A; RecordTag::LENGTH];
    bytes[37..].copy_from_slice(&number.to_be_bytes());
    RecordTag::from_bytes(&bytes).expect("of the right length")
}

/// Returns the replacement of a digest. The [`Driver`](super::driver::Driver) fills in the stored tag.
pub(super) fn to_digest(old: KeyedDigest, new: KeyedDigest) -> Refresh {
    let tags = TagChange { old: RecordTag::NONE, new: tag_for(&new.to_bytes()) };
    Refresh::Digest { old, new, tags }
}

/// Returns the replacement of a seal. The driver fills in the stored tag.
pub(super) fn to_seal(old: Seal, new: Seal) -> Refresh {
    let tags = TagChange { old: RecordTag::NONE, new: tag_for(new.as_bytes()) };
    Refresh::Seal { old, new, tags }
}

/// Returns the tag of a record with these bytes.
fn tag_for(bytes: &[u8]) -> RecordTag {
    tag(bytes.iter().fold(7, |sum: u64, byte| sum.wrapping_mul(131).wrapping_add(u64::from(*byte))))
}

/// Returns the tags of a refresh.
pub(super) fn tags_of(refresh: &mut Refresh) -> &mut TagChange {
    match refresh {
        Refresh::Digest { tags, .. } | Refresh::Seal { tags, .. } => tags,
    }
}

/// Returns a different slow hash for each number.
pub(super) fn slow_hash(number: u64) -> SlowHash {
    let text = format!("$argon2id$v=19$m=8,t=1,p=1$c2FtcGxlc2FsdA${number:0>42}A");
    SlowHash::parse(&text).expect("a valid value")
}

/// Returns a slow hash of the greatest length, different in one byte for each number below 6.
pub(super) fn longest_slow_hash(number: u8) -> SlowHash {
    let last = char::from(b'A' + number * 4);
    let (salt, hash) = ("A".repeat(43), "A".repeat(42));
    let text = format!("$argon2id$v=19$m=262144,t=16,p=4${salt}${hash}{last}");
    let text = format!("{text}$pbkdf2-sha512$2000000$64${}", "ab".repeat(48));
    SlowHash::parse(&text).expect("a valid value")
}

/// Returns a name of the greatest length that ends with this four-byte character.
pub(super) fn longest_name(last: char) -> Name {
    name(&format!("{}{last}", "\u{1f5dd}".repeat(99)))
}

/// Returns the longest action: the issue of a credential in which everything is as long as it can be.
pub(super) fn longest_action() -> Action {
    Action::Issued {
        kind: KindWord::constant("abcdefghijklmnop"),
        name: longest_name('\u{1f5dd}'),
        expires: Some(Timestamp::MAX),
        grant: largest_grant(),
    }
}

/// Returns a generation whose stored secret is different for each credential and number.
pub(super) fn secret(id: CredentialId, kind: KindWord, number: u32) -> GenerationRecord {
    let of_id = |sum: u64, byte: &u8| sum.wrapping_mul(131).wrapping_add(u64::from(*byte));
    let salt = id.as_bytes().iter().fold(u64::from(number), of_id);
    GenerationRecord {
        number: generation(number),
        brand: Brand::default(),
        created: at(i64::from(number % 1_000)),
        slow_hash: slow_hash(salt),
        digest: digest(salt),
        seal: SHOWN_AGAIN.contains(&kind).then(|| seal(salt)),
        last_used: None,
    }
}

/// Returns a workspace at its first revision, without credentials.
pub(super) fn workspace(account: &str, id: &str) -> WorkspaceRecord {
    WorkspaceRecord {
        id: workspace_id(id),
        incarnation: incarnation(id),
        account: account_id(account),
        account_incarnation: incarnation(account),
        name: name(&format!("Name of {}", id.trim())),
        created: at(0),
        removed: None,
        revision: Revision::NONE.next(),
        credentials: 0,
        permanent: 0,
        integrations: Vec::new(),
        allowlist: Vec::new(),
        tag: tag(1),
    }
}

/// Returns a policy with every rule. All times are different.
pub(super) fn policy(shortest: u32) -> AccountPolicy {
    AccountPolicy::try_from(PolicyFields {
        max_lifetime_seconds: Some(shortest + 3),
        expiry_required: true,
        default_expiry_seconds: Some(shortest),
        max_overlap_seconds: Some(shortest + 1),
        max_secret_age_seconds: Some(shortest + 2),
    })
    .expect("the default is the shortest")
}

/// Returns this many inactive owners.
pub(super) fn owners(count: u128) -> InactiveOwners {
    let bytes: Vec<_> = (1..=count).flat_map(|number| (number << 100).to_be_bytes()).collect();
    InactiveOwners::from_bytes(&bytes).expect("they ascend")
}

/// Returns an account at its first revision.
pub(super) fn account(id: &str) -> AccountRecord {
    AccountRecord {
        id: account_id(id),
        incarnation: incarnation(id),
        revision: Revision::NONE.next(),
        suspended: None,
        unlisted_workspaces: UnlistedWorkspaces::Open,
        policy: AccountPolicy::NONE,
        inactive_owners: InactiveOwners::NONE,
        leak_response: LeakResponse::Stop,
        closed: None,
        tag: tag(1),
    }
}

/// Returns a credential of a workspace: usable, without an end, and with its first secret.
pub(super) fn credential(
    workspace: &WorkspaceRecord,
    kind: KindWord,
    number: u32,
    name: &str,
) -> CredentialRecord {
    named(workspace, kind, credential_id(number), name)
}

/// Returns the same for an id that is not a number.
pub(super) fn named(
    workspace: &WorkspaceRecord,
    kind: KindWord,
    id: CredentialId,
    name: &str,
) -> CredentialRecord {
    let issued =
        CredentialRecord::issued(id, workspace, kind, self::name(name), ada(), secret(id, kind, 1));
    CredentialRecord { created: at(0), tag: tag(1), ..issued }
}

/// Returns the actor of the samples.
pub(super) fn ada() -> ActorRef {
    ActorRef { role: Role::Admin, id: ActorId::new("ada").expect("within the bounds") }
}

/// Returns the credential after a rotation, during the overlap.
pub(super) fn rotated(record: &CredentialRecord) -> CredentialRecord {
    let number = record.current.number.get() + 1;
    let previous = PreviousGeneration { generation: record.current.clone(), until: at(3_600) };
    CredentialRecord {
        revision: record.revision.next(),
        current: secret(record.id, record.kind, number),
        previous: Some(previous),
        tag: tag(u64::from(number)),
        ..record.clone()
    }
}

/// Returns the credential after a rotation, with every optional field set.
pub(super) fn filled(record: &CredentialRecord) -> CredentialRecord {
    CredentialRecord {
        deprecation: Some(Deprecation { since: at(1), sunset: Some(at(100)) }),
        suspended: Some(at(2)),
        expires: Some(at(200)),
        grant: granted(),
        ..rotated(record)
    }
}

/// Returns a grant in which everything is set. Its texts contain what a database could change.
pub(super) fn granted() -> Grant {
    let scope = |text: &str| ScopeName::new(text).expect("a valid value");
    let label = |name: &str, value: &str| Label::new(name, value).expect("a valid value");
    let networks = ["10.0.0.0/8", "2001:db8::/32"].map(|text| text.parse().expect("a network"));
    Grant {
        scopes: Scopes::only([scope("read:people"), scope("'%_$1{}")]).expect("two names"),
        networks: Some(CredentialNetworks::new(networks).expect("two networks")),
        labels: Labels::new([label("env", "production"), label("a/b.c:d-e_f", " \"ünï\" '\\ {} ")])
            .expect("two labels"),
        owner: Owner::Member { id: ActorId::new("bob's \"own\"").expect("within the bounds") },
    }
}

/// Returns the largest grant that a store must keep.
pub(super) fn largest_grant() -> Grant {
    let scopes = (0..ScopeSet::MOST).map(|at| format!("{at:>0width$}", width = ScopeName::LONGEST));
    let networks = (0xfd00..)
        .take(CredentialNetworks::MOST)
        .map(|segment| Network::of(IpAddr::V6(Ipv6Addr::from([segment; 8]))));
    // Each value has its greatest length in JSON, in which a quotation mark has two characters.
    let labels = (0..Labels::MOST).map(|place| Label::new(format!("{place:x}"), "\"".repeat(63)));
    Grant {
        scopes: Scopes::only(scopes.map(|text| ScopeName::new(text).expect("a valid value")))
            .expect("256 names"),
        networks: Some(CredentialNetworks::new(networks).expect("50 networks")),
        labels: Labels::new(labels.map(|label| label.expect("a valid value"))).expect("16 labels"),
        owner: Owner::Member { id: ActorId::new("\"".repeat(128)).expect("within the bounds") },
    }
}

/// Returns the three scopes that contain the credentials of this workspace.
pub(super) fn scopes(home: &WorkspaceRecord) -> [Scope; 3] {
    [Scope::Workspace(home.id.clone()), Scope::Account(home.account.clone()), Scope::Store]
}

/// Returns the header at its next revision, otherwise unchanged.
pub(super) fn next(record: &WorkspaceRecord) -> WorkspaceRecord {
    let revision = record.revision.next();
    WorkspaceRecord { revision, tag: tag(revision.get()), ..record.clone() }
}

/// Returns the header after the removal of the workspace.
pub(super) fn removed(record: &WorkspaceRecord) -> WorkspaceRecord {
    WorkspaceRecord {
        removed: Some(at(10)),
        credentials: 0,
        permanent: 0,
        integrations: Vec::new(),
        allowlist: Vec::new(),
        ..next(record)
    }
}

/// Returns the change that writes this header, for the revision before.
pub(super) fn writes(record: &WorkspaceRecord) -> Change {
    let (id, read_at) = (record.id.clone(), before(record.revision));
    let header = HeaderChange::Workspace {
        read_at,
        record: record.clone(),
        integrations: ListChange::Replaced,
        allowlist: ListChange::Replaced,
    };
    change(header, Subject::Workspace(id))
}

/// Returns the change that removes a workspace, for the revision before.
pub(super) fn removes(record: &WorkspaceRecord) -> Change {
    let id = record.id.clone();
    let header =
        HeaderChange::RemovedWorkspace { read_at: before(record.revision), record: record.clone() };
    change(header, Subject::Workspace(id))
}

/// Returns the change that writes this account, for the revision before.
pub(super) fn writes_account(record: &AccountRecord) -> Change {
    let read_at = before(record.revision);
    change(HeaderChange::Account { read_at, record: record.clone() }, Subject::Account)
}

/// Returns the change that writes this header and edits one credential.
pub(super) fn edits(record: &WorkspaceRecord, edit: CredentialEdit) -> Change {
    let id = match &edit {
        CredentialEdit::Insert(record) | CredentialEdit::Update(record) => record.id,
        CredentialEdit::Delete(id) => *id,
    };
    let subject = Subject::Credential(record.id.clone(), id);
    Change { credentials: vec![edit], subject, ..writes(record) }
}

/// Returns the change that writes this header and inserts credentials.
pub(super) fn inserts(record: &WorkspaceRecord, credentials: &[CredentialRecord]) -> Change {
    let credentials = credentials.iter().cloned().map(CredentialEdit::Insert).collect();
    Change { credentials, ..writes(record) }
}

/// Returns the tags of the event of this operation, which no other event has.
fn event_tags(operation: OperationId) -> EventTags {
    let tag = |salt: u8| tag_for(&[operation.as_bytes().as_slice(), &[salt]].concat());
    EventTags { outline: tag(1), whole: tag(2) }
}

fn change(header: HeaderChange, subject: Subject) -> Change {
    let operation = operation();
    Change {
        header,
        created_account: None,
        unchanged: Vec::new(),
        read_credentials: Vec::new(),
        credentials: Vec::new(),
        at: at(1),
        subject,
        by: ada(),
        action: Action::Revealed,
        operation,
        tags: event_tags(operation),
    }
}

fn before(revision: Revision) -> Revision {
    Revision::new(revision.get() - 1)
}

/// Returns a use of a secret of a credential.
pub(super) fn used(record: &CredentialRecord, generation: u32, at: Timestamp) -> Use {
    Use { credential: record.id, generation: self::generation(generation), at, older_than: at }
}

/// Returns an integration with this name that uses a credential.
pub(super) fn connection(integration: &str, credential: &CredentialRecord) -> Connection {
    let integration: Integration = integration.parse().expect("an integration");
    Connection { integration, credential: credential.id, connected: at(2) }
}

/// Returns an allowlist entry for one address.
pub(super) fn entry(number: u16) -> AllowlistEntry {
    let address = IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, number));
    AllowlistEntry { network: Network::of(address), added: at(i64::from(number)) }
}

#[cfg(test)]
mod tests {
    use super::{longest_action, longest_name, longest_slow_hash};
    use crate::store::{LONGEST_ACTION, LONGEST_NAME_KEY, LONGEST_SLOW_HASH};

    #[test]
    fn the_longest_samples_are_as_long_as_the_contract_says() {
        assert_eq!(serde_json::to_string(&longest_action()).unwrap().len(), LONGEST_ACTION);
        assert_eq!(longest_name('\u{1f511}').key().as_str().len(), LONGEST_NAME_KEY);
        for number in 0..6 {
            assert_eq!(longest_slow_hash(number).as_str().len(), LONGEST_SLOW_HASH);
        }
    }
}
