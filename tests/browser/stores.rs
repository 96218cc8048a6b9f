//! The services behind the pages: an account with credentials in every state, a large one, and stores that are late, busy or gone.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use keyward::kind::IntegrationSpec;
use keyward::manage::{CredentialNetworks, Integration, Label, Labels, Owner};
use keyward::scope::Scopes;
use keyward::store::{CredentialStore, StoreError, StoreErrorKind};
use keyward::time::{Clock, ManualClock, SystemClock};
use keyward::{
    ActorId, Attempt, Builder, Keyward, MasterKey, MasterKeys, MemoryStore, NewCredential,
    NewWorkspace, SlowHashParams, WorkspaceId,
};

use crate::support::directed::{Call, Directed, Director};
use crate::support::failing_store::{self, Fault, Faults, When};
use crate::support::{START, admin, again, cheap, name, outlet, shop, tampered};

/// A store, and the master key of its records.
pub struct Stored {
    pub store: MemoryStore,
    pub key: MasterKey,
}

/// A service over a store.
pub fn service(store: impl CredentialStore, key: &MasterKey) -> Builder {
    // The browser's clock is the real one, so the service's is too.
    let snippet = IntegrationSpec::JAVASCRIPT_SNIPPET
        .snippet("<script src=\"https://acme.test/s.js\" data-site-id=\"{{public_id}}\"></script>");
    Keyward::builder(store, MasterKeys::new(again(key)))
        .scopes::<Scope>()
        .slow_hash(SlowHashParams::dangerous_cheap())
        .integrations([snippet, IntegrationSpec::SEGMENT, IntegrationSpec::API])
        .custom_integrations::<keyward::Track>()
        .remember_networks(keyward::operate::NetworkViewers::Managers)
}

/// An account with credentials in every state.
pub async fn furnished() -> Stored {
    let key = MasterKey::generate().unwrap();
    let store = MemoryStore::new();
    let keyward = service(store.clone(), &key).build().unwrap();
    let ada = admin();
    let manager = keyward.manager(&ada);
    for (id, called) in [(shop(), "Shop"), (outlet(), "Outlet")] {
        drop(manager.create_workspace(NewWorkspace::new(id, name(called))).await.unwrap());
    }
    let issue = async |called: &str| {
        manager.issue_app_key(NewCredential::new(shop(), name(called))).await.unwrap()
    };
    let used = issue("Backend").await;
    let pass = async |issued: &keyward::manage::Issued, address: &str| {
        let address: std::net::IpAddr = address.parse().unwrap();
        let attempt = Attempt::app(issued.secret.expose()).client_address(address);
        keyward.verify(&attempt).await.unwrap();
    };
    pass(&used, "203.0.113.9").await;
    let week = Duration::from_hours(7 * 24);
    drop(manager.rotate(used.credential.id, week).await.unwrap());
    let suspended = issue("Reports <b>\"quoted\"</b>").await;
    manager.suspend(suspended.credential.id).await.unwrap();
    let deprecated = issue("\u{5e9}\u{5dc}\u{5d5}\u{5dd} export").await;
    let sunset = "2099-12-31T23:59:59Z".parse::<keyward::time::Timestamp>().unwrap();
    manager.deprecate(deprecated.credential.id, Some(sunset.into())).await.unwrap();
    let report =
        issue("Weekly report, a long name of a program that sends it to everybody in the team")
            .await;
    pass(&report, "2001:db8:7::1").await;
    pass(&issue("Office").await, "198.51.100.9").await;
    let bob = Owner::Member { id: ActorId::new("bob@acme.test").unwrap() };
    let labels = [("env", "production"), ("team", "billing, and a value that is rather long")];
    let labels = labels.map(|(name, value)| Label::new(name, value).unwrap());
    let narrow = NewCredential::new(shop(), name("Narrow"))
        .scopes(Scopes::of([Scope::ReadPeople, Scope::SendEmail]).unwrap())
        .networks(
            CredentialNetworks::new(
                ["203.0.113.0/24", "2001:db8::/32"].map(|it| it.parse().unwrap()),
            )
            .unwrap(),
        )
        .labels(Labels::new(labels).unwrap())
        .owner(bob);
    drop(manager.issue_app_key(narrow).await.unwrap());
    keyward.flush().await.unwrap();
    manager.connect(&shop(), Integration::JavaScriptSnippet, None).await.unwrap();
    manager.allow(&outlet(), &["203.0.113.0/24".parse().unwrap()]).await.unwrap();
    Stored { store, key }
}

/// A service whose store does not answer.
pub fn broken() -> Keyward {
    let store = failing(&MemoryStore::new(), StoreErrorKind::Unavailable, When::FromThenOn);
    cheap(store, ManualClock::at(START.parse().unwrap())).build().unwrap()
}

const EACH_COMMIT: When = When::Each(failing_store::Call::Commit);

/// A service in which other changes are always first.
pub fn conflicting(store: &MemoryStore, key: &MasterKey) -> Keyward {
    let store = failing(store, StoreErrorKind::Conflict, EACH_COMMIT);
    service(store, key).build().unwrap()
}

/// A service whose store takes no change.
pub fn read_only(store: &MemoryStore, key: &MasterKey) -> Keyward {
    let store = failing(store, StoreErrorKind::Unavailable, EACH_COMMIT);
    service(store, key).build().unwrap()
}

/// A service that loses its connection in each change, and cannot look it up.
pub fn lost(store: &MemoryStore, key: &MasterKey) -> Keyward {
    service(Directed::new(store.clone(), Lost::default()), key).build().unwrap()
}

/// Whether the last change was lost and not yet looked up.
#[derive(Debug, Clone, Default)]
struct Lost(Arc<AtomicBool>);

impl Director for Lost {
    fn before(&self, call: Call) -> Result<(), StoreError> {
        match call {
            Call::Commit => {
                self.0.store(true, Ordering::Relaxed);
                Err(StoreError::new(StoreErrorKind::Unknown))
            }
            Call::Operation if self.0.swap(false, Ordering::Relaxed) => {
                Err(StoreError::new(StoreErrorKind::Unavailable))
            }
            _ => Ok(()),
        }
    }
}

/// A service whose store takes two seconds for each change.
pub fn late(store: &MemoryStore, key: &MasterKey) -> Keyward {
    service(Directed::new(store.clone(), Late), key).build().unwrap()
}

#[derive(Debug, Clone)]
struct Late;

impl Director for Late {
    async fn direct<T: Send>(
        &self,
        call: Call,
        work: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        if call == Call::Commit {
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
        work.await
    }
}

/// A service with one thread for Argon2id, one place in its queue, and hashes that take seconds.
pub fn full(store: &MemoryStore, key: &MasterKey) -> Keyward {
    let one = std::num::NonZeroUsize::MIN;
    let slow = SlowHashParams::new(262_144, 16, 1).unwrap();
    let builder = service(store.clone(), key).slow_hash(slow);
    builder.hashing_threads(one).hashing_queue(one).build().unwrap()
}

/// Fills the queue: one hash runs, and one waits.
pub async fn fill(keyward: &Keyward) {
    static MADE: AtomicU64 = AtomicU64::new(1);
    let issue = || {
        let keyward = keyward.clone();
        let called = name(&format!("Waiting {}", MADE.fetch_add(1, Ordering::Relaxed)));
        tokio::spawn(async move {
            let ada = admin();
            drop(keyward.manager(&ada).issue_app_key(NewCredential::new(shop(), called)).await);
        });
    };
    let runs = keyward.stats().argon2id_issue_runs;
    issue();
    while keyward.stats().argon2id_issue_runs == runs {
        tokio::task::yield_now().await;
    }
    issue();
    while keyward.stats().argon2id_waiting == 0 {
        tokio::task::yield_now().await;
    }
}

fn failing(store: &MemoryStore, kind: StoreErrorKind, when: When) -> Directed<MemoryStore, Faults> {
    let faults = Faults::default();
    faults.set(Fault { at: 0, kind, when });
    Directed::new(store.clone(), faults)
}

/// An account with 1,000 credentials in 20 workspaces, all with names of 100 characters, some of them from right to left, and a
/// damaged record.
pub async fn large() -> Keyward {
    let key = MasterKey::generate().unwrap();
    let store = MemoryStore::new();
    let keyward = service(store.clone(), &key).build().unwrap();
    let ada = admin();
    let manager = keyward.manager(&ada);
    let mut last = None;
    for number in 0..20 {
        let id = WorkspaceId::new(format!("acme/{number}")).unwrap();
        let new = NewWorkspace::new(id.clone(), name(&long(number, "Workspace")));
        drop(manager.create_workspace(new).await.unwrap());
        for key in 0..49 {
            let new = NewCredential::new(id.clone(), name(&long(key, "Program")));
            last = Some(manager.issue_app_key(new).await.unwrap().credential.id);
        }
        let network = format!("2001:db8:{number}:ffff:ffff:ffff:ffff:ffff/128");
        manager.allow(&id, &[network.parse().unwrap()]).await.unwrap();
    }
    tampered::tamper(&store, SystemClock::new().now().wall, last.unwrap(), |record| {
        record.created = record.created.saturating_add(Duration::from_secs(1));
    });
    keyward
}

/// A name of 100 characters.
fn long(number: usize, latin: &str) -> String {
    let word = match number % 4 {
        0 => latin,
        1 => "\u{5e9}\u{5dc}\u{5d5}\u{5dd} \u{5e2}\u{5d5}\u{5dc}\u{5dd}",
        2 => "Donaudampfschifffahrtsgesellschaft",
        _ => "\u{645}\u{631}\u{62d}\u{628}\u{627}",
    };
    let words =
        format!("{number} ") + &vec![word; 100].join(if number % 4 == 2 { "" } else { " " });
    let first: String = words.chars().take(100).collect();
    first.trim_end().to_owned()
}

keyward::vocabulary! {
    /// What a key may do.
    pub enum Scope {
        ReadPeople = "read:people" => "Read people",
        SendEmail = "send:email" => "Send email",
        WriteEvents = "write:events" => "Send events about people",
    }
    presets {
        READER = "Read only" => [ReadPeople],
        CAMPAIGNS = "Campaigns" => [ReadPeople, SendEmail],
    }
}
