//! The guard's answers and the errors of the manager as responses of actix-web.

use actix_web::error::InternalError;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use bytes::Bytes;

use crate::adapters::http::answer::Answer;
use crate::adapters::http::guard::Guard;
use crate::adapters::http::manage_error::problem;
use crate::domain::InsufficientScope;
use crate::shell::ManageError;

/// Returns the error that becomes the guard's answer to a request.
pub(super) fn refusal(guard: &Guard, request: &HttpRequest, answer: &Answer) -> actix_web::Error {
    let response = written(guard.answer_to_head(request, answer));
    InternalError::from_response(answer.detail(), response).into()
}

/// Returns the error for an application without a guard.
pub(super) fn no_guard() -> actix_web::Error {
    tracing::error!("no guard: add `.app_data(guard)` to the `App` or to the scope of the route");
    let answer = Answer::NoPeerAddress;
    InternalError::from_response(answer.detail(), written(answer.problem())).into()
}

/// Returns a response in the types of actix-web.
pub(super) fn written(response: http::Response<Bytes>) -> HttpResponse {
    let (parts, body) = response.into_parts();
    let status = StatusCode::from_u16(parts.status.as_u16());
    let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::with_body(status, body).map_into_boxed_body();
    for (name, value) in headers(&parts.headers) {
        response.headers_mut().append(name, value);
    }
    response
}

/// Adds those of the headers that the response does not have yet.
pub(super) fn add_missing(added: &http::HeaderMap, to: &mut HeaderMap) {
    for (name, value) in headers(added) {
        if !to.contains_key(&name) {
            to.insert(name, value);
        }
    }
}

fn headers(headers: &http::HeaderMap) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
    headers.iter().filter_map(|(name, value)| {
        let name = HeaderName::from_bytes(name.as_str().as_bytes()).ok()?;
        Some((name, HeaderValue::from_bytes(value.as_bytes()).ok()?))
    })
}

/// Returns problem details (RFC 9457) with the status [`ManageError::status`] and with [`ManageError::code`] as `code`. The
/// `detail` is the error's text. For 503, the error's text is for the operator: it is logged at `ERROR`, and the caller is
/// asked to retry.
impl ResponseError for ManageError {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status()).unwrap_or(StatusCode::SERVICE_UNAVAILABLE)
    }

    fn error_response(&self) -> HttpResponse {
        written(problem(self))
    }
}

/// 403 with `error="insufficient_scope"`, as a problem detail.
impl ResponseError for InsufficientScope {
    fn status_code(&self) -> StatusCode {
        StatusCode::FORBIDDEN
    }

    fn error_response(&self) -> HttpResponse {
        written(Answer::lacking(None, self.scope.as_ref()).problem())
    }
}
