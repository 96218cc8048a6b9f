//! Whether an error says more than it may.

use std::error::Error;

/// How much of a secret is a leak: this many characters in a row.
const LEAK: usize = 16;

/// All that can be printed of an error and of what lies behind it.
pub fn printed(error: &(dyn Error + 'static)) -> String {
    let mut texts = Vec::new();
    let mut behind = Some(error);
    while let Some(error) = behind {
        texts.push(format!("{error}\n{error:?}\n{error:#?}\n"));
        behind = error.source();
    }
    texts.concat()
}

/// No part of a secret stands in an error or behind it.
pub fn assert_silent(error: &(dyn Error + 'static), secrets: &[impl AsRef<str>]) {
    let printed = printed(error);
    for secret in secrets {
        let leaked = secret
            .as_ref()
            .as_bytes()
            .windows(LEAK)
            .find(|window| str::from_utf8(window).is_ok_and(|window| printed.contains(window)));
        assert_eq!(leaked, None, "{printed}");
    }
}
