//! How the credentials of a kind are read from a request, and what a request without them is answered.

use http::{HeaderMap, HeaderValue};

use crate::kinds::{AcceptedKind, KeyLocation, KindSpec, Kinds};
use crate::shell::Attempt;
use crate::values::KindWord;

use super::basic::{self, Decoded};
use super::{NotRead, token};

/// What a request presented.
type Read<'a> = Result<(Option<&'a str>, &'a str), NotRead>;

/// Reads what is presented for the kind `K`, or, for any kind, where the first is presented whose place is not
/// empty.
pub(in crate::adapters::http) fn read<'a, K: AcceptedKind>(
    headers: &'a HeaderMap,
    kinds: &Kinds,
    decoded: &'a mut Option<Decoded>,
) -> Result<(Attempt<'a, K>, KeyLocation), NotRead> {
    let presented = if let Some(spec) = K::SPEC {
        spec.presented()
    } else {
        let mut places = kinds.specs().map(KindSpec::presented);
        places.find(|place| is_there(headers, *place)).ok_or(NotRead::Absent)?
    };
    let attempt = match read_at(headers, presented, decoded)? {
        (Some(public_id), key) => Attempt::pair(public_id, key),
        (None, key) => Attempt::token(key),
    };
    Ok((attempt, presented))
}

fn is_there(headers: &HeaderMap, presented: KeyLocation) -> bool {
    match presented {
        KeyLocation::Basic { .. } => {
            !matches!(super::credentials(headers, "Basic"), Err(NotRead::Absent))
        }
        KeyLocation::Bearer { .. } => {
            !matches!(super::credentials(headers, "Bearer"), Err(NotRead::Absent))
        }
        KeyLocation::Header { name } => headers.contains_key(name),
    }
}

fn read_at<'a>(
    headers: &'a HeaderMap,
    presented: KeyLocation,
    decoded: &'a mut Option<Decoded>,
) -> Read<'a> {
    match presented {
        KeyLocation::Basic { .. } => {
            let (public_id, key) = basic::read(headers, decoded.insert(Decoded::default()))?;
            Ok((Some(public_id), key))
        }
        KeyLocation::Bearer { .. } => Ok((None, token::bearer(headers)?)),
        KeyLocation::Header { name } => Ok((None, token::named(headers, name)?)),
    }
}

/// The challenges that refused requests are answered, written once: a refusal takes nothing from the allocator.
#[derive(Debug, Clone)]
pub(in crate::adapters::http) struct Challenges {
    kinds: Vec<(KindWord, Challenge)>,
    any: Challenge,
}

/// The value of `WWW-Authenticate` for one route.
#[derive(Debug, Clone)]
pub(in crate::adapters::http) struct Challenge {
    /// Where the request has no credentials.
    pub(in crate::adapters::http) absent: HeaderValue,
    /// Where its credentials do not pass. Bearer alone has an error code for it (RFC 6750, 3.1).
    pub(in crate::adapters::http) refused: HeaderValue,
}

impl Challenges {
    pub(in crate::adapters::http) fn of(kinds: &Kinds) -> Self {
        let of_one = |spec: &KindSpec| (spec.word(), Challenge::of(std::iter::once(spec)));
        Self { kinds: kinds.specs().map(of_one).collect(), any: Challenge::of(kinds.specs()) }
    }

    /// The challenge of a route that wants `K`.
    pub(in crate::adapters::http) fn wanting<K: AcceptedKind>(&self) -> &Challenge {
        let word = K::SPEC.map(|spec| spec.word());
        let known = self.kinds.iter().find(|(kind, _)| Some(*kind) == word);
        known.map_or(&self.any, |(_, challenge)| challenge)
    }
}

impl Challenge {
    fn of<'a>(specs: impl Iterator<Item = &'a KindSpec> + Clone) -> Self {
        Self {
            absent: written(specs.clone(), ""),
            refused: written(specs, r#", error="invalid_token""#),
        }
    }
}

fn written<'a>(specs: impl Iterator<Item = &'a KindSpec>, error: &str) -> HeaderValue {
    let mut all: Vec<String> = Vec::new();
    for challenge in specs.map(|spec| one(spec, error)) {
        if !all.contains(&challenge) {
            all.push(challenge);
        }
    }
    // A realm that no header can hold is left out, and the scheme stays.
    HeaderValue::from_bytes(all.join(", ").as_bytes()).unwrap_or(HeaderValue::from_static("Bearer"))
}

/// RFC 9110, 15.5.2 wants a challenge in each 401. For a header of its own there is no registered scheme, so the
/// challenge names one of ours and the header: a browser ignores it, and a person reads where the key goes.
fn one(spec: &KindSpec, error: &str) -> String {
    match spec.presented() {
        // RFC 7617 has no error codes.
        KeyLocation::Basic { realm } => format!(r#"Basic realm="{realm}", charset="UTF-8""#),
        KeyLocation::Bearer { realm } => format!(r#"Bearer realm="{realm}"{error}"#),
        KeyLocation::Header { name } => {
            format!(r#"ApiKey realm="{}", header="{name}""#, spec.singular())
        }
    }
}
