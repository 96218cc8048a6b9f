//! The fuzz target for stored rows: see `src/fuzzing.rs`.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic reports a broken promise"
)]

mod database;
mod input;
mod rows;

use std::error::Error;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use self::database::{ColumnValue, Database, Row};
use self::input::Input;
use self::rows::{of_account, of_credential, of_event, of_workspace, well};
use super::columns::stored_id;
use super::{credential_row, event_row, reads};
use crate::domain::Action;
use crate::store::{
    CredentialQuery, EventQuery, Page, PageItem, PageSize, Position, Scope, StoreError,
    StoreErrorKind, WorkspaceQuery,
};
use crate::values::{AccountId, CredentialId, OperationId, Timestamp, WorkspaceId};

/// The columns of the slow hash and of the previous secret in a credential's row: the third of the last five columns, and the
/// last.
const SLOW_HASH_FROM_END: usize = 5;

/// The first byte selects the kind of row. The others are changes to a valid row: a column, a type, a value.
///
/// Checks that a row that is read is written back unchanged; that an unreadable row is an error with its id, or an item of a
/// page beside the other rows; and that no error contains a stored secret.
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
        let mut written = of_credential(record).0;
        // The name's key is used to find the row, and is not part of the record.
        written[1] = row.0[1].clone();
        let (previous, own) = written.split_last().unwrap();
        let (stored_previous, stored) = row.0.split_last().unwrap();
        assert_eq!(own, stored);
        assert_eq!(json(previous), json(stored_previous));
        let _ = record.check();
    }
    let query = CredentialQuery::all(Scope::Store, Timestamp::MIN, size);
    page(now(reads::credentials(database, &query)), read.is_some(), &stored_id(row), size);
}

fn workspace(database: &Database, row: &Row, size: PageSize) {
    let id = WorkspaceId::new("shop").unwrap();
    let read = now(reads::workspace(database, &id));
    if let Err(error) = &read {
        assert_corrupt(error, id.as_str());
    }
    let read = read.ok().flatten();
    if let Some(record) = &read {
        let mut written = of_workspace(record).0;
        written[1] = row.0[1].clone();
        assert_eq!(written, row.0[..written.len()]);
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
    let query = WorkspaceQuery::all(account, size);
    page(now(reads::workspaces(database, &query)), read.is_some(), &stored_id(row), size);
}

fn account(database: &Database, row: &Row) {
    let id = AccountId::new("acme").unwrap();
    match now(reads::account(database, &id)) {
        Ok(record) => {
            let record = record.unwrap();
            assert_eq!(of_account(&record).0, row.0);
        }
        Err(error) => assert_corrupt(&error, id.as_str()),
    }
}

fn event(database: &Database, row: &Row, size: PageSize) {
    let account = AccountId::new("acme").unwrap();
    let query = EventQuery::all(account, size);
    let read = event_row::record(row);
    if let Ok(event) = &read {
        let action = event_row::action_text(&event.action).unwrap();
        assert_eq!(serde_json::from_str::<Action>(&action).unwrap(), event.action);
        let mut written = of_event(event).0;
        // An action has more than one valid JSON text.
        written[8] = row.0[8].clone();
        assert_eq!(written, row.0);
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
            assert_eq!(
                i64::try_from(position.number()).map(ColumnValue::Number),
                Ok(row.0[0].clone())
            );
            let operation = position.operation();
            let stored = operation
                .map_or(ColumnValue::Null, |id| ColumnValue::Bytes(id.as_bytes().to_vec()));
            assert_eq!(stored, row.0[1]);
        }
        Err(error) => assert_corrupt(&error, "position"),
    }
}

/// Checks a page of three rows, of which the first and the third are the changed row.
fn page<T, C>(page: Result<Page<T, C>, StoreError>, is_record: bool, id: &str, size: PageSize) {
    let page = match page {
        Ok(page) => page,
        Err(error) => return assert_corrupt(&error, id),
    };
    assert!((1..=size.get().min(3)).contains(&page.items.len()), "{} items", page.items.len());
    assert_eq!(
        page.next.is_some(),
        size.get() < 3,
        "there is a next page if and only if rows are left"
    );
    for (place, item) in page.items.iter().enumerate() {
        let found = matches!(item, PageItem::Record(_));
        assert_eq!(found, is_record || place == 1, "item {place}");
    }
}

fn assert_corrupt(error: &StoreError, id: &str) {
    assert_eq!((error.kind(), error.row()), (StoreErrorKind::Corrupt, Some(id)));
}

/// Checks that neither the error nor its sources contain a slow hash or a long text.
fn assert_silent(error: &StoreError, row: &Row) {
    let mut shown = format!("{error:?}");
    let mut next: Option<&dyn Error> = Some(error);
    while let Some(error) = next {
        shown.push_str(&error.to_string());
        next = error.source();
    }
    let slow_hash = row.0.len() - SLOW_HASH_FROM_END;
    for stored in [&row.0[slow_hash], &row.0[row.0.len() - 1]] {
        if let ColumnValue::Text(text) = stored {
            let mut texts = text.split('"');
            assert!(texts.all(|text| text.len() < 24 || !shown.contains(text)), "{shown}");
        }
    }
}

/// Returns the content of a JSON column, with the hexadecimal digits in lower case.
fn json(stored: &ColumnValue) -> Option<serde_json::Value> {
    let ColumnValue::Text(text) = stored else { return None };
    let mut value: serde_json::Value = serde_json::from_str(text).unwrap();
    for place in [4, 5] {
        if let Some(serde_json::Value::String(digits)) = value.get_mut(place) {
            *digits = digits.to_lowercase();
        }
    }
    Some(value)
}

/// Returns the output of a future that is ready at once.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("a database in memory must not wait"),
    }
}
