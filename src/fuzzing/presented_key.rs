//! The parser of presented keys, and the whole verification.

use std::sync::LazyLock;

use crate::adapters::MemoryStore;
use crate::domain::{Denial, DenialReason};
use crate::fuzzing::support::{self, Ci, Hook, Live, Test, with_own_kinds};
use crate::kinds::{App, KeyShape, Kind, Track};
use crate::secrets::MasterKeys;
use crate::shell::{Attempt, Keyward, NotVerified, UnavailableReason};
use crate::values::{
    Brand, CredentialId, KindWord, MalformedKey, ManualClock, base62, parse, render,
};

/// The brand of the corpus. It is not the default brand, so that secret scanners do not report the keys.
const BRAND: &str = "fz";

/// The services under test: one with the default kinds, and one with four custom kinds.
static KEYWARDS: LazyLock<[Keyward; 2]> = LazyLock::new(|| {
    let builder = || {
        Keyward::builder(MemoryStore::new(), MasterKeys::new(support::master_key()))
            .brand(Brand::new(BRAND).unwrap())
            .clock(ManualClock::at("2030-01-01T00:00:00Z".parse().unwrap()))
            .cached_credentials(16)
    };
    [builder().build().unwrap(), with_own_kinds(builder()).build().unwrap()]
});

/// A text must parse if and only if a second parser accepts it. The printed form must equal the text. A denial must have the
/// right reason and must not contain the text.
pub fn presented_key(data: &[u8]) {
    check(data);
    // Mutation rarely finds a valid checksum, so the text is also parsed with the correct one.
    if let Some((body, _)) = data.split_last_chunk::<{ base62::CHECKSUM_LENGTH }>() {
        check(&[body, &digits_of(crc_32(body))].concat());
    }
}

fn check(text: &[u8]) {
    let [presets, own] = &*KEYWARDS;
    check_grammar(presets, text);
    check_grammar(own, text);
    // HTTP passes on UTF-8. The whole verification takes many times as long as the parser, so it runs for one text in sixteen,
    // with one of the two sets of kinds.
    let Ok(text) = str::from_utf8(text) else { return };
    match text.bytes().fold(0, u8::wrapping_add) % 32 {
        0 => {
            verify::<App>(presets, text);
            verify::<Track>(presets, text);
        }
        16 => {
            verify::<Live>(own, text);
            verify::<Test>(own, text);
            verify::<Hook>(own, text);
            verify::<Ci>(own, text);
        }
        _ => {}
    }
}

fn check_grammar(keyward: &Keyward, text: &[u8]) {
    let expected = expected(keyward, text);
    match parse(&keyward.inner().verifier.prefixes, text) {
        Ok(read) => {
            assert_eq!(expected, Ok(read.identity().kind));
            let printed = render(&read.identity(), read.secret);
            assert_eq!(printed.as_bytes(), text);
        }
        Err(malformed) => assert_eq!(expected, Err(malformed)),
    }
}

/// Presents a text as a key of the kind `K`, with its own public id and with an invalid one.
fn verify<K: Kind>(keyward: &Keyward, text: &str) {
    let expected = expected(keyward, text.as_bytes());
    // `None` if the kind is not registered, which is not a denial.
    let reason = |known: DenialReason| {
        Some(match expected {
            Err(MalformedKey::Shape) => DenialReason::Malformed,
            Err(MalformedKey::Checksum) => DenialReason::Checksum,
            Err(MalformedKey::Unregistered) => return None,
            Ok(kind) if kind != K::WORD => DenialReason::WrongKind,
            Ok(_) => known,
        })
    };
    let token = Attempt::<K>::token(text);
    assert_eq!(format!("{token:?}"), "Attempt { address: None, .. }");
    denied(support::block_on(keyward.verify(&token)), reason(DenialReason::Unknown));
    if K::SPEC.shape() == KeyShape::Token {
        return;
    }
    let prefix = format!("{BRAND}_{}_", K::WORD);
    let named = text.strip_prefix(&prefix).and_then(|rest| rest.get(..CredentialId::LENGTH));
    for (public_id, known) in
        [(named.unwrap_or(text), DenialReason::Unknown), (text, DenialReason::WrongSiteId)]
    {
        let pair = Attempt::<K>::pair(public_id, text);
        denied(support::block_on(keyward.verify(&pair)), reason(known));
    }
}

/// Checks that the attempt is denied for this reason, with a text that does not depend on the attempt.
fn denied<T>(outcome: Result<T, NotVerified>, reason: Option<DenialReason>) {
    match outcome {
        Err(NotVerified::Denied(denial)) => {
            assert_eq!(denial.to_string(), "denied");
            assert_eq!(Some(denial), reason.map(Denial::new));
        }
        Err(NotVerified::Unavailable(unavailable)) => {
            assert_eq!(unavailable.reason(), UnavailableReason::UnregisteredKind);
            assert_eq!(reason, None);
        }
        Ok(_) => panic!("an empty store verified a key"),
    }
}

/// Parses the key independently, from the left and as `str`.
fn expected(keyward: &Keyward, text: &[u8]) -> Result<KindWord, MalformedKey> {
    let text = str::from_utf8(text).map_err(|_| MalformedKey::Shape)?;
    let (word, digits) = text
        .strip_prefix("fz_")
        .and_then(|rest| rest.split_once('_'))
        .filter(|(word, _)| (2..=16).contains(&word.len()))
        .filter(|(word, _)| word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()))
        .ok_or(MalformedKey::Shape)?;
    if digits.len() != 61 || !digits.chars().all(|digit| digit.is_ascii_alphanumeric()) {
        return Err(MalformedKey::Shape);
    }
    let (body, checksum) = text.split_at(text.len() - 6);
    if digits_of(crc_32(body.as_bytes())) != *checksum.as_bytes() {
        return Err(MalformedKey::Checksum);
    }
    let mut words = keyward.inner().kinds.words();
    words.find(|known| known.as_str() == word).ok_or(MalformedKey::Unregistered)
}

/// Computes the CRC-32 of ISO 3309 from its polynomial.
fn crc_32(text: &[u8]) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut byte = 0;
        while byte < 256 {
            let (mut value, mut bit) = (byte as u32, 0);
            while bit < 8 {
                value = if value & 1 == 1 { value >> 1 ^ 0xEDB8_8320 } else { value >> 1 };
                bit += 1;
            }
            table[byte] = value;
            byte += 1;
        }
        table
    };
    let next = |crc: u32, byte: &u8| TABLE[usize::from(crc as u8 ^ byte)] ^ crc >> 8;
    !text.iter().fold(u32::MAX, next)
}

fn digits_of(number: u32) -> [u8; 6] {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut place = 62_u32.pow(5);
    std::array::from_fn(|_| {
        let digit = DIGITS[(number / place % 62) as usize];
        place = (place / 62).max(1);
        digit
    })
}
