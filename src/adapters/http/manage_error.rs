//! Management errors as axum responses: RFC 9457 problem details.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};

use crate::shell::ManageError;

/// Returns problem details (RFC 9457) with the status [`ManageError::status`] and with [`ManageError::code`] as `code`. The
/// `detail` is the error's text. For 503, the error's text is for the operator: it is logged at `ERROR`, and the caller is
/// asked to retry.
impl IntoResponse for ManageError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status()).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
        if status.is_server_error() {
            tracing::error!(code = self.code(), error = %self.with_sources(), "management operation failed");
        }
        let (code, detail) = match &self {
            Self::Unknown { operation, .. } => (
                self.code(),
                format!("The change may have been made or not: look for operation {operation}."),
            ),
            _ if status.is_server_error() => {
                ("unavailable", "The request could not be answered. Try again later.".to_owned())
            }
            error => (error.code(), error.to_string()),
        };
        let problem = serde_json::json!({
            "type": "about:blank",
            "title": status.canonical_reason().unwrap_or_default(),
            "status": status.as_u16(),
            "code": code,
            "detail": detail,
        });
        let mut response = Response::new(Body::from(problem.to_string()));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(wait) = self.retry_after() {
            headers.insert(RETRY_AFTER, wait.as_secs().max(1).into());
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;
    use serde_json::{Value, json};

    use super::*;
    use crate::domain::Refusal;
    use crate::shell::{Unavailable, UnavailableReason};
    use crate::values::Name;

    async fn answered(error: ManageError) -> (u16, Option<String>, Value) {
        let response = error.into_response();
        let wait = response.headers().get(RETRY_AFTER).map(|it| it.to_str().unwrap().to_owned());
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, wait, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn a_refusal_says_which_rule_and_what_to_do() {
        let other = Name::new("\"Shop\"\u{0433}").unwrap();
        let refusal = Refusal::LooksAlike { kind: "App key", other };
        let sentence = refusal.to_string();
        let (status, wait, body) = answered(refusal.into()).await;
        assert_eq!((status, wait), (409, None));
        let expected = json!({
            "type": "about:blank", "title": "Conflict", "status": 409, "code": "looks_alike", "detail": sentence,
        });
        assert_eq!(body, expected);
    }

    /// The customer must not see the errors of the operator's store.
    #[tokio::test]
    async fn a_missing_answer_says_only_that() {
        let error = Unavailable::new(UnavailableReason::CorruptRow);
        let (status, wait, body) = answered(error.into()).await;
        assert_eq!((status, wait, &body["code"]), (503, None, &json!("unavailable")));
        assert!(!body.to_string().contains("corrupt"), "{body}");
    }
}
