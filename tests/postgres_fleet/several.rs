//! Several servers in one URL, of which one accepts writes.

use std::sync::LazyLock;
use std::time::Duration;

use keyward::store::{CredentialStore, StoreErrorKind};
use keyward::{MasterKey, MasterKeys, NewWorkspace};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection};

use crate::harness::{RUNTIME, patient};
use crate::nodes::{found_after_failover, issued_after_failover, node};
use crate::programs::free_port;
use crate::server::{Server, URL};
use crate::standby::Pair;
use crate::stores::{account, admin, name, workspace};

pub(crate) fn url(ports: &[u16]) -> String {
    let places: Vec<_> = ports.iter().map(|port| format!("127.0.0.1:{port}")).collect();
    format!("postgres://postgres@{}/postgres", places.join(","))
}

pub(crate) async fn promote(server: &Server) {
    let mut connection = PgConnection::connect(&server.url()).await.unwrap();
    sqlx::raw_sql("SELECT pg_promote()").execute(&mut connection).await.unwrap();
}

/// Waits until a standby has the event with this number.
pub(crate) async fn wait_for(standby: &Server, schema: &str, number: u64) {
    let mut connection = PgConnection::connect(&standby.url()).await.unwrap();
    let text = format!("SELECT number FROM {schema}.keyward_position");
    loop {
        let asked = sqlx::query_scalar::<_, i64>(AssertSqlSafe(text.clone()));
        if asked.fetch_one(&mut connection).await.is_ok_and(|found| found.unsigned_abs() >= number)
        {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[test]
fn a_store_finds_the_server_that_accepts_writes_after_a_failover() {
    LazyLock::force(&URL);
    let Pair { mut primary, standby } = Pair::start();
    RUNTIME.block_on(async {
        let nobody = free_port();
        // In any order, and with a server that is down.
        let ports = [nobody, standby.port(), primary.port()];
        patient("several").migrate(&url(&ports)).await.unwrap();
        let options = patient("several").connections(4);
        let master_key = MasterKey::generate().unwrap();
        let keys = || MasterKeys::new(master_key.expose_text().parse().unwrap());
        let admin = admin();
        // Before the failover nothing may fail, however busy the machine is.
        let before = options.clone().connect(&url(&ports)).await.unwrap();
        let first_node = node(&before, keys()).build().unwrap();
        let new = NewWorkspace::new(workspace(), name("Shop"));
        first_node.manager(&admin).create_workspace(new).await.unwrap();
        wait_for(&standby, "several", before.position().await.unwrap().number()).await;
        before.close().await;
        let options = options.time_limit(Duration::from_secs(5));
        let store = options.connect(&url(&ports)).await.unwrap();
        let keyward = node(&store, keys()).build().unwrap();
        let manager = keyward.manager(&admin);
        primary.kill();
        // No server accepts writes, and the standby's answer is discarded.
        let error = store.account(&account()).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error:?}");
        promote(&standby).await;
        let issued = issued_after_failover(&manager).await;
        assert!(found_after_failover(&store, issued.credential.id).await.is_some());
        store.close().await;
    });
}

#[test]
fn opening_waits_until_a_standby_is_promoted() {
    LazyLock::force(&URL);
    let Pair { primary, standby } = Pair::start();
    RUNTIME.block_on(async {
        let only = url(&[standby.port()]);
        let opening = tokio::spawn(async move { patient("waiting").connect(&only).await });
        // The pool has a connection to the standby.
        let mut own = PgConnection::connect(&standby.url()).await.unwrap();
        let met =
            "SELECT count(*) FROM pg_stat_database WHERE datname = 'postgres' AND sessions >= 4";
        while sqlx::query_scalar::<_, i64>(met).fetch_one(&mut own).await.unwrap() == 0 {
            assert!(!opening.is_finished());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        promote(&standby).await;
        opening.await.unwrap().unwrap().close().await;
    });
    drop(primary);
}
