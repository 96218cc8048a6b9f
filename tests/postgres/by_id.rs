//! Reads by id that wait at the same time go out as one statement, and each gets its own answer.

use std::future::poll_fn;
use std::task::Poll;

use futures_util::future::join_all;
use keyward::conformance::Harness;
use keyward::store::{CredentialRecord, CredentialStore, StoreError, StoreErrorKind};
use keyward::{CredentialId, NewCredential, NewWorkspace, PostgresStore};
use sqlx::Connection;
use sqlx::postgres::{PgConnection, PgPoolOptions};
use tokio::task::JoinSet;

use crate::harness::{Postgres, RUNTIME, connection, patient};
use crate::messages::Sent;
use crate::proxy::Proxy;
use crate::server::URL;
use crate::stores::{admin, keyward, name, workspace};

const KEYS: usize = 60;

#[test]
fn reads_that_wait_share_a_statement() {
    let (harness, ids) = filled();
    RUNTIME.block_on(async {
        let proxy = Proxy::start(&URL).await;
        let store = open(&harness, &proxy.url("keyward")).await;
        // Prepares both statements.
        store.credential(ids[0]).await.unwrap();
        let _ = read_behind_a_lock(&store, &harness, &ids, "SELECT").await;
        proxy.listen();
        let read = read_behind_a_lock(&store, &harness, &ids, "SELECT").await;
        for (id, read) in ids.iter().zip(read) {
            assert_eq!(read.unwrap().unwrap().id, *id);
        }
        let executed = proxy.sent().iter().filter(|sent| **sent == Sent::Execute).count();
        assert!(executed <= 5, "four at a time and one for the rest, not {executed}");
        store.close().await;
    });
}

/// The driver tests each connection that returns to the pool, which costs the server as much as a short statement.
#[test]
fn statements_that_follow_each_other_share_a_connection_while_others_are_idle() {
    let (harness, ids) = filled();
    RUNTIME.block_on(async {
        let proxy = Proxy::start(&URL).await;
        // `connect` returns when all are open, so others are idle while four statements run.
        let pool = PgPoolOptions::new().min_connections(8).max_connections(8);
        let pool = pool.test_before_acquire(false).connect(&proxy.url("keyward")).await.unwrap();
        let store = patient(&harness.schema()).from_pool(pool).await.unwrap();
        proxy.listen();
        let many: Vec<_> = ids.iter().copied().cycle().take(20 * KEYS).collect();
        let read = read_behind_a_lock(&store, &harness, &many, "SELECT").await;
        assert!(read.into_iter().all(|read| read.unwrap().is_some()));
        let executed = proxy.sent().iter().filter(|sent| **sent == Sent::Execute).count();
        let tested = proxy.tests();
        // At most 64 reads are one statement.
        assert!(
            executed >= many.len().div_ceil(64) && tested < executed / 2,
            "{tested} of {executed}"
        );
        store.close().await;
    });
}

/// Without a limit, statements that follow each other would keep every connection.
#[test]
fn reads_by_id_that_never_end_leave_connections_to_other_calls() {
    let (harness, ids) = filled();
    RUNTIME.block_on(async {
        let store = patient(&harness.schema()).connections(2).connect(&URL).await.unwrap();
        let mut reads = JoinSet::new();
        for id in ids.iter().copied().cycle().take(2 * KEYS) {
            let store = store.clone();
            reads.spawn(async move {
                loop {
                    store.credential(id).await.unwrap();
                }
            });
        }
        for id in &ids {
            assert!(store.credentials_by_id(&[*id]).await.unwrap()[0].is_some());
        }
        reads.shutdown().await;
        store.close().await;
    });
}

#[test]
fn an_unreadable_row_fails_only_its_own_read() {
    let (harness, ids) = filled();
    RUNTIME.block_on(async {
        let store = open(&harness, &URL).await;
        let spoiled = ids[KEYS / 2];
        let spoil = format!("UPDATE keyward_credentials SET name = ' x' WHERE id = '{spoiled}'");
        let read = read_behind_a_lock(&store, &harness, &ids, &spoil).await;
        for (id, read) in ids.iter().zip(read) {
            match read {
                Ok(record) => assert_eq!(record.unwrap().id, *id),
                Err(error) => {
                    assert_eq!((*id, error.kind()), (spoiled, StoreErrorKind::Corrupt));
                    assert!(error.to_string().contains(id.as_str()), "{error}");
                }
            }
        }
        store.close().await;
    });
}

#[test]
fn a_failed_statement_fails_each_of_its_reads_with_the_cause() {
    let (harness, ids) = filled();
    RUNTIME.block_on(async {
        let store = open(&harness, &URL).await;
        let rename = "ALTER TABLE keyward_credentials RENAME TO elsewhere";
        for read in read_behind_a_lock(&store, &harness, &ids, rename).await {
            let error = read.unwrap_err();
            assert!(format!("{error:?}").contains("does not exist"), "{error:?}");
        }
        store.close().await;
    });
}

/// A schema with credentials, and their ids.
fn filled() -> (Postgres, Vec<CredentialId>) {
    let harness = Postgres::default();
    let store = harness.fresh();
    let ids = RUNTIME.block_on(async {
        let (keyward, admin) = (keyward(store), admin());
        let shop = NewWorkspace::new(workspace(), name("Shop"));
        keyward.manager(&admin).create_workspace(shop).await.unwrap();
        let mut ids = Vec::new();
        for number in 0..KEYS {
            let new = NewCredential::new(workspace(), name(&format!("Key {number}")));
            ids.push(keyward.manager(&admin).issue_app_key(new).await.unwrap().credential.id);
        }
        ids
    });
    (harness, ids)
}

async fn open(harness: &Postgres, url: &str) -> PostgresStore {
    patient(&harness.schema()).connections(4).connect(url).await.unwrap()
}

/// Reads the credentials while the table is locked, and carries out `statement` before the lock is released.
async fn read_behind_a_lock(
    store: &PostgresStore,
    harness: &Postgres,
    ids: &[CredentialId],
    statement: &str,
) -> Vec<Result<Option<CredentialRecord>, StoreError>> {
    let mut other: PgConnection = connection(&harness.schema()).await;
    let mut transaction = other.begin().await.unwrap();
    let lock = "LOCK TABLE keyward_credentials IN ACCESS EXCLUSIVE MODE";
    sqlx::raw_sql(lock).execute(&mut *transaction).await.unwrap();
    let mut reads = std::pin::pin!(join_all(ids.iter().map(|id| store.credential(*id))));
    let first = poll_fn(|context| Poll::Ready(reads.as_mut().poll(context)));
    assert!(first.await.is_pending());
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement.to_owned()))
        .execute(&mut *transaction)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    reads.await
}
