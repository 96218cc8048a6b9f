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
use crate::domain::RequiredScope;
use crate::kinds::{AcceptedKind, App, Track};
use crate::values::KindWord;

/// Passes on requests with a key of one kind, and puts the proof `Verified<K>` into their extensions.
/// Made by [`Guard::track`], [`Guard::app`] and [`Guard::layer`].
///
/// ```
/// use http::{Request, Response};
/// use keyward::{App, Keyward, Verified, http::Guard};
/// use tower::{Layer, service_fn};
///
/// # fn guarded(keyward: Keyward) {
/// let service = service_fn(async |request: Request<String>| {
///     let key = request.extensions().get::<Verified<App>>(); // always present behind the layer
///     let workspace = key.map(|key| key.workspace().to_string()).unwrap_or_default();
///     Ok::<_, std::convert::Infallible>(Response::new(workspace))
/// });
/// let guarded = Guard::new(keyward).app().unwrap().layer(service);
/// # let _ = guarded;
/// # }
/// ```
///
/// In axum, pass it to `Router::route_layer`. With `Router::layer`, paths that do not exist are answered 401 too. A browser's
/// preflight request has no key: put a CORS layer outside of this layer.
pub struct GuardLayer<K> {
    guard: Guard,
    required: Option<RequiredScope>,
    kind: PhantomData<fn() -> K>,
}

/// A service behind a [`GuardLayer`].
pub struct Guarded<S, K> {
    inner: S,
    layer: GuardLayer<K>,
}

impl<K> GuardLayer<K> {
    pub(super) const fn new(guard: Guard) -> Self {
        Self { guard, required: None, kind: PhantomData }
    }

    #[cfg(feature = "actix-web")]
    pub(super) const fn guard(&self) -> &Guard {
        &self.guard
    }

    #[cfg(feature = "actix-web")]
    pub(super) const fn required(&self) -> Option<&RequiredScope> {
        self.required.as_ref()
    }

    /// Requires a scope on every route behind the layer. A key without it is answered 403 with `error="insufficient_scope"`.
    #[must_use]
    pub fn requiring(mut self, scope: impl Into<RequiredScope>) -> Self {
        self.required = Some(scope.into());
        self
    }
}

/// The error for a guard of a kind that is not registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the kind `{0}` is not registered: register it with `Builder::kind`")]
#[non_exhaustive]
pub struct UnregisteredKind(pub KindWord);

impl Guard {
    /// Returns the layer for the kind `K`, or for any registered kind as `layer::<AnyKind>`.
    ///
    /// Fails if the kind is not registered, or if another kind is registered under its word.
    pub fn layer<K: AcceptedKind>(&self) -> Result<GuardLayer<K>, UnregisteredKind> {
        match K::SPEC {
            Some(spec) if self.kinds().get(spec.word()) != Some(&spec) => {
                Err(UnregisteredKind(spec.word()))
            }
            _ => Ok(GuardLayer::new(self.clone())),
        }
    }

    /// Returns the layer for the Track API: HTTP Basic, with the site id and the API key.
    ///
    /// Fails if the kind is not registered.
    pub fn track(&self) -> Result<GuardLayer<Track>, UnregisteredKind> {
        self.layer()
    }

    /// Returns the layer for the App API: Bearer.
    ///
    /// Fails if the kind is not registered.
    pub fn app(&self) -> Result<GuardLayer<App>, UnregisteredKind> {
        self.layer()
    }
}

impl<K> Clone for GuardLayer<K> {
    fn clone(&self) -> Self {
        Self { guard: self.guard.clone(), required: self.required, kind: PhantomData }
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
        Answering::new(self.layer.guard.clone(), self.layer.required, &mut self.inner, request)
    }
}

impl<K> fmt::Debug for GuardLayer<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardLayer")
            .field("guard", &self.guard)
            .field("required", &self.required)
            .finish_non_exhaustive()
    }
}

impl<S: fmt::Debug, K> fmt::Debug for Guarded<S, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guarded").field("inner", &self.inner).field("layer", &self.layer).finish()
    }
}
