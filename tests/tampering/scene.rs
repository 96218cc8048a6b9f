//! Two customers in one database: a victim, and a customer who can write to the database.

use std::net::IpAddr;

use keyward::{
    AccountId, Actor, ActorId, Attempt, CredentialId, DenialReason, Keyward, MasterKey, MasterKeys,
    NewCredential, NewWorkspace, NotVerified, UnavailableReason, WorkspaceId, time::ManualClock,
};

use crate::support::{START, again, cheap_under, name};
use crate::test_store::{Kind, TestStore};

/// Takes away every check and reference of a PostgreSQL schema, as its owner can.
const NO_NETS: &str = "\
DO $$ DECLARE net record; BEGIN \
FOR net IN SELECT conrelid::regclass AS host, conname FROM pg_constraint \
WHERE connamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) \
AND contype IN ('c', 'f') AND conrelid <> 0 \
LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', net.host, net.conname); END LOOP; END $$;";

/// The outcome of an attempt.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    Opens(String),
    Denied(DenialReason),
    Unavailable(UnavailableReason),
}

/// A customer's workspace with one App key.
pub struct Customer {
    pub actor: Actor,
    pub workspace: WorkspaceId,
    pub key: CredentialId,
    pub token: String,
}

pub struct Scene {
    pub test_store: TestStore,
    pub kind: Kind,
    pub master_key: MasterKey,
    pub clock: ManualClock,
    pub victim: Customer,
    pub mallory: Customer,
}

impl Scene {
    pub async fn new(kind: Kind) -> Self {
        let test_store = TestStore::fresh(kind).await;
        let (master_key, clock) =
            (MasterKey::generate().unwrap(), ManualClock::at(START.parse().unwrap()));
        let keys = MasterKeys::new(again(&master_key));
        let keyward = cheap_under(test_store.store(), clock.clone(), keys).build().unwrap();
        let victim = customer(&keyward, "victim").await;
        let mallory = customer(&keyward, "mallory").await;
        Self { test_store, kind, master_key, clock, victim, mallory }
    }

    /// Returns a node with an empty cache.
    pub fn node(&self) -> Keyward {
        self.node_under(MasterKeys::new(self.master_key()))
    }

    /// The same under other master keys.
    pub fn node_under(&self, keys: MasterKeys) -> Keyward {
        cheap_under(self.test_store.store(), self.clock.clone(), keys).build().unwrap()
    }

    /// The master key of every node that is not built under others.
    pub fn master_key(&self) -> MasterKey {
        again(&self.master_key)
    }

    /// A tag as a newer release would write it: the expression that sets it in a row.
    pub const fn newer_tag(&self) -> &'static str {
        match self.kind {
            Kind::Postgres => "set_byte(tag, 0, 3)",
            Kind::Sqlite | Kind::Memory => "CAST(x'03' || substr(tag, 2) AS BLOB)",
        }
    }

    /// Runs statements as the owner of the tables.
    pub async fn run(&self, statements: &str) {
        let nets = if self.kind == Kind::Postgres { NO_NETS } else { "" };
        self.test_store.run(&format!("{nets}{statements}")).await;
    }

    /// Returns the outcome of a token on a fresh node.
    pub async fn outcome(&self, token: &str) -> Outcome {
        self.outcome_from(token, "203.0.113.9".parse().unwrap()).await
    }

    pub async fn outcome_from(&self, token: &str, address: IpAddr) -> Outcome {
        outcome_on(&self.node(), token, address).await
    }
}

/// Returns the outcome of a token on a node.
pub async fn outcome_on(node: &Keyward, token: &str, address: IpAddr) -> Outcome {
    match node.verify(&Attempt::app(token).client_address(address)).await {
        Ok(proof) => Outcome::Opens(proof.workspace().to_string()),
        Err(NotVerified::Denied(denial)) => Outcome::Denied(denial.reason()),
        Err(NotVerified::Unavailable(unavailable)) => Outcome::Unavailable(unavailable.reason()),
        Err(other) => panic!("{other:?}"),
    }
}

/// Creates a customer's account, workspace and key, named after the customer.
pub async fn customer(keyward: &Keyward, called: &str) -> Customer {
    let account = AccountId::new(called).unwrap();
    let actor = Actor::admin(account, ActorId::new(called).unwrap());
    let workspace = WorkspaceId::new(format!("{called}/w")).unwrap();
    let manager = keyward.manager(&actor);
    let new = NewWorkspace::new(workspace.clone(), name("Home"));
    manager.create_workspace(new).await.unwrap();
    let issued =
        manager.issue_app_key(NewCredential::new(workspace.clone(), name("Key"))).await.unwrap();
    let (key, token) = (issued.credential.id, issued.secret.expose().to_owned());
    Customer { actor, workspace, key, token }
}
