//! The slow hash, which is the fallback for the loss of a master key: Argon2id (RFC 9106).

use std::fmt;

use argon2::password_hash::phc::{Output, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Params, Version};
use zeroize::Zeroizing;

use super::compare::{self, Matches};
use super::corrupt::CorruptSecret;
use super::foreign::SlowScheme;
use super::slow_hash_memory::{HashingError, SlowHashMemory};
use super::slow_hash_params::SlowHashParams;
use crate::values::{Identity, SECRET_LENGTH};

/// The maximum length in bytes of a text to parse.
const TEXT_MAX: usize = 256;
const SALT_MIN: usize = 8;
const SALT_MAX: usize = 32;
const OUTPUT_LENGTH: usize = 32;

/// The stored fallback of a secret for the loss of a master key: an Argon2id hash as a PHC string, such as
/// `$argon2id$v=19$m=19456,t=2,p=1$` salt `$` hash. For an imported key with a salted hash, the algorithm, the cost and the salt of the other
/// system follow, such as `$bcrypt$12$23$` salt, and the Argon2id hash is that of the other system's hash.
///
/// `==` is for stores. It does not run in constant time and never compares secrets. `Debug` shows none of the hash.
#[derive(Clone, PartialEq, Eq)]
pub struct SlowHash(Box<str>);

/// A parsed PHC string that is within the bounds.
struct PhcParts {
    params: SlowHashParams,
    salt: Salt,
    output: [u8; OUTPUT_LENGTH],
}

impl SlowHash {
    /// Parses a stored text. The text is untrusted, so the bounds are checked before any work is done or memory is allocated.
    ///
    /// # Errors
    ///
    /// Fails unless the text is Argon2id version 19 with at most 256 MiB, 16 passes and 4 lanes, a salt of 8 to 32 bytes and a
    /// hash of 32 bytes, in the form that Keyward writes. What follows must be the algorithm of an imported key, within its bounds.
    pub fn parse(text: &str) -> Result<Self, CorruptSecret> {
        let corrupt = |rule| CorruptSecret::new("slow hash", rule);
        if text.len() > TEXT_MAX {
            return Err(corrupt("is longer than 256 bytes"));
        }
        let (own, scheme) = split(text);
        // Every read of a credential parses its hashes, so texts in the form that Keyward writes skip the full parser.
        if !is_as_written(own) {
            PhcParts::read(own)?;
        }
        if scheme.is_some_and(|scheme| SlowScheme::parse(scheme).is_none()) {
            return Err(corrupt("ends in an algorithm that is unknown or out of bounds"));
        }
        Ok(Self(text.into()))
    }

    /// Returns the text to store.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns how the other system computed its hash, if this is the hash of a salted one.
    pub(crate) fn scheme(&self) -> Option<SlowScheme> {
        split(&self.0).1.and_then(SlowScheme::parse)
    }

    /// Returns this hash as that of a salted hash that the other system computed so.
    pub(crate) fn of_output(self, scheme: &SlowScheme) -> Self {
        Self(format!("{}{scheme}", self.0).into())
    }

    /// Hashes a secret on the thread of the caller. `params` determine the time that it takes.
    pub(crate) fn hash(
        params: SlowHashParams,
        identity: &Identity,
        secret: &[u8; SECRET_LENGTH],
        salt: [u8; 16],
        memory: &mut SlowHashMemory,
    ) -> Result<Self, HashingError> {
        let output = run(params, &message(identity, secret), &salt, memory)?;
        let salt = Salt::new(&salt).map_err(|_| HashingError::Refused)?;
        Ok(Self(text(params, &salt, &output)?.into()))
    }

    /// Hashes a presented secret with the stored parameters, on the thread of the caller, and compares in constant time. The
    /// stored text determines the time that it takes.
    pub(crate) fn verify(
        &self,
        identity: &Identity,
        secret: &[u8; SECRET_LENGTH],
        memory: &mut SlowHashMemory,
    ) -> Result<Matches, HashingError> {
        self.verify_message(&message(identity, secret), memory)
    }

    /// Does the same for any text.
    pub(super) fn verify_message(
        &self,
        message: &[u8],
        memory: &mut SlowHashMemory,
    ) -> Result<Matches, HashingError> {
        let stored = PhcParts::read(split(&self.0).0).map_err(|_| HashingError::Refused)?;
        let computed = run(stored.params, message, &stored.salt, memory)?;
        Ok(compare::in_constant_time(&stored.output, &computed))
    }
}

impl PhcParts {
    fn read(text: &str) -> Result<Self, CorruptSecret> {
        let corrupt = |rule| CorruptSecret::new("slow hash", rule);
        let phc = PasswordHash::new(text).map_err(|_| corrupt("is not a PHC string"))?;
        let param = |name| phc.params.get_decimal(name);
        let params = match (param("m"), param("t"), param("p")) {
            (Some(memory), Some(passes), Some(lanes)) => {
                SlowHashParams::within_bounds(memory, passes, lanes)
            }
            _ => None,
        };
        let params = params.ok_or_else(|| corrupt("asks for work that is out of bounds"))?;
        let salt = phc.salt.filter(|salt| salt.len() <= SALT_MAX);
        let salt = salt.ok_or_else(|| corrupt("has no salt of 8 to 32 bytes"))?;
        let output = phc.hash.and_then(|hash| hash.as_bytes().try_into().ok());
        let output = output.ok_or_else(|| corrupt("has no hash of 32 bytes"))?;
        // Rejects any other spelling: algorithm, version, order, leading zeros and so on. Each hash has one text.
        if self::text(params, &salt, &output).as_deref() != Ok(text) {
            return Err(corrupt("is not written as Argon2id version 19 is"));
        }
        Ok(Self { params, salt, output })
    }
}

/// Splits a stored text into the PHC string and the algorithm of another system.
fn split(text: &str) -> (&str, Option<&str>) {
    let end = text.match_indices('$').nth(5).map(|(place, _)| place);
    let parts = end.and_then(|place| text.split_at_checked(place));
    parts.map_or((text, None), |(own, scheme)| (own, Some(scheme)))
}

/// Returns `true` if [`text`] can have written this text. Decodes nothing.
fn is_as_written(text: &str) -> bool {
    let parts = || {
        let rest = text.strip_prefix("$argon2id$v=19$m=")?;
        let (memory, rest) = rest.split_once(",t=")?;
        let (passes, rest) = rest.split_once(",p=")?;
        let (lanes, rest) = rest.split_once('$')?;
        let (salt, output) = rest.split_once('$')?;
        SlowHashParams::within_bounds(decimal(memory)?, decimal(passes)?, decimal(lanes)?)?;
        Some((salt, output))
    };
    parts().is_some_and(|(salt, output)| {
        decoded_length(salt).is_some_and(|length| (SALT_MIN..=SALT_MAX).contains(&length))
            && decoded_length(output) == Some(OUTPUT_LENGTH)
    })
}

/// Reads a decimal number without leading zeros.
fn decimal(text: &str) -> Option<u32> {
    let is_shortest = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    text.parse().ok().filter(|_| is_shortest)
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Returns how many bytes an unpadded base64 text (RFC 4648, section 4) decodes to.
fn decoded_length(text: &str) -> Option<usize> {
    let place = |byte| BASE64.iter().position(|own| *own == byte);
    let last = text.bytes().try_fold(0, |_, byte| place(byte))?;
    // Bits beyond the last byte are zero.
    let unused = match text.len() % 4 {
        0 => 0,
        2 => 0b1111,
        3 => 0b11,
        _ => return None,
    };
    (last & unused == 0).then_some(text.len() * 3 / 4)
}

/// Returns the canonical text of a hash.
fn text(
    params: SlowHashParams,
    salt: &Salt,
    output: &[u8; OUTPUT_LENGTH],
) -> Result<String, HashingError> {
    let (m, t, p) = (params.memory_kib(), params.passes(), params.lanes());
    let output = Output::new(output).map_err(|_| HashingError::Refused)?;
    Ok(format!("$argon2id$v=19$m={m},t={t},p={p}${salt}${output}"))
}

/// Returns the message to hash: a label with the brand and the kind, the id and the secret. The id and the secret have fixed
/// lengths, and neither the brand nor the kind contains a slash, so no two inputs have the same message.
fn message(identity: &Identity, secret: &[u8; SECRET_LENGTH]) -> Zeroizing<Vec<u8>> {
    let Identity { brand, kind, id } = identity;
    let label = format!("keyward/v1/slow/{brand}/{kind}/");
    Zeroizing::new([label.as_bytes(), id.as_bytes(), secret].concat())
}

fn run(
    params: SlowHashParams,
    message: &[u8],
    salt: &[u8],
    memory: &mut SlowHashMemory,
) -> Result<[u8; OUTPUT_LENGTH], HashingError> {
    let params =
        Params::new(params.memory_kib(), params.passes(), params.lanes(), Some(OUTPUT_LENGTH))?;
    let mut output = [0; OUTPUT_LENGTH];
    let blocks = params.block_count();
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    memory.with(blocks, |blocks| {
        Ok(argon2.hash_password_into_with_memory(message, salt, &mut output, blocks)?)
    })?;
    Ok(output)
}

impl fmt::Debug for SlowHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SlowHash($argon2id$..)")
    }
}

#[cfg(test)]
mod tests {
    use super::{
        HashingError, PhcParts, SlowHash, SlowHashMemory, SlowHashParams, is_as_written, run,
    };
    use crate::secrets::{Matches, golden};
    use crate::values::{Brand, CredentialId, Identity, KindWord};

    #[test]
    fn a_hash_verifies_its_own_secret_in_its_own_row_only() {
        let cheap = SlowHashParams::dangerous_cheap();
        let mut memory = SlowHashMemory::keeping(cheap);
        let (own, secret) = (golden::identity(KindWord::App), golden::SECRET);
        let hash = SlowHash::hash(cheap, &own, secret, [9; 16], &mut memory).unwrap();
        let mut verify = |identity, secret| hash.verify(&identity, secret, &mut memory).unwrap();
        assert_eq!(verify(own, golden::SECRET), Matches::Yes);

        let other_id = CredentialId::new("abcdefghijkL").unwrap();
        let mut other_secret = *golden::SECRET;
        other_secret[42] = b'0';
        let other_brand = Brand::new("acme").unwrap();
        assert_eq!(verify(golden::identity(KindWord::Track), golden::SECRET), Matches::No);
        assert_eq!(verify(Identity { brand: other_brand, ..own }, golden::SECRET), Matches::No);
        assert_eq!(verify(Identity { id: other_id, ..own }, golden::SECRET), Matches::No);
        assert_eq!(verify(own, &other_secret), Matches::No);
        assert_eq!(SlowHash::parse(hash.as_str()), Ok(hash));
    }

    #[test]
    fn the_salt_counts() {
        let cheap = SlowHashParams::dangerous_cheap();
        let mut memory = SlowHashMemory::keeping(cheap);
        let mut hash = |salt| {
            SlowHash::hash(
                cheap,
                &golden::identity(KindWord::App),
                golden::SECRET,
                salt,
                &mut memory,
            )
        };
        assert_ne!(hash([1; 16]).unwrap(), hash([2; 16]).unwrap());
    }

    /// Returns a PHC string with one part replaced.
    fn changed(from: &str, to: &str) -> String {
        assert!(golden::SLOW_HASH_APP.contains(from));
        golden::SLOW_HASH_APP.replacen(from, to, 1)
    }

    #[test]
    fn work_out_of_bounds_is_refused_before_any_is_done() {
        // The first three ask for 4 GiB and more. The parser rejects them without allocating memory.
        for (from, to) in [
            ("m=8", "m=4194304"),
            ("m=8", "m=4294967295"),
            ("m=8", "m=4294967296"),
            ("m=8", "m=262145"),
            ("m=8", "m=7"),
            ("m=8", "m=0"),
            ("t=1", "t=0"),
            ("t=1", "t=17"),
            ("t=1", "t=4294967295"),
            ("p=1", "p=0"),
            ("p=1", "p=2"),
            ("m=8,t=1,p=1", "m=64,t=1,p=5"),
            ("p=1", "p=16777215"),
        ] {
            assert!(SlowHash::parse(&changed(from, to)).is_err(), "{to}");
        }
        for (from, to) in [("m=8", "m=262144"), ("t=1", "t=16"), ("m=8,t=1,p=1", "m=32,t=1,p=4")] {
            assert!(SlowHash::parse(&changed(from, to)).is_ok(), "{to}");
        }
    }

    #[test]
    fn a_hash_in_any_other_spelling_is_refused() {
        let (salt, output) =
            ("AAECAwQFBgcICQoLDA0ODw", "IIbgUeVavgzI0bsQzPQ2UgS8eEn3APP1LvlNywbjhz8");
        let longer = format!("{output}A");
        let salt_33 = "A".repeat(44);
        let mut texts: Vec<String> = [
            ("argon2id", "argon2i"),
            ("argon2id", "argon2d"),
            ("argon2id", "scrypt"),
            ("$v=19", ""),
            ("v=19", "v=16"),
            ("v=19", "v=019"),
            ("m=8,t=1,p=1", "t=1,m=8,p=1"),
            ("m=8", "m=08"),
            ("m=8", "m=+8"),
            ("m=8,", ""),
            (",p=1", ""),
            ("p=1", "p=1,p=1"),
            ("p=1", "p=1,keyid=AAAA"),
            ("p=1", "p=1,data=AAAA"),
            (salt, ""),
            (salt, "AAAAAAAAAA"),
            (salt, &salt_33),
            // These have bits after the last byte.
            ("ODw$", "ODx$"),
            ("jhz8", "jhz9"),
            (output, ""),
            (output, "AAAAAAAAAAAAAAAAAAAAAA"),
            (output, &longer),
            ("jhz8", "jh-8"),
            ("$argon2id", "argon2id"),
        ]
        .into_iter()
        .map(|(from, to)| changed(from, to))
        .collect();
        texts.extend([
            String::new(),
            "$".into(),
            "$argon2id".into(),
            format!("{}\n", golden::SLOW_HASH_APP),
            format!(" {}", golden::SLOW_HASH_APP),
            format!("{}=", golden::SLOW_HASH_APP),
            format!("{}$", golden::SLOW_HASH_APP),
        ]);
        for text in texts {
            assert!(SlowHash::parse(&text).is_err(), "{text:.300}");
        }
        let salt_of = |length: usize| changed(salt, &"A".repeat((length * 4).div_ceil(3)));
        for length in [8, 16, 32] {
            assert!(SlowHash::parse(&salt_of(length)).is_ok(), "{length}");
        }
    }

    #[test]
    fn the_fast_parser_accepts_written_hashes_and_nothing_that_the_full_parser_refuses() {
        assert!(is_as_written(golden::SLOW_HASH_APP));
        let text = golden::SLOW_HASH_APP;
        let mut taken = 0;
        for place in 0..text.len() {
            for byte in b' '..=b'~' {
                for replaced in [place..place, place..place + 1] {
                    let mut other = text.to_owned();
                    other.replace_range(replaced, char::from(byte).encode_utf8(&mut [0; 4]));
                    let short = is_as_written(&other);
                    assert_eq!(short, PhcParts::read(&other).is_ok(), "{other}");
                    taken += u32::from(short);
                }
            }
        }
        assert!(taken > 1_000, "{taken}");
        for length in 0..=36 {
            let salt = "A".repeat((length * 4_usize).div_ceil(3));
            let other = changed("AAECAwQFBgcICQoLDA0ODw", &salt);
            assert_eq!(is_as_written(&other), (8..=32).contains(&length), "{length}");
        }
    }

    #[test]
    fn the_algorithm_of_an_imported_key_can_follow() {
        let own = SlowHash::parse(golden::SLOW_HASH_APP).unwrap();
        assert_eq!(own.scheme(), None);
        let text = format!("{}$bcrypt$12$23${}", own.as_str(), "ab".repeat(16));
        let hash = SlowHash::parse(&text).unwrap();
        let scheme = hash.scheme().unwrap();
        assert_eq!((hash.as_str(), own.of_output(&scheme)), (&*text, hash.clone()));
        let mut memory = SlowHashMemory::keeping(SlowHashParams::dangerous_cheap());
        let identity = golden::identity(KindWord::App);
        let verdict = hash.verify(&identity, golden::SECRET, &mut memory);
        assert_eq!(verdict, Ok(Matches::Yes), "the hash in front is the same");
        for (from, to) in [("$12$", "$15$"), ("bcrypt", "crypt"), ("$23$", "$23$$"), ("ab", "a")] {
            let error = SlowHash::parse(&text.replace(from, to)).unwrap_err();
            assert!(error.to_string().contains("algorithm"), "{to}: {error}");
        }
    }

    #[test]
    fn a_long_text_is_refused_unread() {
        let long = format!("{}{}", golden::SLOW_HASH_APP, "A".repeat(1 << 20));
        let error = SlowHash::parse(&long).unwrap_err();
        assert!(error.to_string().contains("longer than 256 bytes"), "{error}");
        let error = SlowHash::parse(&"A".repeat(256)).unwrap_err();
        assert!(error.to_string().contains("is not a PHC string"), "{error}");
    }

    #[test]
    fn the_drivers_errors_are_grouped_by_what_can_be_done() {
        let memory = HashingError::from(argon2::Error::OutOfMemory);
        assert_eq!(memory, HashingError::OutOfMemory);
        // A salt of seven bytes is below the bound of the `argon2` crate. No stored text has one.
        let cheap = SlowHashParams::dangerous_cheap();
        let refused = run(cheap, b"message", &[0; 7], &mut SlowHashMemory::keeping(cheap));
        assert_eq!(refused, Err(HashingError::Refused));
    }

    #[test]
    fn debug_shows_none_of_the_hash() {
        let hash = SlowHash::parse(golden::SLOW_HASH_APP).unwrap();
        assert_eq!(format!("{hash:?}"), "SlowHash($argon2id$..)");
    }
}
