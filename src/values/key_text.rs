//! The grammar of the key texts: `<brand>_app_` or `<brand>_track_`, id (12), secret (43), checksum (6).
//!
//! Parts are found by position from the end, never by splitting at `_`. To callers the text is opaque.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::base62::{self, CHECKSUM_LENGTH};
use super::ids::CredentialId;
use super::kind::Kind;

/// How many characters a secret has: 43 of 62, uniformly drawn, are 256 bits.
pub(crate) const SECRET_LENGTH: usize = 43;

/// How many characters of the alphabet end a key text: id, secret and checksum.
const DIGITS: usize = CredentialId::LENGTH + SECRET_LENGTH + CHECKSUM_LENGTH;

/// The first word of every key text, by which people and secret scanners know whose it is:
/// 2 to 16 characters of `a-z0-9`, `kw` unless the host says otherwise.
///
/// Choose it once: a key of another brand is refused.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Brand(Arc<str>);

/// Not a brand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a brand is 2 to 16 characters of a-z and 0-9: choose a short form of the product's name")]
#[non_exhaustive]
pub struct BrandError;

impl Brand {
    /// Takes a text as a brand.
    pub fn new(text: &str) -> Result<Self, BrandError> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        if !(2..=16).contains(&text.len()) || !text.bytes().all(plain) {
            return Err(BrandError);
        }
        Ok(Self(text.into()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Brand {
    fn default() -> Self {
        Self("kw".into())
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
        f.write_str(&self.0)
    }
}

/// A presented text that has the shape of a key and its checksum. Whether it opens anything is not
/// yet known.
pub(crate) struct KeyText<'a> {
    pub(crate) kind: Kind,
    pub(crate) id: CredentialId,
    pub(crate) secret: &'a [u8; SECRET_LENGTH],
}

impl fmt::Debug for KeyText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyText(..)")
    }
}

/// Why a text is no key. It never holds the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MalformedKey {
    /// Wrong length, brand, kind or alphabet.
    Shape,
    /// The shape is right, but a character was mistyped.
    Checksum,
}

/// Reads a presented text. Costs a few comparisons for a wrong shape and a CRC for a wrong checksum.
#[inline]
pub(crate) fn parse<'a>(brand: &Brand, text: &'a [u8]) -> Result<KeyText<'a>, MalformedKey> {
    let (prefix, digits) = text.split_last_chunk::<DIGITS>().ok_or(MalformedKey::Shape)?;
    let (said, kind) = prefix.split_at_checked(brand.as_str().len()).ok_or(MalformedKey::Shape)?;
    let kind = match kind {
        b"_app_" => Kind::App,
        b"_track_" => Kind::Track,
        _ => return Err(MalformedKey::Shape),
    };
    // Byte by byte: for so few, a call of the C library's comparison takes longer.
    if !said.iter().eq(brand.as_str().as_bytes()) {
        return Err(MalformedKey::Shape);
    }
    // All parts at once, since the compiler looks at sixteen characters together.
    if !base62::is_base62(digits) {
        return Err(MalformedKey::Shape);
    }
    let (body, checksum) = text.split_last_chunk::<CHECKSUM_LENGTH>().ok_or(MalformedKey::Shape)?;
    let (rest, secret) = body.split_last_chunk::<SECRET_LENGTH>().ok_or(MalformedKey::Shape)?;
    let (_, id) = rest.split_last_chunk().ok_or(MalformedKey::Shape)?;
    if !base62::is_checksum(*checksum, body) {
        return Err(MalformedKey::Checksum);
    }
    Ok(KeyText { kind, id: CredentialId::of_digits(*id), secret })
}

/// Writes a key text.
pub(crate) fn render(
    brand: &Brand,
    kind: Kind,
    id: CredentialId,
    secret: &[u8; SECRET_LENGTH],
) -> Zeroizing<String> {
    let length = brand.as_str().len()
        + kind.as_str().len()
        + 2
        + CredentialId::LENGTH
        + SECRET_LENGTH
        + CHECKSUM_LENGTH;
    // Sized before it is filled: a buffer that grows leaves copies behind.
    let mut text = Zeroizing::new(String::with_capacity(length));
    for part in [brand.as_str(), "_", kind.as_str(), "_", id.as_str()] {
        text.push_str(part);
    }
    text.extend(secret.iter().copied().map(char::from));
    let checksum = base62::checksum(text.as_bytes());
    text.extend(checksum.map(char::from));
    text
}

#[cfg(test)]
mod tests {
    use super::{Brand, KeyText, MalformedKey, parse, render};
    use crate::values::{CredentialId, Kind};
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    const SECRET: &[u8; 43] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg";

    fn sample(kind: Kind) -> String {
        let id = CredentialId::new("abcdefghijkl").unwrap();
        render(&Brand::default(), kind, id, SECRET).as_str().to_owned()
    }

    #[test]
    fn what_is_rendered_parses_to_its_parts() {
        for kind in [Kind::App, Kind::Track] {
            let text = sample(kind);
            assert!(text.starts_with(&format!("kw_{kind}_abcdefghijkl0123")), "{kind}");
            let KeyText { kind: read, id, secret } =
                parse(&Brand::default(), text.as_bytes()).unwrap();
            assert_eq!((read, id.as_str(), secret), (kind, "abcdefghijkl", SECRET));
        }
    }

    #[test]
    fn a_text_is_as_long_as_its_buffer_so_that_none_was_left_behind() {
        let id = CredentialId::new("abcdefghijkl").unwrap();
        for (brand, kind) in [("kw", Kind::App), ("abcdefghijklmnop", Kind::Track)] {
            let text = render(&Brand::new(brand).unwrap(), kind, id, SECRET);
            assert_eq!(text.capacity(), text.len(), "{brand} {kind}");
        }
    }

    #[test]
    fn a_brand_reads_back_and_a_key_shows_nothing() {
        let brand: Brand = "acme7".parse().unwrap();
        assert_eq!((brand.to_string(), brand.as_str()), ("acme7".to_owned(), "acme7"));
        assert!("Acme".parse::<Brand>().is_err());
        let text = sample(Kind::App);
        let read = parse(&Brand::default(), text.as_bytes()).unwrap();
        assert_eq!(format!("{read:?}"), "KeyText(..)");
    }

    #[test]
    fn the_checksum_is_that_of_all_before_it() {
        let text = sample(Kind::App);
        let (body, checksum) = text.split_at(text.len() - 6);
        let expected = crate::values::base62::checksum(body.as_bytes());
        assert_eq!(checksum.as_bytes(), expected);
    }

    #[test]
    fn every_single_changed_character_is_refused() {
        let brand = Brand::default();
        for kind in [Kind::App, Kind::Track] {
            let text = sample(kind).into_bytes();
            for place in 0..text.len() {
                for other in 0..=u8::MAX {
                    let mut changed = text.clone();
                    changed[place] = other;
                    assert_eq!(parse(&brand, &changed).is_ok(), other == text[place], "at {place}");
                }
            }
        }
    }

    #[test]
    fn every_truncation_and_extension_is_refused() {
        let brand = Brand::default();
        let text = sample(Kind::App);
        for length in 0..text.len() {
            assert!(parse(&brand, &text.as_bytes()[..length]).is_err(), "first {length}");
            assert!(
                parse(&brand, &text.as_bytes()[text.len() - length..]).is_err(),
                "last {length}"
            );
        }
        for extended in
            [format!("{text}0"), format!("0{text}"), format!(" {text}"), format!("{text}\n")]
        {
            assert!(parse(&brand, extended.as_bytes()).is_err());
        }
        assert!(parse(&brand, text.to_uppercase().as_bytes()).is_err());
        assert_eq!(parse(&brand, &vec![b'a'; 1 << 20]).unwrap_err(), MalformedKey::Shape);
    }

    #[test]
    fn another_brand_is_refused_even_where_one_begins_with_the_other() {
        let id = CredentialId::new("abcdefghijkl").unwrap();
        for other in ["kwx", "xkw", "w2", "kwkw"] {
            let brand = Brand::new(other).unwrap();
            let text = render(&brand, Kind::App, id, SECRET);
            assert!(parse(&Brand::default(), text.as_bytes()).is_err(), "{other}");
            assert!(parse(&brand, text.as_bytes()).is_ok(), "{other}");
        }
        for bad in ["", "k", "Kw", "k_w", "kw ", "abcdefghijklmnopq", "kẃ"] {
            assert!(Brand::new(bad).is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn anything_that_parses_prints_back(text in any::<Vec<u8>>()) {
            prop_assert!(parse(&Brand::default(), &text).is_err());
        }

        #[test]
        fn any_id_and_secret_print_and_parse(
            brand in "[a-z0-9]{2,16}", id in "[0-9A-Za-z]{12}", secret in "[0-9A-Za-z]{43}",
        ) {
            let brand = Brand::new(&brand).unwrap();
            let secret: [u8; 43] = secret.into_bytes().try_into().unwrap();
            let text = render(&brand, Kind::Track, CredentialId::new(&id).unwrap(), &secret);
            let read = parse(&brand, text.as_bytes()).unwrap();
            prop_assert_eq!((read.kind, read.id.as_str(), read.secret), (Kind::Track, id.as_str(), &secret));
            let again = render(&brand, read.kind, read.id, read.secret);
            prop_assert_eq!(again.as_str(), text.as_str());
        }
    }
}
