//! HMAC-SHA-256 (RFC 2104) under a prepared key: what every subkey and every digest is computed with.

use hmac::block_api::HmacCore;
use hmac::digest::Output;
use hmac::digest::block_api::{Buffer, FixedOutputCore, UpdateCore};
use hmac::{Hmac, KeyInit};
use sha2::Sha256;
use zeroize::Zeroizing;

/// A key with both of its blocks hashed: each code then takes two blocks less. It wipes itself.
pub(super) struct MacKey(HmacCore<Sha256>);

impl MacKey {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        let mut block = Zeroizing::new([0; 64]);
        for (place, byte) in block.iter_mut().zip(key) {
            *place = *byte;
        }
        Self::of_block(&block)
    }

    /// Prepares a block: RFC 2104 pads a key that is shorter with zeros.
    pub(super) fn of_block(block: &[u8; 64]) -> Self {
        Self(HmacCore::new(block.into()))
    }

    /// The code of a message in two parts.
    ///
    /// By the parts of `hmac` below its common interface: that one is moved, with its buffer, for each part of a
    /// message, which took a fifth longer.
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
        fn a_code_is_that_of_the_whole_of_hmac(
            key in any::<[u8; 32]>(),
            one in prop::collection::vec(any::<u8>(), 0..150),
            other in prop::collection::vec(any::<u8>(), 0..150),
        ) {
            let whole = Hmac::<Sha256>::new_from_slice(&key).unwrap();
            let theirs = whole.chain_update(&one).chain_update(&other).finalize().into_bytes();
            prop_assert_eq!(MacKey::new(&key).code([&one, &other]), <[u8; 32]>::from(theirs));
        }
    }

    /// Fails to compile where a part, for want of a feature of its crate, is not wiped.
    #[test]
    fn every_part_wipes_itself() {
        fn wiped<T: ZeroizeOnDrop>(_: &T) {}
        wiped(&Buffer::<HmacCore<Sha256>>::default());
        // `HmacCore` does not say it, but is nothing more than the cores of two of these.
        let MacKey(_two) = MacKey::new(&[0; 32]);
        wiped(&Sha256::default());
    }
}
