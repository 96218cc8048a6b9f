//! The layer, for any `tower` service over `http`.

use std::fmt;
use std::marker::PhantomData;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use tower_layer::Layer;
use tower_service::Service;

use super::answering::Answering;
use super::body::AnswerBody;
use super::guard::Guard;
use crate::kinds::{AcceptedKind, App, Track};
use crate::values::KindWord;

/// Lets requests pass that present a key of one kind, with the proof `Verified<K>` in their extensions.
/// Made by [`Guard::track`] and [`Guard::app`].
///
/// ```
/// use http::{Request, Response};
/// use keyward::{App, Keyward, Verified, http::Guard};
/// use tower::{Layer, service_fn};
///
/// # fn guarded(keyward: Keyward) {
/// let service = service_fn(async |request: Request<String>| {
///     let key = request.extensions().get::<Verified<App>>(); // nothing passes without it
///     let workspace = key.map(|key| key.workspace().to_string()).unwrap_or_default();
///     Ok::<_, std::convert::Infallible>(Response::new(workspace))
/// });
/// let guarded = Guard::new(keyward).app().unwrap().layer(service);
/// # let _ = guarded;
/// # }
/// ```
///
/// In axum, give it to `Router::route_layer`: `Router::layer` answers 401 for paths that do not exist, too.
/// A browser's preflight request carries no key: put a CORS layer outside of this one.
pub struct GuardLayer<K> {
    guard: Guard,
    kind: PhantomData<fn() -> K>,
}

/// A service behind a [`GuardLayer`].
pub struct Guarded<S, K> {
    inner: S,
    layer: GuardLayer<K>,
}

impl<K> GuardLayer<K> {
    pub(super) const fn new(guard: Guard) -> Self {
        Self { guard, kind: PhantomData }
    }
}

/// A guard was made for a kind that is not registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the kind `{0}` is not registered: register it with `Builder::kind`")]
#[non_exhaustive]
pub struct UnregisteredKind(pub KindWord);

impl Guard {
    /// The layer for the kind `K`, or, as `layer::<AnyKind>`, for any registered kind.
    ///
    /// Fails where the kind is not registered, or another one is registered under its word.
    pub fn layer<K: AcceptedKind>(&self) -> Result<GuardLayer<K>, UnregisteredKind> {
        match K::SPEC {
            Some(spec) if self.kinds().get(spec.word()) != Some(&spec) => {
                Err(UnregisteredKind(spec.word()))
            }
            _ => Ok(GuardLayer::new(self.clone())),
        }
    }

    /// The layer for the Track API: HTTP Basic, with the site id and the API key.
    ///
    /// Fails where the kind is not registered.
    pub fn track(&self) -> Result<GuardLayer<Track>, UnregisteredKind> {
        self.layer()
    }

    /// The layer for the App API: Bearer.
    ///
    /// Fails where the kind is not registered.
    pub fn app(&self) -> Result<GuardLayer<App>, UnregisteredKind> {
        self.layer()
    }
}

impl<K> Clone for GuardLayer<K> {
    fn clone(&self) -> Self {
        Self::new(self.guard.clone())
    }
}

impl<S: Clone, K> Clone for Guarded<S, K> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), layer: self.layer.clone() }
    }
}

impl<S, K> Layer<S> for GuardLayer<K> {
    type Service = Guarded<S, K>;

    fn layer(&self, inner: S) -> Self::Service {
        Guarded { inner, layer: self.clone() }
    }
}

impl<S, K, In, Out> Service<Request<In>> for Guarded<S, K>
where
    S: Service<Request<In>, Response = Response<Out>> + Clone,
    K: AcceptedKind,
    In: Body,
    Out: Body<Data = Bytes>,
{
    type Response = Response<AnswerBody<Out>>;
    type Error = S::Error;
    type Future = Answering<S, K, In>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<In>) -> Self::Future {
        // It is this one that was found ready; the clone waits for its own turn.
        let clone = self.inner.clone();
        let ready = std::mem::replace(&mut self.inner, clone);
        Answering::new(self.layer.guard.clone(), ready, request)
    }
}

impl<K> fmt::Debug for GuardLayer<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardLayer").field("guard", &self.guard).finish()
    }
}

impl<S: fmt::Debug, K> fmt::Debug for Guarded<S, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guarded").field("inner", &self.inner).field("layer", &self.layer).finish()
    }
}
