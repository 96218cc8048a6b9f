//! Rows in the form in which records are stored.

use super::database::{ColumnValue, Row, kept};
use crate::adapters::sql::{account_row, credential_row, event_row, generation_row, workspace_row};
use crate::domain::{
    AccountRecord, Action, ActorRef, CredentialRecord, Event, EventTags, GenerationRecord,
    PreviousGeneration, Revision, Role, Subject, WorkspaceRecord,
};
use crate::secrets::{KeyedDigest, RecordTag, Seal, SlowHash};
use crate::values::{
    AccountId, ActorId, Brand, CredentialId, GenerationNumber, Name, OperationId, Timestamp,
    WorkspaceId,
};

/// Returns a valid row of a credential, a workspace, an account, an event or the feed.
pub(super) fn well(which: u8) -> Row {
    match which {
        0 => of_credential(&credential()),
        1 => {
            let mut row = of_workspace(&workspace());
            row.0.push(text(r#"[["api","abcdefghijkl",1],["custom:Own","abcdefghijkl",2]]"#));
            row.0.push(text(r#"[["192.0.2.0/24",1],["2001:db8::/32",2]]"#));
            row
        }
        2 => of_account(&account()),
        3 => of_event(&event()),
        _ => {
            let [newest, known, age] = [2, 1, 0].map(ColumnValue::Number);
            let [operation, tag] = ["07".repeat(16), "05".repeat(45)];
            let json = format!(r#"[[2,"{operation}",3,"acme","shop","abcdefghijkl","{tag}"]]"#);
            Row(vec![newest, bytes(&[7; 16]), known, age, text(&json)])
        }
    }
}

/// Returns the selected columns: the credential's own, those of its current secret, and the previous secret as a database
/// aggregates it.
pub(super) fn of_credential(record: &CredentialRecord) -> Row {
    let own = credential_row::credential_values(record).unwrap();
    let read = own.len() - credential_row::NOT_READ;
    let mut row: Vec<_> = own.into_iter().take(read).map(kept).collect();
    row.extend(generation(&record.current));
    let previous = record.previous.as_ref();
    row.push(previous.map_or(ColumnValue::Null, |one| gathered(generation(&one.generation))));
    Row(row)
}

/// Returns the columns without the lists.
pub(super) fn of_workspace(record: &WorkspaceRecord) -> Row {
    Row(workspace_row::values(record).unwrap().map(kept).into())
}

pub(super) fn of_account(record: &AccountRecord) -> Row {
    Row(account_row::values(record).unwrap().map(kept).into())
}

pub(super) fn of_event(event: &Event) -> Row {
    Row(event_row::values(event).unwrap().map(kept).into())
}

fn generation(record: &GenerationRecord) -> impl Iterator<Item = ColumnValue> {
    let own = generation_row::values("", record).into_iter().skip(1);
    own.chain([record.last_used.into()]).map(kept)
}

/// Returns the columns of a secret, aggregated as a database does for the previous secret.
fn gathered(columns: impl Iterator<Item = ColumnValue>) -> ColumnValue {
    let values = columns.map(|column| match column {
        ColumnValue::Null => serde_json::Value::Null,
        ColumnValue::Text(text) => text.into(),
        ColumnValue::Number(number) => number.into(),
        ColumnValue::Bytes(bytes) => {
            let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap();
            let digits = bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]);
            digits.collect::<String>().into()
        }
    });
    text(&values.collect::<serde_json::Value>().to_string())
}

fn text(text: &str) -> ColumnValue {
    ColumnValue::Text(text.to_owned())
}

fn bytes(bytes: &[u8]) -> ColumnValue {
    ColumnValue::Bytes(bytes.to_vec())
}

fn time(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros).unwrap()
}

fn operation(fill: u8) -> OperationId {
    OperationId::from_bytes([fill; 16])
}

fn tag(fill: u8) -> RecordTag {
    RecordTag::from_bytes(&[fill; RecordTag::LENGTH]).unwrap()
}

fn ada() -> ActorRef {
    ActorRef { role: Role::Admin, id: ActorId::new("ada").unwrap() }
}

fn id() -> CredentialId {
    CredentialId::new("abcdefghijkl").unwrap()
}

fn account() -> AccountRecord {
    let mut record = AccountRecord::new(AccountId::new("acme").unwrap(), operation(9));
    (record.revision, record.tag) = (Revision::new(1), tag(6));
    record
}

fn workspace() -> WorkspaceRecord {
    WorkspaceRecord {
        id: WorkspaceId::new("shop").unwrap(),
        incarnation: operation(8),
        account: account().id,
        account_incarnation: operation(9),
        name: Name::new("Name").unwrap(),
        created: time(1),
        removed: None,
        revision: Revision::new(3),
        credentials: 2,
        permanent: 1,
        integrations: Vec::new(),
        allowlist: Vec::new(),
        tag: tag(6),
    }
}

fn credential() -> CredentialRecord {
    let name = Name::new("Name").unwrap();
    let previous = PreviousGeneration { generation: secret(1), until: time(9) };
    CredentialRecord {
        revision: Revision::new(4),
        previous: Some(previous),
        tag: tag(6),
        ..CredentialRecord::issued(
            id(),
            &workspace(),
            "track".parse().unwrap(),
            name,
            ada(),
            secret(2),
        )
    }
}

fn secret(number: u8) -> GenerationRecord {
    let versioned = |length: usize| {
        let mut bytes = vec![number; length];
        bytes[0] = 1;
        bytes
    };
    let salt = ["AAECAwQFBgc", "AAECAwQFBgg"][usize::from(number) - 1];
    let hash = "8UR93woAA9U4RUecDTU5pZtKrMz3nguUsY1MiBkIe+4";
    GenerationRecord {
        number: GenerationNumber::new(number.into()).unwrap(),
        brand: Brand::default(),
        created: time(5),
        slow_hash: SlowHash::parse(&format!("$argon2id$v=19$m=8,t=1,p=1${salt}${hash}")).unwrap(),
        digest: KeyedDigest::from_bytes(&versioned(KeyedDigest::LENGTH)).unwrap(),
        seal: Some(Seal::from_bytes(&versioned(Seal::LENGTH)).unwrap()),
        last_used: Some(time(6)),
    }
}

fn event() -> Event {
    let [from, to] = ["Name", "Other"].map(|name| Name::new(name).unwrap());
    Event {
        number: 2,
        operation: operation(7),
        at: time(1),
        account: account().id,
        subject: Subject::Credential(workspace().id, id()),
        by: ada(),
        action: Action::Renamed { from, to },
        tags: EventTags { outline: tag(5), whole: tag(6) },
    }
}
