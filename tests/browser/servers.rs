//! The site over plain HTTP, and over TLS with HTTP/2.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

async fn listen() -> (TcpListener, u16) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

/// Serves the site in the clear, and returns the port.
pub async fn plain(router: Router) -> u16 {
    let (listener, port) = listen().await;
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async { axum::serve(listener, service).await });
    port
}

/// Serves the site over TLS with a certificate that nobody trusts, and returns the port.
pub async fn secure(router: Router) -> u16 {
    let (listener, port) = listen().await;
    let acceptor = acceptor();
    tokio::spawn(async move {
        loop {
            let (tcp, peer) = listener.accept().await.unwrap();
            tokio::spawn(converse(tcp, peer, acceptor.clone(), router.clone()));
        }
    });
    port
}

fn acceptor() -> TlsAcceptor {
    let made = rcgen::generate_simple_self_signed(["keys.test".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    config.alpn_protocols = ["h2", "http/1.1"].map(|it| it.as_bytes().to_vec()).into();
    TlsAcceptor::from(Arc::new(config))
}

/// Serves one connection. A browser may leave at any time.
async fn converse(tcp: TcpStream, peer: SocketAddr, acceptor: TlsAcceptor, router: Router) {
    let Ok(stream) = acceptor.accept(tcp).await else { return };
    let service = router.layer(axum::Extension(ConnectInfo(peer)));
    let served = auto::Builder::new(TokioExecutor::new())
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
        .await;
    drop(served);
}
