//! Two releases over one database. The newer one is this crate with `next.patch`: it expands the tables, adds a field to a
//! credential with a sunset, and tags such a credential by a newer version of the encoding.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up has failed")]
#![allow(unreachable_pub, reason = "nothing depends on a test")]

#[allow(dead_code, reason = "each test file uses its own part")]
#[path = "../postgres/harness.rs"]
mod harness;
#[allow(dead_code, reason = "each test file uses its own part")]
#[path = "../postgres/server.rs"]
mod server;
#[path = "../support/mod.rs"]
mod support;
#[allow(dead_code, reason = "each test file uses its own part")]
#[path = "../copy/test_store.rs"]
mod test_store;

use std::net::IpAddr;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;
use std::{env, fs};

use keyward::store::{AnyStore, PageItem};
use keyward::{
    AccountId, Actor, ActorId, Attempt, CredentialId, Keyward, ManageError, MasterKey, MasterKeys,
    NewCredential, NewWorkspace, NotVerified, SqliteStore, UnavailableReason, WorkspaceId,
    history::{Action, HistoryEvent, HistoryFilter},
    manage::{CredentialFilter, EndTime},
    operate::{Rekey, RekeyPage},
    time::{ManualClock, Timestamp},
};
use server::URL;
use support::patched::{Patched, assert_fits, here};
use support::rekeying::walking;
use support::{START, again, cheap_under, name};
use test_store::{DATABASES, Kind, TestStore, block_on};

/// The variable with the task of the node of the newer release: one line each for the step, the database, the place in
/// it, the master key, and id and token of both credentials.
const TASK: &str = "KEYWARD_NEWER_RELEASE";

#[test]
fn the_patch_of_the_newer_release_fits() {
    assert_fits(&patch());
}

/// It builds the crate once more, so it runs only in CI, or if `KEYWARD_RELEASES` is set.
#[test]
fn no_good_key_is_denied_and_no_write_is_undone() {
    if env::var_os("CI").is_none() && env::var_os("KEYWARD_RELEASES").is_none() {
        return;
    }
    let newer_release = Patched::with(&patch());
    for kind in DATABASES {
        let test_store = block_on(TestStore::fresh(kind));
        let older = block_on(Older::new(&test_store));
        let task = |step| older.task(step, kind, &test_store);
        let [deprecate, look] = ["deprecate", "look"].map(task);
        newer(&newer_release, &deprecate);
        assert_eq!(block_on(steps(&test_store)), ["1 from 1", "2 from 1"], "{kind:?}");
        block_on(older.meets_what_it_does_not_know());
        let older = older.starts_again(kind, &test_store);
        let before = block_on(tags(kind, &test_store));
        block_on(older.rekeys(1));
        newer(&newer_release, &look);
        assert_eq!(block_on(tags(kind, &test_store)), before, "{kind:?}");
    }
}

/// The node of the newer release: the test above starts it as a process of its own.
#[test]
#[ignore = "a part of `no_good_key_is_denied_and_no_write_is_undone`, which runs it"]
fn the_node_of_the_newer_release() {
    let task = fs::read_to_string(env::var_os(TASK).unwrap()).unwrap();
    let [step, database, at, key, kept_id, kept, ending_id, ending] =
        task.lines().collect::<Vec<_>>().try_into().unwrap();
    block_on(async {
        let store = open(database, at).await;
        let clock = ManualClock::at(START.parse().unwrap());
        let node = node(store, clock, key.parse().unwrap());
        let admin = admin();
        let manager = node.manager(&admin);
        assert_eq!(outcome(&node, kept).await, Ok(()));
        assert_eq!(outcome(&node, ending).await, Ok(()));
        if step == "deprecate" {
            let sunset: Timestamp = "2031-01-01T00:00:00Z".parse().unwrap();
            let id: CredentialId = ending_id.parse().unwrap();
            manager.deprecate(id, Some(EndTime::At(sunset))).await.unwrap();
            assert_eq!(outcome(&node, ending).await, Ok(()));
        } else {
            let renamed = manager.credential(kept_id.parse().unwrap()).await.unwrap();
            assert_eq!(renamed.name, name("Renamed"));
            let history = history(&node).await;
            assert!(history.iter().all(|event| event.is_checked), "{history:?}");
            assert_untouched(&walking(&node, Rekey::new()).await.unwrap(), 0);
        }
        node.close().await.unwrap();
    });
}

/// The node of this release, which runs all the time.
struct Older {
    node: Keyward,
    clock: ManualClock,
    master_key: MasterKey,
    kept: (CredentialId, String),
    ending: (CredentialId, String),
}

impl Older {
    async fn new(test_store: &TestStore) -> Self {
        let clock = ManualClock::at(START.parse().unwrap());
        let master_key = MasterKey::generate().unwrap();
        let node = node(test_store.store(), clock.clone(), again(&master_key));
        let admin = admin();
        let manager = node.manager(&admin);
        let workspace = WorkspaceId::new("acme/shop").unwrap();
        manager.create_workspace(NewWorkspace::new(workspace.clone(), name("Shop"))).await.unwrap();
        let mut issued = Vec::new();
        for called in ["Kept", "Ending"] {
            let new = NewCredential::new(workspace.clone(), name(called));
            let key = manager.issue_app_key(new).await.unwrap();
            assert_eq!(outcome(&node, key.secret.expose()).await, Ok(()));
            issued.push((key.credential.id, key.secret.expose().to_owned()));
        }
        let [kept, ending] = issued.try_into().unwrap();
        Self { node, clock, master_key, kept, ending }
    }

    fn task(&self, step: &str, kind: Kind, test_store: &TestStore) -> String {
        let at = place(kind, test_store);
        let ((kept_id, kept), (ending_id, ending)) = (&self.kept, &self.ending);
        let key = self.master_key.expose_text();
        format!("{step}\n{kind:?}\n{at}\n{}\n{kept_id}\n{kept}\n{ending_id}\n{ending}\n", *key)
    }

    /// The credential that the newer release changed is `Unavailable`, and everything else works.
    async fn meets_what_it_does_not_know(&self) {
        self.clock.advance(Duration::from_secs(2));
        let newer = UnavailableReason::NewerRelease;
        assert_eq!(outcome(&self.node, &self.kept.1).await, Ok(()));
        assert_eq!(outcome(&self.node, &self.ending.1).await, Err(newer));
        let admin = admin();
        let manager = self.node.manager(&admin);
        manager.rename(self.kept.0, name("Renamed")).await.unwrap();
        let refused = manager.rename(self.ending.0, name("Renamed too")).await;
        let Err(ManageError::Unavailable(refused)) = refused else { panic!("{refused:?}") };
        assert_eq!(refused.reason(), newer);
        let listed = manager.credentials(CredentialFilter::new()).await.unwrap().items;
        let newer: Vec<_> =
            listed.iter().filter(|item| matches!(item, PageItem::Newer { .. })).collect();
        assert_eq!(newer, [&PageItem::Newer { id: self.ending.0.to_string() }]);
        assert_eq!(listed.into_iter().filter_map(PageItem::record).count(), 2);
        let history = history(&self.node).await;
        let mut unchecked = history.iter().filter(|event| !event.is_checked);
        assert!(matches!(unchecked.next().unwrap().action, Action::Deprecated { .. }));
        assert_eq!(unchecked.next(), None);
        assert_eq!(self.node.stats().distrusted_polls, 0);
    }

    /// An older node that starts over the tables of the newer release knows no more than before, and works.
    fn starts_again(self, kind: Kind, test_store: &TestStore) -> Self {
        block_on(async {
            self.node.close().await.unwrap();
            let store = open(&format!("{kind:?}"), &place(kind, test_store)).await;
            let node = node(store, self.clock.clone(), again(&self.master_key));
            assert_eq!(outcome(&node, &self.kept.1).await, Ok(()));
            let newer = UnavailableReason::NewerRelease;
            assert_eq!(outcome(&node, &self.ending.1).await, Err(newer));
            Self { node, ..self }
        })
    }

    async fn rekeys(&self, unknown: u64) {
        assert_untouched(&walking(&self.node, Rekey::new()).await.unwrap(), unknown);
    }
}

/// The schema or file of a store.
fn place(kind: Kind, test_store: &TestStore) -> String {
    match kind {
        Kind::Postgres => test_store.schema().to_owned(),
        Kind::Memory | Kind::Sqlite => test_store.path().into_os_string().into_string().unwrap(),
    }
}

async fn open(database: &str, place: &str) -> AnyStore {
    match database {
        "Sqlite" => AnyStore::new(SqliteStore::open(place).await.unwrap()),
        _ => AnyStore::new(harness::patient(place).connect(&URL).await.unwrap()),
    }
}

/// The version of each step, and from which version on releases are served.
async fn steps(test_store: &TestStore) -> Vec<String> {
    test_store
        .texts("SELECT version || ' from ' || serves_from FROM keyward_migrations ORDER BY version")
        .await
}

/// Runs the other node's step.
fn newer(release: &Patched, task: &str) {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(&file, task).unwrap();
    let mut cargo: Command = release.cargo_test("two_releases", "the_node_of_the_newer_release");
    let run = cargo
        .arg("--ignored")
        .env(TASK, file.path())
        .env("KEYWARD_POSTGRES", &*URL)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(run.status.success(), "{told}{}", String::from_utf8_lossy(&run.stderr));
    assert!(told.contains("1 passed"), "{told}");
}

fn patch() -> PathBuf {
    here().join("tests/two_releases/next.patch")
}

fn node(store: AnyStore, clock: ManualClock, key: MasterKey) -> Keyward {
    cheap_under(store, clock, MasterKeys::new(key)).build().unwrap()
}

fn admin() -> Actor {
    Actor::admin(AccountId::new("acme").unwrap(), ActorId::new("ada@acme.test").unwrap())
}

/// Returns the outcome of an attempt. Panics if it is denied.
async fn outcome(node: &Keyward, token: &str) -> Result<(), UnavailableReason> {
    let attempt = Attempt::app(token).client_address(IpAddr::from([203, 0, 113, 9]));
    match node.verify(&attempt).await {
        Ok(_) => Ok(()),
        Err(NotVerified::Unavailable(unavailable)) => Err(unavailable.reason()),
        Err(other) => panic!("{other:?}"),
    }
}

/// Every event of the account. Panics if one is corrupt.
async fn history(node: &Keyward) -> Vec<HistoryEvent> {
    let page = node.manager(&admin()).history(HistoryFilter::new()).await.unwrap();
    assert_eq!(page.next, None);
    let events = page.items.into_iter().map(|item| match item {
        PageItem::Record(event) => event,
        other => panic!("{other:?}"),
    });
    events.collect()
}

/// The tag of each credential, in hexadecimal.
async fn tags(kind: Kind, test_store: &TestStore) -> Vec<String> {
    let tag = match kind {
        Kind::Postgres => "encode(tag, 'hex')",
        Kind::Memory | Kind::Sqlite => "hex(tag)",
    };
    test_store.texts(&format!("SELECT {tag} FROM keyward_credentials ORDER BY id")).await
}

/// A walk changed nothing, and could not check this number of records.
fn assert_untouched(walk: &RekeyPage, unknown: u64) {
    assert_eq!((walk.unchecked, walk.corrupt, walk.lost), (unknown, 0, 0));
    assert_eq!((walk.retagged, walk.renewed, walk.changed), (0, 0, 0));
}
