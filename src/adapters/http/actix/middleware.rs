//! The guard's layer as a middleware of actix-web.

use std::fmt;
use std::future::{Ready, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::{Error, HttpMessage};

use super::{head, response};
use crate::adapters::http::layer::GuardLayer;
use crate::adapters::http::notice;
use crate::kinds::AcceptedKind;

/// A service of actix-web behind a [`GuardLayer`].
pub struct GuardedActix<S, K> {
    inner: Rc<S>,
    layer: GuardLayer<K>,
}

/// Passes on requests with a key of one kind, and puts the proof `Verified<K>` into their extensions.
///
/// ```
/// use actix_web::{App, HttpMessage, HttpRequest, web};
/// use keyward::{Keyward, Verified, http::Guard};
///
/// async fn workspace(request: HttpRequest) -> String {
///     let extensions = request.extensions();
///     let key = extensions.get::<Verified<keyward::App>>(); // always present behind the middleware
///     key.map(|key| key.workspace().to_string()).unwrap_or_default()
/// }
///
/// # fn guarded(keyward: Keyward) -> Result<(), keyward::http::UnregisteredKind> {
/// let layer = Guard::new(keyward).app()?;
/// let app = App::new().service(
///     web::scope("/v1").wrap(layer).route("/workspace", web::get().to(workspace)),
/// );
/// # let _ = app;
/// # Ok(())
/// # }
/// ```
impl<S, B, K> Transform<S, ServiceRequest> for GuardLayer<K>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody,
    K: AcceptedKind,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = GuardedActix<S, K>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(GuardedActix { inner: Rc::new(service), layer: self.clone() }))
    }
}

impl<S, B, K> Service<ServiceRequest> for GuardedActix<S, K>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody,
    K: AcceptedKind,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Error>>>>;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let (inner, layer) = (Rc::clone(&self.inner), self.layer.clone());
        Box::pin(async move {
            let (guard, required) = (layer.guard(), layer.required());
            let head = request.request();
            let outcome = guard.check_for::<K>(head, head::peer(head), required).await;
            match outcome {
                Ok(proof) => {
                    let ending = guard.announcement(&proof);
                    request.extensions_mut().insert(proof);
                    let mut response = inner.call(request).await?.map_into_left_body();
                    if let Some(ending) = ending {
                        let mut added = http::HeaderMap::new();
                        notice::write(&ending, &mut added);
                        response::add_missing(&added, response.headers_mut());
                    }
                    Ok(response)
                }
                Err(answer) => {
                    let written = response::written(guard.answer_to_head(head, &answer));
                    Ok(request.into_response(written).map_into_right_body())
                }
            }
        })
    }
}

impl<S, K> fmt::Debug for GuardedActix<S, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardedActix").field("layer", &self.layer).finish_non_exhaustive()
    }
}
