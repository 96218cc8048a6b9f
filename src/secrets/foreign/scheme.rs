//! How another system computed a slow hash: the algorithm, its cost and its salt.

use std::fmt;

use super::hash::{ForeignHash, UnreadableHash};

/// The length of the longest salt in bytes.
const LONGEST_SALT: usize = 48;

/// A slow hash algorithm of another system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SlowAlgorithm {
    Bcrypt,
    /// bcrypt of the SHA-256 in hexadecimal, as Django computes it.
    BcryptSha256,
    Scrypt,
    Argon2id,
    Pbkdf2Sha256,
    Pbkdf2Sha512,
}

impl SlowAlgorithm {
    const ALL: [Self; 6] = [
        Self::Bcrypt,
        Self::BcryptSha256,
        Self::Scrypt,
        Self::Argon2id,
        Self::Pbkdf2Sha256,
        Self::Pbkdf2Sha512,
    ];

    /// Returns the name in a stored text.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Bcrypt => "bcrypt",
            Self::BcryptSha256 => "bcrypt-sha256",
            Self::Scrypt => "scrypt",
            Self::Argon2id => "argon2id",
            Self::Pbkdf2Sha256 => "pbkdf2-sha256",
            Self::Pbkdf2Sha512 => "pbkdf2-sha512",
        }
    }

    /// Returns the bounds of the cost.
    const fn bounds(self) -> &'static str {
        match self {
            Self::Bcrypt | Self::BcryptSha256 => "bcrypt with a cost of 4 to 14",
            Self::Scrypt => {
                "scrypt with N * r * p of at most 2097152, r of at most 32, and p of at most 16"
            }
            Self::Argon2id => {
                "Argon2id with at most 256 MiB, 16 lanes, 16 passes, and 1 GiB in all passes together"
            }
            Self::Pbkdf2Sha256 | Self::Pbkdf2Sha512 => "PBKDF2 with at most 2000000 iterations",
        }
    }

    /// Returns `true` if the cost is within the bounds.
    fn allows(self, cost: &[u32]) -> bool {
        let most = |parts: &[u32], most: u64| {
            let product = parts.iter().map(|part| u64::from(*part)).try_fold(1, u64::checked_mul);
            product.is_some_and(|product| (1..=most).contains(&product))
        };
        match (self, cost) {
            (Self::Bcrypt | Self::BcryptSha256, [rounds]) => (4..=14).contains(rounds),
            (Self::Scrypt, [log_n @ 1..=21, r @ 1..=32, p @ 1..=16]) => {
                most(&[1 << log_n, *r, *p], 1 << 21)
            }
            (Self::Argon2id, [memory @ 8..=262_144, passes @ 1..=16, lanes @ 1..=16]) => {
                *memory >= 8 * lanes && most(&[*memory, *passes], 1 << 20)
            }
            (Self::Pbkdf2Sha256 | Self::Pbkdf2Sha512, [iterations]) => {
                most(&[*iterations], 2_000_000)
            }
            _ => false,
        }
    }

    fn fits(self, length: usize, salt: usize) -> bool {
        match self {
            Self::Bcrypt | Self::BcryptSha256 => (length, salt) == (23, 16),
            _ => {
                let shortest = if self == Self::Argon2id { 8 } else { 1 };
                (ForeignHash::SHORTEST..=ForeignHash::LONGEST).contains(&length)
                    && (shortest..=LONGEST_SALT).contains(&salt)
            }
        }
    }
}

/// What is needed to compute the slow hash of a presented key as the other system did. It does not contain the hash.
///
/// Its text is the end of a stored [`SlowHash`](crate::store::SlowHash), such as `$scrypt$14,8,1$64$` and the salt in hexadecimal:
/// the algorithm, the cost, the length of the hash and the salt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SlowScheme {
    pub(super) algorithm: SlowAlgorithm,
    pub(super) cost: Box<[u32]>,
    pub(super) length: usize,
    pub(super) salt: Box<[u8]>,
}

impl SlowScheme {
    /// Creates a scheme whose cost is within the bounds.
    pub(super) fn new(
        algorithm: SlowAlgorithm,
        cost: &[u32],
        length: usize,
        salt: &[u8],
    ) -> Result<Self, UnreadableHash> {
        if !algorithm.fits(length, salt.len()) {
            return Err(UnreadableHash::Bytes);
        }
        if !algorithm.allows(cost) {
            return Err(UnreadableHash::Cost(algorithm.bounds()));
        }
        Ok(Self { algorithm, cost: cost.into(), length, salt: salt.into() })
    }

    /// Reads a stored text. The text is untrusted, so the bounds are checked again. Returns `None` for any other text.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (name, rest) = text.strip_prefix('$')?.split_once('$')?;
        let (cost, rest) = rest.split_once('$')?;
        let (length, salt) = rest.split_once('$')?;
        let algorithm = SlowAlgorithm::ALL.into_iter().find(|known| known.name() == name)?;
        let cost: Vec<u32> =
            cost.split(',').map(|part| part.parse().ok()).collect::<Option<_>>()?;
        let (pairs, []) = salt.as_bytes().as_chunks() else { return None };
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let byte = |[high, low]: &[u8; 2]| u8::try_from(digit(*high)? << 4 | digit(*low)?).ok();
        let salt: Vec<u8> = pairs.iter().map(byte).collect::<Option<_>>()?;
        let read = Self::new(algorithm, &cost, length.parse().ok()?, &salt).ok()?;
        // Each scheme has one text.
        (read.to_string() == text).then_some(read)
    }
}

impl fmt::Display for SlowScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { algorithm, cost, length, salt } = self;
        write!(f, "${}$", algorithm.name())?;
        for (place, part) in cost.iter().enumerate() {
            write!(f, "{}{part}", if place == 0 { "" } else { "," })?;
        }
        write!(f, "${length}$")?;
        salt.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::{SlowAlgorithm, SlowScheme};
    use crate::secrets::foreign::UnreadableHash;

    fn scheme(algorithm: SlowAlgorithm, cost: &[u32]) -> Result<SlowScheme, UnreadableHash> {
        let length = match algorithm {
            SlowAlgorithm::Bcrypt | SlowAlgorithm::BcryptSha256 => 23,
            _ => 32,
        };
        SlowScheme::new(algorithm, cost, length, &[0xab; 16])
    }

    #[test]
    fn each_scheme_has_one_text() {
        for (algorithm, cost, text) in [
            (SlowAlgorithm::Bcrypt, &[12][..], "$bcrypt$12$23$"),
            (SlowAlgorithm::BcryptSha256, &[4], "$bcrypt-sha256$4$23$"),
            (SlowAlgorithm::Scrypt, &[14, 8, 5], "$scrypt$14,8,5$32$"),
            (SlowAlgorithm::Argon2id, &[19_456, 2, 1], "$argon2id$19456,2,1$32$"),
            (SlowAlgorithm::Pbkdf2Sha256, &[600_000], "$pbkdf2-sha256$600000$32$"),
            (SlowAlgorithm::Pbkdf2Sha512, &[210_000], "$pbkdf2-sha512$210000$32$"),
        ] {
            let scheme = scheme(algorithm, cost).unwrap();
            let text = format!("{text}{}", "ab".repeat(16));
            assert_eq!(scheme.to_string(), text);
            assert_eq!(SlowScheme::parse(&text), Some(scheme));
            for broken in [
                &text[1..],
                &text[..text.len() - 1],
                &text.replacen('$', "$$", 1),
                &text.replace("ab", "AB"),
                &text.replacen("ab", "ax", 1),
                &text.replacen("$ab", "$0$ab", 1),
                &text.replacen("$ab", "a$ab", 1),
                &text.replacen(['1', '4', '6', '2'], "0", 1),
                &text.replacen("$32", "$032", 1).replacen("$23", "$24", 1),
                &format!("{text}{}", "ab".repeat(33)),
                &text
                    .replacen("sha", "shb", 1)
                    .replacen("crypt", "cript", 1)
                    .replacen("id", "i", 1),
            ] {
                assert_eq!(SlowScheme::parse(broken), None, "{broken}");
            }
        }
    }

    #[test]
    fn the_cost_has_bounds_and_the_refusal_names_them() {
        for (algorithm, within, beyond) in [
            (SlowAlgorithm::Bcrypt, [&[4][..], &[14]], [&[3][..], &[15], &[4, 4]]),
            (SlowAlgorithm::BcryptSha256, [&[4], &[14]], [&[3], &[15], &[31]]),
            (
                SlowAlgorithm::Scrypt,
                [&[17, 16, 1], &[13, 16, 16]],
                [&[17, 16, 2], &[1, 1, 17], &[22, 1, 1]],
            ),
            (SlowAlgorithm::Scrypt, [&[1, 1, 1], &[21, 1, 1]], [&[0, 8, 1], &[14, 0, 1], &[14, 8]]),
            (
                SlowAlgorithm::Argon2id,
                [&[262_144, 4, 16], &[65_536, 16, 1]],
                [&[262_145, 1, 1], &[262_144, 5, 1], &[65_536, 17, 1]],
            ),
            (
                SlowAlgorithm::Argon2id,
                [&[8, 1, 1], &[128, 1, 16]],
                [&[7, 1, 1], &[127, 1, 16], &[8, 0, 1]],
            ),
            (
                SlowAlgorithm::Argon2id,
                [&[8, 1, 1], &[136, 1, 16]],
                [&[8, 1, 0], &[136, 1, 17], &[8]],
            ),
            (SlowAlgorithm::Pbkdf2Sha256, [&[1], &[2_000_000]], [&[0], &[2_000_001], &[u32::MAX]]),
            (SlowAlgorithm::Pbkdf2Sha512, [&[1], &[2_000_000]], [&[0], &[2_000_001], &[1, 1]]),
        ] {
            for cost in within {
                assert!(scheme(algorithm, cost).is_ok(), "{algorithm:?} {cost:?}");
            }
            for cost in beyond {
                let refused = scheme(algorithm, cost);
                let Err(UnreadableHash::Cost(bounds)) = refused else { panic!("{refused:?}") };
                assert!(bounds.contains(" with "), "{bounds}");
            }
        }
    }

    #[test]
    fn salts_and_hashes_have_bounds() {
        use SlowAlgorithm::{Argon2id, Bcrypt, Scrypt};
        for (algorithm, cost, length, salt, fits) in [
            (Bcrypt, &[4][..], 23, 16, true),
            (Bcrypt, &[4], 24, 16, false),
            (Bcrypt, &[4], 23, 15, false),
            (Scrypt, &[4, 8, 1], 16, 1, true),
            (Scrypt, &[4, 8, 1], 64, 48, true),
            (Scrypt, &[4, 8, 1], 15, 16, false),
            (Scrypt, &[4, 8, 1], 65, 16, false),
            (Scrypt, &[4, 8, 1], 32, 0, false),
            (Scrypt, &[4, 8, 1], 32, 49, false),
            (Argon2id, &[8, 1, 1], 32, 8, true),
            (Argon2id, &[8, 1, 1], 32, 7, false),
        ] {
            let made = SlowScheme::new(algorithm, cost, length, &vec![1; salt]);
            let expected = if fits { None } else { Some(UnreadableHash::Bytes) };
            assert_eq!(made.err(), expected, "{algorithm:?} {length} {salt}");
        }
    }
}
