//! A service with one kind of key, which is sent in `X-API-Key`. Run it with `cargo run --example one_kind --features
//! axum,sqlite`.
//!
//! The service has no Track sets, and a new workspace has no credentials. The database is in the folder for temporary files. The
//! example sends its own requests and then exits.

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};

use axum::{Router, body::Body, extract::ConnectInfo, http::Request, routing::get};
use keyward::{
    AccountId, Actor, ActorId, Brand, Keyward, Kind, MasterKey, MasterKeys, Name, NewCredential,
    NewWorkspace, SqliteStore, Verified, WorkspaceId,
    http::{DrainLayer, Guard},
    kind::KindSpec,
};
use tower::ServiceExt;

/// The kind. Its word is part of each key: `acme_live_…`.
enum Live {}

impl Kind for Live {
    const SPEC: KindSpec = KindSpec::token("live", "live key", "live keys").header("X-API-Key");
}

async fn hello(key: Verified<Live>) -> String {
    format!("hello, {}", key.workspace())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let database = std::env::temp_dir().join(format!("one_kind-{}.db", std::process::id()));
    let store = SqliteStore::open(&database).await?;
    // A real service reads its master key from a secret manager.
    let keys = MasterKeys::new(MasterKey::generate()?);
    let keyward =
        Keyward::builder(store, keys).brand(Brand::new("acme")?).kind::<Live>().build()?;
    let admin = Actor::admin(AccountId::new("acme")?, ActorId::new("ada@acme.test")?);
    let (manager, shop) = (keyward.manager(&admin), WorkspaceId::new("acme/shop")?);
    manager.add_workspace(NewWorkspace::new(shop.clone(), Name::new("Shop")?)).await?;
    let issued = manager.issue::<Live>(NewCredential::new(shop, Name::new("backend")?)).await?;

    let guard = Guard::new(keyward.clone());
    let app = Router::new().route("/", get(hello)).layer(DrainLayer::new()).with_state(guard);
    // This replaces a server and a client. A server uses `into_make_service_with_connect_info`.
    let peer = ConnectInfo(SocketAddr::from((Ipv4Addr::LOCALHOST, 50_000)));
    let request = Request::get("/").extension(peer).header("X-API-Key", issued.secret.expose());
    let answer = app.clone().oneshot(request.body(Body::empty())?).await?;
    println!("with the key: {}", answer.status());
    let answer = app.oneshot(Request::get("/").extension(peer).body(Body::empty())?).await?;
    println!("without the key: {}, {:?}", answer.status(), answer.headers()["www-authenticate"]);

    keyward.close().await?;
    std::fs::remove_file(database)?;
    Ok(())
}
