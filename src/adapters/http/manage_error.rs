//! Management errors as responses: RFC 9457 problem details.

#[cfg(feature = "axum")]
use axum::body::Body;
#[cfg(feature = "axum")]
use axum::response::IntoResponse;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Response};

use super::management_failure::{UNAVAILABLE, logged_status_of, retry_after};
use crate::shell::ManageError;

/// Returns problem details (RFC 9457) with the status [`ManageError::status`] and with [`ManageError::code`] as `code`. The
/// `detail` is the error's text. For 503, the error's text is for the operator: it is logged at `ERROR`, and the caller is
/// asked to retry.
#[cfg(feature = "axum")]
impl IntoResponse for ManageError {
    fn into_response(self) -> axum::response::Response {
        problem(&self).map(Body::from)
    }
}

/// Returns the response to a failed operation.
pub(super) fn problem(error: &ManageError) -> Response<Bytes> {
    let status = logged_status_of(error);
    let (code, detail) = match error {
        ManageError::Unknown { operation, .. } => (
            error.code(),
            format!(
                "The change may or may not have been made: look for operation {operation} in the history."
            ),
        ),
        _ if status.is_server_error() => ("unavailable", UNAVAILABLE.to_owned()),
        error => (error.code(), error.to_string()),
    };
    let problem = serde_json::json!({
        "type": "about:blank",
        "title": status.canonical_reason().unwrap_or_default(),
        "status": status.as_u16(),
        "code": code,
        "detail": detail,
    });
    let mut response = Response::new(Bytes::from(problem.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(seconds) = retry_after(error) {
        headers.insert(RETRY_AFTER, seconds.into());
    }
    response
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::domain::Refusal;
    use crate::shell::{Unavailable, UnavailableReason};
    use crate::values::Name;

    fn answered(error: &ManageError) -> (u16, Option<String>, Value) {
        let response = problem(error);
        let wait = response.headers().get(RETRY_AFTER).map(|it| it.to_str().unwrap().to_owned());
        let status = response.status().as_u16();
        (status, wait, serde_json::from_slice(response.body()).unwrap())
    }

    #[test]
    fn a_refusal_says_which_rule_and_what_to_do() {
        let other = Name::new("\"Shop\"\u{0433}").unwrap();
        let refusal = Refusal::LooksAlike { kind: "App key", other };
        let sentence = refusal.to_string();
        let (status, wait, body) = answered(&refusal.into());
        assert_eq!((status, wait), (409, None));
        let expected = json!({
            "type": "about:blank", "title": "Conflict", "status": 409, "code": "looks_alike", "detail": sentence,
        });
        assert_eq!(body, expected);
    }

    /// The customer must not see the errors of the operator's store.
    #[test]
    fn a_503_contains_no_error_of_the_store() {
        let error = Unavailable::new(UnavailableReason::CorruptRow);
        let (status, wait, body) = answered(&error.into());
        assert_eq!((status, wait, &body["code"]), (503, None, &json!("unavailable")));
        assert!(!body.to_string().contains("corrupt"), "{body}");
    }
}
