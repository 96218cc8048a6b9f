//! The product's official client for Node, which was not written for us, drives the service without a change.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use keyward::{
    CredentialId, Keyward, NewCredential, NewWorkspace, SqliteStore, WorkspaceId, time::ManualClock,
};
use serde_json::{Value, json};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use tokio::net::TcpListener;
use tokio::process::Command;

use crate::app::App;
use crate::app::people::People;
use crate::app::sign_in::SignIns;
use crate::support::programs::{is_there, npm_install};
use crate::support::{START, admin, cheap, name, shop};

#[tokio::test]
async fn the_official_client_sees_what_the_standards_say() {
    if !is_there("node") || !is_there("npm") {
        return;
    }
    let client = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/node");
    npm_install(&client);
    let folder = tempfile::tempdir().unwrap();
    let clock = ManualClock::at(START.parse().unwrap());
    let (keyward, people) = open(&folder.path().join("service.db"), &clock).await;
    let mut keys = in_every_state(&keyward, &clock).await;
    keys["base"] = serve(keyward, people).await.into();

    let mut run = Command::new("node");
    run.args(["--test", "client.mjs"]).current_dir(&client).env("KEYS", keys.to_string());
    let ran = run.output().await.unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{said}\n{}", String::from_utf8_lossy(&ran.stderr));
    assert!(said.contains("fail 0"), "{said}");
}

pub async fn open(path: &Path, clock: &ManualClock) -> (Keyward, People) {
    let file = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let pool = SqlitePool::connect_with(file).await.unwrap();
    let store = SqliteStore::from_pool(pool.clone()).await.unwrap();
    let people = People::Sqlite(pool);
    people.create_tables().await.unwrap();
    (cheap(store, clock.clone()).build().unwrap(), people)
}

async fn serve(keyward: Keyward, people: People) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let router = App::new(keyward, people, SignIns::new().unwrap()).router().unwrap();
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async { axum::serve(listener, service).await });
    base
}

/// A new key: its id and its text.
async fn issue(keyward: &Keyward, kind: &str, workspace: WorkspaceId, called: &str) -> Key {
    let admin = admin();
    let manager = keyward.manager(&admin);
    let new = NewCredential::new(workspace, name(called));
    if kind == "track" {
        let issued = manager.issue_track_set(new).await.unwrap();
        Key { id: issued.credential.id, text: issued.secret.expose().to_owned() }
    } else {
        let issued = manager.issue_app_key(new).await.unwrap();
        Key { id: issued.credential.id, text: issued.secret.expose().to_owned() }
    }
}

#[derive(Clone)]
struct Key {
    id: CredentialId,
    text: String,
}

impl Key {
    /// The credentials in the form that the client takes: a site id and an API key, or a token.
    fn shown(&self, kind: &str) -> Value {
        if kind == "track" {
            json!({ "siteId": self.id, "apiKey": self.text })
        } else {
            json!(self.text)
        }
    }
}

/// Keys of both kinds: live, overlapping, elsewhere, and in every state in which they are refused.
async fn in_every_state(keyward: &Keyward, clock: &ManualClock) -> Value {
    let admin = admin();
    let manager = keyward.manager(&admin);
    let office = WorkspaceId::new("acme/office").unwrap();
    for (id, called) in [(shop(), "Shop"), (office.clone(), "Office")] {
        manager.create_workspace(NewWorkspace::new(id, name(called))).await.unwrap();
    }
    manager.allow(&office, &["203.0.113.0/24".parse().unwrap()]).await.unwrap();

    let mut keys = json!({});
    let mut live = Vec::new();
    for kind in ["track", "app"] {
        let at = |called: &'static str| issue(keyward, kind, shop(), called);
        let (key, ended, deleted, suspended) =
            (at("live").await, at("ended").await, at("deleted").await, at("suspended").await);
        drop(manager.rotate(ended.id, Duration::from_mins(10)).await.unwrap());
        manager.delete(deleted.id, "deleted").await.unwrap();
        manager.suspend(suspended.id).await.unwrap();
        let elsewhere = issue(keyward, kind, office.clone(), "elsewhere").await;
        keys[kind] = json!({
            "live": key.shown(kind),
            "elsewhere": elsewhere.shown(kind),
            "refused": {
                "deleted": deleted.shown(kind),
                "suspended": suspended.shown(kind),
                "replaced, after its sunset": ended.shown(kind),
            },
        });
        live.push(key);
    }
    clock.advance(Duration::from_mins(10));
    for kind in ["track", "app"] {
        let overlapping = issue(keyward, kind, shop(), "overlapping").await;
        let rotated = manager.rotate(overlapping.id, Duration::from_mins(10)).await.unwrap();
        let text = rotated.secret.expose().to_owned();
        keys[kind]["overlapping"] = overlapping.shown(kind);
        keys[kind]["replacing"] = Key { text, ..overlapping }.shown(kind);
    }
    let [track, app] = live.try_into().ok().unwrap();
    mistaken(&mut keys, &track, &app);
    keys
}

/// Keys that are right, presented wrongly.
fn mistaken(keys: &mut Value, track: &Key, app: &Key) {
    let with = |id: CredentialId, text: &str| Key { id, text: text.to_owned() }.shown("track");
    let mistyped = |text: &str| {
        let last = if text.ends_with('0') { '1' } else { '0' };
        format!("{}{last}", &text[..text.len() - 1])
    };
    let refused = &mut keys["track"]["refused"];
    refused["wrong site id"] = with(app.id, &track.text);
    refused["wrong key"] = with(track.id, &mistyped(&track.text));
    refused["an App key on the Track API"] = with(app.id, &app.text);
    let refused = &mut keys["app"]["refused"];
    refused["wrong key"] = mistyped(&app.text).into();
    refused["an API key on the App API"] = track.text.clone().into();
    refused["a site id on the App API"] = track.id.to_string().into();
}
