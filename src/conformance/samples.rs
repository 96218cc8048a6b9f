//! Records and changes to write. Each is made from a number or a text, so that a failure can be read.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::domain::{
    AccountRecord, Action, AllowlistEntry, By, Connection, CredentialEdit, CredentialRecord,
    GenerationRecord, Integration, PreviousGeneration, Revision, Role, Subject, UnlistedWorkspaces,
    WorkspaceRecord,
};
use crate::secrets::{KeyedDigest, Seal, SlowHash};
use crate::store::{Change, HeaderChange, ListChange, Use};
use crate::values::{
    AccountId, ActorId, CredentialId, GenerationNumber, Kind, Name, Network, OperationId,
    Timestamp, WorkspaceId,
};

/// The beginning of the time in which the cases play.
const BEGIN: i64 = 1_700_000_000;

/// So many seconds after the beginning.
pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros((BEGIN + seconds) * 1_000_000).expect("within the bounds")
}

/// One microsecond before.
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

/// Ids in the order of their numbers.
pub(super) fn credential_id(number: u32) -> CredentialId {
    CredentialId::new(format!("{number:012}")).expect("of the right shape")
}

pub(super) fn generation(number: u32) -> GenerationNumber {
    GenerationNumber::new(number).expect("not zero")
}

/// An operation id that no other change has.
pub(super) fn operation() -> OperationId {
    static DRAWN: AtomicU64 = AtomicU64::new(1);
    let number = DRAWN.fetch_add(1, Ordering::Relaxed);
    // The highest byte is set as well: a store must keep all sixteen.
    OperationId::from_bytes((u128::from(number) | 0xF7 << 120).to_be_bytes())
}

/// A digest, and another one for another number.
pub(super) fn digest(number: u64) -> KeyedDigest {
    let mut bytes = [0xD1; KeyedDigest::LENGTH];
    bytes[0] = 1;
    bytes[33..].copy_from_slice(&number.to_be_bytes());
    KeyedDigest::from_bytes(&bytes).expect("of the right shape")
}

/// A seal, and another one for another number.
pub(super) fn seal(number: u64) -> Seal {
    let mut bytes = [0x5E; Seal::LENGTH];
    bytes[0] = 1;
    bytes[84..].copy_from_slice(&number.to_be_bytes());
    Seal::from_bytes(&bytes).expect("of the right shape")
}

/// A slow hash, and another one for another number.
pub(super) fn slow_hash(number: u64) -> SlowHash {
    let text = format!("$argon2id$v=19$m=8,t=1,p=1$c2FtcGxlc2FsdA${number:0>42}A");
    SlowHash::parse(&text).expect("of the right shape")
}

/// A secret at rest that no other credential and generation has.
pub(super) fn secret(id: CredentialId, kind: Kind, number: u32) -> GenerationRecord {
    let of_id = |sum: u64, byte: &u8| sum.wrapping_mul(131).wrapping_add(u64::from(*byte));
    let salt = id.as_bytes().iter().fold(u64::from(number), of_id);
    GenerationRecord {
        number: generation(number),
        created: at(i64::from(number % 1_000)),
        slow_hash: slow_hash(salt),
        digest: digest(salt),
        seal: (kind == Kind::Track).then(|| seal(salt)),
        last_used: None,
    }
}

/// A workspace at its first revision, without credentials.
pub(super) fn workspace(account: &str, id: &str) -> WorkspaceRecord {
    WorkspaceRecord {
        id: workspace_id(id),
        account: account_id(account),
        name: name(&format!("Name of {}", id.trim())),
        created: at(0),
        removed: None,
        revision: Revision::NONE.next(),
        credentials: 0,
        lasting: 0,
        integrations: Vec::new(),
        allowlist: Vec::new(),
    }
}

/// An account at its first revision.
pub(super) fn account(id: &str) -> AccountRecord {
    AccountRecord {
        id: account_id(id),
        revision: Revision::NONE.next(),
        suspended: None,
        unlisted_workspaces: UnlistedWorkspaces::Open,
    }
}

/// A credential of a workspace: usable, without an end, with its first secret.
pub(super) fn credential(
    workspace: &WorkspaceRecord,
    kind: Kind,
    number: u32,
    name: &str,
) -> CredentialRecord {
    named(workspace, kind, credential_id(number), name)
}

/// The same for an id that is no number.
pub(super) fn named(
    workspace: &WorkspaceRecord,
    kind: Kind,
    id: CredentialId,
    name: &str,
) -> CredentialRecord {
    CredentialRecord {
        id,
        account: workspace.account.clone(),
        workspace: workspace.id.clone(),
        kind,
        name: self::name(name),
        created: at(0),
        current: secret(id, kind, 1),
        previous: None,
        deprecation: None,
        suspended: None,
        expires: None,
    }
}

/// The credential after a rotation, while the secret before overlaps.
pub(super) fn rotated(record: &CredentialRecord) -> CredentialRecord {
    let number = record.current.number.get() + 1;
    let previous = PreviousGeneration { generation: record.current.clone(), until: at(3_600) };
    CredentialRecord {
        current: secret(record.id, record.kind, number),
        previous: Some(previous),
        ..record.clone()
    }
}

/// The header as its next writer leaves it, with nothing else changed.
pub(super) fn next(record: &WorkspaceRecord) -> WorkspaceRecord {
    WorkspaceRecord { revision: record.revision.next(), ..record.clone() }
}

/// The removed workspace.
pub(super) fn removed(record: &WorkspaceRecord) -> WorkspaceRecord {
    WorkspaceRecord {
        removed: Some(at(10)),
        credentials: 0,
        lasting: 0,
        integrations: Vec::new(),
        allowlist: Vec::new(),
        ..next(record)
    }
}

/// The change that writes this header, made for the revision before.
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

/// The change that removes a workspace, made for the revision before.
pub(super) fn removes(record: &WorkspaceRecord) -> Change {
    let id = record.id.clone();
    let header =
        HeaderChange::RemovedWorkspace { read_at: before(record.revision), record: record.clone() };
    change(header, Subject::Workspace(id))
}

/// The change that writes this account, made for the revision before.
pub(super) fn writes_account(record: &AccountRecord) -> Change {
    let read_at = before(record.revision);
    change(HeaderChange::Account { read_at, record: record.clone() }, Subject::Account)
}

/// The change that writes this header and does something to one credential.
pub(super) fn edits(record: &WorkspaceRecord, edit: CredentialEdit) -> Change {
    let id = match &edit {
        CredentialEdit::Insert(record) | CredentialEdit::Update(record) => record.id,
        CredentialEdit::Delete(id) => *id,
    };
    let subject = Subject::Credential(record.id.clone(), id);
    Change { credentials: vec![edit], subject, ..writes(record) }
}

/// The change that writes this header and inserts credentials.
pub(super) fn inserts(record: &WorkspaceRecord, credentials: &[CredentialRecord]) -> Change {
    let credentials = credentials.iter().cloned().map(CredentialEdit::Insert).collect();
    Change { credentials, ..writes(record) }
}

fn change(header: HeaderChange, subject: Subject) -> Change {
    Change {
        header,
        unchanged: Vec::new(),
        credentials: Vec::new(),
        at: at(1),
        subject,
        by: By { role: Role::Admin, id: ActorId::new("ada").expect("within the bounds") },
        action: Action::Revealed,
        operation: operation(),
    }
}

fn before(revision: Revision) -> Revision {
    Revision::new(revision.get() - 1)
}

/// A use of a credential's secret.
pub(super) fn used(record: &CredentialRecord, generation: u32, at: Timestamp) -> Use {
    Use { credential: record.id, generation: self::generation(generation), at }
}

/// An integration of this name, connected to a credential.
pub(super) fn connection(integration: &str, credential: &CredentialRecord) -> Connection {
    let integration: Integration = integration.parse().expect("an integration");
    Connection { integration, credential: credential.id, connected: at(2) }
}

/// An entry for one address.
pub(super) fn entry(number: u16) -> AllowlistEntry {
    let address = IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, number));
    AllowlistEntry { network: Network::of(address), added: at(i64::from(number)) }
}
