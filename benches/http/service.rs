//! The measured service, with guarded and bare routes.

use std::net::{Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::routing::{get, post};
use axum::{Json, Router};
use http::Request;
use keyward::http::Guard;
use keyward::{
    AccountId, Actor, ActorId, App, Attempt, Keyward, MasterKey, MasterKeys, MemoryStore, Name,
    Network, NewCredential, NewWorkspace, SlowHashParams, Verified, WorkspaceId,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::by_hand::ByHand;
use crate::floor::Floor;
use crate::load::Failed;

/// Five servers on one thread: one with the layer, one with the extractor, one with a verification in the thinnest possible layer,
/// one with a minimal hand-written check, and one without a check.
pub(crate) struct Service {
    pub(crate) guarded: SocketAddr,
    pub(crate) extracted: SocketAddr,
    pub(crate) verified: SocketAddr,
    pub(crate) by_hand: SocketAddr,
    pub(crate) bare: SocketAddr,
    /// The keys in use.
    pub(crate) tokens: Vec<String>,
    /// A request with a well-formed key that is not in the store.
    pub(crate) forged: Vec<u8>,
    pub(crate) keyward: Keyward,
    pub(crate) admin: Actor,
    pub(crate) workspace: WorkspaceId,
    runtime: Runtime,
}

/// The body of a request that sends an email.
pub(crate) const EMAIL: &str = r#"{"to":"bob@shop.test","from":"ada@acme.test","subject":"Your order","body":"<p>Hello, Bob</p>","identifiers":{"id":"7"},"message_data":{"order":4711,"items":["lamp","chair"],"total":"129.90","currency":"EUR"}}"#;

/// The head of such a request, without the key.
const SEND_EMAIL: &str = "POST /v1/send/email HTTP/1.1\r\nhost: 127.0.0.1\r\nuser-agent: bench\r\n\
     accept: */*\r\ncontent-type: application/json\r\n";

/// The head of a request without a body, without the key.
const GET_ATTRIBUTES: &str = "GET /v1/customers/7/attributes HTTP/1.1\r\nhost: 127.0.0.1\r\n\
     user-agent: bench\r\naccept: */*\r\n";

/// Returns a request that sends an email. The route parses its body.
pub(crate) fn send_email(token: &str) -> Vec<u8> {
    let length = EMAIL.len();
    format!("{SEND_EMAIL}content-length: {length}\r\nauthorization: Bearer {token}\r\n\r\n{EMAIL}")
        .into_bytes()
}

/// Returns a request to the cheapest possible route, which returns a constant.
pub(crate) fn get_attributes(token: &str) -> Vec<u8> {
    format!("{GET_ATTRIBUTES}authorization: Bearer {token}\r\n\r\n").into_bytes()
}

#[derive(Deserialize)]
struct Email {
    to: String,
    identifiers: Map<String, Value>,
    message_data: Map<String, Value>,
}

async fn email(Json(email): Json<Email>) -> Json<Value> {
    let parts = email.identifiers.len() + email.message_data.len();
    Json(json!({ "delivery_id": format!("{}-{parts}", email.to), "queued_at": 1_700_000_000 }))
}

/// The same route with the extractor.
async fn email_of(_key: Verified<App>, body: Json<Email>) -> Json<Value> {
    email(body).await
}

async fn attributes() -> Json<Value> {
    Json(json!({ "customer": { "id": "7", "attributes": { "plan": "pro" } } }))
}

/// The same route with the extractor.
async fn attributes_of(_key: Verified<App>) -> Json<Value> {
    attributes().await
}

impl Service {
    /// Starts the servers, with this many App keys in a workspace with 200 allowed networks. Argon2id has minimal cost here,
    /// because it is not measured.
    pub(crate) fn start(keys: usize) -> Result<Self, Failed> {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let keyward = Keyward::builder(MemoryStore::new(), MasterKeys::new(MasterKey::generate()?))
            .slow_hash(SlowHashParams::dangerous_cheap())
            .cached_credentials(2 * keys)
            .build()?;
        let admin = Actor::admin(AccountId::new("acme")?, ActorId::new("ada@acme.test")?);
        let workspace = WorkspaceId::new("acme/shop")?;
        let tokens = runtime.block_on(populate(&keyward, &admin, &workspace, keys))?;
        let forged = runtime.block_on(forge(&keyward, &admin, &workspace))?;
        runtime.spawn(keyward.maintain(tokio::time::sleep));

        let guard = Guard::new(keyward.clone());
        let routes = || {
            Router::new()
                .route("/v1/send/email", post(email))
                .route("/v1/customers/{id}/attributes", get(attributes))
        };
        let guarded = serve(&runtime, routes().layer(guard.app()?))?;
        let extracted = Router::new()
            .route("/v1/send/email", post(email_of))
            .route("/v1/customers/{id}/attributes", get(attributes_of))
            .with_state(guard);
        let extracted = serve(&runtime, extracted)?;
        let floor = Floor::new(tokens.iter().map(String::as_str)).ok_or("a token is malformed")?;
        let floor = Arc::new(floor);
        let check = move |_: &Request<Body>, token: &str| floor.verify(token).is_some();
        let by_hand = serve(&runtime, routes().layer(ByHand(check)))?;
        let handle = keyward.clone();
        let check = move |request: &Request<Body>, token: &str| passes(&handle, request, token);
        let verified = serve(&runtime, routes().layer(ByHand(check)))?;
        let bare = serve(&runtime, routes())?;
        Ok(Self {
            guarded,
            extracted,
            verified,
            by_hand,
            bare,
            tokens,
            forged,
            keyward,
            admin,
            workspace,
            runtime,
        })
    }

    /// Returns one request for each key.
    pub(crate) fn requests(&self, request: fn(&str) -> Vec<u8>) -> Arc<Vec<Vec<u8>>> {
        Arc::new(self.tokens.iter().map(|token| request(token)).collect())
    }

    /// Runs a future on the thread of the servers.
    pub(crate) fn spawn<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> tokio::task::JoinHandle<T> {
        self.runtime.spawn(work)
    }
}

/// Verifies a cached key. The memory store answers within the same poll of the future.
fn passes(keyward: &Keyward, request: &Request<Body>, token: &str) -> bool {
    let peer = request.extensions().get().map(|ConnectInfo::<SocketAddr>(peer)| peer.ip());
    let attempt = Attempt::<App>::app(token).client_address(peer);
    let verifying = pin!(keyward.verify(&attempt));
    matches!(verifying.poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(Ok(_)))
}

async fn populate(
    keyward: &Keyward,
    admin: &Actor,
    workspace: &WorkspaceId,
    keys: usize,
) -> Result<Vec<String>, Failed> {
    let manager = keyward.manager(admin);
    manager.create_workspace(NewWorkspace::new(workspace.clone(), Name::new("Shop")?)).await?;
    let mut networks: Vec<Network> = vec!["127.0.0.0/8".parse()?];
    for place in 0..199 {
        networks.push(format!("10.{place}.0.0/17").parse()?);
    }
    manager.allow(workspace, &networks).await?;
    let mut tokens = Vec::with_capacity(keys);
    for number in 0..keys {
        let new = NewCredential::new(workspace.clone(), Name::new(format!("key {number}"))?);
        tokens.push(manager.issue_app_key(new).await?.secret.expose().to_owned());
    }
    Ok(tokens)
}

/// Returns the most expensive forgery, which only a query of the store can reject.
async fn forge(
    keyward: &Keyward,
    admin: &Actor,
    workspace: &WorkspaceId,
) -> Result<Vec<u8>, Failed> {
    let manager = keyward.manager(admin);
    let new = NewCredential::new(workspace.clone(), Name::new("forged")?);
    let issued = manager.issue_app_key(new).await?;
    manager.delete(issued.credential.id, "forged").await?;
    Ok(send_email(issued.secret.expose()))
}

fn serve(runtime: &Runtime, router: Router) -> Result<SocketAddr, Failed> {
    let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
    let address = listener.local_addr()?;
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    runtime.spawn(async move { axum::serve(listener, service).await });
    Ok(address)
}
