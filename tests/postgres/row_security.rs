//! Row-level security: the store says so when it opens, and a policy that comes later never hides a row.

use std::error::Error;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU32, Ordering};

use keyward::conformance::Harness;
use keyward::store::StoreErrorKind;
use keyward::{
    Attempt, Keyward, ManualClock, MasterKey, MasterKeys, NewCredential, NewWorkspace, NotVerified,
    PostgresStore, SlowHashParams,
};
use sqlx::AssertSqlSafe;
use sqlx::postgres::PgConnection;

use crate::harness::{Postgres, RUNTIME, connection, patient};
use crate::server::{RUN, URL};
use crate::stores::{admin, name, now, workspace};

/// A role that may read and write the tables, and neither owns them nor bypasses policies.
struct Role {
    name: String,
    url: String,
}

impl Role {
    async fn create(own: &mut PgConnection, schema: &str) -> Self {
        static ROLES: AtomicU32 = AtomicU32::new(0);
        let name = format!("keyward rls {} {}", *RUN, ROLES.fetch_add(1, Ordering::Relaxed));
        let schema = schema.replace('"', "\"\"");
        execute(
            own,
            &format!(
                "CREATE ROLE \"{name}\" LOGIN; GRANT USAGE ON SCHEMA \"{schema}\" TO \"{name}\"; \
                 GRANT ALL ON ALL TABLES IN SCHEMA \"{schema}\" TO \"{name}\""
            ),
        )
        .await;
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
            let error = patient(&schema).connect(&role.url).await.unwrap_err();
            assert_eq!(error.kind(), StoreErrorKind::Misconfigured, "{table}");
            let source = error.source().unwrap().to_string();
            let names_it = source.contains(&format!("table {table} "));
            assert!(names_it && source.contains("BYPASSRLS"), "{table}: {source}");
            // The owner bypasses policies.
            patient(&schema).connect(&URL).await.unwrap().close().await;
            execute(&mut own, &format!("ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")).await;
        }
        patient(&schema).connect(&role.url).await.unwrap().close().await;
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

/// Policies that are made while nodes run: no answer is given from the rows that they leave.
#[test]
fn a_policy_that_comes_later_never_hides_a_restriction() {
    let harness = Postgres::default();
    let owners = harness.fresh();
    RUNTIME.block_on(async {
        let (schema, key) = (harness.schema(), MasterKey::generate().unwrap());
        let issuer = node(owners, &key);
        let admin = admin();
        let manager = issuer.manager(&admin);
        let new = NewWorkspace::new(workspace(), name("Shop"));
        manager.create_workspace(new).await.unwrap();
        manager.allow(&workspace(), &["192.0.2.0/24".parse().unwrap()]).await.unwrap();
        let new = NewCredential::new(workspace(), name("server"));
        let token = manager.issue_app_key(new).await.unwrap().token;
        let [listed, unlisted] = ["192.0.2.1", "198.51.100.1"]
            .map(|address| Attempt::app(token.expose()).from(address.parse::<IpAddr>().unwrap()));

        let mut own = connection(&schema).await;
        let role = Role::create(&mut own, &schema).await;
        let store = patient(&schema).connect(&role.url).await.unwrap();
        node(store.clone(), &key).verify(&listed).await.unwrap();
        let mut undecided = 0;
        for table in tables(&mut own, &schema).await {
            execute(&mut own, &format!("ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")).await;
            let passes = node(store.clone(), &key).verify(&unlisted).await;
            assert!(passes.is_err(), "{table}");
            let answer = node(store.clone(), &key).verify(&listed).await;
            assert!(!matches!(answer, Err(NotVerified::Denied(_))), "{table}: {answer:?}");
            undecided += u32::from(answer.is_err());
            execute(&mut own, &format!("ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")).await;
        }
        assert!(undecided >= 5, "only {undecided} tables matter");
        store.close().await;
        role.drop(&mut own).await;
    });
}
