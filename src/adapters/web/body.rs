//! The body of an answer.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// The body of an answer of the management API or the page. It is in memory as a whole.
#[derive(Debug, Default)]
pub struct WebBody(Option<Bytes>);

impl WebBody {
    pub(super) fn new(bytes: Bytes) -> Self {
        Self(Some(bytes).filter(|bytes| !bytes.is_empty()))
    }
}

impl Body for WebBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.take().map(Frame::data).map(Ok))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.as_ref().map_or(0, Bytes::len) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::WebBody;
    use bytes::Bytes;
    use http_body::Body;

    #[test]
    fn an_answer_says_how_long_it_is_and_where_it_ends() {
        let body = WebBody::new(Bytes::from_static(b"no"));
        assert_eq!((body.size_hint().exact(), body.is_end_stream()), (Some(2), false));
        let nothing = WebBody::new(Bytes::new());
        assert_eq!((nothing.size_hint().exact(), nothing.is_end_stream()), (Some(0), true));
    }
}
