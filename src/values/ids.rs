//! Ids: the host's own texts, and the ones that Keyward draws.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::base62;
use super::random::{Randomness, RandomnessError};
use super::text_form::text_form;

/// The longest host id, in bytes.
const HOST_ID_MAX: usize = 128;

/// Why a text is not an id. The text itself is never repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdError {
    /// The text is empty.
    #[error("an id has at least one byte: give the host's own id")]
    Empty,
    /// The text is longer than 128 bytes.
    #[error("an id has at most 128 bytes: shorten it, or use a hash of it")]
    TooLong,
    /// The text holds a control character (a line break, a NUL, ...).
    #[error("an id holds no control characters: remove them")]
    ControlCharacter,
    /// The text is not of the shape that Keyward draws.
    #[error("a {what} is {length} characters of `{alphabet}`: copy it whole")]
    Shape {
        /// Which id was expected.
        what: &'static str,
        /// How many characters it has.
        length: usize,
        /// The characters that it is made of.
        alphabet: &'static str,
    },
}

fn check_host_id(text: &str) -> Result<(), IdError> {
    if text.is_empty() {
        return Err(IdError::Empty);
    }
    if text.len() > HOST_ID_MAX {
        return Err(IdError::TooLong);
    }
    if text.chars().any(char::is_control) {
        return Err(IdError::ControlCharacter);
    }
    Ok(())
}

macro_rules! host_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// The host's own text: 1 to 128 bytes, no control characters, compared byte by byte.
        /// Cheap to clone.
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes the host's text as an id.
            pub fn new(text: impl AsRef<str>) -> Result<Self, IdError> {
                let text = text.as_ref();
                check_host_id(text)?;
                Ok(Self(text.into()))
            }

            /// The host's text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({:?})"), self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.as_str().to_owned()
            }
        }
    };
}

host_id! {
    /// A customer of the host, who owns workspaces.
    AccountId
}
host_id! {
    /// What a credential gives access to. Unique in the store for ever, removed or not: let the host
    /// choose it, never the host's customers.
    WorkspaceId
}
host_id! {
    /// Who asks for a management operation, in the host's words: a user id, the name of a job.
    /// It is written into the history.
    ActorId
}

/// A credential's id, which never changes and is never used again: 12 characters of `0-9A-Za-z`,
/// public. For a Track set it is the *site id*.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CredentialId([u8; Self::LENGTH]);

impl CredentialId {
    /// How many characters an id has.
    pub const LENGTH: usize = 12;

    /// The first id in the order of ids.
    pub(crate) const FIRST: Self = Self([b'0'; Self::LENGTH]);

    /// Reads an id back. Leading and trailing spaces are not forgiven.
    pub fn new(text: impl AsRef<[u8]>) -> Result<Self, IdError> {
        match <[u8; Self::LENGTH]>::try_from(text.as_ref()) {
            Ok(bytes) if base62::is_base62(&bytes) => Ok(Self(bytes)),
            _ => Err(IdError::Shape {
                what: "credential id",
                length: Self::LENGTH,
                alphabet: "0-9A-Za-z",
            }),
        }
    }

    /// The id of 12 characters that the caller knows to be of the alphabet.
    pub(super) const fn of_digits(digits: [u8; Self::LENGTH]) -> Self {
        Self(digits)
    }

    /// A new id: 12 characters drawn uniformly, 71 bits.
    pub(crate) fn draw(randomness: &Randomness) -> Result<Self, RandomnessError> {
        randomness.base62().map(Self)
    }

    /// The characters, as bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Self::LENGTH] {
        &self.0
    }

    /// The characters, as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// One management operation, drawn anew for each: 128 random bits, written as 32 hexadecimal digits.
/// An event carries it, so that a write whose outcome was lost can be recognised.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OperationId([u8; 16]);

impl OperationId {
    /// Rebuilds an id from its bytes, as a store keeps them.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes that a store keeps.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    pub(crate) fn draw(randomness: &Randomness) -> Result<Self, RandomnessError> {
        let mut bytes = [0; 16];
        randomness.fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    const SHAPE: IdError = IdError::Shape { what: "operation id", length: 32, alphabet: "0-9a-f" };
}

impl fmt::Display for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for OperationId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() != 32 || !text.bytes().all(hex) {
            return Err(Self::SHAPE);
        }
        u128::from_str_radix(text, 16)
            .map(|number| Self(number.to_be_bytes()))
            .map_err(|_| Self::SHAPE)
    }
}

impl fmt::Display for CredentialId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for CredentialId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::new(text)
    }
}

text_form!(CredentialId);
text_form!(OperationId);

/// Which secret of a credential: 1 for the first, and one more at each rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GenerationNumber(NonZeroU32);

impl GenerationNumber {
    /// The first secret of a credential.
    pub const FIRST: Self = Self(NonZeroU32::MIN);

    /// The number as a store keeps it, or `None` for 0.
    #[must_use]
    pub const fn new(number: u32) -> Option<Self> {
        match NonZeroU32::new(number) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// The number, from 1 on.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0.get()
    }

    /// The number after this one, or `None` after four billion rotations.
    #[must_use]
    pub(crate) const fn next(self) -> Option<Self> {
        match self.0.checked_add(1) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }
}

impl fmt::Display for GenerationNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::{
        AccountId, CredentialId, GenerationNumber, IdError, OperationId, Randomness, WorkspaceId,
    };

    #[test]
    fn host_ids_keep_within_their_bounds() {
        assert_eq!(AccountId::new(""), Err(IdError::Empty));
        assert_eq!(AccountId::new("a\nb"), Err(IdError::ControlCharacter));
        assert_eq!(WorkspaceId::new("a".repeat(129)), Err(IdError::TooLong));
        assert_eq!(WorkspaceId::new("é".repeat(64)).map(|id| id.as_str().len()), Ok(128));
        assert!(WorkspaceId::new(" with spaces ").is_ok(), "the host's text is its own");
    }

    #[test]
    fn a_host_id_is_parsed_and_read_from_json_by_the_same_rules() {
        let id = WorkspaceId::new("acme/shop").unwrap();
        assert_eq!("acme/shop".parse(), Ok(id.clone()));
        assert_eq!("".parse::<WorkspaceId>(), Err(IdError::Empty));
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(json, "\"acme/shop\"");
        assert_eq!(serde_json::from_str::<WorkspaceId>(&json).unwrap(), id);
        assert!(serde_json::from_str::<WorkspaceId>("\"\"").is_err());
    }

    #[test]
    fn drawn_ids_read_back_and_nothing_else_does() {
        let id = CredentialId::new("0Az9bY7cX5dW").unwrap();
        assert_eq!(id.to_string().parse(), Ok(id));
        for bad in
            ["", "0Az9bY7cX5d", "0Az9bY7cX5dWe", "0Az9bY7cX5d ", "0Az9bY7cX5d_", "0Az9bY7cXéW"]
        {
            assert!(CredentialId::new(bad).is_err(), "{bad:?}");
        }
        let operation = OperationId::from_bytes(*b"\0\x11\x22 an op id\xff\xfe\xfd\xfc");
        assert_eq!(operation.as_bytes(), b"\0\x11\x22 an op id\xff\xfe\xfd\xfc");
        assert_eq!(operation.to_string(), "00112220616e206f70206964fffefdfc");
        assert_eq!(operation.to_string().parse(), Ok(operation));
        for bad in ["", "+0112233445566778899aabbccddeeff", "00112233445566778899AABBCCDDEEFF"] {
            assert!(bad.parse::<OperationId>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn ids_are_drawn_anew() {
        let randomness = Randomness::system();
        let draw = || OperationId::draw(&randomness).unwrap();
        assert_ne!(draw(), draw());
        let draw = || CredentialId::draw(&randomness).unwrap();
        assert_ne!(draw(), draw());
    }

    #[test]
    fn generations_are_counted_from_one() {
        assert_eq!(GenerationNumber::new(0), None);
        let second = GenerationNumber::FIRST.next().unwrap();
        assert_eq!((GenerationNumber::FIRST.get(), second.get()), (1, 2));
        assert_eq!(second.to_string(), "2");
        assert_eq!(GenerationNumber::new(u32::MAX).unwrap().next(), None);
    }
}
