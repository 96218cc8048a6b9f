//! The situations that a run reached, and a digest of its events.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hasher};

#[derive(Debug, Clone, Default)]
pub(crate) struct Situations {
    counts: RefCell<BTreeMap<String, usize>>,
    telling: EventLog,
    story: RefCell<DefaultHasher>,
}

/// What happens to the recorded events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum EventLog {
    #[default]
    Untold,
    /// They are hashed into one number.
    Kept,
    Aloud,
}

impl Situations {
    pub(crate) fn told(telling: EventLog) -> Self {
        Self { telling, ..Self::default() }
    }

    /// Counts something.
    pub(crate) fn note(&self, what: &str) {
        let mut counts = self.counts.borrow_mut();
        match counts.get_mut(what) {
            Some(count) => *count += 1,
            None => {
                counts.insert(what.to_owned(), 1);
            }
        }
    }

    /// Adds a line to the story.
    pub(crate) fn tell(&self, line: impl FnOnce() -> String) {
        match self.telling {
            EventLog::Untold => {}
            EventLog::Kept => self.story.borrow_mut().write(line().as_bytes()),
            EventLog::Aloud => println!("{}", line()),
        }
    }

    /// The story, by a number that another one hardly has.
    pub(crate) fn story(&self) -> u64 {
        self.story.borrow().finish()
    }

    pub(crate) fn count(&self, what: &str) -> usize {
        self.counts.borrow().get(what).copied().unwrap_or_default()
    }

    pub(crate) fn counts(&self) -> BTreeMap<String, usize> {
        self.counts.borrow().clone()
    }
}
