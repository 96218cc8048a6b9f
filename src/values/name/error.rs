//! Why a text is not a name.

/// Why a text is not a name. The error does not contain the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// Nothing is left after trimming.
    #[error("a name has at least one character that is not a space: enter one")]
    Empty,
    /// More than 100 characters are left after trimming.
    #[error("a name has at most 100 characters: shorten it")]
    TooLong,
    /// The text contains a key of any brand and kind, or a master key. Everyone who lists names could read it.
    #[error(
        "a name must not contain a key: enter another name, and rotate the key if it is in use"
    )]
    Key,
    /// The text contains a control character or a line separator.
    #[error("a name must not contain control characters or line breaks: remove them")]
    ControlCharacter,
    /// The text contains a bidirectional override, which can make it read as another name.
    #[error("a name must not contain characters that change the direction of text: remove them")]
    BidirectionalOverride,
    /// The text contains a character that shows nothing, such as a zero-width space or a blank symbol.
    #[error("a name may contain only visible characters: remove U+{:04X}", u32::from(*.character))]
    Invisible {
        /// The first such character.
        character: char,
    },
    /// The text contains a character that Unicode has not assigned, or has left to private use.
    #[error("a name may contain only characters that Unicode has assigned: remove U+{:04X}", u32::from(*.character))]
    Unassigned {
        /// The first such character.
        character: char,
    },
    /// The text contains white space other than the space, U+0020, between its first character and its last.
    #[error("the only white space within a name is the space, U+0020: replace U+{:04X}", u32::from(*.character))]
    Space {
        /// The first such character.
        character: char,
    },
}
