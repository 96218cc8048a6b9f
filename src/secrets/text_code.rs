//! The code of a presented text, by which a process recognises an imported key that it has verified before.

use std::fmt;

use zeroize::Zeroizing;

use super::compare::{self, Matches};
use super::mac::MacKey;
use crate::values::{Randomness, RandomnessError};

/// The key of one process for the codes of presented texts. It is random and never stored.
pub(crate) struct TextKey(MacKey);

/// The code of a text: an HMAC-SHA-256 (RFC 2104) under the [`TextKey`] of this process.
#[derive(Clone)]
pub(crate) struct TextCode([u8; 32]);

/// The first half of a code, by which a text is found. The whole code is compared afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct TextPlace([u8; 16]);

impl TextKey {
    pub(crate) fn draw(randomness: &Randomness) -> Result<Self, RandomnessError> {
        let mut bytes = Zeroizing::new([0; 32]);
        randomness.fill(bytes.as_mut_slice())?;
        Ok(Self(MacKey::new(&bytes)))
    }

    /// Computes the code of a text.
    pub(crate) fn code(&self, text: &str) -> TextCode {
        TextCode(self.0.code([text.as_bytes(), &[]]))
    }
}

impl TextCode {
    pub(crate) fn place(&self) -> TextPlace {
        let (first, _) = self.0.split_first_chunk().unwrap_or((&[0; 16], &[]));
        TextPlace(*first)
    }

    /// Compares two codes in constant time.
    pub(crate) fn matches(&self, other: &Self) -> Matches {
        compare::in_constant_time(&self.0, &other.0)
    }
}

impl TextPlace {
    pub(crate) const fn first_byte(self) -> u8 {
        let [first, ..] = self.0;
        first
    }
}

impl fmt::Debug for TextKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TextKey(..)")
    }
}

impl fmt::Debug for TextCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TextCode(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::{TextCode, TextKey, TextPlace};
    use crate::secrets::Matches;
    use crate::values::Randomness;

    #[test]
    fn a_code_depends_on_the_whole_text_and_on_the_key() {
        let randomness = Randomness::system();
        let [key, other] = [0; 2].map(|_| TextKey::draw(&randomness).unwrap());
        let code = key.code("old_7Qd2mV9sKx4L");
        assert_eq!(code.matches(&key.code("old_7Qd2mV9sKx4L")), Matches::Yes);
        for different in
            [key.code("old_7Qd2mV9sKx4M"), key.code(""), other.code("old_7Qd2mV9sKx4L")]
        {
            assert_eq!(code.matches(&different), Matches::No);
            assert_ne!(code.place(), different.place());
        }
    }

    #[test]
    fn the_place_is_the_first_half_and_the_rest_is_compared_too() {
        let one = TextCode(std::array::from_fn(|place| u8::try_from(place).unwrap() + 3));
        let mut other = one.clone();
        other.0[16] = 0;
        assert_eq!(
            one.place(),
            TextPlace(std::array::from_fn(|place| u8::try_from(place).unwrap() + 3))
        );
        assert_eq!((one.place(), one.place().first_byte()), (other.place(), 3));
        assert_eq!(one.matches(&other), Matches::No);
    }

    #[test]
    fn debug_shows_no_bytes() {
        let key = TextKey::draw(&Randomness::system()).unwrap();
        assert_eq!(format!("{key:?} {:?}", key.code("text")), "TextKey(..) TextCode(..)");
    }
}
