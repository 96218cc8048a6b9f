//! The events of the memory store, found by number and by operation.

use std::collections::HashMap;

use crate::domain::Event;
use crate::values::OperationId;

/// The events that were not pruned. Looking one up takes as long in a long history as in a short one.
#[derive(Debug, Default)]
pub(super) struct History {
    /// The oldest first, so the numbers rise.
    events: Vec<Event>,
    numbers: HashMap<OperationId, u64>,
}

impl History {
    pub(super) fn push(&mut self, event: Event) {
        self.numbers.insert(event.operation, event.number);
        self.events.push(event);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// The oldest first.
    pub(super) fn all(&self) -> &[Event] {
        &self.events
    }

    /// The events with a higher number, the oldest first.
    pub(super) fn after(&self, number: u64) -> &[Event] {
        let seen = self.events.partition_point(|event| event.number <= number);
        self.events.get(seen..).unwrap_or_default()
    }

    pub(super) fn at(&self, number: u64) -> Option<&Event> {
        let place = self.events.binary_search_by_key(&number, |event| event.number).ok()?;
        self.events.get(place)
    }

    pub(super) fn of(&self, operation: OperationId) -> Option<&Event> {
        self.at(*self.numbers.get(&operation)?)
    }

    /// Removes the oldest ones that satisfy the condition, at most `limit`. Returns how many.
    pub(super) fn prune(&mut self, limit: usize, is_old: impl Fn(&Event) -> bool) -> usize {
        let gone = self.events.iter().take(limit).take_while(|event| is_old(event)).count();
        for event in self.events.drain(..gone) {
            self.numbers.remove(&event.operation);
        }
        gone
    }
}
