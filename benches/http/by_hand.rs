//! A hand-written check in front of a route, in the thinnest possible layer: the floor of the benchmark `figures`, or a
//! verification. It shows how close to the bounds any implementation can get.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::AUTHORIZATION;
use http::{Request, StatusCode};
use pin_project_lite::pin_project;
use tower::{Layer, Service};

/// Passes on the requests whose Bearer token the check accepts.
#[derive(Clone)]
pub(crate) struct ByHand<C>(pub(crate) C);

#[derive(Clone)]
pub(crate) struct Guarded<C, S> {
    check: C,
    inner: S,
}

impl<C: Clone, S> Layer<S> for ByHand<C> {
    type Service = Guarded<C, S>;

    fn layer(&self, inner: S) -> Guarded<C, S> {
        Guarded { check: self.0.clone(), inner }
    }
}

impl<C, S> Service<Request<Body>> for Guarded<C, S>
where
    C: Fn(&Request<Body>, &str) -> bool,
    S: Service<Request<Body>, Response = Response, Error = Infallible>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Answering<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let presented = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = presented.and_then(|value| value.strip_prefix("Bearer "));
        let passes = token.is_some_and(|token| (self.check)(&request, token));
        Answering { inner: passes.then(|| self.inner.call(request)) }
    }
}

pin_project! {
    /// The response of the inner service, if it was called.
    pub(crate) struct Answering<F> {
        #[pin]
        inner: Option<F>,
    }
}

impl<F: Future<Output = Result<Response, Infallible>>> Future for Answering<F> {
    type Output = Result<Response, Infallible>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().inner.as_pin_mut() {
            Some(inner) => inner.poll(context),
            None => Poll::Ready(Ok(StatusCode::UNAUTHORIZED.into_response())),
        }
    }
}
