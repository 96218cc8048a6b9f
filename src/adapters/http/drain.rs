//! Reading what is left of a request's body, so that an early answer reaches the caller.
//!
//! A server that closes an HTTP/1 connection while the caller is still sending resets it, and the caller's side then throws
//! the answer away (RFC 9112, 9.6). So the rest of the body is read first, up to a bound.

mod body;
mod early_answer;
mod layer;

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Buf;
use futures_timer::Delay;
use http::header::{CONNECTION, EXPECT};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Version};
use http_body::Body;
use pin_project_lite::pin_project;

pub use self::body::DrainedBody;
pub(super) use self::early_answer::EarlyAnswer;
pub use self::layer::{DrainLayer, Drained, DrainedAnswer};

/// How much of an unread body is read before an early answer, and for how long: 2 MiB and 10 seconds by default.
///
/// Nothing is kept of what is read. Beyond either bound the answer is sent at once, with `ConnectionFate: close`; a caller who is
/// still sending may then lose it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DrainLimits {
    bytes: u64,
    time: Duration,
}

impl Default for DrainLimits {
    fn default() -> Self {
        Self { bytes: 2 * 1024 * 1024, time: Duration::from_secs(10) }
    }
}

impl DrainLimits {
    /// The default limits.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how many bytes are read. With 0 no body is read, and a request that has one loses its connection.
    #[must_use]
    pub const fn bytes(self, bytes: u64) -> Self {
        Self { bytes, ..self }
    }

    /// Sets how long the caller may take to send them.
    #[must_use]
    pub const fn time(self, time: Duration) -> Self {
        Self { time, ..self }
    }

    /// Decides what becomes of a body that nobody has read to its end.
    fn plan(self, sender: Delivery, is_ended: bool, at_least: u64) -> Plan {
        match sender {
            _ if is_ended => Plan::Answer,
            Delivery::Stream => Plan::Answer,
            Delivery::Waits => Plan::AnswerAndClose,
            Delivery::Sends if at_least > self.bytes => Plan::AnswerAndClose,
            Delivery::Sends => Plan::Read,
        }
    }
}

/// How the caller sends the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Delivery {
    /// In a stream of its own (HTTP/2 and later), which ends without harm to others.
    Stream,
    /// After a `100 Continue` (RFC 9110, 10.1.1) that was not sent.
    Waits,
    /// At once.
    Sends,
}

impl Delivery {
    /// Reads it from a request's head. `is_untouched`: nobody has begun to read the body, which is what makes a server send
    /// `100 Continue`.
    pub(super) fn of(parts: &Parts, is_untouched: bool) -> Self {
        if parts.version > Version::HTTP_11 {
            return Self::Stream;
        }
        let waits = parts
            .headers
            .get(EXPECT)
            .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue"));
        // Before HTTP/1.1 nobody waits.
        let waits = waits && parts.version == Version::HTTP_11;
        if waits && is_untouched { Self::Waits } else { Self::Sends }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Plan {
    Answer,
    Read,
    AnswerAndClose,
}

pin_project! {
    /// Reads a body to its end, or to the limits, and then says what becomes of the connection.
    pub(super) struct Draining<B> {
        #[pin]
        body: B,
        plan: Plan,
        left: u64,
        time: Duration,
        // Made where the body must be waited for: most have arrived.
        timer: Option<Delay>,
    }
}

/// What becomes of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ConnectionFate {
    /// The body was read to its end, or has a stream of its own.
    Kept,
    /// A part of the body was not read: what follows on the connection cannot be told from it.
    Closed,
}

impl ConnectionFate {
    /// Tells the caller, where the connection is to be closed.
    pub(super) fn announce(self, headers: &mut HeaderMap) {
        if self == Self::Closed {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
    }
}

impl<B: Body> Draining<B> {
    pub(super) fn new(body: B, sender: Delivery, limits: DrainLimits) -> Self {
        let plan = limits.plan(sender, body.is_end_stream(), body.size_hint().lower());
        Self { body, plan, left: limits.bytes, time: limits.time, timer: None }
    }
}

impl<B: Body> Future for Draining<B> {
    type Output = ConnectionFate;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<ConnectionFate> {
        let mut draining = self.project();
        match draining.plan {
            Plan::Answer => return Poll::Ready(ConnectionFate::Kept),
            Plan::AnswerAndClose => return Poll::Ready(ConnectionFate::Closed),
            Plan::Read => {}
        }
        loop {
            let frame = match draining.body.as_mut().poll_frame(context) {
                Poll::Ready(Some(Ok(frame))) => frame,
                Poll::Ready(Some(Err(_))) => return Poll::Ready(ConnectionFate::Closed),
                Poll::Ready(None) => return Poll::Ready(ConnectionFate::Kept),
                Poll::Pending => {
                    let timer = draining.timer.get_or_insert_with(|| Delay::new(*draining.time));
                    return Pin::new(timer).poll(context).map(|()| ConnectionFate::Closed);
                }
            };
            // An empty frame counts too, or a body of nothing else would never end.
            let read = frame.data_ref().map_or(0, Buf::remaining).max(1) as u64;
            match draining.left.checked_sub(read) {
                Some(left) => *draining.left = left,
                None => return Poll::Ready(ConnectionFate::Closed),
            }
        }
    }
}

#[cfg(test)]
mod tests;
