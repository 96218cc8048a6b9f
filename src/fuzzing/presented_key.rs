//! A presented key: the grammar, and the whole verification behind it.

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

/// No key of the corpus has the default brand, so that no secret scanner takes one for a find.
const BRAND: &str = "fz";

/// With the default kinds, and with four that are no presets.
static KEYWARDS: LazyLock<[Keyward; 2]> = LazyLock::new(|| {
    let builder = || {
        Keyward::builder(MemoryStore::new(), MasterKeys::new(support::master_key()))
            .brand(Brand::new(BRAND).unwrap())
            .clock(ManualClock::at("2030-01-01T00:00:00Z".parse().unwrap()))
            .cached_credentials(16)
    };
    [builder().build().unwrap(), with_own_kinds(builder()).build().unwrap()]
});

/// A text parses exactly where a second parser says so, what parses prints back to the same text, and what is
/// denied says the reason and never the text.
pub fn presented_key(data: &[u8]) {
    check(data);
    // A mutation seldom meets the checksum, so the same text is read with the right one, too.
    if let Some((body, _)) = data.split_last_chunk::<{ base62::CHECKSUM_LENGTH }>() {
        check(&[body, &digits_of(crc_32(body))].concat());
    }
}

fn check(text: &[u8]) {
    let [presets, own] = &*KEYWARDS;
    check_grammar(presets, text);
    check_grammar(own, text);
    // What HTTP hands on is UTF-8. The whole verification takes many times as long as the grammar, so it sees
    // one text in sixteen, with one of the two sets of kinds.
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

/// Presents a text as a key of the kind `K`, with the public id that it says and with one that is none.
fn verify<K: Kind>(keyward: &Keyward, text: &str) {
    let expected = expected(keyward, text.as_bytes());
    // None where the kind is not registered, which is no denial.
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

/// Denied for this reason, in words that are the same whatever was presented.
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

/// The grammar once more, read from the left and over `str`.
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

/// CRC-32 of ISO 3309, from its polynomial.
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
