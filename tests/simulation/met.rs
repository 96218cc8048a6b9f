//! What a run came across, and its story in one number.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hasher};

#[derive(Debug, Clone, Default)]
pub(crate) struct Met {
    counts: RefCell<BTreeMap<String, usize>>,
    story: RefCell<DefaultHasher>,
    aloud: Cell<bool>,
}

impl Met {
    /// With a story that is printed as it goes, or not.
    pub(crate) fn told(aloud: bool) -> Self {
        Self { aloud: Cell::new(aloud), ..Self::default() }
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
    pub(crate) fn tell(&self, line: &str) {
        self.story.borrow_mut().write(line.as_bytes());
        if self.aloud.get() {
            println!("{line}");
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
