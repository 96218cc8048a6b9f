//! Reads of rows that were corrupted by hand: the store names the row, and returns the others.

use std::time::Duration;

use keyward::CredentialId;
use keyward::conformance::Harness;
use keyward::store::{
    Changes, CredentialQuery, CredentialStore, PageItem, PageSize, Position, Scope, StoreError,
    StoreErrorKind, WorkspaceQuery,
};

use super::{Shop, account, events, furnish, now, workspace};

/// A database in which anything can be written by hand.
pub trait CorruptsRows: Harness<Store: Clone> {
    /// Runs a statement on the store that was made last, with every net of its schema taken away.
    fn run(&self, statement: &str) -> impl Future<Output = ()>;

    /// A shop in whose database this statement was run.
    fn corrupted(&self, statement: &str) -> (Self::Store, Shop) {
        let store = self.fresh();
        let shop = self.block_on(furnish(store.clone()));
        self.block_on(self.run(statement));
        (store, shop)
    }
}

/// Runs each statement for the rows of the rotated Track set, and for no other.
pub fn only_that_credential_is_corrupt(database: &impl CorruptsRows, statements: &[&str]) {
    for statement in statements {
        let place = if statement.contains("keyward_credentials") {
            " name = 'Rotated'"
        } else {
            " credential = (SELECT id FROM keyward_credentials WHERE name = 'Rotated')"
        };
        let and = if statement.contains("WHERE") { " AND" } else { " WHERE" };
        let statement = &format!("{statement}{and}{place}");
        let (store, shop) = database.corrupted(statement);
        let id = shop.rotated.to_string();
        let expected = Answers {
            by_id: (StoreErrorKind::Corrupt, Some(id.clone())),
            listed: vec![id],
            sound: 2,
        };
        let answers = database.block_on(ask_for_credential(&store, shop.rotated));
        assert_eq!(answers, expected, "{statement}");
        let other = database.block_on(store.credential(shop.app)).unwrap();
        assert!(other.is_some(), "{statement} has spoiled another");
    }
}

/// The only workspace, by itself and on a page.
pub fn the_workspace_is_corrupt(database: &impl CorruptsRows, statements: &[&str]) {
    for statement in statements {
        let (store, _) = database.corrupted(statement);
        let id = workspace().to_string();
        let expected = Answers {
            by_id: (StoreErrorKind::Corrupt, Some(id.clone())),
            listed: vec![id],
            sound: 0,
        };
        assert_eq!(database.block_on(ask_for_workspace(&store)), expected, "{statement}");
    }
}

/// The only account.
pub fn the_account_is_corrupt(database: &impl CorruptsRows, statement: &str) {
    let (store, _) = database.corrupted(statement);
    let id = account();
    let error = database.block_on(store.account(&id)).unwrap_err();
    assert_eq!((error.kind(), error.row()), (StoreErrorKind::Corrupt, Some(id.as_str())));
}

/// The history shows the second event as corrupt, by its operation or by the stored bytes. The feed skips no event that
/// it cannot read.
pub fn the_second_event_is_corrupt(database: &impl CorruptsRows, statements: &[&str]) {
    for statement in statements {
        let store = database.fresh();
        database.block_on(furnish(store.clone()));
        let whole = database.block_on(events(&store)).into_iter().filter_map(PageItem::record);
        let second = whole.filter(|event| event.number == 2).map(|event| event.operation);
        let mut named: Vec<_> = second.map(|operation| operation.to_string()).collect();
        if statement.contains("SET operation") {
            named = vec![r"\x00".to_owned()];
        }
        database.block_on(database.run(statement));
        let listed = database.block_on(events(&store)).into_iter().filter_map(|item| match item {
            PageItem::Corrupt(row) => Some(row.id),
            _ => None,
        });
        assert_eq!(listed.collect::<Vec<_>>(), named, "{statement}");
        let position = database.block_on(store.position()).unwrap();
        let answer = database.block_on(store.changes_since(&Position::START, usize::MAX)).unwrap();
        let expected = Changes::TooFarBehind { position, age: Duration::ZERO };
        assert_eq!(answer, expected, "{statement}");
    }
}

/// The answers of a store to the queries that a corrupt row can affect.
#[derive(Debug, PartialEq, Eq)]
struct Answers {
    /// The one asked for by id: its kind of error and the row that it names.
    by_id: (StoreErrorKind, Option<String>),
    /// The corrupt items of the lists.
    listed: Vec<String>,
    /// The number of intact items beside them.
    sound: usize,
}

/// Asks for a credential that was spoiled.
async fn ask_for_credential(store: &impl CredentialStore, id: CredentialId) -> Answers {
    let error = store.credential(id).await.unwrap_err();
    let query = CredentialQuery::all(Scope::Workspace(workspace()), now(), PageSize::MAX);
    answers(&error, store.credentials(&query).await.unwrap().items)
}

/// Asks for the shop, which was spoiled.
async fn ask_for_workspace(store: &impl CredentialStore) -> Answers {
    let error = store.workspace(&workspace()).await.unwrap_err();
    let query = WorkspaceQuery::all(account(), PageSize::MAX);
    answers(&error, store.workspaces(&query).await.unwrap().items)
}

fn answers<T>(error: &StoreError, items: Vec<PageItem<T>>) -> Answers {
    let (mut listed, mut sound) = (Vec::new(), 0);
    for item in items {
        match item {
            PageItem::Record(_) => sound += 1,
            PageItem::Corrupt(row) => listed.push(row.id),
            PageItem::Newer { id } => panic!("{id}"),
        }
    }
    Answers { by_id: (error.kind(), error.row().map(str::to_owned)), listed, sound }
}
