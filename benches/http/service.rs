//! The service that is measured: one route, guarded and bare.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::routing::get;
use axum::{Json, Router};
use keyward::http::Guard;
use keyward::{
    AccountId, Actor, ActorId, Keyward, MasterKey, MasterKeys, MemoryStore, Name, Network,
    NewCredential, NewWorkspace, SlowHashParams, WorkspaceId,
};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::load::Failed;

/// Two servers on one thread, over one handle.
pub(crate) struct Service {
    pub(crate) guarded: SocketAddr,
    pub(crate) bare: SocketAddr,
    /// A request for each key.
    pub(crate) requests: Arc<Vec<Vec<u8>>>,
    /// A request with a key of a good shape and checksum, which the store does not have.
    pub(crate) forged: Vec<u8>,
    pub(crate) keyward: Keyward,
    pub(crate) admin: Actor,
    pub(crate) workspace: WorkspaceId,
    runtime: Runtime,
}

/// A request as clients send it, with a key.
fn request(token: &str) -> Vec<u8> {
    format!(
        "GET /v1/customers/7/attributes HTTP/1.1\r\nhost: 127.0.0.1\r\nuser-agent: bench\r\n\
         accept: */*\r\nauthorization: Bearer {token}\r\n\r\n"
    )
    .into_bytes()
}

async fn attributes() -> Json<serde_json::Value> {
    Json(serde_json::json!({ "customer": { "id": "7", "attributes": { "plan": "pro" } } }))
}

impl Service {
    /// Starts both, with this many App keys in a workspace that lists 200 networks. Argon2id costs next to
    /// nothing here, since it is no part of what is measured.
    pub(crate) fn start(keys: usize) -> Result<Self, Failed> {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let keyward = Keyward::builder(MemoryStore::new(), MasterKeys::new(MasterKey::generate()?))
            .slow_hash(SlowHashParams::dangerous_cheap())
            .cached_credentials(2 * keys)
            .build()?;
        let admin = Actor::admin(AccountId::new("acme")?, ActorId::new("ada@acme.test")?);
        let workspace = WorkspaceId::new("acme/shop")?;
        let requests = runtime.block_on(populate(&keyward, &admin, &workspace, keys))?;
        let forged = runtime.block_on(forge(&keyward, &admin, &workspace))?;
        runtime.spawn(keyward.maintain(tokio::time::sleep));

        let guard = Guard::new(keyward.clone());
        let route = || Router::new().route("/v1/customers/{id}/attributes", get(attributes));
        let guarded = serve(&runtime, route().layer(guard.app()))?;
        let bare = serve(&runtime, route())?;
        let requests = Arc::new(requests);
        Ok(Self { guarded, bare, requests, forged, keyward, admin, workspace, runtime })
    }

    /// Runs something beside the servers, on their thread.
    pub(crate) fn spawn<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> tokio::task::JoinHandle<T> {
        self.runtime.spawn(work)
    }
}

async fn populate(
    keyward: &Keyward,
    admin: &Actor,
    workspace: &WorkspaceId,
    keys: usize,
) -> Result<Vec<Vec<u8>>, Failed> {
    let manager = keyward.manager(admin);
    manager.create_workspace(NewWorkspace::new(workspace.clone(), Name::new("Shop")?)).await?;
    let mut networks: Vec<Network> = vec!["127.0.0.0/8".parse()?];
    for place in 0..199 {
        networks.push(format!("10.{place}.0.0/17").parse()?);
    }
    manager.allow(workspace, &networks).await?;
    let mut requests = Vec::with_capacity(keys);
    for number in 0..keys {
        let new = NewCredential::new(workspace.clone(), Name::new(format!("key {number}"))?);
        requests.push(request(manager.issue_app_key(new).await?.token.expose()));
    }
    Ok(requests)
}

/// A forgery that costs the most: only the store can tell that it has no such key.
async fn forge(
    keyward: &Keyward,
    admin: &Actor,
    workspace: &WorkspaceId,
) -> Result<Vec<u8>, Failed> {
    let manager = keyward.manager(admin);
    let new = NewCredential::new(workspace.clone(), Name::new("forged")?);
    let issued = manager.issue_app_key(new).await?;
    manager.delete(issued.credential.id, "forged").await?;
    Ok(request(issued.token.expose()))
}

fn serve(runtime: &Runtime, router: Router) -> Result<SocketAddr, Failed> {
    let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
    let address = listener.local_addr()?;
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    runtime.spawn(async move { axum::serve(listener, service).await });
    Ok(address)
}
