//! What a run came across, and its story in one number.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hasher};

#[derive(Debug, Clone, Default)]
pub(crate) struct Met {
    counts: RefCell<BTreeMap<String, usize>>,
    telling: Telling,
    story: RefCell<DefaultHasher>,
}

/// What becomes of the story.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Telling {
    #[default]
    Untold,
    /// It is kept in one number.
    Kept,
    Aloud,
}

impl Met {
    pub(crate) fn told(telling: Telling) -> Self {
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
            Telling::Untold => {}
            Telling::Kept => self.story.borrow_mut().write(line().as_bytes()),
            Telling::Aloud => println!("{}", line()),
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
