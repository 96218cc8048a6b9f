//! Mistakes in the address or the rights of a store: each is `Misconfigured`, and its text names the setting to change.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use keyward::conformance::Harness;
use keyward::store::{CredentialStore, Purged, StoreError, StoreErrorKind, StoreFinding};
use keyward::{PostgresOptions, PostgresStore};
use sqlx::AssertSqlSafe;
use sqlx::postgres::PgPoolOptions;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::TcpStream;

use crate::harness::{Postgres, RUNTIME, connection, new_schema, patient};
use crate::scene::Scene;
use crate::server::{RUN, Server, URL};
use crate::stores::misconfigured::{assert_misconfigured, whole};
use crate::stores::{everything, furnish};

fn connect(url: &str) -> StoreError {
    RUNTIME.block_on(PostgresStore::connect(url)).unwrap_err()
}

/// The driver's pool would retry for 30 seconds, and then report a timeout.
#[test]
fn a_closed_port_is_reported_at_once() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("postgres://keyward@127.0.0.1:{port}/keyward");
    let place = format!("127.0.0.1:{port}");
    assert_misconfigured(&connect(&url), &[&place, "refused"]);
    let pool = RUNTIME.block_on(async {
        let pool = PgPoolOptions::new().connect_lazy(&url).unwrap();
        PostgresStore::from_pool(pool).await
    });
    assert_misconfigured(&pool.unwrap_err(), &[&place, "refused"]);
}

/// As at the port of another service.
#[test]
fn an_answer_that_is_not_of_postgresql_is_reported_at_once() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = listener.local_addr().unwrap().to_string();
    let other = std::thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let mut request = [0; 8];
        client.read_exact(&mut request).unwrap();
        client.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
    });
    let error = connect(&format!("postgres://keyward@{place}/keyward"));
    assert_misconfigured(&error, &[&place, "check host, port"]);
    other.join().unwrap();
}

/// A network or a proxy that is starting, as in a pod, or a proxy that moves to another server: opening is tried again until it
/// succeeds.
#[test]
fn a_connection_that_is_cut_while_a_store_opens_is_tried_again() {
    assert_opens_over_cut_connections(async |url| {
        patient(&new_schema()).connect(&url).await.unwrap();
    });
    assert_opens_over_cut_connections(async |url| {
        let pool = PgPoolOptions::new().max_connections(4).connect_lazy(&url).unwrap();
        patient(&new_schema()).from_pool(pool).await.unwrap();
    });
    assert_opens_over_cut_connections(async |url| {
        patient(&new_schema()).migrate(&url).await.unwrap();
    });
}

/// Leads to the server through a proxy. Each connection lasts for a few answers more than the one before.
fn assert_opens_over_cut_connections(open: impl AsyncFnOnce(String)) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (before, place) = URL.split_once('@').unwrap();
    let (server, database) = place.split_once('/').unwrap();
    let cut = Arc::new(AtomicUsize::new(0));
    RUNTIME.block_on(async {
        listener.set_nonblocking(true).unwrap();
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        let counted = cut.clone();
        let proxy = tokio::spawn(async move {
            for answers in (0..).step_by(4) {
                let (near, _) = listener.accept().await.unwrap();
                let far = TcpStream::connect(server).await.unwrap();
                let counted = counted.clone();
                tokio::spawn(async move {
                    if pass_answers(answers, near, far).await {
                        counted.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        });
        open(format!("{before}@127.0.0.1:{port}/{database}")).await;
        proxy.abort();
    });
    let cut = cut.load(Ordering::Relaxed);
    assert!(cut > 3, "{cut} connections were cut");
}

/// Passes this many answers of a server, and then cuts the connection. Returns `false` if the client closed it before.
async fn pass_answers(count: usize, near: TcpStream, far: TcpStream) -> bool {
    let (mut from_near, mut to_near) = near.into_split();
    let (mut from_far, mut to_far) = far.into_split();
    let asking = tokio::spawn(async move { copy(&mut from_near, &mut to_far).await });
    let mut is_open = true;
    for _ in 0..count {
        let mut answer = Vec::new();
        let is_read = from_far.read_buf(&mut answer).await.is_ok_and(|length| length > 0);
        is_open = is_read && to_near.write_all(&answer).await.is_ok();
        if !is_open {
            break;
        }
    }
    asking.abort();
    is_open
}

#[test]
fn a_host_without_an_address_and_a_bad_url_are_reported() {
    assert_misconfigured(
        &connect("postgres://keyward@keyward.invalid/k"),
        &["keyward.invalid:5432"],
    );
    assert_misconfigured(&connect("not a URL"), &["URL"]);
    let socket = "postgres://keyward@%2Fnonexistent%2Ffolder/k";
    assert_misconfigured(&connect(socket), &["/nonexistent/folder"]);
}

/// An operator must see which of them to look at.
#[test]
fn what_each_of_several_servers_answered_is_reported() {
    let (before, place) = URL.split_once('@').unwrap();
    let place = place.split_once('/').unwrap().0;
    let error = connect(&format!("{before}@{place},{place}/no_such"));
    let answer = format!("{place}: the database answered 3D000: ");
    assert_misconfigured(&error, &["no server of the URL accepts writes: "]);
    assert_eq!(whole(&error).matches(&answer).count(), 2, "{}", whole(&error));
}

#[test]
fn a_wrong_database_role_and_password_are_reported() {
    let server = &URL[..URL.rfind('/').unwrap()];
    assert_misconfigured(&connect(&format!("{server}/no_such")), &["3D000", "no_such"]);
    let place = server.split_once('@').unwrap().1;
    let role = connect(&format!("postgres://no_such@{place}/postgres"));
    assert_misconfigured(&role, &["28000", "no_such"]);

    let folder = tempfile::tempdir().unwrap();
    let rules = folder.path().join("rules");
    std::fs::write(&rules, "host all locked all scram-sha-256\nhost all all all trust\n").unwrap();
    open_to_all(folder.path());
    let settings = format!("-c hba_file={}", rules.display());
    let server = Server::start_with(Box::leak(settings.into_boxed_str()));
    RUNTIME.block_on(async {
        let mut own =
            <sqlx::PgConnection as sqlx::Connection>::connect(&server.url()).await.unwrap();
        sqlx::raw_sql("CREATE ROLE locked LOGIN PASSWORD 'right'").execute(&mut own).await.unwrap();
    });
    let url = server.url().replace("//postgres@", "//locked:mistyped@");
    let error = connect(&url);
    assert_misconfigured(&error, &["28P01", "locked"]);
    assert!(!whole(&error).contains("mistyped") && !format!("{error:?}").contains("mistyped"));
}

/// The server runs as a user of its own.
fn open_to_all(folder: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder, PermissionsExt::from_mode(0o755)).unwrap();
}

/// A role that lacks rights, which are granted one by one.
#[test]
fn a_missing_right_is_reported_with_its_table_or_schema() {
    let harness = Postgres::default();
    let owner = harness.fresh();
    RUNTIME.block_on(async {
        let shop = furnish(owner.clone()).await;
        let (_, change) = Scene::of(&owner, &shop).await.commits().next().unwrap();
        let schema = harness.schema();
        let mut own = connection(&schema).await;
        let role = format!("keyward unfit {}", *RUN);
        let quoted = schema.replace('"', "\"\"");
        let mut run = async |text: String| {
            sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut own).await.unwrap();
        };
        run(format!("CREATE ROLE \"{role}\" LOGIN")).await;
        let place = URL.split_once('@').unwrap().1;
        let url = format!("postgres://{}@{place}", role.replace(' ', "%20"));
        let open = async || patient(&schema).owner(crate::harness::owner()).connect(&url).await;

        assert_misconfigured(&open().await.unwrap_err(), &["42501", "schema", &schema]);
        run(format!("GRANT USAGE ON SCHEMA \"{quoted}\" TO \"{role}\"")).await;
        assert_misconfigured(&open().await.unwrap_err(), &["42501", "table keyward_"]);
        run(format!("GRANT SELECT ON ALL TABLES IN SCHEMA \"{quoted}\" TO \"{role}\"")).await;
        let reader = open().await.unwrap();
        assert_misconfigured(
            &reader.commit(&change).await.unwrap_err(),
            &["42501", "table keyward_"],
        );
        let missing = reader.check().await.unwrap();
        let named: Vec<_> = missing.iter().map(ToString::to_string).collect();
        assert!(named.iter().any(|text| text.contains("DELETE on keyward_events")), "{named:?}");
        assert!(named.iter().all(|text| !text.contains("SELECT")), "{named:?}");
        let elsewhere = patient(&new_schema()).connect(&url).await.unwrap_err();
        assert_misconfigured(&elsewhere, &["42501", "database"]);
        run(format!("GRANT ALL ON ALL TABLES IN SCHEMA \"{quoted}\" TO \"{role}\"")).await;
        let store = open().await.unwrap();
        store.commit(&change).await.unwrap();
        assert_eq!(store.check().await.unwrap(), []);
        let reading = open().await.unwrap();
        run(format!("ALTER ROLE \"{role}\" SET default_transaction_read_only = on")).await;
        assert_eq!(reading.check().await.unwrap(), [StoreFinding::ReadOnly]);
        run(format!("REVOKE USAGE ON SCHEMA \"{quoted}\" FROM \"{role}\"")).await;
        assert_misconfigured(&store.check().await.unwrap_err(), &["42501", "schema"]);
        run(format!("DROP OWNED BY \"{role}\"; DROP ROLE \"{role}\"")).await;
    });
}

/// A role with only the rights that a check names can do everything that a store does.
#[test]
fn the_rights_that_a_check_names_are_enough() {
    let harness = Postgres::default();
    let role = format!("keyward enough {}", *RUN);
    let place = URL.split_once('@').unwrap().1;
    let url = format!("postgres://{}@{place}", role.replace(' ', "%20"));
    let mut created = false;
    for number in 0.. {
        let owner = harness.fresh();
        let done = RUNTIME.block_on(async {
            let schema = harness.schema();
            let mut own = connection(&schema).await;
            let mut run = async |text: String| {
                sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut own).await.unwrap();
            };
            if !std::mem::replace(&mut created, true) {
                run(format!("CREATE ROLE \"{role}\" LOGIN")).await;
            }
            let shop = furnish(owner.clone()).await;
            let scene = Scene::of(&owner, &shop).await;
            let Some((name, change)) = scene.commits().nth(number) else {
                run(format!("DROP OWNED BY \"{role}\"; DROP ROLE \"{role}\"")).await;
                return true;
            };
            let quoted = schema.replace('"', "\"\"");
            run(format!("GRANT USAGE ON SCHEMA \"{quoted}\" TO \"{role}\"")).await;
            run(format!("GRANT SELECT ON keyward_migrations TO \"{role}\"")).await;
            let store =
                patient(&schema).owner(crate::harness::owner()).connect(&url).await.unwrap();
            for finding in store.check().await.unwrap() {
                if let StoreFinding::MissingRight { right, on, .. } = finding {
                    run(format!("GRANT {right} ON {on} TO \"{role}\"")).await;
                }
            }
            assert_eq!(store.check().await.unwrap(), []);
            let committed = store.commit(&change).await;
            assert!(committed.is_ok(), "{name}: {committed:?}");
            for (name, call) in scene.other_writes() {
                if let Err(error) = call.make(&store).await {
                    assert_ne!(error.kind(), StoreErrorKind::Misconfigured, "{name}: {error:?}");
                }
            }
            while store.purge_removed(1_000).await.unwrap() != Purged::All {}
            assert_eq!(everything(&store).await, everything(&owner).await);
            false
        });
        drop(owner);
        if done {
            return;
        }
    }
}

#[test]
fn an_invalid_schema_name_is_reported() {
    for name in [String::new(), "a".repeat(64), "a\0b".to_owned()] {
        let opened = RUNTIME.block_on(PostgresOptions::new().schema(name).connect(&URL));
        assert_misconfigured(&opened.unwrap_err(), &["PostgresOptions::schema"]);
    }
}
