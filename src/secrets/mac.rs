//! HMAC-SHA-256 (RFC 2104) under a prepared key, which computes all subkeys and digests.

use hmac::block_api::HmacCore;
use hmac::digest::Output;
use hmac::digest::block_api::{Buffer, FixedOutputCore, UpdateCore};
use hmac::{Hmac, KeyInit};
use sha2::Sha256;
use zeroize::Zeroizing;

/// A key whose two padded blocks are already hashed, which saves two blocks for each code. It wipes itself.
pub(super) struct MacKey(HmacCore<Sha256>);

impl MacKey {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        let mut block = Zeroizing::new([0; 64]);
        for (place, byte) in block.iter_mut().zip(key) {
            *place = *byte;
        }
        Self::of_block(&block)
    }

    /// Prepares a key of one block. RFC 2104 pads a shorter key with zeros.
    pub(super) fn of_block(block: &[u8; 64]) -> Self {
        Self(HmacCore::new(block.into()))
    }

    /// Returns the code of a message in two parts.
    ///
    /// This uses the core types of `hmac`. Its common interface copies itself with its buffer for each part of a message, which
    /// took 20 % longer.
    pub(super) fn code(&self, parts: [&[u8]; 2]) -> [u8; 32] {
        let mut mac = self.0.clone();
        let mut buffer = Buffer::<HmacCore<Sha256>>::default();
        for part in parts {
            buffer.digest_blocks(part, |blocks| mac.update_blocks(blocks));
        }
        let mut code = Output::<Hmac<Sha256>>::default();
        mac.finalize_fixed_core(&mut buffer, &mut code);
        code.into()
    }
}

#[cfg(test)]
mod tests {
    use super::MacKey;
    use hmac::block_api::HmacCore;
    use hmac::digest::block_api::Buffer;
    use hmac::{Hmac, KeyInit, Mac};
    use proptest::prelude::{any, prop, prop_assert_eq, proptest};
    use sha2::Sha256;
    use zeroize::ZeroizeOnDrop;

    proptest! {
        #[test]
        fn a_code_equals_the_hmac_of_the_crate(
            key in any::<[u8; 32]>(),
            one in prop::collection::vec(any::<u8>(), 0..150),
            other in prop::collection::vec(any::<u8>(), 0..150),
        ) {
            let whole = Hmac::<Sha256>::new_from_slice(&key).unwrap();
            let theirs = whole.chain_update(&one).chain_update(&other).finalize().into_bytes();
            prop_assert_eq!(MacKey::new(&key).code([&one, &other]), <[u8; 32]>::from(theirs));
        }
    }

    /// Does not compile if a part is not wiped, because a feature of its crate is off.
    #[test]
    fn every_part_wipes_itself() {
        fn wiped<T: ZeroizeOnDrop>(_: &T) {}
        wiped(&Buffer::<HmacCore<Sha256>>::default());
        // `HmacCore` does not implement the trait, but it consists only of two of these cores.
        let MacKey(_two) = MacKey::new(&[0; 32]);
        wiped(&Sha256::default());
    }
}
