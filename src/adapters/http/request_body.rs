//! Reading the body of a request up to a limit.

use std::future::poll_fn;
use std::pin::Pin;

use bytes::{Buf, Bytes};
use http_body::Body;

/// The reason why a request's body was not read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::adapters) enum Unread {
    /// It is larger than the limit. If its declared length is too large, reading it has not begun.
    TooLarge { is_untouched: bool },
    /// The connection broke, or the framing is wrong.
    Broken,
}

/// Reads a body of at most `limit` bytes.
pub(in crate::adapters) async fn read<B: Body>(
    mut body: Pin<&mut B>,
    limit: usize,
) -> Result<Bytes, Unread> {
    if body.size_hint().lower() > limit as u64 {
        return Err(Unread::TooLarge { is_untouched: true });
    }
    let mut read = Vec::new();
    // Counts frames too: a body of empty frames alone would never end.
    let mut left = limit;
    while let Some(frame) = poll_fn(|context| body.as_mut().poll_frame(context)).await {
        let Ok(frame) = frame else { return Err(Unread::Broken) };
        let Ok(mut data) = frame.into_data() else { continue };
        left = left
            .checked_sub(data.remaining().max(1))
            .ok_or(Unread::TooLarge { is_untouched: false })?;
        while data.has_remaining() {
            let chunk = data.chunk();
            read.extend_from_slice(chunk);
            let taken = chunk.len();
            data.advance(taken);
        }
    }
    Ok(read.into())
}

#[cfg(test)]
mod tests {
    use super::{Unread, read};
    use bytes::Bytes;
    use http_body::{Body, Frame};
    use std::pin::{Pin, pin};
    use std::task::{Context, Poll};

    /// A body of chunks, without a known length.
    struct Chunks(Vec<Result<&'static [u8], ()>>);

    impl Body for Chunks {
        type Data = Bytes;
        type Error = ();

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, ()>>> {
            if self.0.is_empty() {
                return Poll::Ready(None);
            }
            let chunk = self.0.remove(0);
            Poll::Ready(Some(chunk.map(|chunk| Frame::data(Bytes::from_static(chunk)))))
        }
    }

    const LARGE: Unread = Unread::TooLarge { is_untouched: false };

    fn read_chunks(chunks: &[Result<&'static [u8], ()>], limit: usize) -> Result<Bytes, Unread> {
        pollster::block_on(read(pin!(Chunks(chunks.to_vec())), limit))
    }

    #[test]
    fn a_body_is_read_up_to_the_limit() {
        assert_eq!(read_chunks(&[], 4).unwrap(), "");
        assert_eq!(read_chunks(&[Ok(b"ab"), Ok(b"cd")], 4).unwrap(), "abcd");
        assert_eq!(read_chunks(&[Ok(b"ab"), Ok(b"cde")], 4), Err(LARGE));
        assert_eq!(read_chunks(&[Ok(b""), Ok(b""), Ok(b"")], 2), Err(LARGE));
        assert_eq!(read_chunks(&[Ok(b"ab"), Err(())], 4), Err(Unread::Broken));
    }

    #[test]
    fn a_body_that_says_that_it_is_larger_is_not_read() {
        let body = pin!("abcde".to_owned());
        assert_eq!(pollster::block_on(read(body, 4)), Err(Unread::TooLarge { is_untouched: true }));
    }
}
