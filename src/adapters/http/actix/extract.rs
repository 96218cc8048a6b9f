//! The extractors for actix-web: a handler that takes a proof cannot be reached without one.

use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{Error, FromRequest, HttpRequest};

use super::{head, response};
use crate::adapters::http::guard::Guard;
use crate::adapters::http::scoped::Scoped;
use crate::domain::{RequiredScope, ScopeMarker, Verified};
use crate::kinds::AcceptedKind;

type Extracting<T> = Pin<Box<dyn Future<Output = Result<T, Error>>>>;

/// A handler that takes `Verified<Track>` or `Verified<App>` cannot be reached without such a key, with or without a middleware
/// in front of it. The guard is the `app_data` of the application or of the scope. Without one, each request is answered 500, and
/// the log says what to add.
///
/// Take `Verified<K>` before the body, so that a refused request's body is not parsed. Do not take `ReqData<Verified<K>>`: any
/// middleware can put the proof of another request there.
impl<K: AcceptedKind> FromRequest for Verified<K> {
    type Error = Error;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { checked(&request, None).await })
    }
}

/// A key without the scope is answered 403.
impl<K: AcceptedKind, S: ScopeMarker> FromRequest for Scoped<K, S> {
    type Error = Error;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let proof = checked(&request, Some(&S::SCOPE.into())).await?;
            Ok(Self::new(proof))
        })
    }
}

async fn checked<K: AcceptedKind>(
    request: &HttpRequest,
    required: Option<&RequiredScope>,
) -> Result<Verified<K>, Error> {
    let guard = request.app_data::<Guard>().ok_or_else(response::no_guard)?;
    let outcome = guard.check_for(request, head::peer(request), required).await;
    outcome.map_err(|answer| response::refusal(guard, request, &answer))
}
