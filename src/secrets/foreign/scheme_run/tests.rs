//! Published test vectors of the slow hashes.

use super::{SlowAlgorithm, SlowHashMemory, SlowScheme};
use crate::secrets::{HashingError, SlowHashParams};

fn memory() -> SlowHashMemory {
    SlowHashMemory::keeping(SlowHashParams::dangerous_cheap())
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(value.into(), 16).unwrap();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// `argon2-cffi` 25.1.0: `hash_secret_raw(b"acme_0123456789abcdef", b"0123456789abcdef", 2, 64, 2, 24, Type.ID)`. The vector of RFC 9106 has a secret
/// key and associated data, which no table of keys has; `tests/vectors` covers it.
#[test]
fn argon2id_has_lanes_and_a_length() {
    let scheme =
        SlowScheme::new(SlowAlgorithm::Argon2id, &[64, 2, 2], 24, b"0123456789abcdef").unwrap();
    let output = scheme.output(b"acme_0123456789abcdef", &mut memory()).unwrap().unwrap();
    assert_eq!(hexadecimal(&output), ARGON2ID);
}

#[test]
fn a_cost_that_the_algorithm_does_not_have_is_refused() {
    let (algorithm, cost, salt) = (SlowAlgorithm::Argon2id, Box::new([64]), Box::new([7; 16]));
    let scheme = SlowScheme { algorithm, cost, length: 24, salt };
    let refused = scheme.output(b"acme_0123456789abcdef", &mut memory());
    assert!(matches!(refused, Err(HashingError::Refused)));
}

const ARGON2ID: &str = "dd22dfb5d8b073cefd43e3b8b4e193045507685216d1699f";

#[cfg(feature = "salted-imports")]
mod optional {
    use super::{SlowAlgorithm, SlowScheme, hexadecimal, memory};
    use crate::secrets::foreign::scheme_text::salted;

    fn output(
        algorithm: SlowAlgorithm,
        cost: &[u32],
        length: usize,
        salt: &[u8],
        text: &[u8],
    ) -> String {
        let scheme = SlowScheme::new(algorithm, cost, length, salt).unwrap();
        hexadecimal(&scheme.output(text, &mut memory()).unwrap().unwrap())
    }

    /// RFC 7914, section 12.
    #[test]
    fn scrypt_of_rfc_7914() {
        let second = output(SlowAlgorithm::Scrypt, &[10, 8, 16], 64, b"NaCl", b"password");
        assert_eq!(
            second,
            "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162\
             2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"
        );
        let third =
            output(SlowAlgorithm::Scrypt, &[14, 8, 1], 64, b"SodiumChloride", b"pleaseletmein");
        assert_eq!(
            third,
            "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2\
             d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"
        );
    }

    /// RFC 7914, section 11. For SHA-512: `hashlib.pbkdf2_hmac("sha512", b"passwd", b"salt", 1, 64)` of Python 3.11.
    #[test]
    fn pbkdf2_of_rfc_7914() {
        let one = output(SlowAlgorithm::Pbkdf2Sha256, &[1], 64, b"salt", b"passwd");
        assert_eq!(
            one,
            "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc\
             49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783"
        );
        let long = output(SlowAlgorithm::Pbkdf2Sha512, &[1], 64, b"salt", b"passwd");
        assert_eq!(
            long,
            "c74319d99499fc3e9013acff597c23c5baf0a0bec5634c46b8352b793e324723\
             d55caa76b2b25c43402dcfdc06cdcf66f95b7d0429420b39520006749c51a04e"
        );
    }

    /// Of the test vectors of jBCrypt and Openwall's `crypt_blowfish`.
    #[test]
    fn bcrypt_of_other_libraries() {
        for (text, stored) in [
            ("a", "$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe"),
            ("abc", "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i"),
            (
                "abcdefghijklmnopqrstuvwxyz",
                "$2a$06$.rCVZVOThsIa97pEDOxvGuRRgzG64bvtJ0938xuqzv18d3ZpQhstC",
            ),
            ("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
        ] {
            let read = salted(stored).ok().unwrap();
            let output = read.scheme.output(text.as_bytes(), &mut memory()).unwrap().unwrap();
            assert_eq!(hexadecimal(&output), hexadecimal(&read.output), "{text}");
        }
    }

    /// The text of 72 bytes is `bcrypt.hashpw(..)` of Python's bcrypt 4.2.0, which ignores all that follows.
    #[test]
    fn bcrypt_hashes_72_bytes_and_refuses_more_and_a_zero_byte() {
        let stored = "$2b$04$KGV7Z/O1ESDbXuAzPnQ2Zu0dnoioxhTleVCUM7VWywIEG.9snaNK2";
        let read = salted(stored).ok().unwrap();
        let text = format!("yyyyyyyy.{}", "b".repeat(63));
        assert_eq!(text.len(), 72);
        let output = read.scheme.output(text.as_bytes(), &mut memory()).unwrap().unwrap();
        assert_eq!(*output, *read.output);
        for longer in [format!("{text}b"), format!("{text}\0"), "yyyy\0".to_owned()] {
            assert_eq!(read.scheme.output(longer.as_bytes(), &mut memory()), Ok(None));
        }
        // The SHA-256 in front of it has no such limit.
        let scheme = SlowScheme::new(SlowAlgorithm::BcryptSha256, &[4], 23, &[7; 16]).unwrap();
        assert!(scheme.output("y".repeat(200).as_bytes(), &mut memory()).unwrap().is_some());
        let plain = SlowScheme::new(SlowAlgorithm::Bcrypt, &[4], 23, &[7; 16]).unwrap();
        let of_abc = b"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let expected = plain.output(of_abc, &mut memory()).unwrap();
        assert_eq!(scheme.output(b"abc", &mut memory()).unwrap(), expected);
    }
}
