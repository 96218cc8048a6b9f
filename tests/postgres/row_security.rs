//! Row-level security: an active policy is reported when the store opens, and a later policy never hides a row.

use std::error::Error;
use std::net::IpAddr;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use keyward::conformance::Harness;
use keyward::store::{CredentialStore, NetworkUse, RecordId, Refreshed, TagChange, Use};
use keyward::{
    Attempt, GenerationNumber, Keyward, MasterKey, MasterKeys, NewCredential, NewWorkspace,
    NotVerified, PostgresStore, SlowHashParams,
    time::{Day, ManualClock},
};
use sqlx::AssertSqlSafe;
use sqlx::postgres::PgConnection;

use crate::harness::{Postgres, RUNTIME, connection, new_schema, owner, patient};
use crate::server::{RUN, URL};
use crate::stores::misconfigured::assert_misconfigured;
use crate::stores::{admin, name, now, workspace};

/// A role that can read and write the tables, and neither owns them nor bypasses policies.
struct Role {
    name: String,
    url: String,
}

impl Role {
    async fn create(own: &mut PgConnection, schema: &str) -> Self {
        let role = Self::without_rights(own).await;
        let (name, schema) = (&role.name, schema.replace('"', "\"\""));
        let grant = format!(
            "GRANT USAGE ON SCHEMA \"{schema}\" TO \"{name}\"; \
             GRANT ALL ON ALL TABLES IN SCHEMA \"{schema}\" TO \"{name}\""
        );
        execute(own, &grant).await;
        role
    }

    async fn without_rights(own: &mut PgConnection) -> Self {
        static ROLES: AtomicU32 = AtomicU32::new(0);
        let name = format!("keyward rls {} {}", *RUN, ROLES.fetch_add(1, Ordering::Relaxed));
        execute(own, &format!("CREATE ROLE \"{name}\" LOGIN")).await;
        let (_, server) = URL.split_once('@').unwrap();
        let url = format!("postgres://{}@{server}", name.replace(' ', "%20"));
        Self { name, url }
    }

    async fn drop(self, own: &mut PgConnection) {
        let name = self.name;
        execute(own, &format!("DROP OWNED BY \"{name}\"; DROP ROLE \"{name}\"")).await;
    }
}

async fn execute(own: &mut PgConnection, text: &str) {
    sqlx::raw_sql(AssertSqlSafe(text.to_owned())).execute(own).await.unwrap();
}

/// Every table of Keyward, as the database's catalogue lists them.
async fn tables(own: &mut PgConnection, schema: &str) -> Vec<String> {
    let text = "SELECT table_name::text FROM information_schema.tables \
                WHERE table_schema = $1 AND table_name LIKE 'keyward\\_%' ORDER BY 1";
    let tables: Vec<String> = sqlx::query_scalar(text).bind(schema).fetch_all(own).await.unwrap();
    assert!(tables.len() >= 9, "{tables:?}");
    tables
}

#[test]
fn a_store_whose_rows_a_policy_would_hide_does_not_open_and_says_why() {
    let harness = Postgres::default();
    drop(harness.fresh());
    RUNTIME.block_on(async {
        let schema = harness.schema();
        let mut own = connection(&schema).await;
        let role = Role::create(&mut own, &schema).await;
        for table in tables(&mut own, &schema).await {
            execute(&mut own, &format!("ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")).await;
            let error = patient(&schema).owner(owner()).connect(&role.url).await.unwrap_err();
            assert_misconfigured(&error, &[&format!("table {table} "), "BYPASSRLS"]);
            // The owner bypasses policies.
            patient(&schema).connect(&URL).await.unwrap().close().await;
            execute(&mut own, &format!("ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")).await;
        }
        patient(&schema).owner(owner()).connect(&role.url).await.unwrap().close().await;
        role.drop(&mut own).await;
    });
}

/// A node with this master key and no cache.
fn node(store: PostgresStore, key: &MasterKey) -> Keyward {
    Keyward::builder(store, MasterKeys::new(key.expose_text().parse().unwrap()))
        .slow_hash(SlowHashParams::dangerous_cheap())
        .clock(ManualClock::at(now()))
        .build()
        .unwrap()
}

/// A key of a workspace with an allowlist.
struct Restricted {
    master_key: MasterKey,
    token: String,
}

impl Restricted {
    async fn new(store: PostgresStore) -> Self {
        let master_key = MasterKey::generate().unwrap();
        let issuer = node(store, &master_key);
        let admin = admin();
        let manager = issuer.manager(&admin);
        let new = NewWorkspace::new(workspace(), name("Shop"));
        manager.create_workspace(new).await.unwrap();
        manager.allow(&workspace(), &["192.0.2.0/24".parse().unwrap()]).await.unwrap();
        let new = NewCredential::new(workspace(), name("server"));
        let token = manager.issue_app_key(new).await.unwrap().secret;
        Self { master_key, token: token.expose().to_owned() }
    }

    /// Returns `true` if a node with an empty cache verifies the key from a listed address. Fails if the node denies
    /// the key, or verifies it from another address.
    async fn is_decided(&self, store: &PostgresStore) -> bool {
        let verify = async |address: &str| {
            let attempt =
                Attempt::app(&self.token).client_address(address.parse::<IpAddr>().unwrap());
            node(store.clone(), &self.master_key).verify(&attempt).await
        };
        let unlisted = verify("198.51.100.1").await;
        assert!(unlisted.is_err(), "{unlisted:?}");
        let listed = verify("192.0.2.1").await;
        assert!(!matches!(listed, Err(NotVerified::Denied(_))), "{listed:?}");
        listed.is_ok()
    }
}

/// Policies that are made while nodes run: no answer is given from the rows that they leave.
#[test]
fn a_policy_that_comes_later_never_hides_a_restriction() {
    let harness = Postgres::default();
    let owners = harness.fresh();
    RUNTIME.block_on(async {
        let schema = harness.schema();
        let restricted = Restricted::new(owners).await;
        let mut own = connection(&schema).await;
        let role = Role::create(&mut own, &schema).await;
        let store = patient(&schema).owner(owner()).connect(&role.url).await.unwrap();
        assert!(restricted.is_decided(&store).await);
        let mut undecided = 0;
        for table in tables(&mut own, &schema).await {
            execute(&mut own, &format!("ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")).await;
            undecided += u32::from(!restricted.is_decided(&store).await);
            execute(&mut own, &format!("ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")).await;
        }
        assert!(undecided >= 5, "only {undecided} tables matter");
        store.close().await;
        role.drop(&mut own).await;
    });
}

/// A write that finds no rows would be reported as done, or as outdated.
#[test]
fn a_policy_that_comes_later_never_hides_a_row_from_a_write() {
    let harness = Postgres::default();
    let owners = harness.fresh();
    RUNTIME.block_on(async {
        let schema = harness.schema();
        let issuer = node(owners.clone(), &MasterKey::generate().unwrap());
        let admin = admin();
        let manager = issuer.manager(&admin);
        manager.create_workspace(NewWorkspace::new(workspace(), name("Shop"))).await.unwrap();
        let new = NewCredential::new(workspace(), name("server"));
        let id = manager.issue_app_key(new).await.unwrap().credential.id;
        let tag = owners.credential(id).await.unwrap().unwrap().tag;
        let mut own = connection(&schema).await;
        let role = Role::create(&mut own, &schema).await;
        let store = patient(&schema).owner(owner()).connect(&role.url).await.unwrap();
        let generation = GenerationNumber::new(1).unwrap();
        let used = Use { credential: id, generation, at: now(), older_than: now() };
        let networks = [NetworkUse {
            credential: id,
            network: "192.0.2.0/24".parse().unwrap(),
            day: Day::of(now()),
        }];
        let tags = TagChange { old: tag, new: tag };
        for (table, call) in [
            ("keyward_uses", 0),
            ("keyward_used_networks", 1),
            ("keyward_leftovers", 1),
            ("keyward_credentials", 2),
            ("keyward_workspaces", 2),
            ("keyward_events", 3),
        ] {
            let write = async || match call {
                0 => store.record_uses(&[used]).await,
                1 => store.record_networks(&networks).await,
                2 => {
                    let retagged = store.retag(&RecordId::Credential(id), &tags).await?;
                    assert_eq!(retagged, Refreshed::Replaced, "{table}");
                    Ok(())
                }
                _ => store.prune_events(now(), 1).await.map(drop),
            };
            // Its statement is prepared, and its plan kept.
            for _ in 0..6 {
                write().await.unwrap();
            }
            execute(&mut own, &format!("ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")).await;
            let error = write().await.expect_err(table);
            assert_misconfigured(&error, &["row-level security is active", "BYPASSRLS"]);
            execute(&mut own, &format!("ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")).await;
            write().await.unwrap();
        }
        let stored = owners.credential(id).await.unwrap().unwrap();
        assert_eq!(stored.current.last_used, Some(now()));
        store.close().await;
        role.drop(&mut own).await;
    });
}

/// A forced policy applies to the owner of the table too.
#[test]
fn a_policy_that_is_forced_on_the_owner_never_hides_a_restriction() {
    let (schema, database) = (new_schema(), "SELECT current_database()::text");
    LazyLock::force(&URL);
    RUNTIME.block_on(async {
        let mut own = connection(&schema).await;
        let role = Role::without_rights(&mut own).await;
        let database: String = sqlx::query_scalar(database).fetch_one(&mut own).await.unwrap();
        let grant = format!("GRANT CREATE ON DATABASE \"{database}\" TO \"{}\"", role.name);
        execute(&mut own, &grant).await;
        let store = patient(&schema).connect(&role.url).await.unwrap();
        let restricted = Restricted::new(store.clone()).await;
        let mut undecided = 0;
        for table in tables(&mut own, &schema).await {
            execute(&mut own, &format!("ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")).await;
            patient(&schema).connect(&role.url).await.unwrap().close().await;
            assert!(restricted.is_decided(&store).await, "{table}: the owner bypasses it");
            execute(&mut own, &format!("ALTER TABLE {table} FORCE ROW LEVEL SECURITY")).await;
            let error = patient(&schema).connect(&role.url).await.unwrap_err();
            let source = error.source().unwrap().to_string();
            assert!(source.contains(&format!("table {table} ")), "{table}: {source}");
            undecided += u32::from(!restricted.is_decided(&store).await);
            let none = format!(
                "ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY"
            );
            execute(&mut own, &none).await;
        }
        assert!(undecided >= 5, "only {undecided} tables matter");
        store.close().await;
        role.drop(&mut own).await;
    });
}
