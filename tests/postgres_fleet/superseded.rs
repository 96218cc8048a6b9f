//! A pool with a connection to an old primary, which accepts writes although another server has replaced it.

use keyward::history::{Action, Subject};
use keyward::manage::{ActorRef, Role};
use keyward::store::{AccountRecord, Change, CredentialStore, EventTags, HeaderChange, Use};
use keyward::{
    AccountId, ActorId, GenerationNumber, MasterKey, MasterKeys, NewCredential, NewWorkspace,
    OperationId,
};
use sqlx::Connection;
use sqlx::postgres::PgConnection;

use crate::forwarder::Forwarder;
use crate::harness::{RUNTIME, patient};
use crate::nodes::node;
use crate::server::Server;
use crate::several::{promote, wait_for};
use crate::standby::Pair;
use crate::stores::{admin, name, now, workspace};

/// The first write of an account.
fn creation(id: &AccountId) -> Change {
    let record = AccountRecord::new(id.clone(), OperationId::from_bytes([7; 16]));
    let read_at = record.revision;
    let record = AccountRecord { revision: read_at.next(), ..record };
    Change {
        header: HeaderChange::Account { read_at, record },
        created_account: None,
        unchanged: Vec::new(),
        read_credentials: Vec::new(),
        credentials: Vec::new(),
        at: now(),
        subject: Subject::Account,
        by: ActorRef { role: Role::Admin, id: ActorId::new("ada@acme.test").unwrap() },
        action: Action::Revealed,
        operation: OperationId::from_bytes([7; 16]),
        tags: EventTags::NONE,
    }
}

/// Waits until a statement of another connection waits for a lock.
async fn wait_for_a_waiting_statement(connection: &mut PgConnection) {
    let waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
    while sqlx::query_scalar::<_, i64>(waits).fetch_one(&mut *connection).await.unwrap() == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

#[test]
fn a_change_is_not_acknowledged_by_a_primary_that_is_known_to_be_replaced() {
    let Pair { primary, standby } = Pair::start();
    RUNTIME.block_on(async {
        let first = patient("superseded").connect(&primary.url()).await.unwrap();
        let issuer = node(&first, MasterKeys::new(MasterKey::generate().unwrap())).build().unwrap();
        let admin = admin();
        let manager = issuer.manager(&admin);
        manager.create_workspace(NewWorkspace::new(workspace(), name("Shop"))).await.unwrap();
        let new = NewCredential::new(workspace(), name("One"));
        let id = manager.issue_app_key(new).await.unwrap().credential.id;
        wait_for(&standby, "superseded", first.position().await.unwrap().number()).await;
        first.close().await;
        let forwarder = Forwarder::start(primary.port()).await;
        let url = Server::url_at(forwarder.port);
        let store = patient("superseded").connections(2).connect(&url).await.unwrap();
        // One connection stays at the old primary, because its statement waits there.
        let mut old = PgConnection::connect(&primary.url()).await.unwrap();
        let lock = "BEGIN; SELECT * FROM superseded.keyward_uses FOR UPDATE";
        sqlx::raw_sql(lock).execute(&mut old).await.unwrap();
        let generation = GenerationNumber::new(1).unwrap();
        let used = Use { credential: id, generation, at: now(), older_than: now() };
        let recording = tokio::spawn({
            let store = store.clone();
            async move { store.record_uses(&[used]).await }
        });
        let mut watching = PgConnection::connect(&primary.url()).await.unwrap();
        wait_for_a_waiting_statement(&mut watching).await;
        promote(&standby).await;
        forwarder.switch(standby.port());
        // The other connection leads to the new primary, and its answer shows the newer timeline.
        assert!(store.credential(id).await.unwrap().is_some());
        sqlx::raw_sql("COMMIT").execute(&mut old).await.unwrap();
        recording.await.unwrap().unwrap();
        // The connections are used in turn, so the next call has the one to the old primary.
        let _ = store.prune_events(keyward::time::Timestamp::MIN, 1).await.unwrap();
        let other = AccountId::new("other").unwrap();
        store.commit(&creation(&other)).await.unwrap();
        let after = patient("superseded").connect(&standby.url()).await.unwrap();
        assert!(after.account(&other).await.unwrap().is_some(), "the old primary has it");
        after.close().await;
        store.close().await;
    });
}
