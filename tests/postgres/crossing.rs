//! Changes that cross: each writes an account that the other wants unchanged. They wait for each other's locks in one
//! order, so none has to be tried again.

use keyward::conformance::Harness;
use keyward::store::{
    AccountRecord, By, Change, CredentialStore, HeaderChange, Role, StoreErrorKind, Subject,
};
use keyward::{AccountId, Action, ActorId, OperationId, PostgresStore};

use crate::harness::{Postgres, RUNTIME, patient};
use crate::messages::Sent;
use crate::proxy::Proxy;
use crate::server::URL;
use crate::stores::now;

const ROUNDS: u8 = 20;

#[test]
fn changes_that_cross_do_not_collide() {
    let harness = Postgres::default();
    drop(harness.fresh());
    RUNTIME.block_on(async {
        let proxy = Proxy::start(&URL).await;
        let options = patient(&harness.schema()).connections(2);
        let store = options.connect(&proxy.url("keyward_crossing")).await.unwrap();
        let [one, other] = ["acme", "other"].map(|id| AccountId::new(id).unwrap());
        for round in 0..ROUNDS {
            let changes = [
                change(&store, &one, &other, round).await,
                change(&store, &other, &one, ROUNDS + round).await,
            ];
            proxy.listen();
            let outcomes = tokio::join!(store.commit(&changes[0]), store.commit(&changes[1]));
            let ((Ok(_), Err(error)) | (Err(error), Ok(_))) = &outcomes else {
                panic!("{outcomes:?}");
            };
            assert_eq!(error.kind(), StoreErrorKind::Conflict);
            let begins =
                |sent: &&Sent| matches!(sent, Sent::Text(text) if text.starts_with("BEGIN"));
            // In the first round neither account has a row: whom the other overtakes in making it looks again.
            let most = if round == 0 { 3 } else { 2 };
            let begun = proxy.heard().iter().filter(begins).count();
            assert!((2..=most).contains(&begun), "round {round}: {begun}");
        }
        store.close().await;
    });
}

/// Writes one account, and wants the other as it is.
async fn change(
    store: &PostgresStore,
    writes: &AccountId,
    wants: &AccountId,
    number: u8,
) -> Change {
    let before = read(store, writes).await;
    let unchanged = read(store, wants).await;
    let record = AccountRecord { revision: before.revision.next(), ..before.clone() };
    Change {
        header: HeaderChange::Account { read_at: before.revision, record },
        unchanged: vec![(unchanged.id, unchanged.revision)],
        credentials: Vec::new(),
        at: now(),
        subject: Subject::Account,
        by: By { role: Role::Admin, id: ActorId::new("ada@acme.test").unwrap() },
        action: Action::Revealed,
        operation: OperationId::from_bytes([number; 16]),
    }
}

async fn read(store: &PostgresStore, id: &AccountId) -> AccountRecord {
    let found = store.account(id).await.unwrap();
    found.unwrap_or_else(|| AccountRecord::unwritten(id.clone()))
}
