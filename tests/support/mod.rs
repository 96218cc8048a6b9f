//! Shared by the tests: a handle over any store, with a manual clock.

#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot be set up has failed"
)]

pub mod cargo;
pub mod directed;
pub mod dump;
pub mod failing_store;
pub mod forged;
pub mod kinds;
pub mod no_secret;
pub mod nodes;
pub mod operations;
pub mod patched;
pub mod programs;
pub mod random;
pub mod random_source;
pub mod rekeying;
pub mod revocation;
pub mod rolling_change;
pub mod seen;
pub mod slow;
pub mod staged;
pub mod tampered;
pub mod thread_log;

use std::error::Error;
use std::fmt::Debug;
use std::sync::{LazyLock, Mutex};
use std::time::Duration;

use keyward::store::{CredentialQuery, CredentialStore, PageItem, PageSize, Scope, copy};
use keyward::{
    AccountId, Actor, ActorId, App, Builder, CredentialId, Keyward, ManageError, MasterKey,
    MasterKeyId, MasterKeys, MemoryStore, Name, NewCredential, NewWorkspace, Operator, Permission,
    Refusal, SlowHashParams, Track, WorkspaceId,
    imports::ImportFormat,
    kind::IntegrationSpec,
    manage::{CreatedWorkspace, Issued},
    time::{ManualClock, Timestamp},
};

pub use pollster::block_on;

use self::dump::Dump;

/// When every test begins.
pub const START: &str = "2030-01-01T09:00:00Z";

/// A handle, its store, and the clock that it reads.
pub struct World {
    pub store: MemoryStore,
    pub clock: ManualClock,
    pub keyward: Keyward,
    secrets: Mutex<Vec<String>>,
}

/// An empty store. Its key of ids is the same in all of them, so that a seed draws the same ids again.
fn empty_store() -> MemoryStore {
    static FIRST: LazyLock<MemoryStore> = LazyLock::new(MemoryStore::new);
    let store = MemoryStore::new();
    block_on(copy(&*FIRST, &store)).unwrap();
    store
}

impl World {
    /// A handle over an empty memory store.
    pub fn new() -> Self {
        Self::built(cheap)
    }

    /// Returns a handle from this builder, whose store can wrap the memory store.
    pub fn built(build: impl FnOnce(MemoryStore, ManualClock) -> Builder) -> Self {
        let store = empty_store();
        let clock = ManualClock::at(START.parse().unwrap());
        let keyward = build(store.clone(), clock.clone()).build().unwrap();
        Self { store, clock, keyward, secrets: Mutex::default() }
    }

    /// A handle of a host that declares these integrations and no others.
    pub fn declaring(specs: impl IntoIterator<Item = IntegrationSpec>) -> Self {
        let keys = MasterKeys::new(MasterKey::generate().unwrap());
        Self::built(|store, clock| plain(store, clock, keys).integrations(specs))
    }

    /// Notes a key text, or another secret, that no error may repeat.
    pub fn note_secret(&self, text: &str) {
        self.secrets.lock().unwrap().push(text.to_owned());
    }

    /// Every key text that was issued in this world.
    pub fn secrets(&self) -> Vec<String> {
        self.secrets.lock().unwrap().clone()
    }

    /// The key text that was issued last for a credential.
    pub fn key_of(&self, id: CredentialId) -> String {
        let secrets = self.secrets();
        secrets.into_iter().rfind(|secret| secret.contains(id.as_str())).unwrap()
    }

    /// The master key of `keyward`, as the first credential of `shop` names it.
    pub fn master_key(&self) -> MasterKeyId {
        let scope = Scope::Workspace(shop());
        let query = CredentialQuery::all(scope, self.now(), PageSize::default());
        let page = block_on(self.store.credentials(&query)).unwrap();
        page.items.into_iter().find_map(PageItem::record).unwrap().current.digest.key()
    }

    /// Returns all data of the store.
    pub fn dump(&self) -> Dump {
        Dump::of(&self.store)
    }

    /// The same, of a store that a test has written to itself.
    pub fn dump_unchecked(&self) -> Dump {
        Dump::unchecked(&self.store)
    }

    /// Runs an operation that must fail: the store is unchanged, and the error contains no secret.
    pub fn fails<T: Debug, E: Error + 'static>(
        &self,
        operation: impl Future<Output = Result<T, E>>,
    ) -> E {
        let before = self.dump();
        let error = block_on(operation).unwrap_err();
        self.dump().assert_is(&before, &error.to_string());
        no_secret::assert_no_secret(&error, &self.secrets());
        error
    }

    /// Runs a management operation that this rule must refuse. Returns the sentence.
    pub fn refuses<T: Debug>(
        &self,
        rule: &Refusal,
        operation: impl Future<Output = Result<T, ManageError>>,
    ) -> String {
        let error = self.fails(operation);
        assert!(matches!(&error, ManageError::Refused(refusal) if refusal == rule), "{error:?}");
        assert_advises(&error);
        error.to_string()
    }

    pub fn now(&self) -> Timestamp {
        keyward::time::Clock::now(&self.clock).wall
    }

    /// The time some seconds from now.
    pub fn later(&self, seconds: u64) -> Timestamp {
        self.now().saturating_add(Duration::from_secs(seconds))
    }

    /// Creates the workspace `shop`, by the admin.
    pub fn shop(&self) -> CreatedWorkspace {
        self.workspace(&shop(), "Shop")
    }

    /// Creates a workspace, by the admin.
    pub fn workspace(&self, id: &WorkspaceId, called: &str) -> CreatedWorkspace {
        let new = NewWorkspace::new(id.clone(), name(called));
        let created = block_on(self.keyward.manager(&admin()).create_workspace(new)).unwrap();
        self.note_secret(created.first.secret.expose());
        created
    }

    /// Issues an App key in `shop`, by the admin.
    pub fn app_key(&self, called: &str) -> Issued {
        let new = NewCredential::new(shop(), name(called));
        let issued = block_on(self.keyward.manager(&admin()).issue_app_key(new)).unwrap();
        self.note_secret(issued.secret.expose());
        issued
    }

    /// Issues a Track set in `shop`, by the admin.
    pub fn track_set(&self, called: &str) -> Issued {
        let new = NewCredential::new(shop(), name(called));
        let issued = block_on(self.keyward.manager(&admin()).issue_track_set(new)).unwrap();
        self.note_secret(issued.secret.expose());
        issued
    }
}

/// Returns a builder over any store, with a new master key and a cheap slow hash.
pub fn cheap(store: impl CredentialStore, clock: ManualClock) -> Builder {
    cheap_under(store, clock, MasterKeys::new(MasterKey::generate().unwrap()))
}

/// The same under these master keys.
pub fn cheap_under(store: impl CredentialStore, clock: ManualClock, keys: MasterKeys) -> Builder {
    integrating(plain(store, clock, keys))
}

/// Declares the default integrations, one of them with a snippet, and a format of imported keys, so that every operation has
/// something to do.
pub fn integrating(builder: Builder) -> Builder {
    let segment = IntegrationSpec::SEGMENT.snippet("site = {{public_id}}");
    builder
        .import::<App>(ImportFormat::sha256("old").starting_with("old_"))
        .integrations([IntegrationSpec::JAVASCRIPT_SNIPPET, segment, IntegrationSpec::API])
        .custom_integrations::<Track>()
}

/// The same, without integrations that differ from the default.
pub fn plain(store: impl CredentialStore, clock: ManualClock, keys: MasterKeys) -> Builder {
    // Every use is written, so that tests can compare times.
    let builder = Keyward::builder(store, keys).last_used_grain(Duration::ZERO);
    builder.slow_hash(SlowHashParams::dangerous_cheap()).clock(clock)
}

pub fn account() -> AccountId {
    AccountId::new("acme").unwrap()
}

pub fn shop() -> WorkspaceId {
    WorkspaceId::new("acme/shop").unwrap()
}

pub fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

pub fn admin() -> Actor {
    Actor::admin(account(), ActorId::new("ada@acme.test").unwrap())
}

/// An admin of another account.
pub fn stranger() -> Actor {
    Actor::admin(AccountId::new("other").unwrap(), ActorId::new("eve@other.test").unwrap())
}

/// A member with "Manage API credentials".
pub fn member() -> Actor {
    Actor::member(account(), ActorId::new("bob@acme.test").unwrap())
        .with(Permission::ManageApiCredentials)
}

/// A member with "View API credentials".
pub fn viewer() -> Actor {
    Actor::member(account(), ActorId::new("val@acme.test").unwrap())
        .with(Permission::ViewApiCredentials)
}

/// A member without it.
pub fn guest() -> Actor {
    Actor::member(account(), ActorId::new("gus@acme.test").unwrap())
}

/// The same key again: there is no `Clone`.
pub fn again(key: &MasterKey) -> MasterKey {
    key.expose_text().parse().unwrap()
}

pub fn operator() -> Operator {
    Operator::new(ActorId::new("support-7").unwrap())
}

/// A second workspace of the same account.
pub fn outlet() -> WorkspaceId {
    WorkspaceId::new("acme/outlet").unwrap()
}

/// A sentence has two parts: the rule and the remedy.
pub fn assert_advises(error: &impl Error) {
    let sentence = error.to_string();
    let parts = sentence.split_once(": ");
    assert!(
        parts.is_some_and(|(rule, advice)| !rule.is_empty() && !advice.is_empty()),
        "{sentence}"
    );
}
