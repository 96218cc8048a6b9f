//! Which scheme belongs to which kind.

use http::{HeaderMap, HeaderValue};

use crate::shell::Attempt;
use crate::values::{App, OfKind, Track};

use super::basic::{self, Decoded};
use super::{NotRead, bearer};

/// How a kind's credentials are sent: HTTP Basic for [`Track`], Bearer for [`App`]. Sealed.
pub trait Scheme: OfKind + Sized {
    /// The challenge of an answer to a request without credentials.
    #[doc(hidden)]
    const CHALLENGE: HeaderValue;
    /// The challenge of an answer to credentials that do not pass.
    #[doc(hidden)]
    const REFUSAL: HeaderValue;

    /// Where a decoded text stands, to be wiped afterwards.
    #[doc(hidden)]
    type Decoded: Default + Send;

    /// Reads what is presented.
    #[doc(hidden)]
    fn read<'a>(
        headers: &'a HeaderMap,
        decoded: &'a mut Self::Decoded,
    ) -> Result<Attempt<'a, Self>, NotRead>;
}

impl Scheme for Track {
    const CHALLENGE: HeaderValue =
        HeaderValue::from_static(r#"Basic realm="Track API", charset="UTF-8""#);
    // RFC 7617 has no error codes.
    const REFUSAL: HeaderValue = Self::CHALLENGE;

    type Decoded = Decoded;

    fn read<'a>(
        headers: &'a HeaderMap,
        decoded: &'a mut Decoded,
    ) -> Result<Attempt<'a, Self>, NotRead> {
        let (site_id, api_key) = basic::read(headers, decoded)?;
        Ok(Attempt::track(site_id, api_key))
    }
}

impl Scheme for App {
    const CHALLENGE: HeaderValue = HeaderValue::from_static(r#"Bearer realm="App API""#);
    const REFUSAL: HeaderValue =
        HeaderValue::from_static(r#"Bearer realm="App API", error="invalid_token""#);

    /// A token is read where it stands.
    type Decoded = ();

    fn read<'a>(headers: &'a HeaderMap, (): &'a mut ()) -> Result<Attempt<'a, Self>, NotRead> {
        bearer::read(headers).map(Attempt::app)
    }
}
