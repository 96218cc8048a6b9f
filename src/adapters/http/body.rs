//! The body of a guarded service's response.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

pin_project! {
    /// The body of a response: the inner service's body, or the guard's answer to a refused request.
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

    /// An empty answer has no frame, because in gRPC the headers must be the end.
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

#[cfg(test)]
mod tests {
    use super::AnswerBody;
    use bytes::Bytes;
    use http_body::Body;
    use std::pin::Pin;
    use std::task::{Context, Poll, Waker};

    /// The server then sends the length, and sends no frame after the headers if the body is empty.
    #[test]
    fn an_answer_says_how_long_it_is_and_where_it_ends() {
        let mut body = AnswerBody::<String>::ours(Bytes::from_static(b"no"));
        assert_eq!((body.size_hint().exact(), body.is_end_stream()), (Some(2), false));
        let frame = Pin::new(&mut body).poll_frame(&mut Context::from_waker(Waker::noop()));
        let Poll::Ready(Some(Ok(frame))) = frame else { panic!("{frame:?}") };
        assert_eq!(frame.into_data().unwrap(), "no");
        assert_eq!((body.size_hint().exact(), body.is_end_stream()), (Some(0), true));
        let nothing = AnswerBody::<String>::ours(Bytes::new());
        assert_eq!((nothing.size_hint().exact(), nothing.is_end_stream()), (Some(0), true));
    }

    #[test]
    fn the_inner_body_says_so_itself() {
        let body = AnswerBody::inner("yes".to_owned());
        assert_eq!((body.size_hint().exact(), body.is_end_stream()), (Some(3), false));
        let nothing = AnswerBody::inner(String::new());
        assert_eq!((nothing.size_hint().exact(), nothing.is_end_stream()), (Some(0), true));
    }
}
