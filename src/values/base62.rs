//! The alphabet of every id and secret. A double click selects the whole text, and no character needs escaping in a header
//! or a URL.

/// The digits, in the order of their values and of their bytes.
pub(crate) const ALPHABET: &[u8; 62] =
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The number of bytes that are checked together, so that the compiler can vectorise the check.
const TOGETHER: usize = 16;

/// Returns `true` if every byte of `text` is a digit of the alphabet.
///
/// The bytes after the last whole chunk are checked as part of the last `TOGETHER` bytes. This checks some bytes twice, and
/// still costs less than checking the remaining bytes one by one.
pub(crate) fn is_base62(text: &[u8]) -> bool {
    let (chunks, rest) = text.as_chunks::<TOGETHER>();
    let whole = chunks.iter().fold(true, |all, chunk| all & are_digits(chunk));
    let rest = match text.last_chunk::<TOGETHER>() {
        Some(last) => are_digits(last),
        None => are_digits(rest),
    };
    whole & rest
}

/// Returns `true` if every byte is a digit of the alphabet. There is no early return.
fn are_digits(text: &[u8]) -> bool {
    text.iter().fold(true, |all, byte| all & byte.is_ascii_alphanumeric())
}

/// Returns the digit for `value` modulo 62.
pub(crate) fn digit(value: u32) -> u8 {
    ALPHABET.get(usize::try_from(value % 62).unwrap_or(0)).copied().unwrap_or(b'0')
}

/// Returns `value` in base62: most significant digit first, zero-padded to six digits (62⁶ > 2³²).
pub(crate) fn encode_u32(mut value: u32) -> [u8; 6] {
    let mut digits = [b'0'; 6];
    for place in digits.iter_mut().rev() {
        *place = digit(value);
        value /= 62;
    }
    digits
}

/// The number of characters in a checksum.
pub(crate) const CHECKSUM_LENGTH: usize = 6;

/// Returns the checksum that ends a key text: the CRC-32 of everything before it.
pub(crate) fn checksum(body: &[u8]) -> [u8; CHECKSUM_LENGTH] {
    encode_u32(crc32fast::hash(body))
}

/// Returns `true` if `digits` are the checksum of `body`. All of them must be digits of the alphabet.
///
/// The digits are decoded, because six digits can be decoded in parallel. Encoding the expected checksum would produce them
/// one after the other.
pub(crate) fn is_checksum(digits: [u8; CHECKSUM_LENGTH], body: &[u8]) -> bool {
    let said = digits.iter().fold(0, |sum, digit| sum * 62 + value(*digit));
    said == u64::from(crc32fast::hash(body))
}

/// Returns the value of a digit of the alphabet, without a branch or a table.
fn value(digit: u8) -> u64 {
    let past = |first: u8, gap: u64| u64::from(digit >= first) * gap;
    let (upper, lower) = (u64::from(b'A' - b'9' - 1), u64::from(b'a' - b'Z' - 1));
    u64::from(digit.wrapping_sub(b'0')) - past(b'A', upper) - past(b'a', lower)
}

#[cfg(test)]
mod tests {
    use super::{ALPHABET, checksum, encode_u32, is_base62, is_checksum, value};

    #[test]
    fn the_alphabet_is_sorted_and_complete() {
        assert!(ALPHABET.is_sorted());
        for byte in 0..=u8::MAX {
            assert_eq!(ALPHABET.contains(&byte), is_base62(&[byte]), "byte {byte}");
        }
    }

    #[test]
    fn one_changed_byte_anywhere_is_detected() {
        for length in 0..100 {
            let mut text = vec![b'a'; length];
            assert!(is_base62(&text), "{length} digits");
            for place in 0..length {
                text[place] = b'-';
                assert!(!is_base62(&text), "place {place} of {length}");
                text[place] = b'a';
            }
        }
    }

    #[test]
    fn the_checksum_is_crc_32() {
        // The standard check value of CRC-32.
        assert_eq!(checksum(b"123456789"), encode_u32(0xCBF4_3926));
        assert!(is_checksum(encode_u32(0xCBF4_3926), b"123456789"));
        assert!(!is_checksum(encode_u32(0xCBF4_3927), b"123456789"));
    }

    #[test]
    fn each_digit_stands_for_its_place() {
        for (place, digit) in ALPHABET.iter().enumerate() {
            assert_eq!(value(*digit), place as u64);
        }
    }

    #[test]
    fn numbers_read_back_digit_by_digit() {
        for value in [0, 1, 61, 62, 3_843, 0xCBF4_3926, u32::MAX] {
            let read = encode_u32(value).iter().fold(0_u64, |sum, byte| {
                let digit = ALPHABET.iter().position(|known| known == byte).unwrap();
                sum * 62 + digit as u64
            });
            assert_eq!(read, u64::from(value));
        }
    }
}
