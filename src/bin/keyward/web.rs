//! Requests to a running service.

use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::ring;
use ureq::http::Response;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Body};

/// The time limit of one request.
const TIME_LIMIT: Duration = Duration::from_secs(5);

/// Creates an HTTP client. It follows no redirect and uses no proxy, because a request contains a key: it is for the named address
/// alone. Any status is an answer. It trusts the root certificates of the machine.
pub(crate) fn client() -> Agent {
    let roots = rustls_native_certs::load_native_certs().certs;
    let roots = roots.iter().map(|root| Certificate::from_der(root).to_owned()).collect();
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::Specific(Arc::new(roots)))
        .unversioned_rustls_crypto_provider(Arc::new(ring::default_provider()))
        .build();
    let config = Agent::config_builder()
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .proxy(None)
        .timeout_global(Some(TIME_LIMIT))
        .user_agent(concat!("keyward/", env!("CARGO_PKG_VERSION")))
        .tls_config(tls);
    config.build().new_agent()
}

/// Returns the body of an answer as text. An answer that is too long or not text is empty.
pub(crate) fn text(response: &mut Response<Body>) -> String {
    response.body_mut().with_config().limit(64 * 1024).read_to_string().unwrap_or_default()
}
