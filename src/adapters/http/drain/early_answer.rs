//! An answer to a request whose body was not read to its end.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::Response;
use http_body::Body;
use pin_project_lite::pin_project;

use super::Draining;

pin_project! {
    /// Reads the rest of the request's body and then returns the answer. Adds `Connection: close` if a part was not read.
    pub(in crate::adapters::http) struct EarlyAnswer<In, Out> {
        #[pin]
        draining: Draining<In>,
        response: Option<Response<Out>>,
    }
}

impl<In, Out> EarlyAnswer<In, Out> {
    pub(in crate::adapters::http) const fn new(
        draining: Draining<In>,
        response: Response<Out>,
    ) -> Self {
        Self { draining, response: Some(response) }
    }
}

impl<In: Body, Out> Future for EarlyAnswer<In, Out> {
    type Output = Response<Out>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = self.project();
        let connection = ready!(answer.draining.poll(context));
        match answer.response.take() {
            Some(mut response) => {
                connection.announce(response.headers_mut());
                Poll::Ready(response)
            }
            None => Poll::Pending, // polled again after completion
        }
    }
}
