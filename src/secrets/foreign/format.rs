//! The format of the keys of another system.

use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256, Sha512};

use super::hash::{ForeignHash, UnreadableHash};
use super::lookup_prefix::LookupPrefix;
use super::scheme::SlowScheme;
use super::scheme_text::salted;
use super::stored_text::decoded;

/// The format of the keys of another system: which texts can be such keys, which part of a text is hashed, how, and what must match.
///
/// Declare each with [`Builder::import`](crate::Builder::import). Narrow it down with [`starting_with`](Self::starting_with) and
/// [`length`](Self::length): a made-up text that fits a format costs one read of the store, and any other text costs a few
/// comparisons.
///
/// ```
/// use keyward::imports::{ForeignHash, ImportFormat};
///
/// // A table with the SHA-256 of each key.
/// let plain = ImportFormat::sha256("old").starting_with("acme_").length(40..=40);
/// assert_eq!(plain.name(), "old");
///
/// // A format of your own: only the part after the last dot is hashed, and the part before it must match.
/// let own = ImportFormat::custom("dotted", 32, |text| {
///     let (id, secret) = text.rsplit_once('.')?;
/// #   let my_hash = |secret: &str| [secret.len() as u8; 32];
///     Some(ForeignHash::new(&my_hash(secret))?.matching(id))
/// });
/// # let _ = own;
/// ```
#[derive(Clone)]
pub struct ImportFormat {
    pub(super) name: Arc<str>,
    pub(super) start: Box<str>,
    pub(super) length: RangeInclusive<usize>,
    pub(super) part: HashedPart,
    pub(super) algorithm: Algorithm,
    /// In front of each stored hash.
    pub(super) stored_start: Box<str>,
}

/// Which part of a key is hashed, and which part must match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum HashedPart {
    /// The whole key is hashed.
    Whole,
    /// What follows the first `|` is hashed, and what precedes it must match.
    AfterBar,
    /// What follows the last `_` is hashed, and the word in front of it must match.
    LastWord,
}

impl HashedPart {
    /// Returns the part that is hashed and the part that must match. Returns `None` if the text does not have both.
    fn of(self, text: &str) -> Option<(&str, &str)> {
        let (hashed, matching) = match self {
            Self::Whole => return Some((text, "")),
            Self::AfterBar => text.split_once('|').map(|(id, token)| (token, id))?,
            Self::LastWord => {
                let (rest, long) = text.rsplit_once('_')?;
                (long, rest.rsplit_once('_')?.1)
            }
        };
        (!hashed.is_empty() && !matching.is_empty()).then_some((hashed, matching))
    }
}

type OwnHash = dyn Fn(&str) -> Option<ForeignHash> + Send + Sync;

#[derive(Clone)]
pub(super) enum Algorithm {
    Sha256,
    Sha512,
    /// `None` if the pepper is not known, in a tool that only imports rows.
    HmacSha256(Option<Box<Hmac<Sha256>>>),
    Custom {
        length: usize,
        hash: Arc<OwnHash>,
    },
    Salted(LookupPrefix),
}

/// A hash that was read from a row.
pub(crate) struct StoredHash {
    pub(crate) hash: ForeignHash,
    /// How the hash was computed, if it is salted.
    pub(crate) scheme: Option<SlowScheme>,
}

/// The longest text of a key in bytes.
const LONGEST: usize = 255;

/// The shortest one, unless the host sets another. A shorter key can be guessed.
const SHORTEST: usize = 16;

impl ImportFormat {
    /// The SHA-256 (FIPS 180-4) of the whole key. You choose the name of the format, which the rows of an import refer to.
    #[must_use]
    pub fn sha256(name: &str) -> Self {
        Self::new(name, Algorithm::Sha256)
    }

    /// The SHA-512 (FIPS 180-4) of the whole key.
    #[must_use]
    pub fn sha512(name: &str) -> Self {
        Self::new(name, Algorithm::Sha512)
    }

    /// The HMAC-SHA-256 (RFC 2104) of the whole key under a pepper, which the store never holds. Without the pepper, no key of
    /// this format verifies.
    #[must_use]
    pub fn hmac_sha256(name: &str, pepper: &[u8]) -> Self {
        // An HMAC takes a key of any length, so this never fails.
        let prepared = Hmac::<Sha256>::new_from_slice(pepper);
        let none = || Hmac::<Sha256>::new(&[0; 64].into());
        let prepared = Box::new(prepared.unwrap_or_else(|_| none()));
        Self::new(name, Algorithm::HmacSha256(Some(prepared)))
    }

    /// A format of your own. `hash` returns what the other system stores for a key: `length` bytes, from 16 to 64, and the part that must
    /// match, if there is one. It returns `None` for a text that is not such a key.
    ///
    /// The name is part of what is stored, so it must never change. `hash` must be fast, because callers choose the texts that it is
    /// called with. It must always return the same for a text: a node does not call it again for a key that it has verified. So do not
    /// look up blocked keys in it; suspend the credential.
    #[must_use]
    pub fn custom(
        name: &str,
        length: usize,
        hash: impl Fn(&str) -> Option<ForeignHash> + Send + Sync + 'static,
    ) -> Self {
        Self::new(name, Algorithm::Custom { length, hash: Arc::new(hash) })
    }

    /// Salted or slow hashes: bcrypt, scrypt, Argon2id (version 19), and PBKDF2 with SHA-256 or SHA-512. A key is found by its `prefix`,
    /// which the rows of an import have as the part that [must match](crate::imports::ImportRow::matching). The name is part of what is
    /// stored, so it must never change.
    ///
    /// A row has the hash as the text that the other system's library writes, which contains the salt and the cost: a bcrypt text
    /// (`$2a$`, `$2b$` or `$2y$`), a PHC string (`$argon2id$`, `$scrypt$`, `$pbkdf2-sha256$`, `$pbkdf2-sha512$`), or the text of Django's
    /// `make_password`. All but Argon2id need the feature `salted-imports`. An import refuses a row whose cost is out of bounds. bcrypt
    /// cannot tell keys apart that differ only after their first 72 bytes, so a longer key never verifies.
    ///
    /// The first use of a key computes its slow hash, on the threads for Argon2id and behind the same gate, and writes the native digest
    /// of the key. Later uses compute none. If the write fails, the next use computes the hash again.
    /// A key with an unknown prefix costs one read and no slow hash.
    ///
    /// ```
    /// # use keyward::{history::*, kind::*, manage::*, operate::*, time::*, *};
    /// use keyward::imports::{Import, ImportFormat, ImportRow, LookupPrefix};
    ///
    /// # pollster::block_on(async {
    /// # let keys = MasterKeys::new(MasterKey::generate()?);
    /// let keyward = Keyward::builder(MemoryStore::new(), keys)
    /// #     .slow_hash(SlowHashParams::dangerous_cheap())
    ///     .import::<App>(ImportFormat::salted("old", LookupPrefix::until('.')).length(41..=41))
    ///     .build()?;
    /// let operator = Operator::new(ActorId::new("migration")?).acting_for(AccountId::new("acme")?);
    /// let manager = keyward.manager(&operator);
    /// # let shop = WorkspaceId::new("acme/shop")?;
    /// # manager.create_workspace(NewWorkspace::new(shop.clone(), Name::new("Shop")?)).await?;
    ///
    /// // The prefix and the hash of a customer's key, from the table of the old service.
    /// let hash = "$argon2id$v=19$m=64,t=2,p=1$HO5G3Up3dorW65XsBr+8qg$/ba54FwDrmzATPIQXJWTqxyWyhRkzWZAj9eV9GEU2yA";
    /// let row = ImportRow::new("old", Name::new("Backend")?, hash).matching("argon2aa");
    /// manager.import(Import::new(shop.clone(), [row])).await?;
    ///
    /// let key = "argon2aa.qTzW2mVb8LxKc4RnJp7YhGdS5fAe0uHi";
    /// let proof = keyward.verify(&Attempt::app(key)).await?;
    /// assert_eq!(proof.workspace(), &shop);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    #[must_use]
    pub fn salted(name: &str, prefix: LookupPrefix) -> Self {
        Self::new(name, Algorithm::Salted(prefix))
    }

    pub(super) fn new(name: &str, algorithm: Algorithm) -> Self {
        Self {
            name: name.into(),
            start: Box::default(),
            length: SHORTEST..=LONGEST,
            part: HashedPart::Whole,
            algorithm,
            stored_start: Box::default(),
        }
    }

    /// Sets how every key begins. The beginning is part of the key, and is hashed with it.
    #[must_use]
    pub fn starting_with(mut self, start: &str) -> Self {
        self.start = start.into();
        self
    }

    /// Sets the length of a whole key in bytes; 16 to 255 by default. No key is longer than 255 bytes.
    #[must_use]
    pub fn length(mut self, bytes: RangeInclusive<usize>) -> Self {
        self.length = bytes;
        self
    }

    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(super) const fn hashing(mut self, part: HashedPart) -> Self {
        self.part = part;
        self
    }

    pub(super) fn stored_after(mut self, start: &str) -> Self {
        self.stored_start = start.into();
        self
    }

    /// Returns `true` if the text can be a key of this format, without hashing it.
    pub(crate) fn fits(&self, text: &str) -> bool {
        text.len() <= LONGEST
            && self.length.contains(&text.len())
            && text.starts_with(&*self.start)
            && text.bytes().all(|byte| byte.is_ascii_graphic())
            && match &self.algorithm {
                Algorithm::Salted(prefix) => prefix.of(text).is_some(),
                _ => self.part.of(text).is_some(),
            }
    }

    /// Returns `true` if the hashes are salted.
    pub(crate) const fn is_salted(&self) -> bool {
        matches!(self.algorithm, Algorithm::Salted(_))
    }

    /// Returns the part of a key that is hashed with a salt. Returns `None` if the hashes are not salted.
    pub(crate) fn hashed_with_salt<'t>(&self, text: &'t str) -> Option<&'t str> {
        match &self.algorithm {
            Algorithm::Salted(prefix) => prefix.of(text).map(|(_, hashed)| hashed),
            _ => None,
        }
    }

    /// Returns the hash that the other system keeps of this key, or what takes its place if the hash is salted. Returns `None` for a text
    /// of another format.
    pub(crate) fn hash(&self, text: &str) -> Option<ForeignHash> {
        if !self.fits(text) {
            return None;
        }
        let (hashed, matching) = self.part.of(text)?;
        let hash = match &self.algorithm {
            Algorithm::Sha256 => ForeignHash::new(&Sha256::digest(hashed))?,
            Algorithm::Sha512 => ForeignHash::new(&Sha512::digest(hashed))?,
            Algorithm::HmacSha256(prepared) => {
                let prepared = prepared.as_deref()?.clone();
                let code = prepared.chain_update(hashed).finalize();
                ForeignHash::new(&code.into_bytes())?
            }
            Algorithm::Custom { length, hash } => {
                return hash(text).filter(|hash| hash.bytes().len() == *length);
            }
            Algorithm::Salted(prefix) => {
                let (prefix, _) = prefix.of(text)?;
                return Some(ForeignHash::of_key(text)?.matching(prefix));
            }
        };
        Some(hash.matching(matching))
    }

    /// Reads a hash as the other system stores it.
    pub(crate) fn stored(
        &self,
        text: &str,
        matching: Option<&str>,
    ) -> Result<StoredHash, UnreadableHash> {
        let length = match &self.algorithm {
            Algorithm::Salted(_) => return self.stored_salted(text, matching),
            Algorithm::Sha256 | Algorithm::HmacSha256(_) => 32,
            Algorithm::Sha512 => 64,
            Algorithm::Custom { length, .. } => *length,
        };
        let text = text.strip_prefix(&*self.stored_start).ok_or(UnreadableHash::Bytes)?;
        let bytes = decoded(text, length).ok_or(UnreadableHash::Bytes)?;
        let hash = ForeignHash::new(&bytes).ok_or(UnreadableHash::Bytes)?;
        match (&self.algorithm, self.part, matching) {
            (Algorithm::Custom { .. }, _, _) | (_, HashedPart::Whole, None) => {}
            (_, HashedPart::Whole, Some(_)) => return Err(UnreadableHash::UnusedMatching),
            (_, _, None) => return Err(UnreadableHash::NoMatching),
            (_, _, Some(matching)) if self.can_match(matching) => {}
            _ => return Err(UnreadableHash::WrongMatching),
        }
        Ok(StoredHash { hash: hash.matching(matching.unwrap_or_default()), scheme: None })
    }

    /// Reads a salted hash, whose text says how long it is.
    fn stored_salted(
        &self,
        text: &str,
        matching: Option<&str>,
    ) -> Result<StoredHash, UnreadableHash> {
        let read = salted(text)?;
        let prefix = matching.ok_or(UnreadableHash::NoMatching)?;
        if !self.can_match(prefix) {
            return Err(UnreadableHash::WrongMatching);
        }
        let hash = ForeignHash::of_output(&read.output).matching(prefix);
        Ok(StoredHash { hash, scheme: Some(read.scheme) })
    }

    /// Returns `true` if a key can have this part that must match. Otherwise its row would be imported, and no key would ever verify.
    fn can_match(&self, matching: &str) -> bool {
        let is_printable = !matching.is_empty() && matching.bytes().all(|it| it.is_ascii_graphic());
        is_printable
            && match (&self.algorithm, self.part) {
                (Algorithm::Salted(prefix), _) => {
                    let start = &*self.start;
                    let begins = matching.starts_with(start) || start.starts_with(matching);
                    begins && matching.len() < *self.length.end() && prefix.can_be(matching)
                }
                (_, HashedPart::AfterBar) => !matching.contains('|'),
                // A format whose whole key is hashed has no such part.
                (_, HashedPart::LastWord | HashedPart::Whole) => !matching.contains('_'),
            }
    }

    /// Returns the name of the algorithm, which is part of what is stored.
    pub(super) fn label(&self) -> [&str; 2] {
        match &self.algorithm {
            Algorithm::Sha256 => ["sha256", ""],
            Algorithm::Sha512 => ["sha512", ""],
            Algorithm::HmacSha256(_) => ["hmac-sha256", ""],
            Algorithm::Custom { .. } => ["custom", &self.name],
            Algorithm::Salted(_) => ["salted", &self.name],
        }
    }
}

impl fmt::Debug for ImportFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the algorithm, which can contain a pepper.
        let Self { name, start, length, .. } = self;
        let mut shown = f.debug_struct("ImportFormat");
        shown.field("name", name).field("start", start).field("length", length);
        shown.finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::{ImportFormat, LookupPrefix};

    #[test]
    fn a_look_up_prefix_leaves_room_for_the_rest_of_the_key() {
        let format = ImportFormat::salted("old", LookupPrefix::until('.')).length(16..=20);
        for (length, fits) in [(19, true), (20, false), (21, false)] {
            assert_eq!(format.can_match(&"a".repeat(length)), fits, "{length}");
        }
    }

    /// Some programs end a text at a NUL, so two texts would be one key.
    #[test]
    fn only_printable_ascii_without_spaces_is_hashed() {
        let salted = ImportFormat::salted("old", LookupPrefix::first(8));
        for format in [ImportFormat::sha256("old"), salted] {
            assert!(format.hash("0123456789abcdef").is_some());
            for other in ["\0", " ", "\n", "\u{7f}", "é"] {
                for text in [format!("0123456789abcdef{other}"), format!("0123456789{other}abcdef")]
                {
                    assert!(!format.fits(&text) && format.hash(&text).is_none(), "{text:?}");
                }
            }
        }
    }

    #[test]
    fn only_a_text_of_the_right_length_and_beginning_is_hashed() {
        let format = ImportFormat::sha256("old").starting_with("acme_").length(20..=24);
        for (length, fits) in [(19, false), (20, true), (24, true), (25, false)] {
            for (start, begins) in [("acme_", true), ("acme.", false)] {
                let text = format!("{start}{}", "a".repeat(length - start.len()));
                assert_eq!(format.fits(&text), fits && begins, "{text}");
                assert_eq!(format.hash(&text).is_some(), fits && begins, "{text}");
            }
        }
    }
}
