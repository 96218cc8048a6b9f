//! Crossing commits: each writes an account that the other expects unchanged. They take their locks in one order, so
//! none is retried.

use keyward::conformance::Harness;
use keyward::history::Subject;
use keyward::manage::{ActorRef, Role};
use keyward::store::{
    AccountRecord, Change, CredentialStore, EventTags, HeaderChange, StoreErrorKind,
};
use keyward::{AccountId, ActorId, OperationId, PostgresStore, history::Action};

use crate::harness::{Postgres, RUNTIME, patient};
use crate::messages::Sent;
use crate::proxy::Proxy;
use crate::server::URL;
use crate::stores::now;

const ROUNDS: u8 = 20;

#[test]
fn crossing_commits_do_not_deadlock() {
    let harness = Postgres::default();
    drop(harness.fresh());
    RUNTIME.block_on(async {
        let proxy = Proxy::start(&URL).await;
        let options = patient(&harness.schema()).connections(2);
        let store = options.connect(&proxy.url("keyward_crossing")).await.unwrap();
        let [one, other] = ["acme", "other"].map(|id| AccountId::new(id).unwrap());
        for (id, number) in [(&one, 254), (&other, 255)] {
            store.commit(&creation(id, number)).await.unwrap();
        }
        for round in 0..ROUNDS {
            let changes = [
                change(&store, &one, &other, round).await,
                change(&store, &other, &one, ROUNDS + round).await,
            ];
            proxy.listen();
            let outcomes = tokio::join!(store.commit(&changes[0]), store.commit(&changes[1]));
            let ((Ok(()), Err(error)) | (Err(error), Ok(()))) = &outcomes else {
                panic!("{outcomes:?}");
            };
            assert_eq!(error.kind(), StoreErrorKind::Conflict);
            let begins =
                |sent: &&Sent| matches!(sent, Sent::Text(text) if text.starts_with("BEGIN"));
            let begun = proxy.sent().iter().filter(begins).count();
            assert!(begun == 2, "round {round}: {begun}");
        }
        store.close().await;
    });
}

/// The first write of an account.
fn creation(id: &AccountId, number: u8) -> Change {
    let record = AccountRecord::new(id.clone(), OperationId::from_bytes([number; 16]));
    let read_at = record.revision;
    let record = AccountRecord { revision: read_at.next(), ..record };
    writing(HeaderChange::Account { read_at, record }, number)
}

/// Writes one account, and expects the other to be unchanged.
async fn change(
    store: &PostgresStore,
    writes: &AccountId,
    wants: &AccountId,
    number: u8,
) -> Change {
    let before = read(store, writes).await;
    let unchanged = read(store, wants).await;
    let record = AccountRecord { revision: before.revision.next(), ..before.clone() };
    let header = HeaderChange::Account { read_at: before.revision, record };
    let unchanged = vec![(unchanged.id, unchanged.revision)];
    Change { unchanged, ..writing(header, number) }
}

fn writing(header: HeaderChange, number: u8) -> Change {
    Change {
        header,
        created_account: None,
        unchanged: Vec::new(),
        read_credentials: Vec::new(),
        credentials: Vec::new(),
        at: now(),
        subject: Subject::Account,
        by: ActorRef { role: Role::Admin, id: ActorId::new("ada@acme.test").unwrap() },
        action: Action::Revealed,
        operation: OperationId::from_bytes([number; 16]),
        tags: EventTags::NONE,
    }
}

async fn read(store: &PostgresStore, id: &AccountId) -> AccountRecord {
    store.account(id).await.unwrap().unwrap()
}
