//! The server is killed while nodes write. Afterwards every acknowledged change is stored, and no change is half
//! written.
//!
//! `KEYWARD_STOPS` sets the number of stops, 3 by default: `KEYWARD_STOPS=50 cargo test --test postgres crashes`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use keyward::store::CredentialStore;
use keyward::{
    Keyward, ManageError, MasterKey, NewWorkspace, PostgresOptions, PostgresStore,
    UnavailableReason, WorkspaceId,
};
use sqlx::postgres::PgConnection;
use sqlx::{Connection, Row};
use tokio::task::JoinHandle;

use crate::harness::RUNTIME;
use crate::server::Server;
use crate::stores;

/// The number of concurrent writers.
const NODES: usize = 4;

#[test]
fn acknowledged_changes_survive_the_server() {
    let crashes = std::env::var("KEYWARD_STOPS").map_or(3, |text| text.parse().unwrap());
    let mut server = Server::start();
    let (mut acknowledged, key) = (Vec::new(), MasterKey::generate().unwrap());
    // The stores stay open: each finds its connections dead and opens new ones.
    let nodes: Vec<PostgresStore> = (0..NODES)
        .map(|_| RUNTIME.block_on(PostgresOptions::new().connect(&server.url())).unwrap())
        .collect();
    for crash in 0..crashes {
        let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let writers: Vec<_> = (0..NODES)
            .map(|node| {
                let label = format!("{crash}-{node}");
                let key = key.expose_text().parse().unwrap();
                let keyward = stores::keyward_under(nodes[node].clone(), key);
                let (stop, done) = (stop.clone(), done.clone());
                RUNTIME.spawn(async move { write(&keyward, &label, &stop, &done).await })
            })
            .collect();
        // Depends on progress and not on time: the server is stopped when some changes of this round are committed and
        // others are running.
        while done.load(Ordering::Relaxed) < 25 && !writers.iter().all(JoinHandle::is_finished) {
            std::thread::yield_now();
        }
        server.crash_and_restart();
        stop.store(true, Ordering::Relaxed);
        for writer in writers {
            acknowledged.extend(RUNTIME.block_on(writer).unwrap());
        }
        RUNTIME.block_on(assert_whole(&server, &nodes[0], &acknowledged));
    }
}

/// Creates workspaces until the test stops it, and returns those that were acknowledged.
async fn write(
    keyward: &Keyward,
    label: &str,
    stop: &AtomicBool,
    done: &AtomicUsize,
) -> Vec<WorkspaceId> {
    let admin = stores::admin();
    let mut acknowledged = Vec::new();
    for number in 0.. {
        let id = WorkspaceId::new(format!("{label}-{number}")).unwrap();
        let new = NewWorkspace::new(id.clone(), stores::name("Shop"));
        match keyward.manager(&admin).create_workspace(new).await {
            Ok(_) => {
                acknowledged.push(id);
                done.fetch_add(1, Ordering::Relaxed);
            }
            Err(ManageError::Unknown { .. } | ManageError::Busy) => {}
            Err(ManageError::Unavailable(no)) if no.reason() == UnavailableReason::Store => {}
            Err(error) => unreachable!("{label}-{number}: {error:?}"),
        }
        if stop.load(Ordering::Relaxed) {
            break;
        }
    }
    acknowledged
}

async fn assert_whole(server: &Server, store: &PostgresStore, acknowledged: &[WorkspaceId]) {
    for id in acknowledged {
        assert!(store.workspace(id).await.unwrap().is_some(), "{id} was acknowledged and is gone");
    }
    let mut connection = PgConnection::connect(&server.url()).await.unwrap();
    let counts = sqlx::query(
        "SELECT (SELECT number FROM keyward_position), (SELECT count(*) FROM keyward_events), \
         (SELECT max(number) FROM keyward_events), (SELECT count(*) FROM keyward_workspaces), \
         (SELECT count(*) FROM keyward_credentials), (SELECT count(*) FROM keyward_generations), \
         (SELECT count(*) FROM keyward_uses)",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    let counts: Vec<i64> = (0..counts.len()).map(|column| counts.get(column)).collect();
    let position = *counts.first().unwrap();
    assert!(counts.iter().all(|count| *count == position), "a change is there by half: {counts:?}");
    assert!(usize::try_from(position).unwrap() >= acknowledged.len());
}
