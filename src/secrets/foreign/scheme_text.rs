//! The texts in which other systems store salted hashes.

use zeroize::Zeroizing;

use super::hash::UnreadableHash;
use super::scheme::{SlowAlgorithm, SlowScheme};
use super::stored_text::base64;

/// A salted hash as it was read: how it was computed, and the hash.
pub(super) struct SaltedHash {
    pub(super) scheme: SlowScheme,
    pub(super) output: Zeroizing<Vec<u8>>,
}

/// Reads the text of a salted hash: the modular crypt format of bcrypt, a PHC string, the form of passlib for PBKDF2, or what Django's
/// `make_password` returns.
pub(super) fn salted(text: &str) -> Result<SaltedHash, UnreadableHash> {
    let parts: Vec<_> = text.split('$').collect();
    let read = match parts[..] {
        ["", version, cost, digits] => bcrypt(SlowAlgorithm::Bcrypt, version, cost, digits),
        ["bcrypt", "", version, cost, digits] => {
            bcrypt(SlowAlgorithm::Bcrypt, version, cost, digits)
        }
        ["bcrypt_sha256", "", version, cost, digits] => {
            bcrypt(SlowAlgorithm::BcryptSha256, version, cost, digits)
        }
        ["" | "argon2", "argon2id", "v=19", cost, salt, output] => {
            phc(SlowAlgorithm::Argon2id, numbers(cost, ["m=", "t=", "p="]), salt, output)
        }
        ["", "scrypt", cost, salt, output] => {
            phc(SlowAlgorithm::Scrypt, numbers(cost, ["ln=", "r=", "p="]), salt, output)
        }
        ["", name @ ("pbkdf2-sha256" | "pbkdf2-sha512"), cost, salt, output] => {
            phc(pbkdf2(name), iterations(cost), &salt.replace('.', "+"), &output.replace('.', "+"))
        }
        [name @ "pbkdf2_sha256", iterations, salt, output] => {
            plain(pbkdf2(name), number(iterations).map(|count| vec![count]), salt, output)
        }
        ["scrypt", n, salt, r, p, output] => {
            let log_n = number(n).filter(|n| n.is_power_of_two()).map(u32::trailing_zeros);
            let cost = [log_n, number(r), number(p)].into_iter().collect();
            plain(SlowAlgorithm::Scrypt, cost, salt, output)
        }
        _ => None,
    };
    read.unwrap_or(Err(UnreadableHash::Bytes))
}

type Read = Option<Result<SaltedHash, UnreadableHash>>;

/// Reads the cost and the digits of bcrypt. The version `2x` marks hashes of a faulty program.
fn bcrypt(algorithm: SlowAlgorithm, version: &str, cost: &str, digits: &str) -> Read {
    if !matches!(version, "2a" | "2b" | "2y") || cost.len() != 2 {
        return None;
    }
    let (salt, output) = digits.split_at_checked(22)?;
    let (salt, output) = (bcrypt_digits(salt)?, bcrypt_digits(output)?);
    Some(made(algorithm, &[number(cost)?], &salt, output))
}

/// Decodes bcrypt's base64, which has an alphabet of its own. Programs differ in the bits after the last byte, which no one compares.
fn bcrypt_digits(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    const OWN: &[u8; 64] = b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    let (mut bits, mut count) = (0_u32, 0);
    for digit in text.bytes() {
        let place = OWN.iter().position(|own| *own == digit)?;
        (bits, count) = (bits << 6 | u32::try_from(place).ok()?, count + 6);
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).ok()?);
        }
    }
    Some(bytes)
}

/// Reads a salt and a hash in base64.
fn phc(algorithm: SlowAlgorithm, cost: Option<Vec<u32>>, salt: &str, output: &str) -> Read {
    let (salt, output) = (base64(salt)?, base64(output)?);
    Some(made(algorithm, &cost?, &salt, output))
}

/// Reads a salt that is itself the text, and a hash in base64.
fn plain(algorithm: SlowAlgorithm, cost: Option<Vec<u32>>, salt: &str, output: &str) -> Read {
    Some(made(algorithm, &cost?, salt.as_bytes(), base64(output)?))
}

fn made(
    algorithm: SlowAlgorithm,
    cost: &[u32],
    salt: &[u8],
    output: Zeroizing<Vec<u8>>,
) -> Result<SaltedHash, UnreadableHash> {
    let scheme = SlowScheme::new(algorithm, cost, output.len(), salt)?;
    let is_compiled = scheme.is_compiled();
    is_compiled.then_some(SaltedHash { scheme, output }).ok_or(UnreadableHash::NotCompiled)
}

fn pbkdf2(name: &str) -> SlowAlgorithm {
    if name.ends_with("512") { SlowAlgorithm::Pbkdf2Sha512 } else { SlowAlgorithm::Pbkdf2Sha256 }
}

/// Reads `i=600000`, `i=600000,l=32` or `600000`.
fn iterations(text: &str) -> Option<Vec<u32>> {
    let text = text.strip_prefix("i=").unwrap_or(text);
    let text = text.split_once(",l=").map_or(text, |(iterations, _)| iterations);
    Some(vec![number(text)?])
}

/// Reads decimal numbers with these names, in this order.
fn numbers<const N: usize>(text: &str, names: [&str; N]) -> Option<Vec<u32>> {
    let mut parts = text.split(',');
    let read = names.map(|name| number(parts.next()?.strip_prefix(name)?));
    read.into_iter().collect::<Option<Vec<_>>>().filter(|_| parts.next().is_none())
}

fn number(text: &str) -> Option<u32> {
    text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::{UnreadableHash, salted};

    const SALT: &str = "MDEyMzQ1Njc4OWFiY2RlZg";
    const OUTPUT: &str = "WUf3DMfoBlhzIJ7Auqa0+vUEDD7hd8eMPfQUlxjROAE";
    const BCRYPT: &str = "DffR/.F/kiOR9rtvPCBatu6ZA7rzJ.PL9MsJCjmnWdI0K6Q2HFyfa";

    #[cfg(feature = "salted-imports")]
    #[test]
    fn every_form_is_read() {
        let salt = "30313233343536373839616263646566";
        let own = "1618530401c19a4413fedbf14440dcbf";
        for (text, scheme) in [
            (format!("$2a$05${BCRYPT}"), format!("$bcrypt$5$23${own}")),
            (format!("$2b$05${BCRYPT}"), format!("$bcrypt$5$23${own}")),
            (format!("$2y$05${BCRYPT}"), format!("$bcrypt$5$23${own}")),
            (format!("bcrypt$$2b$05${BCRYPT}"), format!("$bcrypt$5$23${own}")),
            (format!("bcrypt_sha256$$2b$05${BCRYPT}"), format!("$bcrypt-sha256$5$23${own}")),
            (
                format!("$argon2id$v=19$m=64,t=2,p=1${SALT}${OUTPUT}"),
                format!("$argon2id$64,2,1$32${salt}"),
            ),
            (
                format!("argon2$argon2id$v=19$m=64,t=2,p=8${SALT}${OUTPUT}"),
                format!("$argon2id$64,2,8$32${salt}"),
            ),
            (format!("$scrypt$ln=4,r=8,p=1${SALT}${OUTPUT}"), format!("$scrypt$4,8,1$32${salt}")),
            (
                format!("scrypt$16384$0123456789abcdef$8$5${OUTPUT}="),
                format!("$scrypt$14,8,5$32${salt}"),
            ),
            (
                format!("$pbkdf2-sha256$29000${SALT}${}", OUTPUT.replace('+', ".")),
                format!("$pbkdf2-sha256$29000$32${salt}"),
            ),
            (
                format!("$pbkdf2-sha512$i=1000,l=32${SALT}${OUTPUT}"),
                format!("$pbkdf2-sha512$1000$32${salt}"),
            ),
            (
                format!("$pbkdf2-sha512$i=1000${SALT}${OUTPUT}"),
                format!("$pbkdf2-sha512$1000$32${salt}"),
            ),
            (
                format!("pbkdf2_sha256$1000$0123456789abcdef${OUTPUT}="),
                format!("$pbkdf2-sha256$1000$32${salt}"),
            ),
        ] {
            let read = salted(&text).ok().unwrap();
            assert_eq!(read.scheme.to_string(), scheme, "{text}");
            assert_eq!(read.output.len(), read.scheme.length, "{text}");
        }
        // The bits after the last byte of a salt are not part of it.
        let other = format!("$2b$05${}", BCRYPT.replacen("Batu", "Batv", 1));
        let read = salted(&other).ok().unwrap().scheme.to_string();
        assert_eq!(read, format!("$bcrypt$5$23${own}"));
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            String::new(),
            "$".into(),
            "$$$$$$".into(),
            format!("$2x$05${BCRYPT}"),
            format!("$2b$5${BCRYPT}"),
            format!("$2b$+5${BCRYPT}"),
            format!("$2b$05${}", &BCRYPT[1..]),
            format!("$2b$05${}", BCRYPT.replace('u', "_")),
            format!("$2b$05${BCRYPT}0000"),
            format!("$argon2i$v=19$m=64,t=2,p=1${SALT}${OUTPUT}"),
            format!("$argon2id$v=16$m=64,t=2,p=1${SALT}${OUTPUT}"),
            format!("$argon2id$v=19$t=2,m=64,p=1${SALT}${OUTPUT}"),
            format!("$argon2id$v=19$m=64,t=2,p=1,x=1${SALT}${OUTPUT}"),
            format!("$argon2id$v=19$m=64,t=2${SALT}${OUTPUT}"),
            format!("$argon2id$v=19$m=64,t=2,p=1$_${OUTPUT}"),
            format!("$scrypt$ln=4,r=8,p=1${SALT}$"),
            format!("scrypt$15$salt$8$5${OUTPUT}="),
            format!("pbkdf2_sha1$1000$salt${OUTPUT}="),
            format!("$pbkdf2-sha256$i=+1${SALT}${OUTPUT}"),
            format!("pbkdf2_sha256$1000$${OUTPUT}="),
        ] {
            assert_eq!(salted(&text).err(), Some(UnreadableHash::Bytes), "{text}");
        }
        let costly = format!("$argon2id$v=19$m=2097152,t=1,p=4${SALT}${OUTPUT}");
        assert!(matches!(salted(&costly).err(), Some(UnreadableHash::Cost(_))));
    }
}
