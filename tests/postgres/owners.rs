//! Owners: the store does not open if an unexpected role owns an object, and the error names it.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use keyward::PostgresOptions;
use sqlx::AssertSqlSafe;
use sqlx::postgres::{PgConnection, PgPool};

use crate::harness::{RUNTIME, connection, drop_schema, new_schema, owner, patient};
use crate::server::{RUN, URL};
use crate::stores::misconfigured::assert_misconfigured;

/// A schema with Keyward's tables, and three roles: that of the store, that of the tables, and another.
struct Scene {
    own: PgConnection,
    schema: String,
    store: String,
    owner: String,
    other: String,
}

impl Scene {
    /// The schema is empty, and every role may create in it.
    async fn new() -> Self {
        static SCENES: AtomicU32 = AtomicU32::new(0);
        let number = format!("{} {}", *RUN, SCENES.fetch_add(1, Ordering::Relaxed));
        let [store, owner, other] =
            ["store", "owner", "other"].map(|what| format!("keyward {what} {number}"));
        let schema = new_schema();
        let mut scene = Self { own: connection(&schema).await, schema, store, owner, other };
        scene
            .run(
                "CREATE ROLE \"store\" LOGIN; CREATE ROLE \"owner\" LOGIN; CREATE ROLE \"other\" LOGIN; \
                 CREATE SCHEMA \"schema\"; GRANT ALL ON SCHEMA \"schema\" TO PUBLIC",
            )
            .await;
        scene
    }

    /// The same with tables, which the owner has created and every role may use.
    async fn with_tables() -> Self {
        let mut scene = Self::new().await;
        scene.options().connect(&url(&scene.owner)).await.unwrap().close().await;
        scene.run("GRANT ALL ON ALL TABLES IN SCHEMA \"schema\" TO PUBLIC").await;
        scene
    }

    /// Runs statements with placeholders for the schema and the roles.
    async fn run(&mut self, text: &str) {
        let text = text
            .replace("\"schema\"", &format!("\"{}\"", self.schema.replace('"', "\"\"")))
            .replace("\"store\"", &format!("\"{}\"", self.store))
            .replace("\"owner\"", &format!("\"{}\"", self.owner))
            .replace("\"other\"", &format!("\"{}\"", self.other));
        sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut self.own).await.unwrap();
    }

    fn options(&self) -> PostgresOptions {
        patient(&self.schema)
    }

    async fn assert_opens(&self, options: PostgresOptions) {
        options.clone().connect(&url(&self.store)).await.unwrap().close().await;
        let pool = PgPool::connect(&url(&self.store)).await.unwrap();
        options.from_pool(pool).await.unwrap().close().await;
    }

    /// The store does not open, and the error names this and its owner.
    async fn assert_refused(&self, options: PostgresOptions, what: &str, owner: &str) {
        let pool = PgPool::connect(&url(&self.store)).await.unwrap();
        let connected = options.clone().connect(&url(&self.store)).await.unwrap_err();
        let over_pool = options.from_pool(pool).await.unwrap_err();
        for error in [connected, over_pool] {
            let place = if what == "schema" { "" } else { " in the schema" };
            let expected =
                format!("the {what}{place} {} belongs to the role {owner},", self.schema);
            assert_misconfigured(&error, &[&expected, "`PostgresOptions::owner`"]);
        }
    }

    async fn drop(mut self) {
        drop_schema(&self.schema).await;
        self.run("DROP OWNED BY \"store\", \"owner\", \"other\"").await;
        self.run("DROP ROLE \"store\", \"owner\", \"other\"").await;
    }
}

fn url(role: &str) -> String {
    let (_, server) = URL.split_once('@').unwrap();
    format!("postgres://{}@{server}", role.replace(' ', "%20"))
}

fn block_on(test: impl Future<Output = ()>) {
    LazyLock::force(&URL);
    RUNTIME.block_on(test);
}

#[test]
fn tables_of_another_role_are_refused_unless_the_host_names_it() {
    block_on(async {
        let scene = Scene::with_tables().await;
        let first = "table keyward_accounts";
        scene.assert_refused(scene.options(), first, &scene.owner).await;
        scene.assert_refused(scene.options().owner(&scene.other), first, &scene.owner).await;
        scene.assert_opens(scene.options().owner(&scene.owner)).await;
        scene.drop().await;
    });
}

#[test]
fn tables_of_a_role_that_the_own_one_is_a_member_of_are_expected() {
    block_on(async {
        let mut scene = Scene::with_tables().await;
        // Membership of the owner in the store's role is not membership of the store's role in the owner.
        scene.run("GRANT \"store\" TO \"owner\"").await;
        scene.assert_refused(scene.options(), "table keyward_accounts", &scene.owner).await;
        scene.run("REVOKE \"store\" FROM \"owner\"").await;
        // A member of a member.
        scene.run("GRANT \"owner\" TO \"other\"; GRANT \"other\" TO \"store\"").await;
        scene.assert_opens(scene.options()).await;
        scene.drop().await;
    });
}

/// The server's own functions report a superuser as a member of every role.
#[test]
fn a_superuser_is_no_member_of_every_role() {
    block_on(async {
        let mut scene = Scene::with_tables().await;
        scene.run("ALTER ROLE \"store\" SUPERUSER").await;
        scene.assert_refused(scene.options(), "table keyward_accounts", &scene.owner).await;
        scene.assert_opens(scene.options().owner(&scene.owner)).await;
        scene.drop().await;
    });
}

/// Tries each object with a name of Keyward's separately.
#[test]
fn one_table_or_type_of_another_role_is_enough() {
    block_on(async {
        let mut scene = Scene::with_tables().await;
        for table in crate::stores::tables::TABLES.into_iter().chain(["migrations"]) {
            let owned =
                |role| format!("ALTER TABLE \"schema\".keyward_{table} OWNER TO \"{role}\"");
            scene.run(&owned("other")).await;
            let (options, what) =
                (scene.options().owner(&scene.owner), format!("table keyward_{table}"));
            scene.assert_refused(options, &what, &scene.other).await;
            scene.run(&owned("owner")).await;
        }
        scene.run("ALTER DOMAIN \"schema\".keyward_time OWNER TO \"other\"").await;
        let options = scene.options().owner(&scene.owner);
        scene.assert_refused(options, "type keyward_time", &scene.other).await;
        scene.drop().await;
    });
}

/// The owner of a schema can drop its tables and create others in their place.
#[test]
fn a_schema_of_another_role_is_refused() {
    block_on(async {
        let mut scene = Scene::new().await;
        scene.run("ALTER SCHEMA \"schema\" OWNER TO \"other\"").await;
        scene.assert_refused(scene.options(), "schema", &scene.other).await;
        scene.assert_opens(scene.options().owner(&scene.other)).await;
        scene.assert_refused(scene.options(), "schema", &scene.other).await;
        scene.run("ALTER SCHEMA \"schema\" OWNER TO \"store\"").await;
        scene.assert_opens(scene.options()).await;
        // A superuser can do everything anyway, and `public` belongs to one, or to the owner of the database.
        for owner in ["CURRENT_USER", "pg_database_owner"] {
            scene.run(&format!("ALTER SCHEMA \"schema\" OWNER TO {owner}")).await;
            scene.assert_opens(scene.options()).await;
        }
        scene.drop().await;
    });
}

/// Another role takes a name before the tables are created: nothing of its object is read.
#[test]
fn tables_that_another_role_created_first_are_never_read() {
    block_on(async {
        for planted in [
            "CREATE VIEW \"schema\".keyward_migrations AS SELECT \"schema\".planted() AS version",
            "CREATE TABLE \"schema\".keyward_migrations (version bigint DEFAULT \"schema\".planted())",
            "CREATE TABLE \"schema\".keyward_uses (at timestamptz)",
        ] {
            let mut scene = Scene::new().await;
            let text = format!(
                "SET ROLE \"other\"; CREATE FUNCTION \"schema\".planted() RETURNS bigint LANGUAGE plpgsql \
                 AS $$ BEGIN RAISE EXCEPTION 'what was planted has run'; END $$; {planted}; \
                 GRANT ALL ON ALL TABLES IN SCHEMA \"schema\" TO PUBLIC; RESET ROLE"
            );
            scene.run(&text).await;
            let table =
                planted.split(['.', ' ']).find(|word| word.starts_with("keyward_")).unwrap();
            let options = scene.options().owner(owner());
            scene.assert_refused(options, &format!("table {table}"), &scene.other).await;
            scene.drop().await;
        }
    });
}
