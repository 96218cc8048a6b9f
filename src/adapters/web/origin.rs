//! Whether another site sent a change (cross-site request forgery). A pure decision from the headers.

use std::sync::Arc;

use http::HeaderMap;
use http::header::{HOST, HeaderName, ORIGIN};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The rule for a request that changes something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::adapters) enum CrossSiteRule {
    /// A form in a browser: one of the headers must say that the request has the same origin.
    #[cfg_attr(not(feature = "page"), allow(dead_code, reason = "the rule of the page"))]
    Page,
    /// A program or a script, with `Content-Type: application/json`: none of the headers may say that the request has another
    /// origin. A form cannot send this type, and a script of another origin needs a CORS preflight to send it.
    #[cfg_attr(not(feature = "manage-api"), allow(dead_code, reason = "the rule of the API"))]
    Api,
}

/// Another site sent the request, or the headers do not exclude it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CrossSite;

/// Decides whether the request may change something. `authority` is that of the request's target, if it has one (`:authority` in
/// HTTP/2).
pub(super) fn check(
    rule: CrossSiteRule,
    headers: &HeaderMap,
    authority: Option<&str>,
    trusted: &TrustedOrigins,
) -> Result<(), CrossSite> {
    let site = only(headers, &SEC_FETCH_SITE)?;
    let origin = only(headers, &ORIGIN)?;
    if origin.is_some_and(|origin| trusted.contains(origin)) {
        return Ok(());
    }
    let is_own = |origin: &str| -> Result<bool, CrossSite> {
        let host = match authority {
            Some(authority) => Some(authority),
            None => only(headers, &HOST)?,
        };
        Ok(host.is_some_and(|host| is_origin_of(origin, host)))
    };
    let is_allowed = match (rule, site, origin) {
        (CrossSiteRule::Page, Some(site), _) => site == "same-origin",
        (CrossSiteRule::Page, None, Some(origin)) => is_own(origin)?,
        (CrossSiteRule::Page, None, None) => false,
        (CrossSiteRule::Api, site, origin) => {
            site.is_none_or(|site| site == "same-origin")
                && match origin {
                    Some(origin) => is_own(origin)?,
                    None => true,
                }
        }
    };
    if is_allowed { Ok(()) } else { Err(CrossSite) }
}

/// Returns the value of a header that may occur once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, CrossSite> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() {
        return Err(CrossSite);
    }
    first.map(|value| value.to_str().map_err(|_| CrossSite)).transpose()
}

/// Returns `true` if the origin's authority is this host. The default port of the origin's scheme may be written or not.
fn is_origin_of(origin: &str, host: &str) -> bool {
    let (authority, port) = match origin.split_once("://") {
        Some(("https", authority)) => (authority, ":443"),
        Some(("http", authority)) => (authority, ":80"),
        _ => return false,
    };
    let (authority, host) = (without(authority, port), without(host, port));
    !authority.is_empty() && authority.eq_ignore_ascii_case(host)
}

fn without<'a>(authority: &'a str, port: &str) -> &'a str {
    authority.strip_suffix(port).unwrap_or(authority)
}

/// The origins other than the service's own that can send changes.
#[derive(Debug, Clone, Default)]
pub(super) struct TrustedOrigins(Arc<[Box<str>]>);

impl TrustedOrigins {
    pub(super) fn add(&mut self, origin: &str) -> Result<(), OriginError> {
        let authority = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
        let is_origin = authority.is_some_and(|authority| {
            !authority.contains('@')
                && authority.parse::<http::uri::Authority>().is_ok()
                && !authority.bytes().any(|byte| byte.is_ascii_uppercase())
        });
        if !is_origin {
            return Err(OriginError);
        }
        self.0 = self.0.iter().cloned().chain([origin.into()]).collect();
        Ok(())
    }

    fn contains(&self, origin: &str) -> bool {
        self.0.iter().any(|trusted| **trusted == *origin)
    }
}

/// The error for a text that is not an origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "an origin is `https://` or `http://`, a host in lower case, and a port if it is not the default: write it as \
     browsers do, such as `https://admin.acme.test`"
)]
#[non_exhaustive]
pub struct OriginError;

#[cfg(test)]
mod tests;
