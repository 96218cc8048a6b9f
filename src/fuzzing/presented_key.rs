//! A presented key: the grammar, and the whole verification behind it.

use std::sync::LazyLock;

use crate::adapters::MemoryStore;
use crate::domain::{Denial, DenialReason};
use crate::fuzzing::support;
use crate::secrets::MasterKeys;
use crate::shell::{Attempt, Keyward, NotVerified};
use crate::values::{Brand, CredentialId, Kind, MalformedKey, ManualClock, base62, parse, render};

/// No key of the corpus has the default brand, so that no secret scanner takes one for a find.
const BRAND: &str = "fz";

static KEYWARD: LazyLock<Keyward> = LazyLock::new(|| {
    Keyward::builder(MemoryStore::new(), MasterKeys::new(support::master_key()))
        .brand(Brand::new(BRAND).unwrap())
        .clock(ManualClock::at("2030-01-01T00:00:00Z".parse().unwrap()))
        .cached_credentials(16)
        .build()
        .unwrap()
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
    let expected = expected(text);
    let brand = &KEYWARD.inner().brand;
    match parse(brand, text) {
        Ok(read) => {
            assert_eq!(expected, Ok(read.kind));
            let printed = render(brand, read.kind, read.id, read.secret);
            assert_eq!(printed.as_bytes(), text);
        }
        Err(malformed) => assert_eq!(expected, Err(malformed)),
    }
    // What HTTP hands on is UTF-8. The whole verification takes many times as long as the grammar, so it sees
    // one text in sixteen.
    if let Ok(text) = str::from_utf8(text)
        && text.bytes().fold(0, u8::wrapping_add) % 16 == 0
    {
        verify(text, expected);
    }
}

fn verify(text: &str, expected: Result<Kind, MalformedKey>) {
    let reason = |of: Kind, known: DenialReason| match expected {
        Err(MalformedKey::Shape) => DenialReason::Malformed,
        Err(MalformedKey::Checksum) => DenialReason::Checksum,
        Ok(kind) if kind != of => DenialReason::WrongKind,
        Ok(_) => known,
    };
    let app = Attempt::app(text);
    assert_eq!(format!("{app:?}"), "Attempt { address: None, .. }");
    denied(support::block_on(KEYWARD.verify(&app)), reason(Kind::App, DenialReason::Unknown));

    let named = text.strip_prefix("fz_track_").and_then(|rest| rest.get(..CredentialId::LENGTH));
    for (site_id, known) in
        [(named.unwrap_or(text), DenialReason::Unknown), (text, DenialReason::WrongSiteId)]
    {
        let track = Attempt::track(site_id, text);
        denied(support::block_on(KEYWARD.verify(&track)), reason(Kind::Track, known));
    }
}

/// Denied for this reason, in words that are the same whatever was presented.
fn denied<T>(outcome: Result<T, NotVerified>, reason: DenialReason) {
    match outcome {
        Err(NotVerified::Denied(denial)) => {
            assert_eq!(denial.to_string(), "denied");
            assert_eq!(denial, Denial::new(reason));
        }
        Err(NotVerified::Unavailable(unavailable)) => panic!("{unavailable:?}"),
        Ok(_) => panic!("an empty store verified a key"),
    }
}

/// The grammar once more, read from the left and over `str`.
fn expected(text: &[u8]) -> Result<Kind, MalformedKey> {
    let text = str::from_utf8(text).map_err(|_| MalformedKey::Shape)?;
    let (kind, digits) = match text.strip_prefix("fz_").and_then(|rest| rest.split_once('_')) {
        Some(("app", digits)) => (Kind::App, digits),
        Some(("track", digits)) => (Kind::Track, digits),
        _ => return Err(MalformedKey::Shape),
    };
    if digits.len() != 61 || !digits.chars().all(|digit| digit.is_ascii_alphanumeric()) {
        return Err(MalformedKey::Shape);
    }
    let (body, checksum) = text.split_at(text.len() - 6);
    if digits_of(crc_32(body.as_bytes())) != *checksum.as_bytes() {
        return Err(MalformedKey::Checksum);
    }
    Ok(kind)
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
