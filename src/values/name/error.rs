//! Why a text is not a name.

/// Why a text is not a name. The text itself is never repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// Nothing is left after trimming.
    #[error("a name has at least one character that is not a space: type one")]
    Empty,
    /// More than 100 characters are left after trimming.
    #[error("a name has at most 100 characters: shorten it")]
    TooLong,
    /// The text holds a control character or a line separator.
    #[error("a name holds no control characters or line breaks: remove them")]
    ControlCharacter,
    /// The text holds a bidirectional override, which can make it read as another name.
    #[error("a name holds no characters that change the direction of text: remove them")]
    BidirectionalOverride,
    /// The text holds a character that shows nothing, such as a zero-width space or a blank symbol.
    #[error("a name holds only characters that can be seen: remove U+{:04X}", u32::from(*.character))]
    Invisible {
        /// Which.
        character: char,
    },
    /// The text holds a character that Unicode has not assigned, or has left to private use.
    #[error("a name holds only characters that Unicode has assigned: remove U+{:04X}", u32::from(*.character))]
    Unassigned {
        /// Which.
        character: char,
    },
    /// The text holds white space other than the space, U+0020, between its first character and its last.
    #[error("the only white space within a name is the space, U+0020: put one in place of U+{:04X}", u32::from(*.character))]
    Space {
        /// Which.
        character: char,
    },
}
