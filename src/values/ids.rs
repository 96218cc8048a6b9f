//! Ids: those that the host chooses, and those that Keyward generates.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::base62;
use super::random::{Randomness, RandomnessError};
use super::text_form::text_form;

/// The longest id that the host can choose, in bytes.
const HOST_ID_MAX: usize = 128;

/// Why a text is not an id. The error does not contain the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdError {
    /// The text is empty.
    #[error("an id has at least one byte: pass an id that is not empty")]
    Empty,
    /// The text is longer than 128 bytes.
    #[error("an id has at most 128 bytes: shorten the id or use a hash of it")]
    TooLong,
    /// The text contains a control character, such as a line break or a NUL.
    #[error("an id must not contain control characters: remove them")]
    ControlCharacter,
    /// The text does not have the form of an id that Keyward generates.
    #[error("a {what} is {length} characters of `{alphabet}`: copy the whole id")]
    Shape {
        /// The expected id, such as `credential id`.
        what: &'static str,
        /// The number of characters of such an id.
        length: usize,
        /// The characters that such an id can contain.
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
        /// The host chooses the text: 1 to 128 bytes without control characters. Ids are compared byte by byte, and are
        /// cheap to clone.
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Creates an id from the host's text.
            pub fn new(text: impl AsRef<str>) -> Result<Self, IdError> {
                let text = text.as_ref();
                check_host_id(text)?;
                Ok(Self(text.into()))
            }

            /// Returns the host's text.
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
    /// The id of an account. An account is a customer of the host, and owns workspaces.
    AccountId
}
host_id! {
    /// The id of a workspace. A credential gives access to one workspace.
    ///
    /// The id is unique in the store, and the id of a removed workspace is never free again. The host must choose it, not
    /// the host's customers.
    WorkspaceId
}
host_id! {
    /// The id of the actor of a management operation, such as a user id or the name of a job. It is written into the
    /// history.
    ActorId
}

impl ActorId {
    /// Returns the id of an actor that acts with a key.
    pub(crate) fn of_key(credential: CredentialId) -> Self {
        Self(format!("key:{credential}").into())
    }

    /// Returns an id that is part of this crate.
    pub(crate) fn constant(id: &'static str) -> Self {
        Self(id.into())
    }
}

/// The id of a credential: 12 characters of `0-9A-Za-z`. For a Track set, it is the *site id*.
///
/// The id is public. It never changes, and it is never used again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CredentialId([u8; Self::LENGTH]);

impl CredentialId {
    /// The number of characters of an id.
    pub const LENGTH: usize = 12;

    /// The lowest id in the order of ids.
    pub(crate) const FIRST: Self = Self([b'0'; Self::LENGTH]);

    /// Parses an id. The text must not have leading or trailing spaces.
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

    /// Creates an id from 12 characters. The caller has checked that they are digits of the alphabet.
    pub(super) const fn of_digits(digits: [u8; Self::LENGTH]) -> Self {
        Self(digits)
    }

    /// Creates the id of an imported credential from a number: its last twelve digits in base62, which are 71 bits. They contain no
    /// check.
    pub(crate) fn computed(mut number: u128) -> Self {
        let mut id = [b'0'; Self::LENGTH];
        for place in id.iter_mut().rev() {
            *place = base62::digit(u32::try_from(number % 62).unwrap_or(0));
            number /= 62;
        }
        Self(id)
    }

    /// The number of characters of an id that are drawn at random. The others are their check.
    pub(crate) const DRAWN: usize = 9;

    /// Creates an id from the drawn characters and the value of their check.
    pub(crate) fn with_check(drawn: [u8; Self::DRAWN], check: u32) -> Self {
        let check = [check / (62 * 62), check / 62, check].map(base62::digit);
        let mut id = [0; Self::LENGTH];
        for (place, digit) in id.iter_mut().zip(drawn.into_iter().chain(check)) {
            *place = digit;
        }
        Self(id)
    }

    /// Returns the characters of an id that were drawn at random.
    pub(crate) fn drawn(self) -> [u8; Self::DRAWN] {
        self.0.first_chunk().copied().unwrap_or_default()
    }

    /// Returns the characters as bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Self::LENGTH] {
        &self.0
    }

    /// Returns the characters as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// The id of a management operation: 128 random bits, written as 32 hexadecimal digits.
///
/// Each operation has a new id. Its event contains the id, so a write whose outcome was lost can be found.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OperationId([u8; 16]);

impl OperationId {
    /// Creates an id from the bytes that a store keeps.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Returns the bytes that a store keeps.
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

/// The number of a credential's secret: 1 for the first, and one more for each new secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GenerationNumber(NonZeroU32);

impl GenerationNumber {
    /// The number of a credential's first secret.
    pub const FIRST: Self = Self(NonZeroU32::MIN);

    /// Creates a number from the number that a store keeps. Returns `None` for 0.
    #[must_use]
    pub const fn new(number: u32) -> Option<Self> {
        match NonZeroU32::new(number) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// Returns the number, which is at least 1.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0.get()
    }

    /// Returns the next number, or `None` if this is the highest one, which takes four billion rotations.
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
        assert!(WorkspaceId::new(" with spaces ").is_ok(), "spaces are part of the id");
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
    fn drawn_ids_round_trip_and_other_texts_are_refused() {
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
    fn each_id_is_drawn_new() {
        let randomness = Randomness::system();
        let draw = || OperationId::draw(&randomness).unwrap();
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
