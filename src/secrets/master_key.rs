//! A master key, and the subkeys that are derived from it.

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

/// The prefix of the text of every master key, which people and secret scanners can recognise.
const PREFIX: &str = "keyward_master_";
/// The number of key characters after the prefix: 43 characters of an alphabet of 62 have 256 bits.
const KEY_LENGTH: usize = 43;

/// The purpose of each subkey: the `info` of RFC 5869. Each format version and use has its own, so no two uses share a key.
struct SubkeyLabels {
    id: &'static [u8],
    seal: &'static [u8],
    /// The record epoch in decimal digits follows.
    record: &'static str,
    event: &'static [u8],
}

const LABELS: SubkeyLabels = SubkeyLabels {
    id: b"keyward/v1/id",
    seal: b"keyward/v1/seal",
    record: "keyward/v1/record/",
    event: b"keyward/v1/event",
};

/// Returns the label of the subkey for digests of one brand and kind. Neither contains a slash.
fn digest_label(brand: Brand, kind: KindWord) -> String {
    format!("keyward/v1/digest/{brand}/{kind}")
}

/// A master key, which protects the stored digests and seals.
///
/// Its text form is `keyward_master_`, 43 characters of key (256 bits) and 6 characters of checksum. Store it in a secret manager
/// or an environment variable. Parsing ignores white space at either end, because files end in line breaks, and rejects a
/// mistyped key.
///
/// `Debug` shows only the [id](MasterKeyId). There is no `Display`, `Clone` or `Serialize`. The key is wiped on drop.
///
/// ```
/// use keyward::MasterKey;
///
/// let key = MasterKey::generate()?;
/// let kept = key.expose_text(); // store this in the secret manager
/// let read: MasterKey = kept.parse()?;
/// assert_eq!(read.id(), key.id());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct MasterKey(Box<Prepared>);

/// The key and its subkeys, which wipe themselves. They are on the heap, so that a move leaves no copy behind.
struct Prepared {
    key: Zeroizing<[u8; KEY_LENGTH]>,
    /// The key from which the subkeys are derived. The many subkeys for records are derived on demand.
    root: MacKey,
    id: MasterKeyId,
    seal: XChaCha20Poly1305,
    /// The subkeys for digests of the service's prefixes, by the index of the prefix.
    digests: Vec<MacKey>,
}

impl MasterKey {
    /// Generates a key from the random number generator of the operating system.
    pub fn generate() -> Result<Self, RandomnessError> {
        Self::draw(&Randomness::system())
    }

    pub(crate) fn draw(randomness: &Randomness) -> Result<Self, RandomnessError> {
        let key = Zeroizing::new(randomness.base62()?);
        Ok(Self::prepare(&key))
    }

    /// Returns the id, which is derived from the key. It has 64 bits, so two different keys do not share one in practice.
    #[must_use]
    pub fn id(&self) -> MasterKeyId {
        self.0.id
    }

    /// Returns the text of the key, to write it into a secret manager. Anyone who reads it can forge digests and open seals. The
    /// text is wiped on drop.
    #[must_use]
    pub fn expose_text(&self) -> Zeroizing<String> {
        // The buffer has its final size from the start, because a growing buffer leaves copies behind.
        let length = PREFIX.len() + KEY_LENGTH + CHECKSUM_LENGTH;
        let mut text = Zeroizing::new(String::with_capacity(length));
        text.push_str(PREFIX);
        text.extend(self.0.key.iter().copied().map(char::from));
        let checksum = base62::checksum(text.as_bytes());
        text.extend(checksum.map(char::from));
        text
    }

    /// Derives the subkeys for digests of these prefixes in advance, so that no verification has to.
    pub(super) fn prepare_for(&mut self, prefixes: &Prefixes) {
        let subkeys = prefixes.iter().map(|prefix| self.derive_digest(prefix.brand, prefix.kind));
        self.0.digests = subkeys.collect();
    }

    /// Returns the prepared subkey for digests of the prefix at this index, if there is one.
    pub(super) fn digest_at(&self, place: usize) -> Option<&MacKey> {
        self.0.digests.get(place)
    }

    /// Derives the subkey for digests of one brand and kind.
    pub(super) fn derive_digest(&self, brand: Brand, kind: KindWord) -> MacKey {
        MacKey::new(&subkey(&self.0.root, digest_label(brand, kind).as_bytes()))
    }

    /// Returns the subkey for seals.
    pub(super) fn seal(&self) -> &XChaCha20Poly1305 {
        &self.0.seal
    }

    /// Returns the subkey for tags of accounts, workspaces and credentials in one record epoch.
    pub(super) fn record(&self, epoch: u32) -> MacKey {
        MacKey::new(&subkey(&self.0.root, format!("{}{epoch}", LABELS.record).as_bytes()))
    }

    /// Returns the subkey for tags of events.
    pub(super) fn event(&self) -> MacKey {
        MacKey::new(&subkey(&self.0.root, LABELS.event))
    }

    /// Derives the subkeys with HKDF-SHA-256 (RFC 5869) from the characters of the key, without a salt.
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

/// Returns the first 32 bytes of the expansion of RFC 5869, which are HMAC(root, label ‖ 1). The function of the `hkdf` crate
/// takes any output length and can fail. This one cannot fail.
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

/// The error of parsing a master key. It does not repeat the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MasterKeyError {
    /// The length, the prefix or the alphabet is wrong.
    #[error(
        "a master key is `keyward_master_` and 49 characters of 0-9A-Za-z: copy the whole key, or generate one with `MasterKey::generate`"
    )]
    Shape,
    /// The checksum does not match, so a character was mistyped.
    #[error(
        "the checksum of the master key does not match: a character was mistyped, so copy the key again"
    )]
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
    fn text_round_trips_and_surrounding_white_space_is_ignored() {
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

    /// Does not compile if a part is not wiped, because a feature of its crate is off.
    #[test]
    fn every_part_wipes_itself() {
        fn wiped<T: ZeroizeOnDrop>(_: &T) {}
        let Prepared { key, id: _, root, seal, digests } = *golden::master_key().0;
        wiped(&key);
        wiped(&seal);
        // The test in `mac.rs` shows it for these types.
        let _: (MacKey, Vec<MacKey>) = (root, digests);
    }
}
