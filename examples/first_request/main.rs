//! A service with one guarded route. The README and the first hour of the guide contain this program.

use std::net::SocketAddr;

use axum::{Router, routing::get};
use keyward::{Actor, App, Keyward, MasterKey, MemoryStore, NewCredential, NewWorkspace, Verified};

async fn hello(key: Verified<App>) -> String {
    format!("Hello, {}\n", key.workspace())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let keyward = Keyward::builder(MemoryStore::new(), MasterKey::generate()?).build()?;
    let admin = Actor::admin("acme".parse()?, "ada@acme.test".parse()?);
    let manager = keyward.manager(&admin);
    manager.create_workspace(NewWorkspace::new("acme/shop".parse()?, "Shop".parse()?)).await?;
    let new = NewCredential::new("acme/shop".parse()?, "Backend".parse()?);
    let token = manager.issue_app_key(new).await?.secret;

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    println!("curl -i -H 'Authorization: Bearer {}' http://{address}", token.expose());
    let app = Router::new().route("/", get(hello)).with_state(keyward::http::Guard::new(keyward));
    Ok(axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await?)
}
