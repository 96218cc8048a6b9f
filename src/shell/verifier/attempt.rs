//! The attempt of a caller.

use std::fmt;
use std::marker::PhantomData;
use std::net::IpAddr;

use crate::domain::{Denial, DenialReason, RequiredScope};
use crate::kinds::{AcceptedKind, App, Track, is_accepted};
use crate::shell::errors::{NotVerified, Unavailable, UnavailableReason};
use crate::values::{KeyText, MalformedKey, Prefixes, canonical_address, parse};

/// The credentials that a caller presents, and the address of the caller.
///
/// ```
/// use keyward::Attempt;
///
/// let attempt = Attempt::app("the token that was sent as Bearer");
/// assert!(!format!("{attempt:?}").contains("token that"), "the presented text is never shown");
/// ```
pub struct Attempt<'a, K> {
    site_id: Option<&'a str>,
    key: &'a str,
    address: Option<IpAddr>,
    required: Option<RequiredScope>,
    kind: PhantomData<fn() -> K>,
}

impl<'a> Attempt<'a, App> {
    /// Creates an attempt with an App key: the token that was sent as Bearer.
    #[must_use]
    pub const fn app(token: &'a str) -> Self {
        Self { site_id: None, key: token, address: None, required: None, kind: PhantomData }
    }
}

impl<'a> Attempt<'a, Track> {
    /// Creates an attempt with a Track set: the site id and the API key that were sent as HTTP Basic.
    #[must_use]
    pub const fn track(site_id: &'a str, api_key: &'a str) -> Self {
        Self {
            site_id: Some(site_id),
            key: api_key,
            address: None,
            required: None,
            kind: PhantomData,
        }
    }
}

impl<'a, K: AcceptedKind> Attempt<'a, K> {
    /// Creates an attempt with a single token that was sent as Bearer or in its own header.
    #[must_use]
    pub const fn token(key: &'a str) -> Self {
        Self { site_id: None, key, address: None, required: None, kind: PhantomData }
    }

    /// Creates an attempt with a public id and a key that were sent as HTTP Basic.
    #[must_use]
    pub const fn pair(public_id: &'a str, key: &'a str) -> Self {
        Self { site_id: Some(public_id), key, address: None, required: None, kind: PhantomData }
    }

    /// Sets the address of the client.
    ///
    /// An attempt without an address is denied if an allowlist applies. `0.0.0.0` and `::` are not client addresses and count as
    /// none.
    #[must_use]
    pub fn client_address(mut self, address: impl Into<Option<IpAddr>>) -> Self {
        self.address =
            address.into().filter(|address| !canonical_address(*address).is_unspecified());
        self
    }

    /// Requires a scope. An attempt with a key that lacks it is denied with
    /// [`InsufficientScope`](DenialReason::InsufficientScope), after everything else was checked, and the use is not recorded.
    #[must_use]
    pub fn requiring(mut self, scope: impl Into<RequiredScope>) -> Self {
        self.required = Some(scope.into());
        self
    }

    pub(super) const fn required(&self) -> Option<&RequiredScope> {
        self.required.as_ref()
    }

    pub(super) const fn address(&self) -> Option<&IpAddr> {
        self.address.as_ref()
    }

    /// Returns the presented text, unless a public id was presented with it.
    pub(super) const fn single_text(&self) -> Option<&'a str> {
        match self.site_id {
            Some(_) => None,
            None => Some(self.key),
        }
    }

    /// Parses the presented text, without a look-up.
    #[inline]
    pub(super) fn read<'k>(&'k self, prefixes: &'k Prefixes) -> Result<KeyText<'k>, NotVerified> {
        let denied = |reason| Err(Denial::new(reason).into());
        let presented = match parse(prefixes, self.key.as_bytes()) {
            Ok(presented) => presented,
            Err(MalformedKey::Shape) => return denied(DenialReason::Malformed),
            Err(MalformedKey::Checksum) => return denied(DenialReason::Checksum),
            Err(MalformedKey::Unregistered) => {
                return Err(Unavailable::new(UnavailableReason::UnregisteredKind).into());
            }
        };
        if !is_accepted::<K>(presented.prefix.kind) {
            return denied(DenialReason::WrongKind);
        }
        if self.site_id.is_some_and(|site_id| site_id.as_bytes() != presented.id.as_bytes()) {
            return denied(DenialReason::WrongSiteId);
        }
        Ok(presented)
    }
}

impl<K> fmt::Debug for Attempt<'_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt").field("address", &self.address).finish_non_exhaustive()
    }
}
