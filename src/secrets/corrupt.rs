//! The one error for stored bytes that cannot be what Keyward wrote.

/// A stored digest, slow hash or seal that Keyward did not write, or that was changed since. Says
/// which of them and which rule, never the content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the stored {what} {rule}: restore the credential from a backup, or delete it and issue a new one"
)]
pub struct CorruptSecret {
    what: &'static str,
    rule: &'static str,
}

impl CorruptSecret {
    /// `what` as a noun; `rule` as a predicate: what it does that it must not.
    pub(super) const fn new(what: &'static str, rule: &'static str) -> Self {
        Self { what, rule }
    }
}

#[cfg(test)]
mod tests {
    use super::CorruptSecret;

    #[test]
    fn the_sentence_says_what_is_wrong_and_what_to_do() {
        assert_eq!(
            CorruptSecret::new("seal", "is not 92 bytes long").to_string(),
            "the stored seal is not 92 bytes long: restore the credential from a backup, or delete it and issue a new one"
        );
    }
}
