//! The parser of the stored slow hash: a PHC string, which is untrusted.

use crate::fuzzing::support;
use crate::secrets::{Matches, SlowHash, SlowHashMemory, SlowHashParams};
use crate::values::{Brand, CredentialId, Identity};

/// The maximum work for which the hash is also run.
const CHEAP_KIB: u32 = 16;

/// A text must parse if and only if a second parser finds it within the bounds. Parsing must not change it. It must not appear in
/// an error or in `Debug`.
pub fn phc_string(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let expected = expected(text);
    match SlowHash::parse(text) {
        Ok(read) => {
            assert_eq!(read.as_str(), text);
            assert_eq!(format!("{read:?}"), "SlowHash($argon2id$..)");
            let work =
                expected.unwrap_or_else(|| panic!("parsed although it is out of bounds: {text:?}"));
            if work.memory <= CHEAP_KIB {
                let id = CredentialId::new("abcdefghijkl").unwrap();
                let mut memory = SlowHashMemory::keeping(SlowHashParams::dangerous_cheap());
                for kind in support::WORDS {
                    let identity = Identity { brand: Brand::default(), kind, id };
                    // Mutation cannot find the secret of a hash.
                    let verdict = read.verify(&identity, &[b'x'; 43], &mut memory);
                    assert_eq!(verdict, Ok(Matches::No));
                }
            }
        }
        Err(error) => {
            assert!(expected.is_none(), "{error}: {text:?}");
            let shown = format!("{error} {error:?}");
            assert!(text.len() < 24 || !shown.contains(text), "{shown}");
        }
    }
}

struct Work {
    memory: u32,
}

/// Checks the bounds independently, by the positions of the dollar signs.
fn expected(text: &str) -> Option<Work> {
    let parts: Vec<_> = text.split('$').collect();
    let ["", "argon2id", "v=19", params, salt, hash, ref rest @ ..] = *parts else { return None };
    if !rest.is_empty() && !is_scheme(rest) {
        return None;
    }
    let params: Vec<_> = params.split(',').collect();
    let [memory, passes, lanes] = *params else { return None };
    let number = |param: &str, name| {
        let digits = param.strip_prefix(name)?;
        digits.parse::<u32>().ok().filter(|number| number.to_string() == digits)
    };
    let memory = number(memory, "m=")?;
    let (passes, lanes) = (number(passes, "t=")?, number(lanes, "p=")?);
    let work = (8..=262_144).contains(&memory) && (1..=16).contains(&passes);
    let lanes_fit = (1..=4).contains(&lanes) && memory >= 8 * lanes;
    let lengths = (8..=32).contains(&decoded_length(salt)?) && decoded_length(hash)? == 32;
    (work && lanes_fit && lengths && text.len() <= 256).then_some(Work { memory })
}

/// Checks the algorithm of an imported key independently.
fn is_scheme(parts: &[&str]) -> bool {
    let [name, cost, length, salt] = *parts else { return false };
    let number = |digits: &str| digits.parse::<u64>().ok().filter(|it| it.to_string() == digits);
    let costs: Option<Vec<u64>> = cost.split(',').map(number).collect();
    let cost_fits = match (name, costs.as_deref()) {
        ("bcrypt" | "bcrypt-sha256", Some([cost])) => (4..=14).contains(cost),
        ("scrypt", Some([log_n @ 1..=21, r @ 1..=2_097_152, p @ 1..=16])) => {
            (r * p) << log_n <= 2_097_152
        }
        ("argon2id", Some([memory @ 8..=262_144, passes @ 1..=16, lanes @ 1..=16])) => {
            memory * passes <= 1_048_576 && memory >= &(8 * lanes)
        }
        ("pbkdf2-sha256" | "pbkdf2-sha512", Some([count])) => (1..=2_000_000).contains(count),
        _ => false,
    };
    let (length, bytes) = (number(length), salt.len() / 2);
    let lengths_fit = match name {
        "bcrypt" | "bcrypt-sha256" => length == Some(23) && bytes == 16,
        "argon2id" => length.is_some_and(|it| (16..=64).contains(&it)) && (8..=48).contains(&bytes),
        _ => length.is_some_and(|it| (16..=64).contains(&it)) && (1..=48).contains(&bytes),
    };
    let is_hex = salt.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    cost_fits && lengths_fit && is_hex && salt.len() % 2 == 0
}

/// Returns the number of bytes of a canonical base64 text without padding (RFC 4648, 3.5), or `None` for any other text.
fn decoded_length(text: &str) -> Option<usize> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let values: Option<Vec<u8>> = text.bytes().map(value).collect();
    let (values, whole) = (values?, text.len() / 4 * 3);
    match (text.len() % 4, values.last()) {
        (0, _) => Some(whole),
        (2, Some(last)) if last % 16 == 0 => Some(whole + 1),
        (3, Some(last)) if last % 4 == 0 => Some(whole + 2),
        _ => None,
    }
}
