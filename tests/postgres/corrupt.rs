//! Rows are untrusted: whatever stands in one, the store says which row it is, and shows the others.

use keyward::conformance::Harness;
use keyward::store::{Changes, CredentialStore, PageItem, Position, StoreErrorKind};
use sqlx::AssertSqlSafe;

use crate::harness::{Postgres, RUNTIME, connection};
use crate::stores::{self, Answers, Shop, ask_for_credential, ask_for_workspace, events, furnish};

/// Takes away every net of the schema: the checks, and the references.
const NO_NETS: &str = "\
DO $$ DECLARE net record; BEGIN \
FOR net IN SELECT conrelid::regclass AS host, conname FROM pg_constraint \
WHERE connamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) AND contype IN ('c', 'f') AND conrelid <> 0 \
LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', net.host, net.conname); END LOOP; END $$; \
ALTER DOMAIN keyward_time DROP CONSTRAINT keyward_time_check";

/// A shop in which somebody has run a statement by hand.
async fn spoiled(harness: &Postgres, store: &keyward::PostgresStore, statement: &str) -> Shop {
    let shop = furnish(store.clone()).await;
    let mut connection = connection(&harness.schema()).await;
    sqlx::raw_sql(NO_NETS).execute(&mut connection).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
    shop
}

#[test]
fn a_corrupt_credential_is_named_and_hides_no_other() {
    let harness = Postgres::default();
    for statement in [
        "UPDATE keyward_generations SET slow_hash = '$argon2id$v=19$m=9999999,t=1,p=1$c2FsdA$aGFzaA'",
        "UPDATE keyward_generations SET digest = '\\x00'",
        "UPDATE keyward_generations SET seal = '\\x00'",
        "UPDATE keyward_generations SET created = 'infinity'",
        "UPDATE keyward_generations SET created = '-infinity'",
        "UPDATE keyward_generations SET created = '10000-01-01 00:00:00+00'",
        "DELETE FROM keyward_generations WHERE number = 1",
        "DELETE FROM keyward_generations WHERE number = 2",
        "UPDATE keyward_generations SET number = -1 WHERE number = 1",
        "UPDATE keyward_uses SET at = 'infinity'",
        "UPDATE keyward_credentials SET kind = 'master'",
        "UPDATE keyward_credentials SET name = ' '",
        "UPDATE keyward_credentials SET expires = '4713-01-01 00:00:00+00 BC'",
        "UPDATE keyward_credentials SET sunset = now(), deprecated = NULL",
        "UPDATE keyward_credentials SET previous_until = NULL",
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
        let store = harness.fresh();
        RUNTIME.block_on(async {
            let shop = spoiled(&harness, &store, statement).await;
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
    let harness = Postgres::default();
    for statement in [
        "UPDATE keyward_workspaces SET revision = -1",
        "UPDATE keyward_workspaces SET created = 'infinity'",
        "UPDATE keyward_allowlist SET network = '0.0.0.0/0'",
        "UPDATE keyward_allowlist SET added = 'infinity'",
        "UPDATE keyward_integrations SET integration = 'nobody'",
        "UPDATE keyward_integrations SET connected = '-infinity'",
    ] {
        let store = harness.fresh();
        RUNTIME.block_on(async {
            spoiled(&harness, &store, statement).await;
            let id = stores::workspace().to_string();
            let expected = Answers {
                by_id: (StoreErrorKind::Corrupt, Some(id.clone())),
                listed: vec![id],
                sound: 0,
            };
            assert_eq!(ask_for_workspace(&store).await, expected, "{statement}");
        });
    }
    let store = harness.fresh();
    RUNTIME.block_on(async {
        let statement = "UPDATE keyward_accounts SET unlisted_workspaces = 'ajar'";
        spoiled(&harness, &store, statement).await;
        let error = store.account(&stores::account()).await.unwrap_err();
        assert_eq!((error.kind(), error.row()), (StoreErrorKind::Corrupt, Some("acme")));
    });
}

/// The history shows it by its number; the feed passes by no event that it cannot read.
#[test]
fn a_corrupt_event_is_named_and_the_feed_says_too_far_behind() {
    let harness = Postgres::default();
    for statement in [
        "UPDATE keyward_events SET operation = '\\x00' WHERE number = 2",
        "UPDATE keyward_events SET workspace = NULL WHERE number = 2",
    ] {
        let store = harness.fresh();
        RUNTIME.block_on(async {
            spoiled(&harness, &store, statement).await;
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
