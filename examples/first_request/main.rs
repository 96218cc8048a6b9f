//! A service with one guarded route. The README and the first hour of the guide contain this program.

use std::{error::Error, net::SocketAddr};

use axum::{Router, routing::get};
use keyward::http::{DrainLayer, Guard};
use keyward::{
    AccountId, Actor, ActorId, App, Keyward, MasterKey, MasterKeys, MemoryStore, Name,
    NewCredential, NewWorkspace, Verified, WorkspaceId,
};

/// Cannot be reached without an App key.
async fn hello(key: Verified<App>) -> String {
    format!("Hello, {}\n", key.workspace())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let keys = MasterKeys::new(MasterKey::generate()?);
    let keyward = Keyward::builder(MemoryStore::new(), keys).build()?;
    tokio::spawn(keyward.maintain(tokio::time::sleep));

    // Your customer's admin creates a workspace and a key.
    let admin = Actor::admin(AccountId::new("acme")?, ActorId::new("ada@acme.test")?);
    let manager = keyward.manager(&admin);
    let shop = WorkspaceId::new("acme/shop")?;
    manager.create_workspace(NewWorkspace::new(shop.clone(), Name::new("Shop")?)).await?;
    let key = manager.issue_app_key(NewCredential::new(shop, Name::new("Backend")?)).await?;

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let (token, address) = (key.secret.expose(), listener.local_addr()?);
    println!("curl -i -H 'Authorization: Bearer {token}' http://{address}/hello");

    let routes = Router::new().route("/hello", get(hello)).layer(DrainLayer::new());
    let app = routes.with_state(Guard::new(keyward));
    axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await?;
    Ok(())
}
