//! Checks whether the events of a poll continue the earlier polls of this node.

use std::time::Duration;

use crate::domain::EventOutline;
use crate::secrets::Unopened;
use crate::store::Position;
use crate::values::{OperationId, Timestamp};

/// How much older than the event before it an event may be. The clocks of nodes differ, and a change is written some time after it
/// was decided.
const OLDER: Duration = Duration::from_mins(1);

/// The place of a node in the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FeedPlace {
    pub(super) position: Position,
    /// The time of the last polled event, or of the first poll if there was no event yet.
    pub(super) at: Timestamp,
}

/// The answer of the store to a poll.
#[derive(Debug, Clone, Copy)]
pub(super) struct Polled<'a> {
    pub(super) events: &'a [EventOutline],
    /// The position of the last of the events.
    pub(super) position: Position,
    pub(super) newest: Position,
    /// Number of requested events.
    pub(super) limit: usize,
}

/// The reason for not trusting an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Distrust {
    /// An event does not match its tag.
    Corrupt { operation: OperationId },
    /// The positions do not match the events. `operation` is the newest event according to the stored position.
    Gap { operation: Option<OperationId> },
    /// An event is too much older than the event before it.
    Older { operation: OperationId },
    /// This node cannot check an event.
    Unchecked { operation: OperationId, unopened: Unopened },
}

/// Returns the most severe reason for not trusting an answer.
pub(super) fn distrust(
    known: &FeedPlace,
    answer: &Polled<'_>,
    check: impl Fn(&EventOutline) -> Result<(), Unopened>,
) -> Option<Distrust> {
    let mut unchecked = None;
    for event in answer.events {
        let operation = event.operation;
        match check(event) {
            Ok(()) => {}
            Err(Unopened::Corrupt) => return Some(Distrust::Corrupt { operation }),
            Err(unopened) => unchecked = Some(Distrust::Unchecked { operation, unopened }),
        }
    }
    let gap = (!is_whole(&known.position, answer))
        .then(|| Distrust::Gap { operation: answer.newest.operation() });
    gap.or_else(|| older(known.at, answer.events)).or(unchecked)
}

/// Returns `true` if there is an event for each number, up to the end of the page or of the history.
fn is_whole(known: &Position, Polled { events, position, newest, limit }: &Polled<'_>) -> bool {
    let followed =
        position.number().checked_sub(known.number()) == u64::try_from(events.len()).ok();
    let last = events.last().map_or(known.operation(), |event| Some(event.operation));
    let to_the_end = if events.len() < *limit || position.number() == newest.number() {
        newest == position
    } else {
        newest.number() > position.number()
    };
    followed && last == position.operation() && to_the_end
}

/// Returns the first event that is too much older than the one before it.
fn older(mut before: Timestamp, events: &[EventOutline]) -> Option<Distrust> {
    for event in events {
        if event.at < before.saturating_sub(OLDER) {
            return Some(Distrust::Older { operation: event.operation });
        }
        before = event.at;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Distrust, FeedPlace, Polled, distrust};
    use crate::domain::{EventOutline, Subject};
    use crate::secrets::{MasterKeyId, RecordTag, Unopened};
    use crate::store::Position;
    use crate::values::{AccountId, OperationId, Timestamp};

    const LIMIT: usize = 4;

    fn operation(number: u64) -> OperationId {
        OperationId::from_bytes(u128::from(number).to_be_bytes())
    }

    fn position(number: u64) -> Position {
        Position::new(number, operation(number))
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000).unwrap()
    }

    fn event(number: u64, seconds: i64) -> EventOutline {
        let account = AccountId::new("acme").unwrap();
        let (operation, subject) = (operation(number), Subject::Account);
        EventOutline { operation, at: at(seconds), account, subject, tag: RecordTag::NONE }
    }

    /// Checks an answer for a node whose place is event 7 at second 100.
    fn about(events: &[EventOutline], last: u64, newest: u64) -> Option<Distrust> {
        let known = FeedPlace { position: position(7), at: at(100) };
        let (position, newest) = (position(last), position(newest));
        distrust(&known, &Polled { events, position, newest, limit: LIMIT }, |_| Ok(()))
    }

    #[test]
    fn events_without_a_gap_are_relied_on() {
        let all: Vec<_> = (8..12).map(|number| event(number, 100)).collect();
        for count in 0..=LIMIT {
            let last = 7 + count as u64;
            assert_eq!(about(&all[..count], last, last), None);
        }
        assert_eq!(about(&all, 11, 15), None, "a full page ends where it ends");
    }

    #[test]
    fn positions_that_do_not_fit_the_events_are_a_gap() {
        let gap = |newest| Some(Distrust::Gap { operation: Some(operation(newest)) });
        let [eight, nine, ten] = [8, 9, 10].map(|number| event(number, 100));
        assert_eq!(about(&[], 7, 8), gap(8), "the newest event is gone");
        assert_eq!(about(std::slice::from_ref(&eight), 8, 9), gap(9), "the newest event is gone");
        assert_eq!(about(std::slice::from_ref(&nine), 9, 9), gap(9), "the first is gone");
        let two = [eight.clone(), ten.clone()];
        assert_eq!(about(&two, 10, 10), gap(10), "one between is gone");
        assert_eq!(about(std::slice::from_ref(&eight), 8, 7), gap(7), "the position was set back");
        assert_eq!(about(&two, 9, 9), gap(9), "the last is another event");
        let full = [eight, event(9, 100), ten, event(11, 100)];
        assert_eq!(about(&full, 11, 10), gap(10), "the position was set back");
        let known = FeedPlace { position: position(7), at: at(100) };
        let other = Position::new(11, operation(12));
        let answer = Polled { events: &full, position: position(11), newest: other, limit: LIMIT };
        assert_eq!(
            distrust(&known, &answer, |_| Ok(())),
            gap(12),
            "the position names another event"
        );
        let start = Position::START;
        let answer = Polled { events: &[], position: position(7), newest: start, limit: LIMIT };
        assert_eq!(distrust(&known, &answer, |_| Ok(())), Some(Distrust::Gap { operation: None }));
    }

    #[test]
    fn an_event_may_be_a_minute_older_than_its_predecessor_and_no_more() {
        let older = |number| Some(Distrust::Older { operation: operation(number) });
        assert_eq!(about(&[event(8, 40)], 8, 8), None);
        assert_eq!(about(&[event(8, 39)], 8, 8), older(8));
        assert_eq!(about(&[event(8, 200), event(9, 140)], 9, 9), None);
        assert_eq!(about(&[event(8, 200), event(9, 139), event(10, 200)], 10, 10), older(9));
    }

    #[test]
    fn the_most_severe_reason_is_returned() {
        let events = [event(8, 100), event(9, 100), event(10, 30)];
        let known = FeedPlace { position: position(7), at: at(100) };
        let unknown = Unopened::UnknownMasterKey(MasterKeyId::from_bytes([7; 8]));
        let about =
            |last: u64, corrupt: u64, events: &[EventOutline]| {
                let (position, newest) = (position(last), position(last));
                distrust(&known, &Polled { events, position, newest, limit: LIMIT }, |event| {
                    match event.operation {
                        at if at == operation(corrupt) => Err(Unopened::Corrupt),
                        at if at == operation(8) => Err(unknown),
                        _ => Ok(()),
                    }
                })
            };
        let corrupt = Distrust::Corrupt { operation: operation(9) };
        assert_eq!(about(11, 9, &events), Some(corrupt));
        assert_eq!(about(11, 0, &events), Some(Distrust::Gap { operation: Some(operation(11)) }));
        assert_eq!(about(10, 0, &events), Some(Distrust::Older { operation: operation(10) }));
        let unchecked = Distrust::Unchecked { operation: operation(8), unopened: unknown };
        assert_eq!(about(9, 0, &events[..2]), Some(unchecked));
    }
}
