//! The text in which another system stores a hash: hexadecimal or base64.

use zeroize::Zeroizing;

/// Returns the bytes of a hash of `length` bytes. The length of the text shows its encoding: hexadecimal in either case, or base64 with
/// either alphabet, with or without padding.
pub(super) fn decoded(text: &str, length: usize) -> Option<Zeroizing<Vec<u8>>> {
    let bytes = if text.len() == 2 * length { hexadecimal(text) } else { base64(text) };
    bytes.filter(|bytes| bytes.len() == length)
}

fn hexadecimal(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let byte = |[high, low]: &[u8; 2]| u8::try_from(digit(*high)? << 4 | digit(*low)?).ok();
    let (pairs, _) = text.as_bytes().as_chunks();
    pairs.iter().map(byte).collect::<Option<Vec<_>>>().map(Zeroizing::new)
}

pub(super) fn base64(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let plain = text.trim_end_matches('=');
    let padding = text.len() - plain.len();
    let is_whole = matches!((padding, text.len() % 4), (0, _) | (1 | 2, 0));
    if !is_whole || plain.len() % 4 == 1 {
        return None;
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    for group in plain.as_bytes().chunks(4) {
        let bits = group.iter().try_fold(0, |bits, digit| Some(bits << 6 | value(*digit)?))?;
        let missing = 4 - group.len();
        let [_, whole @ ..] = (bits << (6 * missing)).to_be_bytes();
        let (kept, rest) = whole.split_at_checked(3 - missing)?;
        // Two texts must not stand for one hash.
        if rest.iter().any(|byte| *byte != 0) {
            return None;
        }
        bytes.extend(kept);
    }
    Some(bytes)
}

/// Returns the value of a digit of either alphabet (RFC 4648, sections 4 and 5).
fn value(digit: u8) -> Option<u32> {
    let value = match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    };
    Some(value.into())
}

#[cfg(test)]
mod tests {
    use super::{base64, decoded};

    /// `printf abc | sha256sum`, and the same with `openssl dgst -sha256 -binary | base64`.
    const HEX: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    const BASE64: &str = "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";

    #[test]
    fn every_encoding_of_a_hash_is_read() {
        let bytes = decoded(HEX, 32).unwrap();
        assert_eq!(bytes[..3], [0xba, 0x78, 0x16]);
        let url = BASE64.replace('+', "-").replace('/', "_");
        for text in [&HEX.to_uppercase(), BASE64, BASE64.trim_end_matches('='), &url] {
            assert_eq!(decoded(text, 32).unwrap(), bytes, "{text}");
        }
        // The test vectors of RFC 4648, section 10.
        for (text, plain) in [("Zm8=", "fo"), ("Zm8", "fo"), ("Zm9v", "foo"), ("Zm9vYg==", "foob")]
        {
            assert_eq!(**base64(text).unwrap(), *plain.as_bytes(), "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        let broken = [
            "",
            &HEX[1..],
            &format!("{HEX}0"),
            &HEX.replace('b', "x"),
            &BASE64[1..],
            &BASE64.replace('+', "."),
            // Padding that does not fit, and bits that no encoder sets.
            &format!("{BASE64}="),
            &BASE64.replace("a0=", "a1="),
            "=",
            "====",
        ];
        for text in broken {
            assert!(decoded(text, 32).is_none(), "{text}");
        }
        assert!(decoded(HEX, 64).is_none(), "the hash of another length");
    }
}
