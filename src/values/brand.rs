//! The brand: the first word of every key text.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::short_word::ShortWord;
use super::text_form::text_form;

/// The first word of every key text: 2 to 16 characters of `a-z0-9`. The default is `kw`.
///
/// People and secret scanners recognise the product's keys by it. The brand is part of every secret's identity, so a key
/// text with another brand never verifies. To replace the brand, see
/// [`Builder::older_brands`](crate::Builder::older_brands).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Brand(ShortWord);

/// The error for a text that is not a brand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a brand is 2 to 16 characters of a-z and 0-9: choose a short form of the product's name")]
#[non_exhaustive]
pub struct BrandError;

impl Brand {
    /// Creates a brand from a text.
    pub const fn new(text: &str) -> Result<Self, BrandError> {
        match ShortWord::new(text) {
            Some(word) => Ok(Self(word)),
            None => Err(BrandError),
        }
    }

    /// Returns the text of the brand.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Returns the text, padded with zeros to 16 bytes.
    pub(crate) const fn padded(&self) -> &[u8; 16] {
        self.0.padded()
    }
}

impl Brand {
    /// The brand of imported secrets, whose texts have no brand. No host can have it, so no text with a brand is ever compared with an
    /// imported secret.
    pub(crate) const IMPORTED: Self = Self(ShortWord::constant("imported"));
}

impl Default for Brand {
    fn default() -> Self {
        const { Self(ShortWord::constant("kw")) }
    }
}

impl FromStr for Brand {
    type Err = BrandError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::new(text)
    }
}

impl fmt::Display for Brand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

text_form!(Brand);

#[cfg(test)]
mod tests {
    use super::Brand;

    #[test]
    fn a_brand_round_trips_and_other_texts_are_refused() {
        let brand: Brand = "acme7".parse().unwrap();
        assert_eq!((brand.to_string(), brand.as_str()), ("acme7".to_owned(), "acme7"));
        assert_eq!(format!("{brand:?}"), "Brand(acme7)");
        assert_eq!(brand.padded(), b"acme7\0\0\0\0\0\0\0\0\0\0\0");
        assert_eq!(Brand::default().as_str(), "kw");
        for bad in ["", "k", "Kw", "k_w", "kw ", "abcdefghijklmnopq", "kẃ"] {
            assert!(Brand::new(bad).is_err(), "{bad:?}");
            assert!(bad.parse::<Brand>().is_err(), "{bad:?}");
        }
    }
}
