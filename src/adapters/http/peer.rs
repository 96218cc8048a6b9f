//! The peer's address, which the server passes in a request's extensions.

use std::net::{IpAddr, SocketAddr};

use http::Extensions;

/// The peer's address, for servers other than axum. Put it into each request's extensions.
///
/// A Unix socket has no address: use `127.0.0.1`, and trust it as a proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "it contains only an address")]
pub struct PeerAddress(pub IpAddr);

impl From<SocketAddr> for PeerAddress {
    fn from(address: SocketAddr) -> Self {
        Self(address.ip())
    }
}

pub(in crate::adapters) fn find(extensions: &Extensions) -> Option<IpAddr> {
    extensions.get().map(|PeerAddress(address)| *address).or_else(|| from_axum(extensions))
}

#[cfg(feature = "axum")]
fn from_axum(extensions: &Extensions) -> Option<IpAddr> {
    use axum::extract::connect_info::{ConnectInfo, MockConnectInfo};

    let real = extensions.get().map(|ConnectInfo::<SocketAddr>(peer)| peer);
    let mock = || extensions.get().map(|MockConnectInfo::<SocketAddr>(peer)| peer);
    real.or_else(mock).map(SocketAddr::ip)
}

#[cfg(not(feature = "axum"))]
const fn from_axum(_: &Extensions) -> Option<IpAddr> {
    None
}
