//! The fuzz target for stored rows: see `src/fuzzing.rs`.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a target says that a promise is broken"
)]

use std::error::Error;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use super::columns::{Columns, Unreadable};
use super::reads::{self, Reader};
use super::statement::Statement;
use super::{action_text, credential_row, event_row, header_row};
use crate::domain::{Action, CredentialRecord, GenerationRecord};
use crate::secrets::{KeyedDigest, Seal};
use crate::store::{
    CredentialQuery, EventQuery, Page, PageItem, PageSize, Position, Scope, StoreError,
    StoreErrorKind, WorkspaceQuery,
};
use crate::values::{AccountId, CredentialId, OperationId, Timestamp, WorkspaceId};

/// The place of the previous secret in the row of a credential.
const PREVIOUS: usize = 24;

/// What a column may hold.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Stored {
    Null,
    Text(String),
    Number(i64),
    Bytes(Vec<u8>),
}

#[derive(Debug, Clone)]
struct Row(Vec<Stored>);

/// A database that answers every statement with these rows.
struct Database(Vec<Row>);

impl Columns for Row {
    fn text(&self, column: usize) -> Result<Option<&str>, Unreadable> {
        match self.0.get(column) {
            Some(Stored::Text(text)) => Ok(Some(text)),
            other => null(other),
        }
    }

    fn number(&self, column: usize) -> Result<Option<i64>, Unreadable> {
        match self.0.get(column) {
            Some(Stored::Number(number)) => Ok(Some(*number)),
            other => null(other),
        }
    }

    fn bytes(&self, column: usize) -> Result<Option<&[u8]>, Unreadable> {
        match self.0.get(column) {
            Some(Stored::Bytes(bytes)) => Ok(Some(bytes)),
            other => null(other),
        }
    }

    fn time(&self, column: usize) -> Result<Option<Timestamp>, Unreadable> {
        Ok(self.number(column)?.map(Timestamp::from_micros).transpose()?)
    }
}

fn null<T>(stored: Option<&Stored>) -> Result<Option<T>, Unreadable> {
    match stored {
        Some(Stored::Null) => Ok(None),
        _ => Err(Unreadable::because("a value of another type")),
    }
}

impl Reader for Database {
    type Row = Row;

    const CREDENTIALS: &'static str = "";
    const CREDENTIAL: &'static str = "";
    const WORKSPACES: &'static str = "";
    const WORKSPACE: &'static str = "";
    const ONE_OF: &'static str = "";
    const BEYOND_ASCII: &'static str = "";

    async fn rows(&self, _: Statement<'_>) -> Result<Vec<Row>, StoreError> {
        Ok(self.0.clone())
    }
}

/// The first byte says what is read; then come changes to a row that is well: a column, a type, a value.
///
/// A row that is read is written as it stood; one that cannot be is an error with its id, or an item of a page,
/// and the others are read; no error shows a stored secret.
pub fn stored_row(data: &[u8]) {
    let mut input = Input(data);
    let which = input.byte() % 5;
    let well = well(which);
    let size = PageSize::new(1 + u16::from(input.byte() % 4)).unwrap();
    let changed = input.changed(&well);
    let database = Database(vec![changed.clone(), well.clone(), changed.clone()]);
    match which {
        0 => credential(&database, &changed, size),
        1 => workspace(&database, &changed, size),
        2 => account(&database, &changed),
        3 => event(&database, &changed, size),
        _ => feed(&database, &changed),
    }
}

fn credential(database: &Database, row: &Row, size: PageSize) {
    let id = CredentialId::new("abcdefghijkl").unwrap();
    let read = now(reads::credential(database, id));
    if let Err(error) = &read {
        assert_corrupt(error, id.as_str());
        assert_silent(error, row);
        assert!(credential_row::record(row).is_err());
    }
    let read = read.ok().flatten();
    if let Some(record) = &read {
        let mut written = written(record);
        // The name's key finds the row, and is not read.
        written[1] = row.0[1].clone();
        assert_eq!(written[..PREVIOUS], row.0[..PREVIOUS]);
        assert_eq!(json(&written[PREVIOUS]), json(&row.0[PREVIOUS]));
        let _ = record.check();
    }
    let query = CredentialQuery::all(Scope::Store, Timestamp::MIN, size);
    page(
        now(reads::credentials(database, &query)),
        read.is_some(),
        &credential_row::stored_id(row),
        size,
    );
}

fn workspace(database: &Database, row: &Row, size: PageSize) {
    let id = WorkspaceId::new("shop").unwrap();
    let read = now(reads::workspace(database, &id));
    if let Err(error) = &read {
        assert_corrupt(error, id.as_str());
    }
    let read = read.ok().flatten();
    if let Some(record) = &read {
        assert_eq!(text(record.id.as_str()), row.0[0]);
        assert_eq!(text(record.account.as_str()), row.0[2]);
        assert_eq!(text(record.name.as_str()), row.0[3]);
        assert_eq!(time(record.removed), row.0[5]);
        assert_eq!(number(record.revision.get()), row.0[6]);
        assert_eq!(number(record.credentials), row.0[7]);
        assert_eq!(number(record.permanent), row.0[8]);
        assert_eq!(bytes(record.incarnation.as_bytes()), row.0[9]);
        assert_eq!(bytes(record.account_incarnation.as_bytes()), row.0[10]);
        assert_eq!(bytes(&record.tag.to_bytes()), row.0[11]);
        for entry in &record.allowlist {
            assert_eq!(entry.network.to_string().parse(), Ok(entry.network));
        }
        for connection in &record.integrations {
            assert_eq!(
                connection.integration.to_string().parse(),
                Ok(connection.integration.clone())
            );
        }
    }
    let account = AccountId::new("acme").unwrap();
    let query = WorkspaceQuery { account, after: None, size };
    page(
        now(reads::workspaces(database, &query)),
        read.is_some(),
        &header_row::stored_id(row),
        size,
    );
}

fn account(database: &Database, row: &Row) {
    let id = AccountId::new("acme").unwrap();
    match now(reads::account(database, &id)) {
        Ok(record) => {
            let record = record.unwrap();
            let written = [
                text(record.id.as_str()),
                number(record.revision.get()),
                time(record.suspended),
                text(record.unlisted_workspaces.as_str()),
                bytes(record.incarnation.as_bytes()),
                bytes(&record.tag.to_bytes()),
            ];
            assert_eq!(written, *row.0);
        }
        Err(error) => assert_corrupt(&error, id.as_str()),
    }
}

fn event(database: &Database, row: &Row, size: PageSize) {
    let account = AccountId::new("acme").unwrap();
    let (workspace, credential, before) = (None, None, None);
    let query = EventQuery { account, workspace, credential, before, size };
    let read = event_row::record(row);
    if let Ok(event) = &read {
        let action = action_text(&event.action).unwrap();
        assert_eq!(serde_json::from_str::<Action>(&action).unwrap(), event.action);
        let optional = |id: Option<&str>| id.map_or(Stored::Null, text);
        let written = [
            number(event.number),
            Stored::Bytes(event.operation.as_bytes().to_vec()),
            time(Some(event.at)),
            text(event.account.as_str()),
            optional(event.subject.workspace().map(WorkspaceId::as_str)),
            optional(event.subject.credential().map(CredentialId::as_str)),
            text(event.by.role.as_str()),
            text(event.by.id.as_str()),
        ];
        assert_eq!(written, row.0[..8]);
        let tags = [event.tags.outline, event.tags.whole].map(|tag| bytes(&tag.to_bytes()));
        assert_eq!(tags, row.0[9..]);
    }
    page(
        now(reads::events(database, &query)),
        read.is_ok(),
        &event_row::stored_operation(row),
        size,
    );
}

fn feed(database: &Database, row: &Row) {
    let asked = Position::new(1, OperationId::from_bytes([7; 16]));
    for asked in [Position::START, asked] {
        if let Err(error) = now(reads::changes_since(database, &asked, 8)) {
            assert_corrupt(&error, "position");
        }
    }
    match now(reads::position(database)) {
        Ok(position) => {
            assert_eq!(number(position.number()), row.0[0]);
            let operation = position.operation();
            let stored = operation.map_or(Stored::Null, |id| Stored::Bytes(id.as_bytes().to_vec()));
            assert_eq!(stored, row.0[1]);
        }
        Err(error) => assert_corrupt(&error, "position"),
    }
}

/// Three rows, of which the first and the third are the one that was changed.
fn page<T, C>(page: Result<Page<T, C>, StoreError>, is_record: bool, id: &str, size: PageSize) {
    let page = match page {
        Ok(page) => page,
        Err(error) => return assert_corrupt(&error, id),
    };
    assert!((1..=size.get().min(3)).contains(&page.items.len()), "{} items", page.items.len());
    assert_eq!(
        page.next.is_some(),
        size.get() < 3,
        "a next page is there exactly where rows are left"
    );
    for (place, item) in page.items.iter().enumerate() {
        let found = matches!(item, PageItem::Record(_));
        assert_eq!(found, is_record || place == 1, "item {place}");
    }
}

fn assert_corrupt(error: &StoreError, id: &str) {
    assert_eq!((error.kind(), error.row()), (StoreErrorKind::Corrupt, Some(id)));
}

/// No slow hash and no long text beside it is in the error or in what it stands on.
fn assert_silent(error: &StoreError, row: &Row) {
    let mut shown = format!("{error:?}");
    let mut next: Option<&dyn Error> = Some(error);
    while let Some(error) = next {
        shown.push_str(&error.to_string());
        next = error.source();
    }
    for stored in [&row.0[20], &row.0[PREVIOUS]] {
        if let Stored::Text(text) = stored {
            let mut texts = text.split('"');
            assert!(texts.all(|text| text.len() < 24 || !shown.contains(text)), "{shown}");
        }
    }
}

fn written(record: &CredentialRecord) -> Vec<Stored> {
    let deprecation = record.deprecation;
    let previous = record.previous.as_ref();
    let mut row = vec![
        text(record.id.as_str()),
        Stored::Null,
        text(record.account.as_str()),
        text(record.workspace.as_str()),
        text(record.kind.as_str()),
        text(record.name.as_str()),
        time(Some(record.created)),
        text(record.created_by.role.as_str()),
        text(record.created_by.id.as_str()),
        Stored::Number(i64::try_from(record.revision.get()).unwrap()),
        time(deprecation.map(|deprecation| deprecation.since)),
        time(deprecation.and_then(|deprecation| deprecation.sunset)),
        time(record.suspended),
        time(record.expires),
        time(previous.map(|previous| previous.until)),
        bytes(record.workspace_incarnation.as_bytes()),
        bytes(&record.tag.to_bytes()),
    ];
    row.extend(generation(&record.current));
    row.push(previous.map_or(Stored::Null, |previous| gathered(&generation(&previous.generation))));
    row
}

fn generation(record: &GenerationRecord) -> [Stored; 7] {
    [
        number(record.number.get()),
        text(record.brand.as_str()),
        time(Some(record.created)),
        text(record.slow_hash.as_str()),
        Stored::Bytes(record.digest.to_bytes().to_vec()),
        record.seal.as_ref().map_or(Stored::Null, |seal| Stored::Bytes(seal.as_bytes().to_vec())),
        time(record.last_used),
    ]
}

/// The columns of a secret as a database gathers those of the previous one.
fn gathered(columns: &[Stored; 7]) -> Stored {
    let values = columns.iter().map(|column| match column {
        Stored::Null => serde_json::Value::Null,
        Stored::Text(text) => text.as_str().into(),
        Stored::Number(number) => (*number).into(),
        Stored::Bytes(bytes) => {
            let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap();
            let digits = bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]);
            digits.collect::<String>().into()
        }
    });
    text(&values.collect::<serde_json::Value>().to_string())
}

/// The content of a JSON column, with the hexadecimal digits in lower case.
fn json(stored: &Stored) -> Option<serde_json::Value> {
    let Stored::Text(text) = stored else { return None };
    let mut value: serde_json::Value = serde_json::from_str(text).unwrap();
    for place in [4, 5] {
        if let Some(serde_json::Value::String(digits)) = value.get_mut(place) {
            *digits = digits.to_lowercase();
        }
    }
    Some(value)
}

fn text(text: &str) -> Stored {
    Stored::Text(text.to_owned())
}

fn number(number: impl TryInto<i64>) -> Stored {
    Stored::Number(number.try_into().unwrap_or(-1))
}

fn bytes(bytes: &[u8]) -> Stored {
    Stored::Bytes(bytes.to_vec())
}

fn time(time: Option<Timestamp>) -> Stored {
    time.map_or(Stored::Null, |time| Stored::Number(time.as_micros()))
}

/// A row that is read.
fn well(which: u8) -> Row {
    let null = Stored::Null;
    let versioned = |length: usize, fill: u8| {
        let mut bytes = vec![fill; length];
        bytes[0] = 1;
        Stored::Bytes(bytes)
    };
    let secret = |generation: u8| {
        let salt = ["AAECAwQFBgc", "AAECAwQFBgg"][usize::from(generation) - 1];
        let hash = "8UR93woAA9U4RUecDTU5pZtKrMz3nguUsY1MiBkIe+4";
        [
            number(generation),
            text("kw"),
            number(5),
            text(&format!("$argon2id$v=19$m=8,t=1,p=1${salt}${hash}")),
            versioned(KeyedDigest::LENGTH, generation),
            versioned(Seal::LENGTH, generation),
            number(6),
        ]
    };
    Row(match which {
        0 => [text("abcdefghijkl"), text("name"), text("acme"), text("shop"), text("track")]
            .into_iter()
            .chain([text("Name"), number(1), text("admin"), text("ada"), number(4)])
            .chain([
                null.clone(),
                null.clone(),
                null.clone(),
                null,
                number(9),
                bytes(&[8; 16]),
                bytes(&[6; 45]),
            ])
            .chain(secret(2))
            .chain([gathered(&secret(1))])
            .collect(),
        1 => vec![
            text("shop"),
            text("name"),
            text("acme"),
            text("Name"),
            number(1),
            null,
            number(3),
            number(2),
            number(1),
            bytes(&[8; 16]),
            bytes(&[9; 16]),
            bytes(&[6; 45]),
            text(r#"[["api","abcdefghijkl",1],["custom:Own","abcdefghijkl",2]]"#),
            text(r#"[["192.0.2.0/24",1],["2001:db8::/32",2]]"#),
        ],
        2 => vec![text("acme"), number(1), null, text("open"), bytes(&[9; 16]), bytes(&[6; 45])],
        3 => vec![
            number(2),
            bytes(&[7; 16]),
            number(1),
            text("acme"),
            text("shop"),
            text("abcdefghijkl"),
            text("admin"),
            text("ada"),
            text(r#"{"is":"renamed","from":"Name","to":"Other"}"#),
            bytes(&[5; 45]),
            bytes(&[6; 45]),
        ],
        _ => vec![
            number(2),
            bytes(&[7; 16]),
            number(1),
            number(2),
            bytes(&[7; 16]),
            number(3),
            text("acme"),
            text("shop"),
            text("abcdefghijkl"),
            bytes(&[5; 45]),
        ],
    })
}

/// What is left of the input; zeros when nothing is.
struct Input<'a>(&'a [u8]);

impl Input<'_> {
    fn byte(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().unwrap_or((&0, b""));
        self.0 = rest;
        *first
    }

    fn bytes(&mut self) -> Vec<u8> {
        let length = usize::from(self.byte()).min(self.0.len());
        let (taken, rest) = self.0.split_at(length);
        self.0 = rest;
        taken.to_vec()
    }

    fn changed(&mut self, row: &Row) -> Row {
        let mut row = row.clone();
        while !self.0.is_empty() {
            let column = usize::from(self.byte()) % row.0.len();
            row.0[column] = match self.byte() % 6 {
                0 => Stored::Null,
                1 => Stored::Text(String::from_utf8_lossy(&self.bytes()).into_owned()),
                2 => Stored::Number(i64::from_le_bytes(std::array::from_fn(|_| self.byte()))),
                3 => Stored::Number(i64::from(self.byte())),
                4 => Stored::Bytes(self.bytes()),
                _ => self.edited(&row.0[column]),
            };
        }
        row
    }

    /// One byte of a value replaced, so that long ones need not be found by chance.
    fn edited(&mut self, stored: &Stored) -> Stored {
        let (place, byte) = (usize::from(self.byte()), self.byte());
        let edit = |bytes: &[u8]| {
            let mut bytes = bytes.to_vec();
            match bytes.get_mut(place) {
                Some(old) => *old = byte,
                None => bytes.push(byte),
            }
            bytes
        };
        match stored {
            Stored::Null => Stored::Null,
            Stored::Number(number) => Stored::Number(number.wrapping_add(i64::from(byte))),
            Stored::Bytes(bytes) => Stored::Bytes(edit(bytes)),
            Stored::Text(text) => {
                Stored::Text(String::from_utf8_lossy(&edit(text.as_bytes())).into_owned())
            }
        }
    }
}

/// The answer of a future that waits for nothing.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("rows in memory are there at once"),
    }
}
