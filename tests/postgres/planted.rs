//! Functions, operators, types and tables that another role has planted: no statement of Keyward's runs or reads them.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use keyward::conformance::{self, Harness};
use keyward::store::copy;
use keyward::{MemoryStore, PostgresOptions, PostgresStore};
use sqlx::postgres::{PgConnection, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection};

use crate::harness::RUNTIME;
use crate::server::{RUN, URL};
use crate::stores::{everything, furnish, tables};

const PLANTED: &str = include_str!("planted.sql");
const PLANTED_ONCE: &str = include_str!("planted_once.sql");

/// The tables in `public`, which the path of a new database finds, after the system's own schema.
#[test]
fn functions_planted_beside_the_tables_are_never_run() {
    assert_never_run(&Database::new("public", "\"$user\", public"));
}

/// The worst path: the planted objects come before the system's schema, and the schema of the tables is not on the
/// path.
#[test]
fn functions_planted_before_the_system_catalogue_are_never_run() {
    assert_never_run(&Database::new("Keyward's \"own\"", "public, pg_catalog"));
}

fn assert_never_run(database: &Database) {
    let options = || database.options().connections(2);
    // Creates the tables.
    let store = RUNTIME.block_on(options().connect(&database.url(&database.keyward))).unwrap();
    database.plant_near_the_tables();
    RUNTIME.block_on(async {
        furnish(store.clone()).await;
        store.close().await;
        let again = options().connect(&database.url(&database.keyward)).await.unwrap();
        everything(&again).await;
        again.close().await;
    });
    // Calls without a statement of their own.
    let more_of_the_same =
        ["histories", "racing", "many", "largest", "longest", "every_condition_must"];
    for case in conformance::cases::<Database>() {
        if !more_of_the_same.iter().any(|word| case.name.contains(word)) {
            (case.run)(database);
        }
    }
    RUNTIME.block_on(async {
        let (source, target) = (MemoryStore::new(), database.empty().await);
        furnish(source.clone()).await;
        copy(&source, &target).await.unwrap();
        assert_eq!(everything(&source).await, everything(&target).await);
        copy(&target, &MemoryStore::new()).await.unwrap();
        target.close().await;
        // No constraint, default or index rests on it either: otherwise it could not be dropped.
        let mut intruder = database.connection(&database.intruder).await;
        execute(&mut intruder, "DROP OWNED BY CURRENT_USER RESTRICT").await;
    });
}

/// A database of its own with two roles: that of the store, and an intruder with the right to create in the schema
/// `public`.
struct Database {
    name: String,
    keyward: String,
    intruder: String,
    schema: &'static str,
    /// A host's pool, whose connections have temporary tables with the names of Keyward's.
    pool: OnceLock<PgPool>,
}

impl Database {
    fn new(schema: &'static str, path: &str) -> Self {
        static DATABASES: AtomicU32 = AtomicU32::new(0);
        let number = format!("{} {}", *RUN, DATABASES.fetch_add(1, Ordering::Relaxed));
        let [name, keyward, intruder] =
            ["planted", "keyward", "intruder"].map(|what| format!("{what} {number}"));
        let database = Self { name, keyward, intruder, schema, pool: OnceLock::new() };
        let Self { name, keyward, intruder, schema, .. } = &database;
        let url = URL.as_str();
        RUNTIME.block_on(async {
            let mut server = PgConnection::connect(url).await.unwrap();
            execute(&mut server, &format!("CREATE DATABASE \"{name}\" TEMPLATE template0")).await;
            let mut own = database.connection("").await;
            execute(
                &mut own,
                &format!(
                    "CREATE ROLE \"{keyward}\" LOGIN; CREATE ROLE \"{intruder}\" LOGIN; \
                     GRANT CREATE ON DATABASE \"{name}\" TO \"{keyward}\"; \
                     GRANT CREATE ON SCHEMA public TO \"{keyward}\", \"{intruder}\"; \
                     ALTER ROLE \"{keyward}\" SET search_path = {path}"
                ),
            )
            .await;
            let mut intruder = database.connection(intruder).await;
            execute(&mut intruder, &PLANTED.replace("{schema}", "")).await;
            execute(&mut intruder, PLANTED_ONCE).await;
            if *schema != "public" {
                let views = tables::TABLES.into_iter().chain(["migrations"]);
                let views = views.map(|table| {
                    format!("CREATE VIEW public.keyward_{table} AS SELECT public.planted();")
                });
                execute(&mut intruder, &views.collect::<String>()).await;
            }
        });
        database
    }

    /// Plants objects with the types of the store's schema in that schema.
    fn plant_near_the_tables(&self) {
        RUNTIME.block_on(async {
            let mut keyward = self.connection(&self.keyward).await;
            let schema = self.quoted_schema();
            let grant = format!("GRANT USAGE ON SCHEMA {schema} TO \"{}\"", self.intruder);
            if self.schema != "public" {
                execute(&mut keyward, &grant).await;
            }
            let mut intruder = self.connection(&self.intruder).await;
            let schema = self.schema.replace('\'', "''");
            execute(&mut intruder, &PLANTED.replace("{schema}", &schema)).await;
            let near = "SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace \
                        AND 'keyward_time' = ANY \
                        (ARRAY(SELECT typname FROM pg_type WHERE oid = ANY (proargtypes)))";
            let near: i64 = sqlx::query_scalar(near).fetch_one(&mut intruder).await.unwrap();
            assert!(near > 50, "{near}");
        });
    }

    fn options(&self) -> PostgresOptions {
        PostgresOptions::new().schema(self.schema).time_limit(Duration::from_mins(5))
    }

    fn quoted_schema(&self) -> String {
        format!("\"{}\"", self.schema.replace('"', "\"\""))
    }

    /// The URL for a role, or for the server's own role without a name.
    fn url(&self, role: &str) -> String {
        let (own, rest) = URL.split_once('@').unwrap();
        let (server, _) = rest.rsplit_once('/').unwrap();
        let role = if role.is_empty() { own.to_owned() } else { format!("postgres://{role}") };
        format!("{role}@{server}/{}", self.name).replace(' ', "%20")
    }

    /// A connection whose path finds the system's own objects first.
    async fn connection(&self, role: &str) -> PgConnection {
        let mut connection = PgConnection::connect(&self.url(role)).await.unwrap();
        execute(&mut connection, "SET search_path = pg_catalog").await;
        connection
    }

    /// A store over the host's pool.
    async fn over_pool(&self) -> PostgresStore {
        let pool = self.pool.get_or_init(|| {
            let options = PgPoolOptions::new().max_connections(4).after_connect(|connection, _| {
                Box::pin(async move {
                    let names = tables::TABLES.map(|table| format!("keyward_{table}"));
                    let names = names.iter().map(String::as_str);
                    let names = names.chain(["pg_class", "pg_namespace", "pg_type", "pg_roles"]);
                    let view =
                        |name| format!("CREATE TEMP VIEW {name} AS SELECT public.planted();");
                    execute(connection, &names.map(view).collect::<String>()).await;
                    Ok(())
                })
            });
            options.connect_lazy(&self.url(&self.keyward)).unwrap()
        });
        self.options().from_pool(pool.clone()).await.unwrap()
    }

    /// The store without a row.
    async fn empty(&self) -> PostgresStore {
        let mut keyward = self.connection(&self.keyward).await;
        let schema = self.quoted_schema();
        let names = tables::TABLES.map(|table| format!("{schema}.keyward_{table}"));
        let text = format!(
            "TRUNCATE {}; INSERT INTO {schema}.keyward_position (id, number) VALUES (1, 0)",
            names.join(", ")
        );
        execute(&mut keyward, &text).await;
        self.over_pool().await
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let Self { name, keyward, intruder, .. } = self;
        RUNTIME.block_on(async {
            let mut server = PgConnection::connect(&URL).await.unwrap();
            execute(&mut server, &format!("DROP DATABASE \"{name}\" WITH (FORCE)")).await;
            execute(&mut server, &format!("DROP ROLE \"{keyward}\"; DROP ROLE \"{intruder}\""))
                .await;
        });
    }
}

impl Harness for Database {
    type Store = PostgresStore;

    fn fresh(&self) -> PostgresStore {
        self.block_on(self.empty())
    }

    fn another(&self, _: &PostgresStore) -> Option<PostgresStore> {
        Some(self.block_on(self.over_pool()))
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        RUNTIME.block_on(future)
    }
}

async fn execute(connection: &mut PgConnection, text: &str) {
    sqlx::raw_sql(AssertSqlSafe(text.to_owned())).execute(connection).await.unwrap();
}
