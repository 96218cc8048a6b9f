//! The grammar of a key text: `<brand>_<kind>_`, id (12), secret (43), checksum (6).
//!
//! The parts are found by their position from the end, never by splitting at `_`. The text is opaque to callers.

use std::fmt;

use zeroize::Zeroizing;

use super::base62::{self, CHECKSUM_LENGTH};
use super::brand::Brand;
use super::ids::CredentialId;
use super::kind_word::KindWord;

/// The number of characters of a secret. 43 characters, drawn uniformly from 62, are 256 bits.
pub(crate) const SECRET_LENGTH: usize = 43;

/// The number of characters after the prefix of a key text: id, secret and checksum.
const DIGITS: usize = CredentialId::LENGTH + SECRET_LENGTH + CHECKSUM_LENGTH;

/// The identity of a secret. Brand, kind and credential id are part of each digest, slow hash and seal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) brand: Brand,
    pub(crate) kind: KindWord,
    pub(crate) id: CredentialId,
}

/// The beginning of a key text: `<brand>_<kind>_`.
pub(crate) struct Prefix {
    pub(crate) brand: Brand,
    pub(crate) kind: KindWord,
    text: Box<str>,
}

/// The prefixes of the key texts that a service accepts, in a fixed order.
pub(crate) struct Prefixes {
    brands: Vec<Brand>,
    native: Vec<Prefix>,
    /// What stands for a prefix in imported keys, one for each kind. No text is compared with it.
    imported: Vec<Prefix>,
}

impl Prefixes {
    /// Creates the prefixes of each brand with each kind.
    pub(crate) fn new(brands: Vec<Brand>, kinds: &[KindWord]) -> Self {
        let of = |brand: &Brand| {
            let brand = *brand;
            kinds.iter().map(move |kind| Prefix {
                brand,
                kind: *kind,
                text: format!("{brand}_{kind}_").into(),
            })
        };
        Self { native: brands.iter().flat_map(of).collect(), brands, imported: Vec::new() }
    }

    /// Adds what stands for the prefix in imported keys of these kinds.
    pub(crate) fn with_imported(mut self, kinds: impl IntoIterator<Item = KindWord>) -> Self {
        for kind in kinds {
            if self.imported.iter().all(|prefix| prefix.kind != kind) {
                self.imported.push(Prefix { brand: Brand::IMPORTED, kind, text: "".into() });
            }
        }
        self
    }

    /// Returns an imported key of this kind in the form of a presented one.
    pub(crate) fn imported<'a>(
        &'a self,
        kind: KindWord,
        id: CredentialId,
        secret: &'a [u8; SECRET_LENGTH],
    ) -> Option<KeyText<'a>> {
        let place = self.imported.iter().position(|prefix| prefix.kind == kind)?;
        let prefix = self.imported.get(place)?;
        Some(KeyText { prefix, place: self.native.len() + place, id, secret })
    }

    /// Returns the accepted brands. The first one is the brand of new keys.
    pub(crate) fn brands(&self) -> &[Brand] {
        &self.brands
    }

    /// Returns the prefixes in their order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Prefix> {
        self.native.iter().chain(&self.imported)
    }

    /// Returns the prefix with this text, and its place in the order.
    #[inline]
    fn find(&self, said: &[u8]) -> Option<(usize, &Prefix)> {
        // Compares byte by byte: a call of `memcmp` takes longer for so few bytes.
        let same = |known: &Prefix| {
            let known = known.text.as_bytes();
            known.len() == said.len() && known.iter().eq(said)
        };
        self.native.iter().enumerate().find(|(_, known)| same(known))
    }

    /// Returns `true` if the text is the prefix of a known brand with a kind that is not registered.
    fn is_unregistered(&self, said: &[u8]) -> bool {
        let word = |brand: &Brand| {
            let rest = said.strip_prefix(brand.as_str().as_bytes())?;
            let word = rest.strip_prefix(b"_")?.strip_suffix(b"_")?;
            KindWord::new(std::str::from_utf8(word).ok()?).ok()
        };
        self.brands.iter().any(|brand| word(brand).is_some())
    }
}

impl fmt::Debug for Prefixes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.native.iter().map(|prefix| &prefix.text)).finish()
    }
}

/// A presented text with the form and the checksum of a key. It is not verified yet.
pub(crate) struct KeyText<'a> {
    pub(crate) prefix: &'a Prefix,
    /// The place of the prefix in the order of [`Prefixes`].
    pub(crate) place: usize,
    pub(crate) id: CredentialId,
    pub(crate) secret: &'a [u8; SECRET_LENGTH],
}

impl KeyText<'_> {
    /// Returns the identity that the text claims.
    pub(crate) const fn identity(&self) -> Identity {
        Identity { brand: self.prefix.brand, kind: self.prefix.kind, id: self.id }
    }
}

impl fmt::Debug for KeyText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyText(..)")
    }
}

/// Why a text is not a key. The error does not contain the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MalformedKey {
    /// Wrong length, brand or alphabet.
    Shape,
    /// The text is well formed, but its kind is not registered.
    Unregistered,
    /// The shape is right, but the checksum is wrong: a character was mistyped.
    Checksum,
}

/// Parses a presented text. A wrong shape costs a few comparisons, a wrong checksum also a CRC.
#[inline]
pub(crate) fn parse<'a>(
    prefixes: &'a Prefixes,
    text: &'a [u8],
) -> Result<KeyText<'a>, MalformedKey> {
    let (said, digits) = text.split_last_chunk::<DIGITS>().ok_or(MalformedKey::Shape)?;
    let known = prefixes.find(said);
    if known.is_none() && !prefixes.is_unregistered(said) {
        return Err(MalformedKey::Shape);
    }
    // Checks all parts at once, so that the compiler can check 16 characters together.
    if !base62::is_base62(digits) {
        return Err(MalformedKey::Shape);
    }
    let (body, checksum) = text.split_last_chunk::<CHECKSUM_LENGTH>().ok_or(MalformedKey::Shape)?;
    let (rest, secret) = body.split_last_chunk::<SECRET_LENGTH>().ok_or(MalformedKey::Shape)?;
    let (_, id) = rest.split_last_chunk().ok_or(MalformedKey::Shape)?;
    if !base62::is_checksum(*checksum, body) {
        return Err(MalformedKey::Checksum);
    }
    let (place, prefix) = known.ok_or(MalformedKey::Unregistered)?;
    Ok(KeyText { prefix, place, id: CredentialId::of_digits(*id), secret })
}

/// Returns `true` if the text is a key of any brand and kind, or a master key, with a right checksum. A master key has the same
/// grammar without an id.
pub(crate) fn is_any_key(text: &str) -> bool {
    is_any_key_of::<DIGITS>(text) || is_any_key_of::<{ SECRET_LENGTH + CHECKSUM_LENGTH }>(text)
}

fn is_any_key_of<const DIGITS: usize>(text: &str) -> bool {
    let Some((said, digits)) = text.as_bytes().split_last_chunk::<DIGITS>() else { return false };
    let Some((body, checksum)) = text.as_bytes().split_last_chunk() else { return false };
    let words = || {
        let (brand, kind) = str::from_utf8(said).ok()?.strip_suffix('_')?.split_once('_')?;
        Some((Brand::new(brand).ok()?, KindWord::new(kind).ok()?))
    };
    words().is_some() && base62::is_base62(digits) && base62::is_checksum(*checksum, body)
}

/// Returns the key text of a secret.
pub(crate) fn render(
    Identity { brand, kind, id }: &Identity,
    secret: &[u8; SECRET_LENGTH],
) -> Zeroizing<String> {
    let length = brand.as_str().len()
        + kind.as_str().len()
        + 2
        + CredentialId::LENGTH
        + SECRET_LENGTH
        + CHECKSUM_LENGTH;
    // Allocated at its full size: a buffer that grows leaves copies of the secret in memory.
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
    use super::{Identity, KeyText, MalformedKey, Prefixes, parse, render};
    use crate::values::{Brand, CredentialId, KindWord};
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    const SECRET: &[u8; 43] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg";

    const APP: KindWord = KindWord::constant("app");
    const TRACK: KindWord = KindWord::constant("track");

    fn brand(text: &str) -> Brand {
        Brand::new(text).unwrap()
    }

    /// Returns the prefixes of a service with both kinds and these brands.
    fn known(brands: &[&str]) -> Prefixes {
        Prefixes::new(brands.iter().map(|text| brand(text)).collect(), &[TRACK, APP])
    }

    fn text(brand: &str, kind: KindWord) -> String {
        let id = CredentialId::new("abcdefghijkl").unwrap();
        let identity = Identity { brand: self::brand(brand), kind, id };
        let text = render(&identity, SECRET);
        assert_eq!(text.capacity(), text.len(), "a buffer that grew leaves copies behind");
        text.as_str().to_owned()
    }

    fn sample(kind: KindWord) -> String {
        text("kw", kind)
    }

    #[test]
    fn rendered_keys_parse_to_their_parts() {
        let known = known(&["kw", "abcdefghijklmnop"]);
        let mut places = Vec::new();
        for brand in ["kw", "abcdefghijklmnop"] {
            for kind in [APP, TRACK] {
                let text = text(brand, kind);
                assert!(text.starts_with(&format!("{brand}_{kind}_abcdefghijkl0123")), "{kind}");
                let read = parse(&known, text.as_bytes()).unwrap();
                assert_eq!(format!("{read:?}"), "KeyText(..)");
                let Identity { brand: said, kind: read_kind, id } = read.identity();
                assert_eq!((said.as_str(), read_kind, id.as_str()), (brand, kind, "abcdefghijkl"));
                let KeyText { place, id, secret, .. } = read;
                assert_eq!((id.as_str(), secret), ("abcdefghijkl", SECRET));
                places.push(place);
            }
        }
        assert_eq!(places, [1, 0, 3, 2]);
        assert_eq!(known.iter().count(), 4);
        let shown =
            r#"["kw_track_", "kw_app_", "abcdefghijklmnop_track_", "abcdefghijklmnop_app_"]"#;
        assert_eq!(format!("{known:?}"), shown);
    }

    #[test]
    fn an_unregistered_kind_is_distinguished_from_a_malformed_key() {
        let known = known(&["kw", "old"]);
        for brand in ["kw", "old"] {
            for word in ["live", "ap", "app2", "abcdefghijklmnop"] {
                let mut text = text(brand, KindWord::new(word).unwrap()).into_bytes();
                assert_eq!(parse(&known, &text).unwrap_err(), MalformedKey::Unregistered, "{word}");
                let last = text.last_mut().unwrap();
                *last = if *last == b'0' { b'1' } else { b'0' };
                assert_eq!(parse(&known, &text).unwrap_err(), MalformedKey::Checksum, "{word}");
                *text.last_mut().unwrap() = b'-';
                assert_eq!(parse(&known, &text).unwrap_err(), MalformedKey::Shape, "{word}");
            }
        }
        let digits = &sample(APP)[7..];
        for prefix in [
            "",
            "kw",
            "kw_",
            "kw__",
            "kw_a_",
            "kw_App_",
            "kw_a-b_",
            "kw_app",
            "kwapp_",
            "kw_ap_p_",
            "kx_app_",
            "_app_",
            "kw_abcdefghijklmnopq_",
        ] {
            let text = format!("{prefix}{digits}");
            assert_eq!(
                parse(&known, text.as_bytes()).unwrap_err(),
                MalformedKey::Shape,
                "{prefix}"
            );
        }
    }

    #[test]
    fn the_checksum_is_that_of_all_before_it() {
        let text = sample(APP);
        let (body, checksum) = text.split_at(text.len() - 6);
        let expected = crate::values::base62::checksum(body.as_bytes());
        assert_eq!(checksum.as_bytes(), expected);
    }

    #[test]
    fn every_single_changed_character_is_refused() {
        let known = known(&["kw"]);
        for kind in [APP, TRACK] {
            let text = sample(kind).into_bytes();
            for place in 0..text.len() {
                for other in 0..=u8::MAX {
                    let mut changed = text.clone();
                    changed[place] = other;
                    assert_eq!(parse(&known, &changed).is_ok(), other == text[place], "at {place}");
                }
            }
        }
    }

    #[test]
    fn every_truncation_and_extension_is_refused() {
        let known = known(&["kw"]);
        let text = sample(APP);
        for length in 0..text.len() {
            assert!(parse(&known, &text.as_bytes()[..length]).is_err(), "first {length}");
            assert!(
                parse(&known, &text.as_bytes()[text.len() - length..]).is_err(),
                "last {length}"
            );
        }
        for extended in
            [format!("{text}0"), format!("0{text}"), format!(" {text}"), format!("{text}\n")]
        {
            assert!(parse(&known, extended.as_bytes()).is_err());
        }
        assert!(parse(&known, text.to_uppercase().as_bytes()).is_err());
        assert_eq!(parse(&known, &vec![b'a'; 1 << 20]).unwrap_err(), MalformedKey::Shape);
    }

    #[test]
    fn another_brand_is_refused_even_if_one_begins_with_the_other() {
        for other in ["kwx", "xkw", "w2", "kwkw"] {
            let text = text(other, APP);
            assert_eq!(parse(&known(&["kw"]), text.as_bytes()).unwrap_err(), MalformedKey::Shape);
            assert!(parse(&known(&[other]), text.as_bytes()).is_ok(), "{other}");
        }
    }

    proptest! {
        #[test]
        fn nothing_at_random_parses(text in any::<Vec<u8>>()) {
            prop_assert!(parse(&known(&["kw"]), &text).is_err());
        }

        #[test]
        fn any_id_and_secret_print_and_parse(
            brand in "[a-z0-9]{2,16}", kind in "[a-z0-9]{2,16}", id in "[0-9A-Za-z]{12}",
            secret in "[0-9A-Za-z]{43}",
        ) {
            let (brand, kind) = (Brand::new(&brand).unwrap(), KindWord::new(&kind).unwrap());
            let secret: [u8; 43] = secret.into_bytes().try_into().unwrap();
            let identity = Identity { brand, kind, id: CredentialId::new(&id).unwrap() };
            let text = render(&identity, &secret);
            let known = Prefixes::new(vec![brand], &[kind]);
            let read = parse(&known, text.as_bytes()).unwrap();
            prop_assert_eq!((read.identity(), read.secret), (identity, &secret));
            let again = render(&read.identity(), read.secret);
            prop_assert_eq!(again.as_str(), text.as_str());
        }
    }
}
