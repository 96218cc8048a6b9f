//! What stands for an imported key: the id of its credential, and the secret that its digest is made of.

use std::fmt;

use super::format::ImportFormat;
use super::hash::ForeignHash;
use crate::secrets::id_key::IdKey;
use crate::secrets::mac::MacKey;
use crate::secrets::plaintext::SecretText;
use crate::values::CredentialId;

/// What precedes the foreign hash in the message of the id. It is longer than an id, so no message is also one of an id's check.
const PURPOSE: &[u8] = b"keyward/v1/import\0";

/// The key under which ids of imported credentials are computed: the prepared [`IdKey`] of the store.
pub(crate) struct ImportKey(MacKey);

/// The id of an imported credential, and what takes the place of its secret.
pub(crate) struct StandIn {
    pub(crate) id: CredentialId,
    pub(crate) secret: SecretText,
}

impl ImportKey {
    pub(crate) fn new(key: &IdKey) -> Self {
        Self(key.prepared())
    }

    /// Computes what stands for a key with this hash.
    ///
    /// The id depends on the algorithm, the part that must match, and the hash unless it is salted. The secret is the hash: its first 43
    /// bytes, followed by zeros. Its subkey belongs to the reserved brand of imported keys, so nobody can present the hash itself.
    pub(crate) fn stand_in(&self, format: &ImportFormat, hash: &ForeignHash) -> StandIn {
        let mut message = Vec::with_capacity(64);
        message.extend(PURPOSE);
        for part in format.label().into_iter().chain([hash.part()]) {
            // No part reaches 4 GiB: a key has at most 255 bytes, and a name is the host's.
            message.extend(u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
            message.extend(part.as_bytes());
        }
        let found_by = if format.is_salted() { &[] } else { hash.bytes() };
        let code = self.0.code([&message, found_by]);
        let (first, _) = code.split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
        let id = CredentialId::computed(u128::from_be_bytes(*first));
        StandIn { id, secret: hash.secret() }
    }
}

impl fmt::Debug for ImportKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ImportKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::{ImportKey, StandIn};
    use crate::secrets::{ForeignHash, IdKey, ImportFormat, LookupPrefix};

    fn key(first: u8) -> ImportKey {
        let mut bytes = *b"\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f";
        bytes[0] = first;
        ImportKey::new(&IdKey::from_bytes(bytes))
    }

    fn id(key: &ImportKey, format: &ImportFormat, text: &str) -> String {
        key.stand_in(format, &format.hash(text).unwrap()).id.to_string()
    }

    /// `tests/golden.py` computes these ids.
    #[test]
    fn the_ids_of_imported_keys_are_fixed() {
        let text = "acme_0123456789abcdef";
        let custom = ImportFormat::custom("own", 16, |_| ForeignHash::new(&[7; 16]));
        let salted = ImportFormat::salted("own", LookupPrefix::until('_'));
        let ids = [
            id(&key(0), &ImportFormat::sha256("any"), text),
            id(&key(0), &ImportFormat::sha512("any"), text),
            id(&key(0), &ImportFormat::hmac_sha256("any", b"pepper"), text),
            id(&key(0), &ImportFormat::laravel_sanctum(), "17|acme_0123456789abcdef"),
            id(&key(0), &custom, text),
            id(&key(0), &salted, text),
        ];
        assert_eq!(ids, GOLDEN);
        // The name of a format is not part of the id, unless it is the host's own format.
        assert_eq!(id(&key(0), &ImportFormat::unkey(), text), ids[0]);
        assert_ne!(id(&key(1), &ImportFormat::sha256("any"), text), ids[0]);
        let renamed = ImportFormat::custom("other", 16, |_| ForeignHash::new(&[7; 16]));
        assert_ne!(id(&key(0), &renamed, text), ids[4]);
    }

    #[test]
    fn the_part_that_must_match_is_part_of_the_id_and_the_secret_is_the_hash() {
        let format = ImportFormat::laravel_sanctum();
        let [one, other] = ["1|acme_0123456789abcdef", "11|acme_0123456789abcdef"]
            .map(|text| key(0).stand_in(&format, &format.hash(text).unwrap()));
        assert_ne!(one.id, other.id);
        let StandIn { secret, .. } = one;
        assert_eq!(secret.expose(), other.secret.expose());
        assert_eq!(secret.expose()[32..], [0; 11]);
        let long = ImportFormat::sha512("any").hash("acme_0123456789abcdef").unwrap();
        let long = key(0).stand_in(&ImportFormat::sha512("any"), &long).secret;
        assert_ne!(long.expose()[32..], [0; 11]);
        assert_eq!(format!("{:?}", key(0)), "ImportKey(..)");
    }

    const GOLDEN: [&str; 6] = [
        "AILAozDqfVdF",
        "2zn8yUlBgTxu",
        "6RWcj66Xv9IE",
        "LtjgHqUiLZkN",
        "XT5qE5GqZCot",
        "f5h9TEoHjxME",
    ];
}
