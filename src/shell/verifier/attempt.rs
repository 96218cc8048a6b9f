//! What a caller presents.

use std::fmt;
use std::marker::PhantomData;
use std::net::IpAddr;

use crate::domain::{Denial, DenialReason};
use crate::values::{App, Brand, KeyText, MalformedKey, OfKind, Track, parse};

/// What a caller presents, and the address that it came from.
///
/// ```
/// use keyward::Attempt;
///
/// let attempt = Attempt::app("the token that was sent as Bearer");
/// assert!(!format!("{attempt:?}").contains("token that"), "what is presented is never shown");
/// ```
pub struct Attempt<'a, K> {
    site_id: Option<&'a str>,
    key: &'a str,
    address: Option<IpAddr>,
    kind: PhantomData<fn() -> K>,
}

impl<'a> Attempt<'a, App> {
    /// An attempt on the App API, with the token that was sent as Bearer.
    #[must_use]
    pub const fn app(token: &'a str) -> Self {
        Self { site_id: None, key: token, address: None, kind: PhantomData }
    }
}

impl<'a> Attempt<'a, Track> {
    /// An attempt on the Track API, with the site id and the API key that were sent as HTTP Basic.
    #[must_use]
    pub const fn track(site_id: &'a str, api_key: &'a str) -> Self {
        Self { site_id: Some(site_id), key: api_key, address: None, kind: PhantomData }
    }
}

impl<'a, K: OfKind> Attempt<'a, K> {
    /// The address that it came from. Without one, it is refused where a restriction applies.
    #[must_use]
    pub fn from(mut self, address: impl Into<Option<IpAddr>>) -> Self {
        self.address = address.into();
        self
    }

    pub(super) const fn address(&self) -> Option<&IpAddr> {
        self.address.as_ref()
    }

    /// What was presented, as far as it can be told without a look-up.
    #[inline]
    pub(super) fn read(&self, brand: &Brand) -> Result<KeyText<'a>, Denial> {
        let presented = parse(brand, self.key.as_bytes()).map_err(|malformed| {
            Denial::new(match malformed {
                MalformedKey::Shape => DenialReason::Malformed,
                MalformedKey::Checksum => DenialReason::Checksum,
            })
        })?;
        if presented.kind != K::KIND {
            return Err(Denial::new(DenialReason::WrongKind));
        }
        if self.site_id.is_some_and(|site_id| site_id.as_bytes() != presented.id.as_bytes()) {
            return Err(Denial::new(DenialReason::WrongSiteId));
        }
        Ok(presented)
    }
}

impl<K> fmt::Debug for Attempt<'_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt").field("address", &self.address).finish_non_exhaustive()
    }
}
