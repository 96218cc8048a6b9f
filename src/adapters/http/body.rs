//! The body of a guarded service's response.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

pin_project! {
    /// The body of a response: the inner service's, or the guard's answer to a request that did not pass.
    #[derive(Debug)]
    pub struct AnswerBody<B> {
        #[pin]
        which: Which<B>,
    }
}

pin_project! {
    #[project = Projected]
    #[derive(Debug)]
    enum Which<B> {
        Inner { #[pin] body: B },
        Ours { answer: Option<Bytes> },
    }
}

impl<B> AnswerBody<B> {
    pub(super) const fn inner(body: B) -> Self {
        Self { which: Which::Inner { body } }
    }

    /// An empty answer is no frame at all: gRPC wants the headers to be the end.
    pub(super) fn ours(answer: Bytes) -> Self {
        Self { which: Which::Ours { answer: Some(answer).filter(|answer| !answer.is_empty()) } }
    }
}

impl<B: Body<Data = Bytes>> Body for AnswerBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        match self.project().which.project() {
            Projected::Inner { body } => body.poll_frame(context),
            Projected::Ours { answer } => Poll::Ready(answer.take().map(Frame::data).map(Ok)),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.which {
            Which::Inner { body } => body.is_end_stream(),
            Which::Ours { answer } => answer.is_none(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.which {
            Which::Inner { body } => body.size_hint(),
            Which::Ours { answer } => {
                SizeHint::with_exact(answer.as_ref().map_or(0, Bytes::len) as u64)
            }
        }
    }
}
