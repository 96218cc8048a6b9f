//! The floor: a minimal hand-written check with only a look-up and a comparison.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::SystemTime;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

pub(crate) const ID: usize = 12;
const SECRET: usize = 43;
const CHECKSUM: usize = 6;

/// Keys by id, each with a digest and a last-used time.
pub(crate) struct Floor {
    key: Hmac<Sha256>,
    keys: HashMap<[u8; ID], Key>,
}

struct Key {
    digest: [u8; 32],
    used: AtomicI64,
}

impl Floor {
    /// Creates the floor with the same tokens.
    pub(crate) fn new<'a>(tokens: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let key = Hmac::<Sha256>::new_from_slice(&[7; 32]).ok()?;
        let mut keys = HashMap::new();
        for token in tokens {
            let (id, secret) = parse(token)?;
            let digest = digest(&key, id, secret);
            keys.insert(*id, Key { digest, used: AtomicI64::new(0) });
        }
        Some(Self { key, keys })
    }

    /// Checks shape and CRC, looks up one map entry, computes one HMAC, compares in constant time, reads the clock once, and does
    /// one relaxed store.
    pub(crate) fn verify(&self, token: &str) -> Option<()> {
        let (id, secret) = parse(token)?;
        let known = self.keys.get(id)?;
        if !is_equal(&known.digest, &digest(&self.key, id, secret)) {
            return None;
        }
        known.used.store(now()?, Ordering::Relaxed);
        Some(())
    }
}

pub(crate) fn is_equal(one: &[u8; 32], other: &[u8; 32]) -> bool {
    let words = |bytes: &[u8; 32]| {
        bytes.as_chunks().0.iter().copied().map(u64::from_ne_bytes).collect::<Words>()
    };
    let differing =
        words(one).0.iter().zip(words(other).0).fold(0, |sum, (one, other)| sum | (one ^ other));
    bool::from(differing.ct_eq(&0))
}

pub(crate) fn now() -> Option<i64> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some(now.as_secs().cast_signed())
}

/// Compares four words, without an allocation.
struct Words([u64; 4]);

impl FromIterator<u64> for Words {
    fn from_iter<I: IntoIterator<Item = u64>>(words: I) -> Self {
        let mut words = words.into_iter();
        Self(std::array::from_fn(|_| words.next().unwrap_or(0)))
    }
}

pub(crate) fn digest(key: &Hmac<Sha256>, id: &[u8; ID], secret: &[u8; SECRET]) -> [u8; 32] {
    key.clone().chain_update(id).chain_update(secret).finalize().into_bytes().into()
}

pub(crate) fn parse(token: &str) -> Option<(&[u8; ID], &[u8; SECRET])> {
    let (body, checksum) = token.as_bytes().split_last_chunk::<CHECKSUM>()?;
    let (rest, secret) = body.split_last_chunk::<SECRET>()?;
    let (prefix, id) = rest.split_last_chunk::<ID>()?;
    let shaped = prefix == b"kw_app_"
        && id.iter().chain(secret).chain(checksum).all(u8::is_ascii_alphanumeric);
    if !shaped || *checksum != base62(crc32fast::hash(body)) {
        return None;
    }
    Some((id, secret))
}

pub(crate) fn base62(mut value: u32) -> [u8; CHECKSUM] {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut digits = [b'0'; CHECKSUM];
    for place in digits.iter_mut().rev() {
        *place = DIGITS.get((value % 62) as usize).copied().unwrap_or(b'0');
        value /= 62;
    }
    digits
}
