//! Set-up mistakes: each is `Misconfigured`, and its text names the setting to change.

use std::error::Error;

use keyward::store::{StoreError, StoreErrorKind};

/// The whole text of an error, as a log shows it.
pub fn whole(error: &StoreError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

#[track_caller]
pub fn assert_misconfigured(error: &StoreError, words: &[&str]) {
    let text = whole(error);
    assert_eq!(error.kind(), StoreErrorKind::Misconfigured, "{text}");
    for word in words {
        assert!(text.contains(word), "{word:?} is missing: {text}");
    }
}
