//! The treatment of unread bodies, tested without a server.

use super::{ConnectionFate, Delivery, DrainLimits, Draining, Plan};
use bytes::Bytes;
use http::{Request, Version};
use http_body::{Body, Frame};
use std::collections::VecDeque;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// Frames that arrive one by one. `None` is a wait without end.
struct Arriving(VecDeque<Option<Result<usize, &'static str>>>);

impl Body for Arriving {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
        match self.0.pop_front() {
            None => Poll::Ready(None),
            Some(None) => Poll::Pending,
            Some(Some(length)) => {
                let frame = length.map(|length| Frame::data(Bytes::from(vec![0; length])));
                Poll::Ready(Some(frame))
            }
        }
    }
}

fn limits() -> DrainLimits {
    DrainLimits::new().bytes(100).time(Duration::ZERO)
}

fn drained(
    frames: impl IntoIterator<Item = Option<Result<usize, &'static str>>>,
) -> ConnectionFate {
    let body = Arriving(frames.into_iter().collect());
    let mut draining = pin!(Draining::new(body, Delivery::Sends, limits()));
    loop {
        if let Poll::Ready(end) = draining.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return end;
        }
        std::thread::yield_now();
    }
}

#[test]
fn a_body_is_read_to_its_end_or_to_the_bound() {
    assert_eq!(drained([]), ConnectionFate::Kept);
    assert_eq!(drained([Some(Ok(60)), Some(Ok(40))]), ConnectionFate::Kept);
    assert_eq!(drained([Some(Ok(60)), Some(Ok(41))]), ConnectionFate::Closed);
    assert_eq!(drained([Some(Ok(60)), Some(Err("reset"))]), ConnectionFate::Closed);
    let empty = std::iter::repeat_n(Some(Ok(0)), 1_000_000);
    assert_eq!(drained(empty), ConnectionFate::Closed, "the body has no end");
}

#[test]
fn a_caller_that_stops_sending_is_not_awaited_beyond_the_time_limit() {
    let waits = std::iter::repeat_n(None, 1_000_000);
    assert_eq!(drained(std::iter::once(Some(Ok(60))).chain(waits)), ConnectionFate::Closed);
}

#[test]
fn how_much_is_read_depends_on_how_the_body_is_sent() {
    let limits = limits();
    for sender in [Delivery::Stream, Delivery::Waits, Delivery::Sends] {
        assert_eq!(limits.plan(sender, true, 0), Plan::Answer, "nothing is left");
    }
    assert_eq!(limits.plan(Delivery::Stream, false, 1_000), Plan::Answer);
    assert_eq!(limits.plan(Delivery::Waits, false, 1), Plan::AnswerAndClose);
    assert_eq!(limits.plan(Delivery::Sends, false, 100), Plan::Read);
    assert_eq!(limits.plan(Delivery::Sends, false, 101), Plan::AnswerAndClose);
}

#[test]
fn only_an_untouched_body_of_http_1_can_wait_to_be_asked_for() {
    let sender = |version, expect: &str, is_untouched| {
        let request = Request::builder().version(version).header("expect", expect).body(());
        Delivery::of(&request.unwrap().into_parts().0, is_untouched)
    };
    assert_eq!(sender(Version::HTTP_11, "100-continue", true), Delivery::Waits);
    assert_eq!(sender(Version::HTTP_11, "100-Continue", true), Delivery::Waits);
    assert_eq!(sender(Version::HTTP_11, "100-continue", false), Delivery::Sends);
    assert_eq!(sender(Version::HTTP_11, "other", true), Delivery::Sends);
    assert_eq!(sender(Version::HTTP_10, "100-continue", true), Delivery::Sends);
    assert_eq!(sender(Version::HTTP_2, "100-continue", true), Delivery::Stream);
}

#[test]
fn a_closed_connection_is_announced() {
    for (connection, expected) in
        [(ConnectionFate::Kept, None), (ConnectionFate::Closed, Some("close"))]
    {
        let mut headers = http::HeaderMap::new();
        connection.announce(&mut headers);
        assert_eq!(headers.get("connection").map(|value| value.to_str().unwrap()), expected);
    }
}
