//! What becomes of an unread body, decided without a server.

use super::{Connection, DrainLimits, Draining, Plan, Sender};
use bytes::Bytes;
use http::{Request, Version};
use http_body::{Body, Frame};
use std::collections::VecDeque;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// Frames that arrive one by one; `None` is a wait that nobody ends.
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

fn drained(frames: impl IntoIterator<Item = Option<Result<usize, &'static str>>>) -> Connection {
    let body = Arriving(frames.into_iter().collect());
    let mut draining = pin!(Draining::new(body, Sender::Sends, limits()));
    loop {
        if let Poll::Ready(end) = draining.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return end;
        }
        std::thread::yield_now();
    }
}

#[test]
fn a_body_is_read_to_its_end_or_to_the_bound() {
    assert_eq!(drained([]), Connection::Kept);
    assert_eq!(drained([Some(Ok(60)), Some(Ok(40))]), Connection::Kept);
    assert_eq!(drained([Some(Ok(60)), Some(Ok(41))]), Connection::Closed);
    assert_eq!(drained([Some(Ok(60)), Some(Err("reset"))]), Connection::Closed);
    let empty = std::iter::repeat_n(Some(Ok(0)), 1_000_000);
    assert_eq!(drained(empty), Connection::Closed, "it has no end");
}

#[test]
fn a_caller_who_stops_sending_is_not_waited_for_beyond_the_time() {
    let waits = std::iter::repeat_n(None, 1_000_000);
    assert_eq!(drained(std::iter::once(Some(Ok(60))).chain(waits)), Connection::Closed);
}

#[test]
fn what_is_read_depends_on_how_the_body_is_sent() {
    let limits = limits();
    for sender in [Sender::Stream, Sender::Waits, Sender::Sends] {
        assert_eq!(limits.plan(sender, true, 0), Plan::Answer, "nothing is left");
    }
    assert_eq!(limits.plan(Sender::Stream, false, 1_000), Plan::Answer);
    assert_eq!(limits.plan(Sender::Waits, false, 1), Plan::AnswerAndClose);
    assert_eq!(limits.plan(Sender::Sends, false, 100), Plan::Read);
    assert_eq!(limits.plan(Sender::Sends, false, 101), Plan::AnswerAndClose);
}

#[test]
fn only_an_untouched_body_of_http_1_can_wait_to_be_asked_for() {
    let sender = |version, expect: &str, is_untouched| {
        let request = Request::builder().version(version).header("expect", expect).body(());
        Sender::of(&request.unwrap().into_parts().0, is_untouched)
    };
    assert_eq!(sender(Version::HTTP_11, "100-continue", true), Sender::Waits);
    assert_eq!(sender(Version::HTTP_11, "100-Continue", true), Sender::Waits);
    assert_eq!(sender(Version::HTTP_11, "100-continue", false), Sender::Sends);
    assert_eq!(sender(Version::HTTP_11, "other", true), Sender::Sends);
    assert_eq!(sender(Version::HTTP_10, "100-continue", true), Sender::Sends);
    assert_eq!(sender(Version::HTTP_2, "100-continue", true), Sender::Stream);
}

#[test]
fn a_closed_connection_is_announced() {
    for (connection, expected) in [(Connection::Kept, None), (Connection::Closed, Some("close"))] {
        let mut headers = http::HeaderMap::new();
        connection.announce(&mut headers);
        assert_eq!(headers.get("connection").map(|value| value.to_str().unwrap()), expected);
    }
}
