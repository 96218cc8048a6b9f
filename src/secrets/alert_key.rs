//! The signatures of alerts about leaked keys: ECDSA on P-256 with SHA-256.

use base64ct::{Base64, Encoding};
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{DerSignature, VerifyingKey};
use p256::pkcs8::DecodePublicKey;
use sha2::{Digest, Sha256};

/// The maximum length of a signature in bytes: two numbers of 33 bytes, with their tags and lengths.
const LONGEST_SIGNATURE: usize = 72;

/// A public key that signs alerts.
#[derive(Debug, Clone)]
pub(crate) struct AlertKey(VerifyingKey);

impl AlertKey {
    /// Reads a key in the PEM form of a `SubjectPublicKeyInfo`. Returns `None` for any other text, and for other curves.
    pub(crate) fn from_pem(pem: &str) -> Option<Self> {
        VerifyingKey::from_public_key_pem(pem).ok().map(Self)
    }

    /// Returns `true` if this key has signed these bytes. The signature is base64 of DER.
    pub(crate) fn has_signed(&self, bytes: &[u8], signature: &str) -> bool {
        let mut buffer = [0; LONGEST_SIGNATURE];
        let Ok(der) = Base64::decode(signature, &mut buffer) else { return false };
        let Ok(signature) = DerSignature::try_from(der) else { return false };
        self.0.verify(bytes, &signature).is_ok()
    }
}

/// Returns the SHA-256 hash of a found text in hexadecimal digits, by which an answer names the text.
pub(crate) fn found_text_hash(text: &str) -> String {
    let hash = Sha256::digest(text.as_bytes());
    let digits = hash.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

#[cfg(test)]
mod tests {
    use super::{AlertKey, found_text_hash};

    /// The example that GitHub publishes.
    const PEM: &str = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEYAGMWO8XgCamYKMJS6jc/qgvSlAd\nAjPuDPRcXU22YxgBrz+zoN19MzuRyW87qEt9/AmtoNP5GrobzUvQSyJFVw==\n-----END PUBLIC KEY-----\n";
    const BODY: &str = r#"[{"source":"commit","token":"some_token","type":"some_type","url":"https://example.com/base-repo-url/"}]"#;
    const SIGNATURE: &str = "MEQCIQDaMKqrGnE27S0kgMrEK0eYBmyG0LeZismAEz/BgZyt7AIfXt9fErtRS4XaeSt/AO1RtBY66YcAdjxji410VQV4xg==";

    #[test]
    fn the_published_example_verifies_and_nothing_else_does() {
        let key = AlertKey::from_pem(PEM).unwrap();
        assert!(key.has_signed(BODY.as_bytes(), SIGNATURE));
        assert!(!key.has_signed(BODY.replacen("commit", "Commit", 1).as_bytes(), SIGNATURE));
        for place in 0..SIGNATURE.len() {
            let mut changed = SIGNATURE.as_bytes().to_vec();
            changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert!(!key.has_signed(BODY.as_bytes(), &changed), "{place}");
        }
        for wrong in ["", "=", "AAAA", &SIGNATURE.repeat(2)] {
            assert!(!key.has_signed(BODY.as_bytes(), wrong), "{wrong}");
        }
    }

    #[test]
    fn only_a_public_key_of_the_curve_is_read() {
        for wrong in ["", "x", &PEM.replacen("YAGM", "YAGN", 1), &PEM.replacen("DAQc", "DAQd", 1)] {
            assert!(AlertKey::from_pem(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_text_is_named_by_its_sha_256() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(found_text_hash(""), empty);
    }
}
