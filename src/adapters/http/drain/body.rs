//! A request body that returns to the layer when the handler drops it.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use http_body::{Body, Frame, SizeHint};

/// The body of a request behind a [`DrainLayer`](super::DrainLayer). It wraps the server's body, which returns to the layer if
/// the handler does not read it to its end.
pub struct DrainedBody<B> {
    body: Option<B>,
    is_untouched: bool,
    home: Home<B>,
}

/// The place to which a dropped body returns.
pub(super) struct Home<B>(Arc<Mutex<Option<Left<B>>>>);

/// The part of a body that a handler did not read.
pub(super) struct Left<B> {
    pub(super) body: B,
    /// `true` if reading it has not begun.
    pub(super) is_untouched: bool,
}

impl<B> Home<B> {
    /// Returns the rest of the body, if the handler has dropped it.
    pub(super) fn take(&self) -> Option<Left<B>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl<B> DrainedBody<B> {
    pub(super) fn new(body: B) -> (Self, Home<B>) {
        let shared = Arc::default();
        let home = Home(Arc::clone(&shared));
        (Self { body: Some(body), is_untouched: true, home: Home(shared) }, home)
    }
}

impl<B> Drop for DrainedBody<B> {
    fn drop(&mut self) {
        let left = self.body.take().map(|body| Left { body, is_untouched: self.is_untouched });
        *self.home.0.lock().unwrap_or_else(PoisonError::into_inner) = left;
    }
}

impl<B: Body + Unpin> Body for DrainedBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        self.is_untouched = false;
        match &mut self.body {
            Some(body) => Pin::new(body).poll_frame(context),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

impl<B> fmt::Debug for DrainedBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DrainedBody").finish_non_exhaustive()
    }
}
