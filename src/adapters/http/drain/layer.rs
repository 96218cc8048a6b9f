//! The layer that drains bodies for handlers and extractors.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::request::Parts;
use http::{Request, Response};
use http_body::Body;
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::body::{DrainedBody, Home, Left};
use super::{Delivery, DrainLimits, Draining, EarlyAnswer};

/// Reads the part of a request's body that the handler did not read, before the answer is sent.
///
/// Mount it around routes whose handlers take a proof (`Verified<App>`) as an extractor: an extractor refuses a request before
/// its body was read, and it has no access to the body. A [`Guard`](crate::http::Guard)'s own layers drain by themselves.
///
/// It does nothing over HTTP/2, if the handler reads the body to its end, or while the handler still reads after its answer.
///
/// ```
/// # #[cfg(feature = "axum")] {
/// use axum::{Router, routing::post};
/// use keyward::http::{DrainLayer, Guard};
/// use keyward::{App, Keyward, Verified};
///
/// async fn send_email(key: Verified<App>, body: String) -> String {
///     format!("{} sends {body}", key.workspace())
/// }
///
/// fn service(keyward: Keyward) -> Router {
///     Router::new()
///         .route("/v1/send/email", post(send_email))
///         .layer(DrainLayer::new())
///         .with_state(Guard::new(keyward))
/// }
/// # }
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct DrainLayer {
    limits: DrainLimits,
}

impl DrainLayer {
    /// Returns a layer with the default limits.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how much is read, and for how long.
    #[must_use]
    pub const fn limits(mut self, limits: DrainLimits) -> Self {
        self.limits = limits;
        self
    }
}

/// A service behind a [`DrainLayer`].
#[derive(Debug, Clone)]
pub struct Drained<S> {
    inner: S,
    limits: DrainLimits,
}

impl<S> Layer<S> for DrainLayer {
    type Service = Drained<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Drained { inner, limits: self.limits }
    }
}

impl<S, In, Out> Service<Request<In>> for Drained<S>
where
    S: Service<Request<DrainedBody<In>>, Response = Response<Out>>,
    In: Body + Unpin,
{
    type Response = Response<Out>;
    type Error = S::Error;
    type Future = DrainedAnswer<S::Future, In, Out>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<In>) -> Self::Future {
        let (parts, body) = request.into_parts();
        let sender = Deliveries::of(&parts);
        let (body, home) = DrainedBody::new(body);
        let answer = self.inner.call(Request::from_parts(parts, body));
        DrainedAnswer { stage: DrainStage::Answering { answer, home, sender, limits: self.limits } }
    }
}

/// How the caller sends the body, before and after reading it has begun.
#[derive(Debug, Clone, Copy)]
struct Deliveries {
    untouched: Delivery,
    touched: Delivery,
}

impl Deliveries {
    fn of(parts: &Parts) -> Self {
        let [untouched, touched] = [true, false].map(|it| Delivery::of(parts, it));
        Self { untouched, touched }
    }
}

pin_project! {
    /// The response future of a service behind a [`DrainLayer`].
    #[must_use = "futures do nothing unless polled"]
    pub struct DrainedAnswer<F, In, Out> {
        #[pin]
        stage: DrainStage<F, In, Out>,
    }
}

pin_project! {
    #[project = Projected]
    #[project_replace = Replaced]
    enum DrainStage<F, In, Out> {
        Answering { #[pin] answer: F, home: Home<In>, sender: Deliveries, limits: DrainLimits },
        Answered { #[pin] answer: EarlyAnswer<In, Out> },
        Ended,
    }
}

impl<F, E, In, Out> Future for DrainedAnswer<F, In, Out>
where
    F: Future<Output = Result<Response<Out>, E>>,
    In: Body + Unpin,
{
    type Output = Result<Response<Out>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut stage = self.project().stage;
        if let Projected::Answering { answer, .. } = stage.as_mut().project() {
            let response = ready!(answer.poll(context))?;
            // Dropping the future drops the parts of the request that it still holds.
            let answering = stage.as_mut().project_replace(DrainStage::Ended);
            let Replaced::Answering { home, sender, limits, .. } = answering else {
                return Poll::Ready(Ok(response));
            };
            let Some(Left { body, is_untouched }) = home.take() else {
                return Poll::Ready(Ok(response));
            };
            let sender = if is_untouched { sender.untouched } else { sender.touched };
            let draining = Draining::new(body, sender, limits);
            stage.set(DrainStage::Answered { answer: EarlyAnswer::new(draining, response) });
        }
        let Projected::Answered { answer } = stage.as_mut().project() else {
            return Poll::Pending; // polled again after completion
        };
        let response = ready!(answer.poll(context));
        stage.set(DrainStage::Ended);
        Poll::Ready(Ok(response))
    }
}

impl<F, In, Out> fmt::Debug for DrainedAnswer<F, In, Out> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DrainedAnswer").finish_non_exhaustive()
    }
}
