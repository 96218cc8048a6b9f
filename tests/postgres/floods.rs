//! Floods of calls beside attempts with a cached key. Such an attempt needs only the change feed, which no flood may delay.
//!
//! `KEYWARD_CALLS=10000 cargo test --release --all-features --test postgres floods -- --nocapture --test-threads 1` sends the
//! floods in full and prints the 99th percentiles.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use keyward::conformance::Harness;
use keyward::manage::CredentialFilter;
use keyward::operate::Rekey;
use keyward::{
    App, Attempt, Builder, CredentialId, Freshness, Keyward, MasterKey, MasterKeys, NewCredential,
    NewWorkspace, PostgresOptions, PostgresStore, SlowHashParams, kind::KindWord,
};
use sqlx::Connection;
use sqlx::postgres::{PgConnection, PgPoolOptions};
use tokio::task::JoinSet;

use crate::forged;
use crate::harness::{Postgres, RUNTIME, connection};
use crate::server::{RUN, URL};
use crate::stores::{admin, workspace};

type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Returns the number of concurrent calls of a flood.
fn calls() -> usize {
    std::env::var("KEYWARD_CALLS").map_or(1_000, |calls| calls.parse().unwrap())
}

/// The number of concurrent calls of a flood that waits for a lock: more than there are connections.
const BEHIND_A_LOCK: usize = 100;

/// A store in a schema of its own, with a workspace.
struct Scene {
    /// The name of the connections on the server.
    name: String,
    store: PostgresStore,
    master_key: String,
    site: CredentialId,
    harness: Postgres,
}

impl Scene {
    fn new(name: &str) -> Self {
        let name = format!("{name}-{}", *RUN);
        let harness = Postgres::default();
        RUNTIME.block_on(harness.fresh().close());
        // Longer than any pause of a busy machine. A poll that waits for the end of a flood is still detected.
        let options = PostgresOptions::new().schema(harness.schema());
        let options = options.time_limit(Duration::from_mins(1)).connections(10);
        let url = format!("{}?application_name={name}", *URL);
        let store = RUNTIME.block_on(options.connect(&url)).unwrap();
        let master_key = MasterKey::generate().unwrap().expose_text().to_string();
        let new = NewWorkspace::new(workspace(), crate::stores::name("Shop"));
        let node = Self::builder(&store, &master_key).build().unwrap();
        let admin = admin();
        let created = RUNTIME.block_on(node.manager(&admin).create_workspace(new)).unwrap();
        let site = created.first.credential.id;
        Self { name, store, master_key, site, harness }
    }

    fn builder(store: &PostgresStore, master_key: &str) -> Builder {
        let keys = MasterKeys::new(master_key.parse().unwrap());
        Keyward::builder(store.clone(), keys).slow_hash(SlowHashParams::dangerous_cheap())
    }

    fn node(&self, freshness: Freshness) -> Keyward {
        Self::builder(&self.store, &self.master_key).freshness(freshness).build().unwrap()
    }
}

fn issue(node: &Keyward, name: &str) -> String {
    let admin = admin();
    let new = NewCredential::new(workspace(), crate::stores::name(name));
    let issued = RUNTIME.block_on(node.manager(&admin).issue_app_key(new)).unwrap();
    issued.secret.expose().to_owned()
}

async fn passes(node: &Keyward, key: &str) {
    node.verify(&Attempt::<App>::app(key)).await.unwrap();
}

/// Returns the durations of `count` attempts with a cached key, sorted.
async fn times(node: &Keyward, key: &str, count: usize) -> Vec<Duration> {
    let mut times = Vec::new();
    for _ in 0..count {
        let begun = Instant::now();
        passes(node, key).await;
        times.push(begun.elapsed());
    }
    times.sort_unstable();
    times
}

fn at(times: &[Duration], percent: usize) -> Duration {
    *times.get(times.len() * percent / 100).or(times.last()).unwrap()
}

/// Starts all calls of a flood at once, and makes attempts that each poll the feed and must pass. Prints their times.
fn flood(title: &str, strict: &Keyward, key: &str, call: impl Fn(usize) -> Work) {
    let (count, answered) = (calls(), Arc::new(AtomicUsize::new(0)));
    RUNTIME.block_on(async {
        passes(strict, key).await;
        let quiet = times(strict, key, 200).await;
        let mut flood = JoinSet::new();
        for number in 0..count {
            let (work, answered) = (call(number), Arc::clone(&answered));
            flood.spawn(async move {
                work.await;
                answered.fetch_add(1, Ordering::SeqCst);
            });
        }
        let flooded = times(strict, key, 20).await;
        let before = answered.load(Ordering::SeqCst);
        flood.join_all().await;
        println!(
            "{title}: {before} of {count} calls were answered before 20 attempts that polled; p99 {:?}, quiet {:?}",
            at(&flooded, 99),
            at(&quiet, 99)
        );
    });
}

/// Starts a flood whose reads wait for a lock on the server, this many of them at the same time. Attempts must pass although
/// no call of the flood is answered, so the feed waits for none of them, however busy the machine is.
fn flood_behind_a_lock(
    scene: &Scene,
    (strict, key): (&Keyward, &str),
    reads: i64,
    call: impl Fn(usize) -> Work,
) {
    RUNTIME.block_on(async {
        passes(strict, key).await;
        let mut holder = connection(&scene.harness.schema()).await;
        let lock = "BEGIN; LOCK TABLE keyward_credentials IN ACCESS EXCLUSIVE MODE";
        sqlx::raw_sql(lock).execute(&mut holder).await.unwrap();
        let answered = Arc::new(AtomicUsize::new(0));
        let mut flood = JoinSet::new();
        for number in 0..BEHIND_A_LOCK {
            let (work, answered) = (call(number), Arc::clone(&answered));
            flood.spawn(async move {
                work.await;
                answered.fetch_add(1, Ordering::SeqCst);
            });
        }
        let text = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND wait_event_type = 'Lock'";
        let mut direct = PgConnection::connect(&URL).await.unwrap();
        loop {
            let query = sqlx::query_scalar::<_, i64>(text).bind(&scene.name);
            if query.fetch_one(&mut direct).await.unwrap() == reads {
                break;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        times(strict, key, 20).await;
        assert_eq!(answered.load(Ordering::SeqCst), 0, "the flood did not wait for the lock");
        sqlx::raw_sql("ROLLBACK").execute(&mut holder).await.unwrap();
        flood.join_all().await;
    });
}

#[test]
fn a_site_id_that_is_cached_needs_no_read() {
    let scene = Scene::new("sites");
    let node = scene.node(Freshness::Bounded(Duration::from_mins(5)));
    let key = issue(&node, "hot");
    RUNTIME.block_on(async {
        passes(&node, &key).await;
        assert!(node.site(scene.site).await.unwrap().unwrap().is_usable);
        let quiet = times(&node, &key, 1_000).await;
        let loads = node.stats().loads;
        let mut flood = JoinSet::new();
        for _ in 0..calls() {
            let (node, site) = (node.clone(), scene.site);
            flood.spawn(async move { node.site(site).await.unwrap() });
        }
        let flooded = times(&node, &key, 1_000).await;
        assert!(flood.join_all().await.iter().all(Option::is_some));
        println!("site: p99 {:?}, quiet {:?}", at(&flooded, 99), at(&quiet, 99));
        assert_eq!(node.stats().loads, loads);
    });
}

#[test]
fn no_flood_of_unknown_site_ids_delays_the_feed() {
    let scene = Scene::new("unknown-sites");
    let strict = scene.node(Freshness::Strict);
    let node = scene.node(Freshness::Bounded(Duration::from_mins(5)));
    let key = issue(&strict, "hot");
    let call = |number| -> Work {
        let node = node.clone();
        let id = String::from_utf8(forged::digits::<12>(number as u64).to_vec()).unwrap();
        let id = CredentialId::new(id).unwrap();
        Box::pin(async move { assert_eq!(node.site(id).await.unwrap(), None) })
    };
    flood("unknown site ids", &strict, &key, call);
    // Reads by id that wait share statements.
    flood_behind_a_lock(&scene, (&strict, &key), 4, call);
}

#[test]
fn no_flood_of_large_lists_delays_the_feed() {
    let scene = Scene::new("lists");
    let strict = scene.node(Freshness::Strict);
    let node = scene.node(Freshness::Bounded(Duration::from_mins(5)));
    for number in 0..200 {
        issue(&node, &format!("key {number}"));
    }
    let key = issue(&strict, "hot");
    let call = |_| -> Work {
        let node = node.clone();
        Box::pin(async move {
            let page = node.manager(&admin()).credentials(CredentialFilter::new()).await.unwrap();
            assert_eq!(page.items.len(), 100);
        })
    };
    flood("large lists", &strict, &key, call);
    flood_behind_a_lock(&scene, (&strict, &key), 10, call);
}

#[test]
fn a_flood_of_forged_keys_under_a_lost_master_key_refuses_no_cached_key() {
    let scene = Scene::new("lost");
    let old = scene.node(Freshness::Strict);
    let victim = issue(&old, "victim");
    let lost = MasterKeys::new(scene.master_key.parse().unwrap()).current_id();
    let new = MasterKey::generate().unwrap().expose_text().to_string();
    let node = |freshness| {
        let keys = MasterKeys::new(new.parse().unwrap()).lost([lost]);
        let builder = Keyward::builder(scene.store.clone(), keys).freshness(freshness);
        builder.slow_hash(SlowHashParams::dangerous_cheap()).build().unwrap()
    };
    let (strict, node) =
        (node(Freshness::Strict), node(Freshness::Bounded(Duration::from_mins(5))));
    let mut rekey = Rekey::new().adopt_lost();
    while let Some(next) = RUNTIME.block_on(strict.rekey(&rekey)).unwrap().next {
        rekey = rekey.after(next);
    }
    let key = issue(&strict, "hot");
    let forged = forged::with_wrong_secret(&victim);
    flood("forged keys under a lost master key", &strict, &key, |number| {
        let (node, forged) = (node.clone(), forged.clone());
        let address = IpAddr::V4(Ipv4Addr::from_bits(u32::try_from(number << 8).unwrap()));
        Box::pin(async move {
            let attempt = Attempt::<App>::app(&forged).client_address(address);
            node.verify(&attempt).await.unwrap_err();
        })
    });
}

#[test]
fn the_feed_needs_no_connection_of_a_hosts_pool() {
    let scene = Scene::new("host");
    let key = issue(&scene.node(Freshness::Strict), "hot");
    RUNTIME.block_on(async {
        let pool = PgPoolOptions::new().max_connections(2).connect(&URL).await.unwrap();
        let options = PostgresOptions::new().schema(scene.harness.schema());
        let options = options.time_limit(Duration::from_mins(1));
        let store = options.from_pool(pool.clone()).await.unwrap();
        let node = Scene::builder(&store, &scene.master_key).freshness(Freshness::Strict);
        let node = node.build().unwrap();
        passes(&node, &key).await;
        let held = [pool.acquire().await.unwrap(), pool.acquire().await.unwrap()];
        assert!(pool.try_acquire().is_none(), "the host's pool has another connection");
        passes(&node, &key).await;
        drop(held);
        store.close().await;
        node.verify(&Attempt::<App>::app(&key)).await.unwrap_err();
    });
}

/// Requests whose callers disconnect after 300 µs, most of them in the middle of a read.
#[test]
fn callers_that_disconnect_close_no_connection() {
    let scene = Scene::new("leaving");
    let name = &scene.name;
    let node = scene.node(Freshness::Bounded(Duration::from_mins(5)));
    let key = issue(&node, "hot");
    let list = async |count: usize| {
        let mut times = Vec::new();
        for _ in 0..count {
            let begun = Instant::now();
            node.manager(&admin()).credentials(CredentialFilter::new()).await.unwrap();
            times.push(begun.elapsed());
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        times.sort_unstable();
        times
    };
    RUNTIME.block_on(async {
        passes(&node, &key).await;
        // Opens every connection of the pool.
        let mut lists = JoinSet::new();
        for _ in 0..100 {
            let node = node.clone();
            lists.spawn(async move {
                node.manager(&admin()).credentials(CredentialFilter::new()).await.unwrap();
            });
        }
        lists.join_all().await;
        let mut direct = PgConnection::connect(&URL).await.unwrap();
        let before = backends(&mut direct, name).await;
        let quiet = list(200).await;
        let flooding = tokio::spawn({
            let node = node.clone();
            async move {
                let mut every = tokio::time::interval(Duration::from_millis(1));
                for number in 0_u64.. {
                    every.tick().await;
                    let node = node.clone();
                    tokio::spawn(async move {
                        let id = String::from_utf8(forged::digits::<12>(number).to_vec()).unwrap();
                        let key =
                            forged::key(KindWord::App, CredentialId::new(id).unwrap(), number);
                        let attempt = Attempt::<App>::app(&key);
                        let attempt = node.verify(&attempt);
                        tokio::time::timeout(Duration::from_micros(300), attempt).await.ok();
                    });
                }
            }
        });
        let flooded = list(calls().max(200)).await;
        times(&node, &key, 1_000).await;
        flooding.abort();
        let after = backends(&mut direct, name).await;
        println!(
            "callers who leave: {} connections; lists p90 {:?}, quiet {:?}",
            after.len(),
            at(&flooded, 90),
            at(&quiet, 90)
        );
        assert_eq!(before, after);
        assert!(before.len() > 1);
    });
}

/// The processes of the server that serve the connections of this name.
async fn backends(direct: &mut PgConnection, name: &str) -> BTreeSet<i32> {
    let found = sqlx::query_scalar("SELECT pid FROM pg_stat_activity WHERE application_name = $1");
    found.bind(name).fetch_all(direct).await.unwrap().into_iter().collect()
}
