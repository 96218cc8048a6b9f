//! Texts that anyone can write who has read the documentation: a key's shape and checksum, with another secret.

use keyward::{CredentialId, kind::KindWord};

/// The alphabet of ids, secrets and checksums.
pub const ALPHABET: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The lengths of the id, the secret and the checksum.
pub const ID: usize = 12;
pub const SECRET: usize = 43;
pub const CHECKSUM: usize = 6;

/// The number in base62, zero-padded.
pub fn digits<const N: usize>(mut number: u64) -> [u8; N] {
    let mut digits = [b'0'; N];
    for place in digits.iter_mut().rev() {
        *place = *ALPHABET.as_bytes().get(usize::try_from(number % 62).unwrap()).unwrap();
        number /= 62;
    }
    digits
}

/// A key text of the default brand with a right checksum. The secret is the number.
pub fn key(kind: KindWord, id: CredentialId, secret: u64) -> String {
    let mut text = format!("kw_{kind}_{id}");
    text.extend(digits::<SECRET>(secret).map(char::from));
    with_checksum(text)
}

/// All of a key text but its checksum, with the checksum.
pub fn with_checksum(mut text: String) -> String {
    let checksum = crc32fast::hash(text.as_bytes());
    text.extend(digits::<CHECKSUM>(u64::from(checksum)).map(char::from));
    text
}

/// The same for a borrowed text.
pub fn sealed(body: &str) -> String {
    with_checksum(body.to_owned())
}

/// A key text without its checksum.
pub fn body(text: &str) -> &str {
    &text[..text.len() - CHECKSUM]
}

/// Returns the text before the secret of a key text.
pub fn before_secret(text: &str) -> &str {
    let body = body(text);
    &body[..body.len() - SECRET]
}

/// A key text with another secret and a right checksum.
pub fn with_secret(text: &str, secret: &str) -> String {
    sealed(&format!("{}{secret}", before_secret(text)))
}

/// A well-formed key text whose secret is wrong.
pub fn with_wrong_secret(text: &str) -> String {
    with_secret(text, &"0".repeat(SECRET))
}
