//! Published vectors, against the crates that do the cryptography.

use argon2::{Algorithm, Argon2, AssociatedData, ParamsBuilder, Version};
use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::{Aead, Payload};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

fn hex(bytes: impl AsRef<[u8]>) -> String {
    let digits = bytes.as_ref().iter().map(|byte| format!("{byte:02x}"));
    digits.collect()
}

/// `first`, the number after it, and so on.
fn counting<const N: usize>(first: u8) -> [u8; N] {
    let mut numbers = first..;
    std::array::from_fn(|_| numbers.next().unwrap_or_default())
}

#[test]
fn hkdf_sha_256_of_rfc_5869_a_1() {
    let (extracted, hkdf) = Hkdf::<Sha256>::extract(Some(&counting::<13>(0)), &[0x0b; 22]);
    assert_eq!(hex(extracted), "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
    let mut expanded = [0; 42];
    hkdf.expand(&counting::<10>(0xf0), &mut expanded).unwrap();
    assert_eq!(
        hex(expanded),
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    );
}

/// Case 5 is left out: it is about shortened output.
#[test]
fn hmac_sha_256_of_rfc_4231() {
    let cases: [(&[u8], &[u8], &str); 6] = [
        (
            &[0x0b; 20],
            b"Hi There",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
        ),
        (
            b"Jefe",
            b"what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
        (
            &[0xaa; 20],
            &[0xdd; 50],
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
        ),
        (
            &counting::<25>(1),
            &[0xcd; 50],
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
        ),
        (
            &[0xaa; 131],
            b"Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        ),
        (
            &[0xaa; 131],
            b"This is a test using a larger than block-size key and a larger than block-size \
              data. The key needs to be hashed before being used by the HMAC algorithm.",
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
        ),
    ];
    for (key, message, expected) in cases {
        let mac = Hmac::<Sha256>::new_from_slice(key).unwrap().chain_update(message);
        assert_eq!(hex(mac.finalize().into_bytes()), expected);
    }
}

#[test]
fn xchacha20_poly1305_of_draft_irtf_cfrg_xchacha_a_3_1() {
    let cipher = XChaCha20Poly1305::new(&counting(0x80).into());
    let message =
        b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for \
                    the future, sunscreen would be it.";
    let associated = [&[0x50, 0x51, 0x52, 0x53][..], &counting::<8>(0xc0)].concat();
    let payload = Payload { msg: message, aad: &associated };
    let sealed = cipher.encrypt(&counting::<24>(0x40).into(), payload).unwrap();
    assert_eq!(
        hex(&sealed),
        "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb\
         731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452\
         2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9\
         21f9664c97637da9768812f615c68b13b52e\
         c0875924c1c7987947deafd8780acf49"
    );
    let payload = Payload { msg: &sealed, aad: &associated };
    let opened = cipher.decrypt(&counting::<24>(0x40).into(), payload).unwrap();
    assert_eq!(opened, message);
}

#[test]
fn argon2id_of_rfc_9106_5_3() {
    let params = ParamsBuilder::new()
        .m_cost(32)
        .t_cost(3)
        .p_cost(4)
        .data(AssociatedData::new(&[4; 12]).unwrap())
        .build()
        .unwrap();
    let argon2 =
        Argon2::new_with_secret(&[3; 8], Algorithm::Argon2id, Version::V0x13, params).unwrap();
    let mut tag = [0; 32];
    argon2.hash_password_into(&[1; 32], &[2; 16], &mut tag).unwrap();
    assert_eq!(hex(tag), "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659");
}
