//! Reads the rest of a request's body, so that an early answer reaches the caller.
//!
//! If a server closes an HTTP/1 connection while the caller is still sending, the connection is reset and the caller loses the
//! answer (RFC 9112, 9.6). The rest of the body is therefore read first, up to a limit.

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

/// Limits how much of an unread body is read before an early answer, and for how long. Defaults: 2 MiB and 10 seconds.
///
/// The bytes are discarded. Beyond either limit the answer is sent at once with `Connection: close`, and a caller that is still
/// sending can lose it.
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
    /// Returns the default limits.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how many bytes are read. With 0 no body is read, and the connection of a request with a body is closed.
    #[must_use]
    pub const fn bytes(self, bytes: u64) -> Self {
        Self { bytes, ..self }
    }

    /// Sets how long the caller can take to send them.
    #[must_use]
    pub const fn time(self, time: Duration) -> Self {
        Self { time, ..self }
    }

    /// Decides how to treat a body that was not read to its end.
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
pub(in crate::adapters) enum Delivery {
    /// In its own stream (HTTP/2 and later), which can end without effect on other streams.
    Stream,
    /// After a `100 Continue` (RFC 9110, 10.1.1) that was not sent.
    Waits,
    /// At once.
    Sends,
}

impl Delivery {
    /// Reads it from a request's head. `is_untouched` is `true` if reading the body has not begun; a server sends
    /// `100 Continue` when it begins.
    pub(in crate::adapters) fn of(parts: &Parts, is_untouched: bool) -> Self {
        if parts.version > Version::HTTP_11 {
            return Self::Stream;
        }
        let waits = parts
            .headers
            .get(EXPECT)
            .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue"));
        // `Expect` has no meaning before HTTP/1.1.
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
    /// Reads a body to its end or to the limits, and returns whether the connection can be kept.
    pub(in crate::adapters) struct Draining<B> {
        #[pin]
        body: B,
        plan: Plan,
        left: u64,
        time: Duration,
        // Created when the body must be waited for: most bodies have already arrived.
        timer: Option<Delay>,
    }
}

/// Whether the connection can be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::adapters) enum ConnectionFate {
    /// The body was read to its end, or has its own stream.
    Kept,
    /// A part of the body was not read, so the next request on the connection cannot be recognised.
    Closed,
}

impl ConnectionFate {
    /// Adds `Connection: close` if the connection will be closed.
    pub(in crate::adapters) fn announce(self, headers: &mut HeaderMap) {
        if self == Self::Closed {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
    }
}

impl<B: Body> Draining<B> {
    pub(in crate::adapters) fn new(body: B, sender: Delivery, limits: DrainLimits) -> Self {
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
            // An empty frame counts as one byte: a body of empty frames alone would never end.
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
