//! A write that is committed after its time limit: the error must not imply that nothing was written.

use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use keyward::conformance::Harness;
use keyward::store::StoreErrorKind;
use keyward::{SqliteOptions, SqliteStore};
use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqlitePoolOptions};

use crate::calls::{self, Call};
use crate::harness::{RUNTIME, Sqlite};
use crate::stores::furnish;

/// The limit of a store that waits for a delayed commit, which ends after the limit.
const IMPATIENT: Duration = Duration::from_millis(150);

/// Holds up every commit of the connections that have it, while it is drawn.
#[derive(Debug, Clone, Default)]
struct Brake(Arc<(Mutex<Held>, Condvar)>);

#[derive(Debug, Default)]
struct Held {
    is_drawn: bool,
    has_held_up: bool,
}

impl Brake {
    fn draw(&self) {
        *self.0.0.lock().unwrap() = Held { is_drawn: true, has_held_up: false };
    }

    /// Lets the commits continue. Returns `true` if there was one.
    fn release(&self) -> bool {
        let mut held = self.0.0.lock().unwrap();
        held.is_drawn = false;
        self.0.1.notify_all();
        held.has_held_up
    }

    /// SQLite calls this before it writes a commit.
    fn pass(&self) {
        let mut held = self.0.0.lock().unwrap();
        held.has_held_up |= held.is_drawn;
        drop(self.0.1.wait_while(held, |held| held.is_drawn).unwrap());
    }

    /// Returns a store whose commits are held back.
    async fn on(&self, file: &Path) -> SqliteStore {
        let brake = self.clone();
        let pool =
            SqlitePoolOptions::new().max_connections(1).after_connect(move |connection, _| {
                let brake = brake.clone();
                Box::pin(async move {
                    connection.lock_handle().await?.set_commit_hook(move || {
                        brake.pass();
                        true
                    });
                    Ok(())
                })
            });
        let pool = pool.connect_with(SqliteConnectOptions::new().filename(file)).await.unwrap();
        SqliteOptions::new().time_limit(IMPATIENT).from_pool(pool).await.unwrap()
    }
}

/// Returns how often other connections have changed the file, when no write is running.
async fn changes(watcher: &mut SqliteConnection) -> i64 {
    sqlx::raw_sql("BEGIN IMMEDIATE; ROLLBACK").execute(&mut *watcher).await.unwrap();
    sqlx::query_scalar("PRAGMA data_version").fetch_one(watcher).await.unwrap()
}

#[test]
fn a_write_that_ends_after_its_time_limit_is_unknown() {
    for number in 0..12 {
        let harness = Sqlite::default();
        let store = harness.fresh();
        RUNTIME.block_on(async {
            let shop = furnish(store.clone()).await;
            let calls = calls::all(&store, &shop).await;
            let mut writes = calls.into_iter().filter(|(_, call)| !call.reads());
            let (name, call) = writes.nth(number).unwrap();
            let patient = SqliteConnectOptions::new().busy_timeout(Duration::from_mins(5));
            let mut watcher = patient.filename(harness.file()).connect().await.unwrap();
            let before = changes(&mut watcher).await;
            held_up(&harness.file(), name, &call).await;
            assert_ne!(changes(&mut watcher).await, before, "{name} was done");
        });
    }
}

/// Makes a call whose commit is held back until the call has given up.
async fn held_up(file: &Path, name: &str, call: &Call) {
    let brake = Brake::default();
    let store = brake.on(file).await;
    loop {
        brake.draw();
        let outcome = call.make(&store).await;
        let has_held_up = brake.release();
        let kind = outcome.unwrap_err().kind();
        if has_held_up {
            assert_eq!(kind, StoreErrorKind::Unknown, "{name}");
            return;
        }
        // On a busy machine the time can be up before the commit.
        assert_eq!(kind, StoreErrorKind::Unavailable, "{name}");
    }
}
