//! The headers of a change: `If-Match` and `Idempotency-Key`.

use http::HeaderValue;
use http::header::{HeaderName, IF_MATCH};

use crate::adapters::web::Received;
use crate::domain::Revision;
use crate::shell::Manager;

use super::problem::Problem;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const LONGEST_KEY: usize = 255;

/// Returns the entity tag of a revision.
pub(super) fn tag(revision: Revision) -> HeaderValue {
    // A number in quotation marks is a valid value.
    HeaderValue::from_str(&format!("\"{revision}\"")).unwrap_or(HeaderValue::from_static("\"\""))
}

/// Makes the changes conditional on the revision in `If-Match`. The header is required.
pub(super) fn conditional<'a>(
    request: &Received,
    manager: Manager<'a>,
) -> Result<Manager<'a>, Problem> {
    let seen = if_match(request)?.ok_or_else(Problem::precondition_required)?;
    Ok(manager.if_revision(seen))
}

/// The same for a change that can also be made without having read anything.
pub(super) fn if_conditional<'a>(
    request: &Received,
    manager: Manager<'a>,
) -> Result<Manager<'a>, Problem> {
    Ok(match if_match(request)? {
        Some(seen) => manager.if_revision(seen),
        None => manager,
    })
}

fn if_match(request: &Received) -> Result<Option<Revision>, Problem> {
    let Some(text) = only(request, &IF_MATCH, "If-Match")? else { return Ok(None) };
    // A proxy that compresses answers marks their entity tags as weak.
    let tag = text.strip_prefix("W/").unwrap_or(text);
    let number = tag.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let digits = number.filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
    let revision = digits.and_then(|number| number.parse().ok()).map(Revision::new);
    revision.map(Some).ok_or_else(|| {
        Problem::invalid_header(
            "If-Match",
            "must be one ETag as it was in an answer, such as \"7\"",
        )
    })
}

/// Returns the caller's id of an operation.
pub(super) fn idempotency_key(request: &Received) -> Result<Option<&str>, Problem> {
    let key = only(request, &IDEMPOTENCY_KEY, "Idempotency-Key")?;
    match key {
        Some(key) if key.is_empty() || key.len() > LONGEST_KEY => {
            Err(Problem::invalid_header("Idempotency-Key", "must have 1 to 255 characters"))
        }
        key => Ok(key),
    }
}

fn only<'a>(
    request: &'a Received,
    name: &HeaderName,
    shown: &'static str,
) -> Result<Option<&'a str>, Problem> {
    let mut values = request.parts.headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() {
        return Err(Problem::invalid_header(shown, "must occur once"));
    }
    let text = first.map(|value| value.to_str()).transpose();
    text.map_err(|_| Problem::invalid_header(shown, "must be ASCII text"))
}
