//! A workspace of many credentials is removed in one short commit, and its credentials are deleted in batches.

use std::env;
use std::future::ready;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::FutureExt;
use futures_util::future::join;
use keyward::conformance::Harness;
use keyward::history::Subject;
use keyward::store::{
    Change, CredentialEdit, CredentialQuery, CredentialStore, EventTags, HeaderChange, ListChange,
    PageSize, Purged, Scope,
};
use keyward::{
    Attempt, CredentialId, Keyward, ManageError, NewCredential, NewWorkspace, NotVerified,
    OperationId, WorkspaceId, history::Action,
};

use super::{account, admin, keyward, name, now, workspace};

/// The maximum number of rows that one call deletes.
const BATCH: usize = 1_000;

/// A database in which rows can be counted.
pub trait Counted: Harness<Store: Clone> {
    /// Another handle of the store that was made last, with the default time limit.
    fn hurried(&self) -> Self::Store;

    /// The one number that a statement answers.
    fn number(&self, statement: &str) -> impl Future<Output = i64>;

    /// Returns the number of credentials in the tables, whether or not a read returns them.
    async fn rows(&self) -> usize {
        usize::try_from(self.number("SELECT count(*) FROM keyward_credentials").await).unwrap()
    }
}

/// A service with the default time limit, and the token of an App key in the workspace that is removed.
struct Furnished<S> {
    keyward: Keyward,
    store: S,
    token: String,
    app: CredentialId,
}

/// A workspace with this many credentials and two, and another one with one.
fn furnish<D: Counted>(database: &D, more: usize) -> Furnished<D::Store> {
    let patient = database.fresh();
    let store = database.hurried();
    let keyward = keyward(store.clone());
    let issued = database.block_on(async {
        let admin = admin();
        let manager = keyward.manager(&admin);
        for (id, text) in [(workspace(), "Shop"), (kept(), "Kept")] {
            let _ = manager.create_workspace(NewWorkspace::new(id, name(text))).await.unwrap();
        }
        let new = NewCredential::new(workspace(), name("App"));
        let issued = manager.issue_app_key(new).await.unwrap();
        insert(&patient, issued.credential.id, more).await;
        issued
    });
    let rows = database.block_on(database.rows());
    assert_eq!(rows, more + 3);
    Furnished {
        keyward,
        store,
        token: issued.secret.expose().to_owned(),
        app: issued.credential.id,
    }
}

fn kept() -> WorkspaceId {
    WorkspaceId::new("acme/kept").unwrap()
}

/// Inserts copies of a credential. Only their rows count here: they do not open.
async fn insert(store: &impl CredentialStore, copied: CredentialId, many: usize) {
    let record = store.workspace(&workspace()).await.unwrap().unwrap();
    let template = store.credential(copied).await.unwrap().unwrap();
    let numbers: Vec<_> = (0..many).collect();
    for (part, numbers) in (1_u128..).zip(numbers.chunks(500)) {
        let inserted = numbers.iter().map(|number| {
            let mut record = template.clone();
            record.id = CredentialId::new(format!("{number:012}")).unwrap();
            record.name = name(&format!("Key {number}"));
            CredentialEdit::Insert(record)
        });
        let change = Change {
            // The same header again.
            header: HeaderChange::Workspace {
                read_at: record.revision,
                record: record.clone(),
                integrations: ListChange::Same,
                allowlist: ListChange::Same,
            },
            created_account: None,
            unchanged: Vec::new(),
            read_credentials: Vec::new(),
            credentials: inserted.collect(),
            at: now(),
            subject: Subject::Workspace(workspace()),
            by: admin().by().clone(),
            action: Action::Revealed,
            operation: OperationId::from_bytes(part.to_be_bytes()),
            tags: EventTags::NONE,
        };
        store.commit(&change).await.unwrap();
    }
}

/// `KEYWARD_REMOVED` sets the number of credentials of the workspace. The commit deletes none of them, and every batch
/// deletes at most the allowed number, although two nodes delete at once and one of them stops in between.
pub fn a_workspace_of_many_credentials_is_removed_at_once(database: &impl Counted) {
    let many = env::var("KEYWARD_REMOVED").map_or(5_000, |many| many.parse().unwrap());
    let Furnished { keyward, store, token, app } = furnish(database, many);
    let other = database.hurried();
    database.block_on(async {
        let admin = admin();
        let manager = keyward.manager(&admin);
        assert!(keyward.verify(&Attempt::app(&token)).await.is_ok());
        manager.remove_workspace(&workspace(), "Shop").await.unwrap();
        assert_eq!(database.rows().await, many + 3, "the commit deletes no credential");

        let denied = keyward.verify(&Attempt::app(&token)).await;
        assert!(matches!(denied, Err(NotVerified::Denied(_))), "{denied:?}");
        let missing = manager.rename(app, name("Other")).await;
        assert!(matches!(missing, Err(ManageError::NotFound(_))), "{missing:?}");
        let listed = CredentialQuery::all(Scope::Account(account()), now(), PageSize::MAX);
        let listed = store.credentials(&listed).await.unwrap();
        assert_eq!(listed.items.len(), 1, "of the other workspace");

        let position = store.position().await.unwrap();
        for round in 0.. {
            assert!(round <= many, "it comes to no end");
            let before = database.rows().await;
            // Dropped at its first rest.
            drop(store.purge_removed(BATCH).now_or_never());
            let both = join(store.purge_removed(BATCH), other.purge_removed(BATCH)).await;
            let deleted = before - database.rows().await;
            assert!(deleted <= 4 * BATCH, "{deleted}");
            if both.0.unwrap() == Purged::All && both.1.unwrap() == Purged::All {
                break;
            }
        }
        assert_eq!(database.rows().await, 1, "the other workspace keeps its own");
        for table in ["generations", "uses"] {
            let left = database.number(&format!("SELECT count(*) FROM keyward_{table}")).await;
            assert_eq!(left, 1, "{table}");
        }
        assert_eq!(database.number("SELECT count(*) FROM keyward_leftovers").await, 0);
        assert_eq!(store.position().await.unwrap(), position);
    });
}

/// One call deletes at most the allowed number of rows.
pub fn a_batch_is_no_larger_than_asked(database: &impl Counted) {
    let Furnished { keyward, store, .. } = furnish(database, 10);
    database.block_on(async {
        keyward.manager(&admin()).remove_workspace(&workspace(), "Shop").await.unwrap();
        for left in [10, 7, 4, 1, 1] {
            assert_eq!(store.purge_removed(3).await.unwrap(), Purged::Some);
            assert_eq!(database.rows().await, left);
        }
        assert_eq!(store.purge_removed(3).await.unwrap(), Purged::All);
        assert_eq!(database.rows().await, 1);
    });
}

/// One batch each time it wakes, until nothing is left.
pub fn maintain_deletes_leftover_credentials(database: &impl Counted) {
    for (wakes, left) in [(1, BATCH + 3), (5, 1)] {
        let Furnished { keyward, .. } = furnish(database, 2 * BATCH);
        database.block_on(async {
            keyward.manager(&admin()).remove_workspace(&workspace(), "Shop").await.unwrap();
            let slept = AtomicUsize::new(0);
            let sleep = |_| {
                if slept.fetch_add(1, Ordering::SeqCst) == wakes {
                    keyward.close().now_or_never();
                }
                ready(())
            };
            keyward.maintain(sleep).await;
            assert_eq!(database.rows().await, left, "after {wakes}");
        });
    }
}
