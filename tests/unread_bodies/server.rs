//! Guarded services behind real servers.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::routing::post;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use keyward::http::{DrainLayer, Guard};
use keyward::{
    AccountId, Actor, ActorId, App, Keyward, MasterKey, MasterKeys, MemoryStore, Name,
    NewCredential, NewWorkspace, SlowHashParams, Verified, WorkspaceId,
};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector};
use tower::Layer;

use crate::raw::{Connection, Stream};

/// How the service is guarded and served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Serves {
    /// With axum: an extractor, behind the layer that drains.
    AxumExtractor,
    /// With axum: the guard's own layer.
    AxumLayer,
    /// With hyper: the guard's own layer around a `tower` service.
    Hyper,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    Plain,
    Tls,
}

/// A running service, and the values that its callers need.
pub struct Server {
    pub address: SocketAddr,
    pub token: String,
    pub transport: Transport,
    /// The certificate of the server, for callers that check it.
    pub certificate: String,
    connector: TlsConnector,
}

/// A text with the form of a key.
pub const WRONG: &str = "kw_app_000000000000";

impl Server {
    pub async fn start(serves: Serves, transport: Transport) -> Self {
        let keyward =
            Keyward::builder(MemoryStore::new(), MasterKeys::new(MasterKey::generate().unwrap()))
                .slow_hash(SlowHashParams::dangerous_cheap())
                .build()
                .unwrap();
        let token = issue(&keyward).await;
        let guard = Guard::new(keyward).peer_from(|_| Some(IpAddr::V4(Ipv4Addr::LOCALHOST)));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (acceptor, connector, certificate) = tls();
        let acceptor = (transport == Transport::Tls).then_some(acceptor);
        tokio::spawn(accept(listener, acceptor, serves, guard));
        Self { address, token, transport, certificate, connector }
    }

    pub async fn connect(&self) -> Connection {
        let tcp = TcpStream::connect(self.address).await.unwrap();
        tcp.set_nodelay(true).unwrap();
        let stream: Box<dyn Stream> = match self.transport {
            Transport::Plain => Box::new(tcp),
            Transport::Tls => {
                let name = ServerName::try_from("localhost").unwrap();
                Box::new(self.connector.connect(name, tcp).await.unwrap())
            }
        };
        Connection::new(stream, &self.token)
    }
}

async fn issue(keyward: &Keyward) -> String {
    let actor = Actor::admin(AccountId::new("acme").unwrap(), ActorId::new("ada").unwrap());
    let shop = WorkspaceId::new("acme/shop").unwrap();
    let manager = keyward.manager(&actor);
    let new = NewWorkspace::new(shop.clone(), Name::new("Shop").unwrap());
    manager.create_workspace(new).await.unwrap();
    let new = NewCredential::new(shop, Name::new("backend").unwrap());
    manager.issue_app_key(new).await.unwrap().secret.expose().to_owned()
}

/// One certificate, and the settings of both sides that trust it.
fn tls() -> (TlsAcceptor, TlsConnector, String) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (certificate, pem) = (made.cert.der().clone(), made.cert.pem());
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let server = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let client = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    (TlsAcceptor::from(Arc::new(server)), TlsConnector::from(Arc::new(client)), pem)
}

async fn accept(
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    serves: Serves,
    guard: Guard,
) {
    loop {
        let (tcp, _) = listener.accept().await.unwrap();
        let (guard, acceptor) = (guard.clone(), acceptor.clone());
        tokio::spawn(async move {
            let stream: Box<dyn Stream> = match acceptor {
                None => Box::new(tcp),
                // A caller may leave in the middle of the handshake.
                Some(acceptor) => match acceptor.accept(tcp).await {
                    Ok(stream) => Box::new(stream),
                    Err(_) => return,
                },
            };
            serve(stream, serves, guard).await;
        });
    }
}

/// Serves one connection. Its error is the caller's to see.
async fn serve(stream: Box<dyn Stream>, serves: Serves, guard: Guard) {
    let io = TokioIo::new(stream);
    if serves == Serves::Hyper {
        let service = guard.app().unwrap().layer(tower::service_fn(count));
        let _ = http1::Builder::new().serve_connection(io, TowerToHyperService::new(service)).await;
        return;
    }
    let router = Router::new().route("/", post(read).get(hello));
    let router = if serves == Serves::AxumExtractor {
        router.layer(DrainLayer::new())
    } else {
        router.route_layer(guard.app().unwrap())
    };
    let router = router.layer(axum::extract::DefaultBodyLimit::disable()).with_state(guard);
    let http = auto::Builder::new(TokioExecutor::new());
    let _ = http.serve_connection(io, TowerToHyperService::new(router)).await;
}

/// The extractor checks the key, unless the layer has.
async fn read(_: Verified<App>, body: Bytes) -> String {
    format!("read {}", body.len())
}

async fn hello(_: Verified<App>) -> &'static str {
    "read 0"
}

async fn count(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    assert!(request.extensions().get::<Verified<App>>().is_some());
    let body = request.into_body().collect().await.unwrap().to_bytes();
    Ok(Response::new(Full::from(format!("read {}", body.len()))))
}
