//! The imported keys that this process has verified. A later use of one computes a single code, like the use of a native key.

use std::sync::OnceLock;

use crate::secrets::{KeyedDigest, Matches, TextCode, TextKey, TextPlace};
use crate::shell::cache::{Cache, CacheKey};
use crate::values::{CredentialId, KindWord, Randomness};

/// The recognised keys by the codes of their texts. They say which credential a text had a secret of, and never that it still has: the
/// digest must still be one of the credential's.
#[derive(Debug)]
pub(in crate::shell) struct RecognisedKeys {
    key: OnceLock<TextKey>,
    keys: Cache<TextPlace, Recognised>,
    randomness: Randomness,
}

/// A recognised key.
#[derive(Debug, Clone)]
pub(crate) struct Recognised {
    code: TextCode,
    pub(crate) kind: KindWord,
    pub(crate) id: CredentialId,
    /// The digest that the secret of the text matched.
    pub(crate) digest: KeyedDigest,
}

impl CacheKey for TextPlace {
    fn first_byte(self) -> u8 {
        Self::first_byte(self)
    }
}

impl RecognisedKeys {
    /// Creates an empty set with at most `capacity` keys.
    pub(in crate::shell) fn new(capacity: usize, randomness: Randomness) -> Self {
        Self { key: OnceLock::new(), keys: Cache::new(capacity), randomness }
    }

    /// Calls `look` with the key that this text is, if it is recognised.
    #[inline]
    pub(super) fn with<T>(&self, text: &str, look: impl FnOnce(&Recognised) -> T) -> Option<T> {
        let code = self.key.get()?.code(text);
        let found = self.keys.with(code.place(), |known| match known.code.matches(&code) {
            Matches::Yes => Some(look(known)),
            Matches::No => None,
        });
        found.flatten()
    }

    /// Remembers that the secret of this text matched the digest. Without randomness it remembers nothing, and the next use is
    /// computed in full.
    pub(super) fn remember(
        &self,
        text: &str,
        kind: KindWord,
        id: CredentialId,
        digest: KeyedDigest,
    ) {
        let key = match self.key.get() {
            Some(key) => key,
            None => match TextKey::draw(&self.randomness) {
                Ok(drawn) => self.key.get_or_init(|| drawn),
                Err(_) => return,
            },
        };
        let code = key.code(text);
        let place = code.place();
        self.keys.insert(self.keys.epoch(place), place, Recognised { code, kind, id, digest });
    }
}

#[cfg(test)]
mod tests {
    use super::RecognisedKeys;
    use crate::secrets::{KeyedDigest, MasterKey};
    use crate::values::{Brand, CredentialId, Identity, KindWord, Randomness};

    fn digest(secret: &[u8; 43]) -> KeyedDigest {
        let id = CredentialId::new("abcdefghijkl").unwrap();
        let brand = Brand::IMPORTED;
        let identity = Identity { brand, kind: KindWord::App, id };
        KeyedDigest::stamp(&MasterKey::generate().unwrap(), &identity, secret)
    }

    #[test]
    fn only_the_remembered_text_is_recognised_and_the_latest_digest_is_kept() {
        let known = RecognisedKeys::new(2, Randomness::system());
        let id = CredentialId::new("abcdefghijkl").unwrap();
        assert!(known.with("one", |_| ()).is_none());
        for digest in [digest(&[b'a'; 43]), digest(&[b'b'; 43])] {
            known.remember("one", KindWord::App, id, digest.clone());
            let found = known.with("one", |found| (found.kind, found.id, found.digest.clone()));
            assert_eq!(found, Some((KindWord::App, id, digest)));
            assert!(known.with("onf", |_| ()).is_none());
        }
    }

    #[test]
    fn it_holds_no_more_than_its_capacity() {
        let known = RecognisedKeys::new(2, Randomness::system());
        let id = CredentialId::new("abcdefghijkl").unwrap();
        let texts: Vec<_> = (0..9).map(|number| format!("text {number}")).collect();
        for text in &texts {
            known.remember(text, KindWord::App, id, digest(&[b'a'; 43]));
        }
        assert_eq!(texts.iter().filter(|text| known.with(text, |_| ()).is_some()).count(), 2);
    }
}
