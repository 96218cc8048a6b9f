//! A commit that waits for its standby becomes visible without one when the server crashes. A failover then loses it.

use std::time::Duration;

use keyward::{ManageError, MasterKey, MasterKeys, NewCredential, NewWorkspace};
use sqlx::Connection;
use sqlx::postgres::PgConnection;

use crate::harness::{RUNTIME, patient};
use crate::nodes::node;
use crate::server::Server;
use crate::stores::{admin, name, workspace};

/// So long that the server has started again.
const LIMIT: Duration = Duration::from_secs(12);

/// Sets the standby for which commits wait. Nobody has this name.
const WAIT: &str = "ALTER SYSTEM SET synchronous_standby_names = 'nobody'";

const GO_ON: &str = "ALTER SYSTEM RESET synchronous_standby_names";

async fn set(connection: &mut PgConnection, setting: &'static str) {
    sqlx::raw_sql(setting).execute(&mut *connection).await.unwrap();
    sqlx::raw_sql("SELECT pg_reload_conf()").execute(connection).await.unwrap();
}

#[test]
fn a_change_that_no_standby_has_is_not_acknowledged_after_a_crash() {
    let mut server = Server::start();
    RUNTIME.block_on(async {
        let options = patient("unreplicated").time_limit(LIMIT);
        let store = options.connect(&server.url()).await.unwrap();
        let keys = MasterKeys::new(MasterKey::generate().unwrap());
        let keyward = node(&store, keys).build().unwrap();
        let admin = admin();
        let manager = keyward.manager(&admin);
        manager.create_workspace(NewWorkspace::new(workspace(), name("Shop"))).await.unwrap();
        let new = NewCredential::new(workspace(), name("key"));
        let issued = manager.issue_app_key(new).await.unwrap();
        let mut own = PgConnection::connect(&server.url()).await.unwrap();
        set(&mut own, WAIT).await;
        let deleting = tokio::spawn({
            let keyward = keyward.clone();
            let id = issued.credential.id;
            async move { keyward.manager(&crate::stores::admin()).delete(id, "key").await }
        });
        let waits = "SELECT count(*) FROM pg_stat_activity \
             WHERE wait_event = 'SyncRep' AND query LIKE '%INSERT INTO%keyward_events%'";
        while sqlx::query_scalar::<_, i64>(waits).fetch_one(&mut own).await.unwrap() == 0 {
            assert!(!deleting.is_finished(), "the commit did not wait");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        drop(own);
        server.crash_and_restart();
        let outcome = deleting.await.unwrap();
        let Err(ManageError::Unknown { operation, .. }) = outcome else { panic!("{outcome:?}") };
        let mut own = PgConnection::connect(&server.url()).await.unwrap();
        let visible = "SELECT count(*) FROM unreplicated.keyward_credentials WHERE id = $1";
        let visible = sqlx::query_scalar::<_, i64>(visible).bind(issued.credential.id.as_str());
        assert_eq!(visible.fetch_one(&mut own).await.unwrap(), 0, "the deletion is visible");
        set(&mut own, GO_ON).await;
        let found = loop {
            match manager.outcome(operation).await {
                Ok(found) => break found,
                Err(ManageError::Unavailable(_)) => {}
                Err(error) => panic!("{error:?}"),
            }
        };
        assert!(found.is_some());
        store.close().await;
    });
}
