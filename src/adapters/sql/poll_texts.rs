//! The texts of a poll of the change feed.

const KNOWS_START: &str = "h.number = 0 OR EXISTS (SELECT 1 FROM keyward_events WHERE number = 1)";
const KNOWS: &str = "(h.number = $1 AND h.operation = $2) \
    OR EXISTS (SELECT 1 FROM keyward_events WHERE number = $1 AND operation = $2)";

/// A poll after an event, and a poll from the start.
#[derive(Debug)]
pub(in crate::adapters) struct PollTexts {
    /// `$1` and `$2` are the event's number and operation, and `$3` is the maximum number of events.
    pub(super) after_event: String,
    /// `$1` is the maximum number of events.
    pub(super) from_start: String,
}

impl PollTexts {
    /// `age` is [`Reader::AGE`](super::reader::Reader::AGE), and `events` is [`Reader::EVENTS`](super::reader::Reader::EVENTS).
    pub(super) fn new(age: &str, events: &str) -> Self {
        Self {
            after_event: text(age, events, [KNOWS, "$1", "$3"]),
            from_start: text(age, events, [KNOWS_START, "0", "$1"]),
        }
    }
}

/// Selects the newest position, whether the given position is known, the age of the answer, and the events after the given
/// position in the form of the database.
fn text(age: &str, events: &str, [knows, after, limit]: [&str; 3]) -> String {
    let found = format!(
        "(SELECT number, operation, at, account, workspace, credential, outline_tag \
         FROM keyward_events WHERE number > {after} ORDER BY number LIMIT CAST({limit} AS bigint)) e"
    );
    let events = events.replace("{events}", &found);
    format!(
        "SELECT h.number, h.operation, CAST(CASE WHEN {knows} THEN 1 ELSE 0 END AS bigint), {age}, {events} \
         FROM keyward_position h WHERE h.id = 1"
    )
}
