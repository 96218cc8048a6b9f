//! What the responses to failed management operations have in common.

use http::StatusCode;

use crate::shell::ManageError;

/// The detail of an error of the server, whose own text is for the operator.
pub(in crate::adapters) const UNAVAILABLE: &str =
    "The request could not be answered. Try again later.";

/// Returns the status of the response.
pub(in crate::adapters) fn status_of(error: &ManageError) -> StatusCode {
    StatusCode::from_u16(error.status()).unwrap_or(StatusCode::SERVICE_UNAVAILABLE)
}

/// The same. Logs an error of the server.
pub(in crate::adapters) fn logged_status_of(error: &ManageError) -> StatusCode {
    let status = status_of(error);
    if status.is_server_error() {
        tracing::error!(code = error.code(), error = %error.with_sources(), "management operation failed");
    }
    status
}

/// Returns the value of `Retry-After` in seconds.
pub(in crate::adapters) fn retry_after(error: &ManageError) -> Option<u64> {
    error.retry_after().map(|wait| wait.as_secs().max(1))
}
