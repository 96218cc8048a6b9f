//! Published test vectors, run through Keyward's own code. `tests/vectors/README.md` lists their sources.

use std::path::Path;

use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use serde_json::Value;
use sha2::Sha256;

use super::mac::MacKey;
use super::master_key::subkey;
use super::seal::{decrypt, encrypt};
use super::{Matches, SlowHash, SlowHashMemory, SlowHashParams};
use crate::values::{Brand, CredentialId, Identity, KindWord};

fn read(file: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    std::fs::read_to_string(folder.join(file)).unwrap()
}

/// A case of a Wycheproof set, with its group.
struct Vector {
    group: Value,
    case: Value,
}

impl Vector {
    /// Returns all cases of a set, and checks their number.
    fn all(file: &str) -> Vec<Self> {
        let set: Value = serde_json::from_str(&read(file)).unwrap();
        let groups = set["testGroups"].as_array().unwrap();
        let cases: Vec<Self> = groups
            .iter()
            .flat_map(|group| {
                let cases = group["tests"].as_array().unwrap();
                cases.iter().map(|case| Self { group: group.clone(), case: case.clone() })
            })
            .collect();
        assert_eq!(Some(cases.len() as u64), set["numberOfTests"].as_u64(), "{file}");
        cases
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        let text = self.case[name].as_str().unwrap();
        let digits = |place| u8::from_str_radix(&text[place..place + 2], 16).unwrap();
        (0..text.len()).step_by(2).map(digits).collect()
    }

    fn number(&self, name: &str) -> usize {
        usize::try_from(self.case[name].as_u64().unwrap()).unwrap()
    }

    fn is_valid(&self) -> bool {
        self.case["result"] == "valid"
    }

    fn name(&self) -> String {
        format!("case {}: {}", self.case["tcId"], self.case["comment"])
    }
}

#[test]
fn wycheproof_xchacha20_poly1305_through_the_seal() {
    let mut other_nonces = 0;
    for case in Vector::all("xchacha20_poly1305_test.json") {
        let key: [u8; 32] = case.bytes("key").try_into().unwrap();
        let cipher = XChaCha20Poly1305::new(&key.into());
        let (associated, message) = (case.bytes("aad"), case.bytes("msg"));
        let Ok(nonce) = <[u8; 24]>::try_from(case.bytes("iv")) else {
            assert!(!case.is_valid(), "{}", case.name());
            other_nonces += 1;
            continue;
        };
        let tag = <[u8; 16]>::try_from(case.bytes("tag")).unwrap();
        let mut opened = case.bytes("ct");
        let answer = decrypt(&cipher, &nonce, &associated, &mut opened, &tag);
        assert_eq!(answer.is_ok(), case.is_valid(), "{}", case.name());
        if case.is_valid() {
            assert_eq!(opened, message, "{}", case.name());
            let mut sealed = message;
            let made = encrypt(&cipher, &nonce, &associated, &mut sealed).unwrap();
            assert_eq!(
                (sealed, <[u8; 16]>::from(made)),
                (case.bytes("ct"), tag),
                "{}",
                case.name()
            );
        }
    }
    // Nonces of another length are not representable, because the type is an array.
    let named = Vector::all("xchacha20_poly1305_test.json");
    assert_eq!(other_nonces, named.iter().filter(|case| case.group["ivSize"] != 192).count());
}

/// The subkeys of Keyward are the first 32 bytes of an expansion, which do not depend on the output length.
#[test]
fn wycheproof_hkdf_sha_256_through_the_subkeys() {
    for case in Vector::all("hkdf_sha256_test.json") {
        let (salt, info, expected) = (case.bytes("salt"), case.bytes("info"), case.bytes("okm"));
        let (extracted, hkdf) = Hkdf::<Sha256>::extract(Some(&salt), &case.bytes("ikm"));
        let mut expanded = vec![0; case.number("size")];
        let answer = hkdf.expand(&info, &mut expanded);
        assert_eq!(answer.is_ok(), case.is_valid(), "{}", case.name());
        if case.is_valid() {
            assert_eq!(expanded, expected, "{}", case.name());
            let ours = subkey(&MacKey::new(extracted.as_ref()), &info);
            let compared = expected.len().min(32);
            assert_eq!(ours[..compared], expected[..compared], "{}", case.name());
        }
    }
}

/// Keyward prepares keys of at most one block. The set also has longer ones, which only the crate handles.
#[test]
fn wycheproof_hmac_sha_256_through_the_digest() {
    let mut ours = 0;
    for case in Vector::all("hmac_sha256_test.json") {
        let (key, message, tag) = (case.bytes("key"), case.bytes("msg"), case.bytes("tag"));
        let computed = if key.len() <= 64 {
            ours += 1;
            let mut block = [0; 64];
            block[..key.len()].copy_from_slice(&key);
            MacKey::of_block(&block).code([&message, &[]])
        } else {
            let whole = Hmac::<Sha256>::new_from_slice(&key).unwrap();
            whole.chain_update(&message).finalize().into_bytes().into()
        };
        assert_eq!(computed[..tag.len()] == tag[..], case.is_valid(), "{}", case.name());
    }
    assert!(ours > 100, "{ours} cases used our own preparation");
}

/// The vectors of the tests of the reference implementation: passes, memory in KiB, lanes, password, salt.
#[test]
fn argon2id_of_the_reference_implementation() {
    let answers = [
        (
            "password",
            "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        ),
        (
            "password",
            "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        ),
        (
            "password",
            "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
        ),
        (
            "password",
            "$argon2id$v=19$m=65536,t=1,p=1$c29tZXNhbHQ$9qWtwbpyPd3vm1rB1GThgPzZ3/ydHL92zKL+15XZypg",
        ),
        (
            "password",
            "$argon2id$v=19$m=65536,t=4,p=1$c29tZXNhbHQ$kCXUjmjvc5XMqQedpMTsOv+zyJEf5PhtGiUghW9jFyw",
        ),
        (
            "differentpassword",
            "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$C4TWUs9rDEvq7w3+J4umqA32aWKB1+DSiRuBfYxFj94",
        ),
        (
            "password",
            "$argon2id$v=19$m=65536,t=2,p=1$ZGlmZnNhbHQ$vfMrBczELrFdWP0ZsfhWsRPaHppYdP3MVEMIVlqoFBw",
        ),
        (
            "password",
            "$argon2id$v=19$m=262144,t=2,p=1$c29tZXNhbHQ$eP4eyR+zqlZX1y5xCFTkw9m5GYx0L5YWwvCFvtlbLow",
        ),
    ];
    let mut memory = SlowHashMemory::keeping(SlowHashParams::owasp());
    for (password, text) in answers {
        let hash = SlowHash::parse(text).unwrap();
        let verdict = hash.verify_message(password.as_bytes(), &mut memory);
        assert_eq!(verdict, Ok(Matches::Yes), "{text}");
    }
    let (_, text) = answers[1];
    let hash = SlowHash::parse(text).unwrap();
    assert_eq!(hash.verify_message(b"passwore", &mut memory), Ok(Matches::No));
}

/// The columns are brand, kind, id, secret and PHC string.
type Row = (Identity, [u8; 43], String);

fn rows(file: &str) -> Vec<Row> {
    let row = |line: &str| {
        let parts: Vec<&str> = line.split('\t').collect();
        let (brand, kind) = (Brand::new(parts[0]).unwrap(), KindWord::new(parts[1]).unwrap());
        let identity = Identity { brand, kind, id: CredentialId::new(parts[2]).unwrap() };
        (identity, parts[3].as_bytes().try_into().unwrap(), parts[4].to_owned())
    };
    read(file).lines().map(row).collect()
}

#[test]
fn hashes_made_by_argon2_cffi_verify_here() {
    let rows = rows("phc_by_argon2_cffi.tsv");
    assert!(rows.len() >= 24, "{} rows", rows.len());
    let mut memory = SlowHashMemory::keeping(SlowHashParams::owasp());
    for (identity, secret, text) in rows {
        let hash = SlowHash::parse(&text).unwrap();
        assert_eq!(hash.verify(&identity, &secret, &mut memory), Ok(Matches::Yes), "{text}");
        let mut other = secret;
        other.reverse();
        assert_eq!(hash.verify(&identity, &other, &mut memory), Ok(Matches::No), "{text}");
    }
}

/// `tests/argon2_cffi.py` verifies the same rows with the other implementation.
#[test]
fn argon2_cffi_verifies_the_hashes_made_here() {
    let mut memory = SlowHashMemory::keeping(SlowHashParams::owasp());
    let made = rows("phc_by_argon2_cffi.tsv").into_iter().zip(0_u8..).map(
        |((identity, secret, _), number)| {
            let params = if number == 0 {
                SlowHashParams::owasp()
            } else {
                SlowHashParams::dangerous_cheap()
            };
            let salt = [number; 16];
            let hash = SlowHash::hash(params, &identity, &secret, salt, &mut memory).unwrap();
            let secret = String::from_utf8(secret.to_vec()).unwrap();
            let Identity { brand, kind, id } = identity;
            format!("{brand}\t{kind}\t{id}\t{secret}\t{}\n", hash.as_str())
        },
    );
    let made: String = made.collect();
    assert_eq!(read("phc_by_keyward.tsv"), made, "the file should be:\n{made}");
}
