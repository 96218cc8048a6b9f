//! The error for stored bytes that Keyward cannot have written.

/// The error of reading a stored digest, slow hash, seal or tag that Keyward did not write or that was changed since.
///
/// The text names the value and the rule that it breaks, never its content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the stored {what} {rule}: restore the credential from a backup, or delete it and issue a new one"
)]
pub struct CorruptSecret {
    what: &'static str,
    rule: &'static str,
}

impl CorruptSecret {
    /// Creates an error. `what` is a noun, and `rule` is a predicate, such as "is not 92 bytes long".
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
