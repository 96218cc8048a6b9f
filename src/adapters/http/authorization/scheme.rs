//! Reads the credentials of a kind from a request, and builds the challenge for requests without them.

use http::HeaderValue;

use crate::kinds::{AcceptedKind, KeyLocation, KindSpec, Kinds};
use crate::shell::Attempt;
use crate::values::KindWord;

use super::basic::{self, Decoded};
use super::{HeaderLines, NotRead, token};

/// The credentials of a request.
type Read<'a> = Result<(Option<&'a str>, &'a str), NotRead>;

/// Reads the credentials of the kind `K`. For any kind, reads the first kind whose header is present.
pub(in crate::adapters::http) fn read<'a, K: AcceptedKind>(
    headers: &'a impl HeaderLines,
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

fn is_there(headers: &impl HeaderLines, presented: KeyLocation) -> bool {
    match presented {
        KeyLocation::Basic { .. } => {
            !matches!(super::credentials(headers, "Basic"), Err(NotRead::Absent))
        }
        KeyLocation::Bearer { .. } => {
            !matches!(super::credentials(headers, "Bearer"), Err(NotRead::Absent))
        }
        KeyLocation::Header { name } => headers.named(name).next().is_some(),
    }
}

fn read_at<'a>(
    headers: &'a impl HeaderLines,
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

/// The challenges for refused requests. They are written once, so a refusal does not allocate.
#[derive(Debug, Clone)]
pub(in crate::adapters::http) struct Challenges {
    kinds: Vec<(KindWord, Challenge)>,
    any: Challenge,
}

/// The value of `WWW-Authenticate` for one route.
#[derive(Debug, Clone)]
pub(in crate::adapters::http) struct Challenge {
    /// For a request without credentials.
    pub(in crate::adapters::http) absent: HeaderValue,
    /// For denied credentials. Only Bearer has an error code for it (RFC 6750, 3.1).
    pub(in crate::adapters::http) refused: HeaderValue,
}

impl Challenges {
    pub(in crate::adapters::http) fn of(kinds: &Kinds) -> Self {
        let of_one = |spec: &KindSpec| (spec.word(), Challenge::of(std::iter::once(spec)));
        Self { kinds: kinds.specs().map(of_one).collect(), any: Challenge::of(kinds.specs()) }
    }

    /// Returns the challenge of a route that requires `K`.
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
    // A realm that is not valid in a header is omitted, and the scheme remains.
    HeaderValue::from_bytes(all.join(", ").as_bytes()).unwrap_or(HeaderValue::from_static("Bearer"))
}

/// Returns the challenge of one kind. RFC 9110, 15.5.2 requires a challenge in each 401. A header of its own has no registered
/// scheme, so the challenge uses Keyward's own scheme and names the header: browsers ignore it, and developers can read where
/// the key goes.
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
