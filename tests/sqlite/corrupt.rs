//! Rows are untrusted: whatever stands in one, the store says which row it is, and shows the others.

use keyward::store::{
    Changes, CredentialQuery, CredentialStore, PageItem, PageSize, Position, Scope, StoreErrorKind,
};

use crate::harness::{RUNTIME, Sqlite};
use crate::stores::{self, Answers, Shop, ask_for_credential, ask_for_workspace, events, furnish};

/// A shop in which somebody has run a statement by hand, with every net of the schema taken away.
async fn spoiled(harness: &Sqlite, statement: &str) -> (keyward::SqliteStore, Shop) {
    let store = crate::harness::patient().open(harness.next_file()).await.unwrap();
    let shop = furnish(store.clone()).await;
    let mut connection = harness.connection().await;
    sqlx::raw_sql("PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF")
        .execute(&mut connection)
        .await
        .unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
    (store, shop)
}

#[test]
fn a_corrupt_credential_is_named_and_hides_no_other() {
    let harness = Sqlite::default();
    for statement in [
        "UPDATE keyward_generations SET slow_hash = '$argon2id$v=19$m=9999999,t=1,p=1$c2FsdA$aGFzaA'",
        "UPDATE keyward_generations SET slow_hash = 'plain'",
        "UPDATE keyward_generations SET digest = x'00'",
        "UPDATE keyward_generations SET digest = zeroblob(41)",
        "UPDATE keyward_generations SET seal = x'00'",
        "UPDATE keyward_generations SET seal = zeroblob(92)",
        "UPDATE keyward_generations SET created = 9223372036854775807",
        "UPDATE keyward_generations SET created = -9223372036854775808",
        "DELETE FROM keyward_generations WHERE number = 1",
        "DELETE FROM keyward_generations WHERE number = 2",
        "UPDATE keyward_generations SET number = -1 WHERE number = 1",
        "UPDATE keyward_uses SET at = 9223372036854775807",
        "UPDATE keyward_credentials SET kind = 'master'",
        "UPDATE keyward_credentials SET name = ' '",
        "UPDATE keyward_credentials SET created = 9223372036854775807",
        "UPDATE keyward_credentials SET expires = -9223372036854775808",
        "UPDATE keyward_credentials SET sunset = 0, deprecated = NULL",
        "UPDATE keyward_credentials SET previous_until = NULL",
        "UPDATE keyward_credentials SET previous = NULL",
        "UPDATE keyward_credentials SET account = ''",
        "UPDATE keyward_credentials SET generation = 7",
    ] {
        // The rotated Track set, and no other.
        let place = if statement.contains("keyward_credentials") {
            " name = 'Rotated'"
        } else {
            " credential = (SELECT id FROM keyward_credentials WHERE name = 'Rotated')"
        };
        let and = if statement.contains("WHERE") { " AND" } else { " WHERE" };
        let statement = &format!("{statement}{and}{place}");
        RUNTIME.block_on(async {
            let (store, shop) = spoiled(&harness, statement).await;
            let id = shop.rotated.to_string();
            let expected = Answers {
                by_id: (StoreErrorKind::Corrupt, Some(id.clone())),
                listed: vec![id],
                sound: 2,
            };
            assert_eq!(ask_for_credential(&store, shop.rotated).await, expected, "{statement}");
            store.credential(shop.app).await.unwrap().expect("is not spoiled");
        });
    }
}

#[test]
fn a_corrupt_header_is_named() {
    let harness = Sqlite::default();
    for statement in [
        "UPDATE keyward_workspaces SET revision = -1",
        "UPDATE keyward_workspaces SET credentials = 4294967296",
        "UPDATE keyward_workspaces SET name = ''",
        "UPDATE keyward_allowlist SET network = '10.0.0.1/8'",
        "UPDATE keyward_allowlist SET added = 9223372036854775807",
        "UPDATE keyward_integrations SET integration = 'nobody'",
        "UPDATE keyward_integrations SET credential = 'short'",
    ] {
        RUNTIME.block_on(async {
            let (store, _) = spoiled(&harness, statement).await;
            let id = stores::workspace().to_string();
            let expected = Answers {
                by_id: (StoreErrorKind::Corrupt, Some(id.clone())),
                listed: vec![id],
                sound: 0,
            };
            assert_eq!(ask_for_workspace(&store).await, expected, "{statement}");
        });
    }
    RUNTIME.block_on(async {
        let statement = "UPDATE keyward_accounts SET unlisted_workspaces = 'ajar'";
        let (store, _) = spoiled(&harness, statement).await;
        let error = store.account(&stores::account()).await.unwrap_err();
        assert_eq!((error.kind(), error.row()), (StoreErrorKind::Corrupt, Some("acme")));
    });
}

/// The history shows it by its number; the feed passes by no event that it cannot read.
#[test]
fn a_corrupt_event_is_named_and_the_feed_says_too_far_behind() {
    let harness = Sqlite::default();
    for statement in [
        "UPDATE keyward_events SET operation = x'00' WHERE number = 2",
        "UPDATE keyward_events SET workspace = '' WHERE number = 2",
        "UPDATE keyward_events SET workspace = NULL WHERE number = 2",
    ] {
        RUNTIME.block_on(async {
            let (store, _) = spoiled(&harness, statement).await;
            let listed = events(&store).await.into_iter().filter_map(|item| match item {
                PageItem::Record(_) => None,
                PageItem::Corrupt(row) => Some(row.id),
            });
            assert_eq!(listed.collect::<Vec<_>>(), ["2"], "{statement}");
            let position = store.position().await.unwrap();
            let answer = store.changes_since(&Position::START, usize::MAX).await.unwrap();
            assert_eq!(answer, Changes::TooFarBehind { position }, "{statement}");
        });
    }
}

/// A row whose key is no key cannot end a page, since no cursor names it; it can stand on one.
#[test]
fn a_row_that_no_cursor_names_ends_no_page() {
    let harness = Sqlite::default();
    let statement = "UPDATE keyward_credentials SET name_key = 'ROTATED' WHERE name = 'Rotated'";
    RUNTIME.block_on(async {
        let (store, _) = spoiled(&harness, statement).await;
        let scope = Scope::Workspace(stores::workspace());
        let size = PageSize::new(1).unwrap();
        let query = CredentialQuery::all(scope, stores::now(), size);
        let error = store.credentials(&query).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Corrupt);
        let query = CredentialQuery { size: PageSize::new(2).unwrap(), ..query };
        let first = store.credentials(&query).await.unwrap();
        assert_eq!(first.items.len(), 2);
        let query = CredentialQuery { after: first.next, ..query };
        assert_eq!(store.credentials(&query).await.unwrap().items.len(), 1);
    });
}
