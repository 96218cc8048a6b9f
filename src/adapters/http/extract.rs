//! The extractors for axum: a handler that takes a proof cannot be reached without one.

use axum::body::Body;
use axum::extract::{FromRef, FromRequestParts};
use axum::response::{IntoResponse, Response};
use http::request::Parts;

use crate::domain::{InsufficientScope, ScopeMarker, Verified};
use crate::kinds::AcceptedKind;

use super::answer::Answer;
use super::guard::Guard;
use super::scoped::Scoped;

/// A handler that takes `Verified<Track>` or `Verified<App>` cannot be reached without such a key, with or without layers in
/// front of it. The guard comes from the router's state, so a router without a guard does not compile.
///
/// If this guard's layer has already checked the request, its proof is used. Extensions that were moved from another request do
/// not count: the request is then checked by its own headers.
///
/// `Extension<Verified<K>>` does not guard a handler, because any layer can put the proof of another request there. Take
/// `Verified<K>` itself.
impl<S, K> FromRequestParts<S> for Verified<K>
where
    S: Send + Sync,
    K: AcceptedKind,
    Guard: FromRef<S>,
{
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let guard = Guard::from_ref(state);
        if let Some(proof) = guard.admitted(parts) {
            return Ok(proof);
        }
        let admitted = guard.admit(parts, None).await;
        admitted.map_err(|answer| guard.answer_to(parts, &answer).map(Body::from))
    }
}

impl<T, K, S> FromRequestParts<T> for Scoped<K, S>
where
    T: Send + Sync,
    K: AcceptedKind,
    S: ScopeMarker,
    Guard: FromRef<T>,
{
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &T) -> Result<Self, Response> {
        let guard = Guard::from_ref(state);
        let admitted = match guard.admitted(parts) {
            Some(proof) => guard.having_scope(proof, S::SCOPE.into()),
            None => guard.admit(parts, Some(&S::SCOPE.into())).await,
        };
        match admitted {
            Ok(proof) => Ok(Self::new(proof)),
            Err(answer) => Err(guard.answer_to(parts, &answer).map(Body::from)),
        }
    }
}

/// 403 with `error="insufficient_scope"`, as a problem detail.
impl IntoResponse for InsufficientScope {
    fn into_response(self) -> Response {
        Answer::lacking(None, self.scope.as_ref()).problem().map(Body::from)
    }
}
