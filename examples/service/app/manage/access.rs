//! The check that a request comes from the admin.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts};
use http::StatusCode;
use http::header::AUTHORIZATION;
use http::request::Parts;
use keyward::{Actor, Keyward, Manager};
use subtle::ConstantTimeEq;

use super::super::App;
use super::super::reply::Failure;

/// A random token, which is printed at start.
pub(crate) struct Token([u8; 64]);

impl Token {
    pub(crate) fn draw() -> Result<Self, getrandom::Error> {
        let mut random = [0_u8; 64];
        getrandom::fill(&mut random)?;
        // Each of the 64 characters is one of sixteen and has 4 bits, so the token has 256 bits.
        Ok(Self(random.map(|byte| b'a' + byte % 16)))
    }

    /// Returns the text, to print it.
    pub(crate) fn expose(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    fn is(&self, presented: &[u8]) -> bool {
        <&[u8; 64]>::try_from(presented).is_ok_and(|presented| self.0.ct_eq(presented).into())
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

/// The proof that a request comes from the admin.
pub(super) struct Admin {
    keyward: Keyward,
    admin: Arc<(Actor, Token)>,
}

impl Admin {
    pub(super) fn manager(&self) -> Manager<'_> {
        self.keyward.manager(&self.admin.0)
    }
}

impl FromRequestParts<App> for Admin {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let peer = parts.extensions.get().map(|ConnectInfo::<SocketAddr>(peer)| peer.ip());
        let presented = parts.headers.get(AUTHORIZATION).map(http::HeaderValue::as_bytes);
        let token = presented.and_then(|value| value.strip_prefix(b"Bearer "));
        let (_, expected) = &*app.admin;
        if !peer.is_some_and(|peer| peer.is_loopback()) {
            return Err(Failure::not_found("the path does not exist"));
        }
        if !token.is_some_and(|token| expected.is(token)) {
            return Err(Failure::new(
                StatusCode::UNAUTHORIZED,
                "the management token is missing or wrong: use the token that was printed at start",
            ));
        }
        Ok(Self { keyward: app.keyward.clone(), admin: Arc::clone(&app.admin) })
    }
}
