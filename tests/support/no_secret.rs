//! Checks that an error shows no secret.

use std::error::Error;

/// The number of consecutive characters of a secret that count as a leak.
const LEAK: usize = 16;

/// Returns everything that can be printed of an error and its sources.
pub fn printed(error: &(dyn Error + 'static)) -> String {
    let mut texts = Vec::new();
    let mut behind = Some(error);
    while let Some(error) = behind {
        texts.push(format!("{error}\n{error:?}\n{error:#?}\n"));
        behind = error.source();
    }
    texts.concat()
}

/// Checks that no part of a secret is in an error or its sources.
pub fn assert_no_secret(error: &(dyn Error + 'static), secrets: &[impl AsRef<str>]) {
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
