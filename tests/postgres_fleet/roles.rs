//! The roles of `docs/postgresql.md`: the test runs the SQL of the page.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use keyward::store::{CredentialStore, StoreErrorKind};
use keyward::{
    Attempt, Keyward, MasterKey, MasterKeys, NewCredential, NewWorkspace, PostgresOptions,
    PostgresStore, manage::Integration,
};
use sqlx::AssertSqlSafe;
use sqlx::postgres::PgConnection;

use crate::harness::{RUNTIME, connection, drop_schema, new_schema, patient};
use crate::nodes;
use crate::server::{RUN, URL};
use crate::stores::misconfigured::assert_misconfigured;
use crate::stores::{admin, name, now, workspace};

const PAGE: &str = include_str!("../../docs/postgresql.md");

/// A schema, and the roles that own it, serve and only verify.
struct Roles {
    own: PgConnection,
    schema: String,
    number: String,
}

impl Roles {
    async fn new() -> Self {
        static SCENES: AtomicU32 = AtomicU32::new(0);
        let number = format!("{} {}", *RUN, SCENES.fetch_add(1, Ordering::Relaxed));
        let schema = new_schema();
        let mut roles = Self { own: connection(&schema).await, schema, number };
        roles
            .run(
                "CREATE ROLE keyward_owner LOGIN; CREATE ROLE keyward_app LOGIN; \
                   CREATE ROLE keyward_verifier LOGIN; \
                   CREATE SCHEMA keyward AUTHORIZATION keyward_owner",
            )
            .await;
        roles
    }

    /// A name of the page as it is called here.
    fn called(&self, role: &str) -> String {
        format!("{role} {}", self.number)
    }

    /// Runs SQL that has the names of the page.
    async fn run(&mut self, text: &str) {
        let schema = format!("\"{}\"", self.schema.replace('"', "\"\""));
        let mut text = text
            .replace("keyward.keyward_", "{schema}.keyward-")
            .replace("SCHEMA keyward ", "SCHEMA {schema} ")
            .replace("SCHEMA keyward;", "SCHEMA {schema};");
        for role in ["keyward_owner", "keyward_app", "keyward_verifier"] {
            text = text.replace(role, &format!("\"{}\"", self.called(role)));
        }
        let text = text.replace("keyward-", "keyward_").replace("{schema}", &schema);
        sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut self.own).await.unwrap();
    }

    /// Runs the block of the page that follows this heading.
    async fn run_of_page(&mut self, heading: &str) {
        let (_, after) = PAGE.split_once(heading).unwrap();
        let (_, block) = after.split_once("```sql\n").unwrap();
        self.run(block.split_once("```").unwrap().0).await;
    }

    fn url(&self, role: &str) -> String {
        let (_, server) = URL.split_once('@').unwrap();
        format!("postgres://{}@{server}", self.called(role).replace(' ', "%20"))
    }

    fn options(&self) -> PostgresOptions {
        patient(&self.schema).owner(self.called("keyward_owner"))
    }

    async fn open(&self, role: &str) -> PostgresStore {
        self.options().connect(&self.url(role)).await.unwrap()
    }

    async fn drop(mut self) {
        drop_schema(&self.schema).await;
        let roles = "keyward_owner, keyward_app, keyward_verifier";
        self.run(&format!("DROP OWNED BY {roles}; DROP ROLE {roles}")).await;
    }
}

fn block_on(test: impl Future<Output = ()>) {
    LazyLock::force(&URL);
    RUNTIME.block_on(test);
}

fn node(store: &PostgresStore, keys: MasterKeys) -> Keyward {
    nodes::node(store, keys).build().unwrap()
}

fn again(key: &MasterKey) -> MasterKey {
    key.expose_text().parse().unwrap()
}

#[test]
fn one_role_migrates_and_another_serves_with_the_grants_of_the_page() {
    block_on(async {
        let mut roles = Roles::new().await;
        let app = roles.url("keyward_app");
        // The tables are missing, and the role may not create them.
        let early = roles.options().connect(&app).await.unwrap_err();
        assert_misconfigured(&early, &["42501"]);
        for _ in 0..2 {
            roles.options().migrate(&roles.url("keyward_owner")).await.unwrap();
        }
        roles.run_of_page("## The service's role").await;
        let store = roles.open("keyward_app").await;
        assert_eq!(store.check().await.unwrap(), []);
        let keyward = node(&store, MasterKeys::new(MasterKey::generate().unwrap()));
        let admin = admin();
        let manager = keyward.manager(&admin);
        let new = |text| NewCredential::new(workspace(), name(text));
        manager.create_workspace(NewWorkspace::new(workspace(), name("Shop"))).await.unwrap();
        let track = manager.issue_track_set(new("Track")).await.unwrap().credential.id;
        manager.connect(&workspace(), Integration::Segment, Some(track)).await.unwrap();
        manager.allow(&workspace(), &["192.0.2.0/24".parse().unwrap()]).await.unwrap();
        manager.disconnect(&workspace(), &Integration::Segment).await.unwrap();
        manager.delete(track, "Track").await.unwrap();
        manager.remove_workspace(&workspace(), "Shop").await.unwrap();
        store.purge_removed(100).await.unwrap();
        store.prune_events(now(), 100).await.unwrap();
        store.close().await;
        // The page grants no more than is needed.
        for needless in ["TRUNCATE", "DELETE ON keyward.keyward_accounts", "ALL PRIVILEGES"] {
            assert!(!PAGE.contains(needless), "{needless}");
        }
        roles.drop().await;
    });
}

#[test]
fn the_sql_to_review_makes_what_a_migration_makes() {
    block_on(async {
        let [mut by_hand, by_call] = [Roles::new().await, Roles::new().await];
        let text = by_hand.options().migration_sql().unwrap();
        let role = by_hand.called("keyward_owner");
        let text = format!("SET ROLE \"{role}\"; {text}; RESET ROLE");
        sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut by_hand.own).await.unwrap();
        by_call.options().migrate(&by_call.url("keyward_owner")).await.unwrap();
        let columns = "SELECT string_agg(concat_ws(' ', table_name, column_name, data_type, is_nullable, \
                       collation_name, domain_name), E'\\n' ORDER BY table_name, ordinal_position) \
                       FROM information_schema.columns WHERE table_schema = $1";
        let mut shown = Vec::new();
        for roles in [by_hand, by_call] {
            let mut own = connection(&roles.schema).await;
            let found: String =
                sqlx::query_scalar(columns).bind(&roles.schema).fetch_one(&mut own).await.unwrap();
            let store = roles.open("keyward_owner").await;
            assert_eq!(store.check().await.unwrap(), []);
            store.close().await;
            shown.push(found);
            roles.drop().await;
        }
        assert!(shown[0].lines().count() > 50, "{}", shown[0]);
        assert_eq!(shown[0], shown[1]);
    });
}

/// Also under an older master key, whose digests this role cannot replace.
#[test]
fn a_role_that_only_verifies_does_so_and_notes_uses() {
    block_on(async {
        let mut roles = Roles::new().await;
        let owner = roles.open("keyward_owner").await;
        roles.run_of_page("## A role that only verifies").await;
        let (old, new) = (MasterKey::generate().unwrap(), MasterKey::generate().unwrap());
        let serving = node(&owner, MasterKeys::new(again(&old)));
        let admin = admin();
        let manager = serving.manager(&admin);
        manager.create_workspace(NewWorkspace::new(workspace(), name("Shop"))).await.unwrap();
        let new_key = NewCredential::new(workspace(), name("server"));
        let issued = manager.issue_app_key(new_key).await.unwrap();

        let store = roles.open("keyward_verifier").await;
        for keys in [MasterKeys::new(again(&old)), MasterKeys::new(new).older([again(&old)])] {
            let verifier = node(&store, keys);
            for _ in 0..3 {
                verifier.verify(&Attempt::app(issued.secret.expose())).await.unwrap();
            }
            verifier.flush().await.unwrap();
        }
        let record = owner.credential(issued.credential.id).await.unwrap().unwrap();
        assert_eq!(record.current.last_used, Some(now()));
        // Nothing was re-digested.
        assert_eq!(record.current.digest.key(), old.id());
        let verifier = node(&store, MasterKeys::new(again(&old)));
        let refused = verifier.manager(&admin).delete(issued.credential.id, "server").await;
        assert!(refused.is_err(), "{refused:?}");
        assert!(owner.credential(issued.credential.id).await.unwrap().is_some());
        store.close().await;
        owner.close().await;
        roles.drop().await;
    });
}

#[test]
fn transactions_that_are_read_only_by_default_are_refused() {
    block_on(async {
        let mut roles = Roles::new().await;
        roles.options().migrate(&roles.url("keyward_owner")).await.unwrap();
        roles.run_of_page("## The service's role").await;
        let url =
            format!("{}?options=-c%20default_transaction_read_only%3Don", roles.url("keyward_app"));
        let error = roles.options().connect(&url).await.unwrap_err();
        assert_misconfigured(&error, &["default_transaction_read_only"]);
        let store = roles.open("keyward_app").await;
        roles.run("ALTER ROLE keyward_app SET default_transaction_read_only = on").await;
        let error = roles.options().connect(&roles.url("keyward_app")).await.unwrap_err();
        assert_misconfigured(&error, &["default_transaction_read_only"]);
        let pool =
            sqlx::postgres::PgPoolOptions::new().connect_lazy(&roles.url("keyward_app")).unwrap();
        let error = roles.options().from_pool(pool).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Misconfigured);
        store.close().await;
        roles.drop().await;
    });
}
