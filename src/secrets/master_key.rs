//! One master key, and the subkeys that are derived from it.

use std::array;
use std::fmt;
use std::str::FromStr;

use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

use super::mac::MacKey;
use super::master_key_id::MasterKeyId;
use crate::values::base62::{self, CHECKSUM_LENGTH};
use crate::values::{Brand, KindWord, Prefixes, Randomness, RandomnessError};

/// What every text of a master key begins with, so that people and secret scanners know it.
const PREFIX: &str = "keyward_master_";
/// How many characters of key follow: 43 of 62, uniformly drawn, are 256 bits.
const KEY_LENGTH: usize = 43;

/// What each subkey is for: the `info` of RFC 5869. One for each format version and use, so that no
/// two uses ever share a key.
struct Labels {
    id: &'static [u8],
    seal: &'static [u8],
    /// A record epoch follows, in decimal digits.
    record: &'static str,
    event: &'static [u8],
}

const LABELS: Labels = Labels {
    id: b"keyward/v1/id",
    seal: b"keyward/v1/seal",
    record: "keyward/v1/record/",
    event: b"keyward/v1/event",
};

/// The label of the subkey for the digests of one brand and kind. Neither contains a slash.
fn digest_label(brand: Brand, kind: KindWord) -> String {
    format!("keyward/v1/digest/{brand}/{kind}")
}

/// A master key: what the keyed digests and the seals in a store are made under.
///
/// As text it is `keyward_master_`, 43 characters of key (256 bits) and 6 of checksum, for an
/// environment variable or a secret manager. White space at either end is forgiven, since files end in
/// line breaks. A mistyped key is refused.
///
/// `Debug` shows its [id](MasterKeyId) only, there is no `Display`, `Clone` or `Serialize`, and it is
/// wiped when it is dropped.
///
/// ```
/// use keyward::MasterKey;
///
/// let key = MasterKey::generate()?;
/// let kept = key.expose_text(); // into the secret manager, once
/// let read: MasterKey = kept.parse()?;
/// assert_eq!(read.id(), key.id());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct MasterKey(Box<Prepared>);

/// The key and its subkeys, which wipe themselves. On the heap, so that a move leaves no copy behind.
struct Prepared {
    key: Zeroizing<[u8; KEY_LENGTH]>,
    /// The key that the subkeys are derived from: those of records are many, and are derived when they are needed.
    root: MacKey,
    id: MasterKeyId,
    seal: XChaCha20Poly1305,
    /// Those for the digests of the prefixes that the service knows, by place.
    digests: Vec<MacKey>,
}

impl MasterKey {
    /// A new key, from the operating system's randomness.
    pub fn generate() -> Result<Self, RandomnessError> {
        Self::draw(&Randomness::system())
    }

    pub(crate) fn draw(randomness: &Randomness) -> Result<Self, RandomnessError> {
        let key = Zeroizing::new(randomness.base62()?);
        Ok(Self::prepare(&key))
    }

    /// The id, which is derived from the key: 64 bits, so two different keys do not share one.
    #[must_use]
    pub fn id(&self) -> MasterKeyId {
        self.0.id
    }

    /// The key as text, for writing it into a secret manager. A person who reads it can forge digests and
    /// open seals; it is wiped when it is dropped.
    #[must_use]
    pub fn expose_text(&self) -> Zeroizing<String> {
        // Sized before it is filled: a buffer that grows leaves copies behind.
        let length = PREFIX.len() + KEY_LENGTH + CHECKSUM_LENGTH;
        let mut text = Zeroizing::new(String::with_capacity(length));
        text.push_str(PREFIX);
        text.extend(self.0.key.iter().copied().map(char::from));
        let checksum = base62::checksum(text.as_bytes());
        text.extend(checksum.map(char::from));
        text
    }

    /// Derives the subkeys for the digests of these prefixes, so that no attempt has to.
    pub(super) fn prepare_for(&mut self, prefixes: &Prefixes) {
        let subkeys = prefixes.iter().map(|prefix| self.derive_digest(prefix.brand, prefix.kind));
        self.0.digests = subkeys.collect();
    }

    /// The prepared subkey for the digests of the prefix at this place, if it was prepared.
    pub(super) fn digest_at(&self, place: usize) -> Option<&MacKey> {
        self.0.digests.get(place)
    }

    /// Derives the subkey for the digests of one brand and kind.
    pub(super) fn derive_digest(&self, brand: Brand, kind: KindWord) -> MacKey {
        MacKey::new(&subkey(&self.0.root, digest_label(brand, kind).as_bytes()))
    }

    /// The prepared subkey for the seals.
    pub(super) fn seal(&self) -> &XChaCha20Poly1305 {
        &self.0.seal
    }

    /// The prepared subkey for the tags of accounts, workspaces and credentials in one record epoch.
    pub(super) fn record(&self, epoch: u32) -> MacKey {
        MacKey::new(&subkey(&self.0.root, format!("{}{epoch}", LABELS.record).as_bytes()))
    }

    /// The prepared subkey for the tags of events.
    pub(super) fn event(&self) -> MacKey {
        MacKey::new(&subkey(&self.0.root, LABELS.event))
    }

    /// Derives the subkeys: HKDF-SHA-256 (RFC 5869) over the characters of the key, without a salt.
    fn prepare(key: &[u8; KEY_LENGTH]) -> Self {
        let (mut extracted, _) = Hkdf::<Sha256>::extract(None, key);
        let root = MacKey::new(extracted.as_ref());
        extracted.as_mut_slice().zeroize();
        let id = subkey(&root, LABELS.id);
        let mut id = id.iter().copied();
        Self(Box::new(Prepared {
            key: Zeroizing::new(*key),
            id: MasterKeyId::from_bytes(array::from_fn(|_| id.next().unwrap_or_default())),
            seal: XChaCha20Poly1305::new((&*subkey(&root, LABELS.seal)).into()),
            digests: Vec::new(),
            root,
        }))
    }
}

/// The first 32 bytes of RFC 5869's expansion: HMAC(root, label ‖ 1). Written out because the crate's
/// own takes any length, and so can fail; this cannot, and needs no answer to a failure.
pub(super) fn subkey(root: &MacKey, label: &[u8]) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(root.code([label, &[1]]))
}

impl FromStr for MasterKey {
    type Err = MasterKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim_ascii().as_bytes();
        let (body, checksum) =
            text.split_last_chunk::<CHECKSUM_LENGTH>().ok_or(MasterKeyError::Shape)?;
        let key = body
            .strip_prefix(PREFIX.as_bytes())
            .and_then(|key| <&[u8; KEY_LENGTH]>::try_from(key).ok())
            .ok_or(MasterKeyError::Shape)?;
        if !base62::is_base62(key) || !base62::is_base62(checksum) {
            return Err(MasterKeyError::Shape);
        }
        if *checksum != base62::checksum(body) {
            return Err(MasterKeyError::Checksum);
        }
        Ok(Self::prepare(key))
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MasterKey({})", self.id())
    }
}

/// Why a text is not a master key. The text itself is never repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MasterKeyError {
    /// Wrong length, beginning or alphabet.
    #[error(
        "a master key is `keyward_master_` and 49 characters of 0-9A-Za-z: copy it whole, or make one with `MasterKey::generate`"
    )]
    Shape,
    /// The shape is right, but a character was mistyped.
    #[error("the master key's checksum does not match: a character was mistyped, copy it again")]
    Checksum,
}

#[cfg(test)]
mod tests {
    use super::{LABELS, MasterKey, MasterKeyError, Prepared, digest_label, subkey};
    use crate::secrets::golden;
    use crate::secrets::mac::MacKey;
    use crate::values::{Brand, KindWord};
    use hkdf::Hkdf;
    use sha2::Sha256;
    use zeroize::ZeroizeOnDrop;

    #[test]
    fn text_reads_back_and_white_space_around_it_is_forgiven() {
        let key = MasterKey::generate().unwrap();
        let text = key.expose_text();
        for padded in [text.to_string(), format!("{}\n", *text), format!(" \t{}\r\n", *text)] {
            let read: MasterKey = padded.parse().unwrap();
            assert_eq!(read.expose_text(), text);
            assert_eq!(read.id(), key.id());
        }
    }

    #[test]
    fn the_text_is_as_long_as_its_buffer_so_that_none_was_left_behind() {
        let text = golden::master_key().expose_text();
        assert_eq!(text.capacity(), text.len());
    }

    #[test]
    fn every_single_changed_byte_is_refused() {
        for place in 0..golden::MASTER_KEY.len() {
            for other in 0..128_u8 {
                let mut changed = golden::MASTER_KEY.as_bytes().to_vec();
                changed[place] = other;
                let text = String::from_utf8(changed).unwrap();
                let same = text == golden::MASTER_KEY;
                assert_eq!(text.parse::<MasterKey>().is_ok(), same, "{other} at {place}");
            }
        }
    }

    #[test]
    fn each_bad_text_gets_the_rule_it_breaks() {
        let text = golden::MASTER_KEY;
        let shapes = [
            String::new(),
            text.replacen("keyward", "Keyward", 1),
            text.replacen('0', "", 1),
            text.replacen('0', "00", 1),
            text.replacen('0', "-", 1),
            text.replacen('0', "\u{e9}", 1),
            text.replacen("master_", "master_ ", 1),
            format!("{text}\u{a0}"),
            format!("{}-", &text[..text.len() - 1]),
            text.repeat(1_000),
        ];
        for bad in shapes {
            assert_eq!(bad.parse::<MasterKey>().unwrap_err(), MasterKeyError::Shape, "{bad}");
        }
        let mistyped = text.replacen('0', "1", 1).parse::<MasterKey>();
        assert_eq!(mistyped.unwrap_err(), MasterKeyError::Checksum);
    }

    #[test]
    fn subkeys_are_those_of_the_hkdf_crate_and_all_differ() {
        let (extracted, hkdf) = Hkdf::<Sha256>::extract(None, golden::KEY);
        let root = MacKey::new(extracted.as_ref());
        let word = |text| KindWord::new(text).unwrap();
        let brands = ["kw", "acme"].map(|text| Brand::new(text).unwrap());
        let mut labels = vec![
            LABELS.id.to_vec(),
            LABELS.seal.to_vec(),
            LABELS.event.to_vec(),
            b"keyward/v1/record/0".to_vec(),
            b"keyward/v1/record/10".to_vec(),
        ];
        for brand in brands {
            let of = |kind| digest_label(brand, kind).into_bytes();
            labels.extend(["app", "track"].map(word).map(of));
        }
        let ours = labels.iter().map(|label| {
            let mut theirs = [0; 32];
            hkdf.expand(label, &mut theirs).unwrap();
            assert_eq!(*subkey(&root, label), theirs);
            theirs
        });
        assert_eq!(ours.collect::<std::collections::BTreeSet<_>>().len(), 9);
    }

    #[test]
    fn debug_shows_the_id_and_nothing_of_the_key() {
        let key = golden::master_key();
        assert_eq!(format!("{key:?}"), format!("MasterKey({})", golden::MASTER_KEY_ID));
    }

    /// Fails to compile where a part, for want of a feature of its crate, is not wiped.
    #[test]
    fn every_part_wipes_itself() {
        fn wiped<T: ZeroizeOnDrop>(_: &T) {}
        let Prepared { key, id: _, root, seal, digests } = *golden::master_key().0;
        wiped(&key);
        wiped(&seal);
        // `mac.rs` shows it of these.
        let _: (MacKey, Vec<MacKey>) = (root, digests);
    }
}
