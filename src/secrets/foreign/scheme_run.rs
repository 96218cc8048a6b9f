//! Computes the slow hash of a presented key as the other system did.

use argon2::{Algorithm, Argon2, Params, Version};
use zeroize::Zeroizing;

use super::hash::ForeignHash;
use super::scheme::{SlowAlgorithm, SlowScheme};
use crate::secrets::plaintext::SecretText;
use crate::secrets::slow_hash_memory::{HashingError, SlowHashMemory};

/// The longest text of bcrypt in bytes. Some programs ignore what follows.
#[cfg(feature = "salted-imports")]
const BCRYPT_LONGEST: usize = 72;

impl SlowScheme {
    /// Returns `true` if this build can compute the hash.
    pub(super) const fn is_compiled(&self) -> bool {
        cfg!(feature = "salted-imports") || matches!(self.algorithm, SlowAlgorithm::Argon2id)
    }

    /// Hashes the text of a presented key on the thread of the caller, and returns what takes the place of its secret. Returns `None` if
    /// the algorithm cannot hash the whole text.
    pub(crate) fn secret(
        &self,
        text: &[u8],
        memory: &mut SlowHashMemory,
    ) -> Result<Option<SecretText>, HashingError> {
        let output = self.output(text, memory)?;
        Ok(output.map(|output| ForeignHash::of_output(&output).secret()))
    }

    fn output(
        &self,
        text: &[u8],
        memory: &mut SlowHashMemory,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, HashingError> {
        let mut output = Zeroizing::new(vec![0; self.length]);
        match (self.algorithm, &*self.cost) {
            (SlowAlgorithm::Argon2id, [memory_kib, passes, lanes]) => {
                let params = Params::new(*memory_kib, *passes, *lanes, Some(self.length))?;
                let blocks = params.block_count();
                let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
                memory.with(blocks, |blocks| {
                    let salt = &self.salt;
                    Ok(argon2.hash_password_into_with_memory(text, salt, &mut output, blocks)?)
                })?;
                Ok(Some(output))
            }
            #[cfg(feature = "salted-imports")]
            _ => self.optional(text, output),
            #[cfg(not(feature = "salted-imports"))]
            _ => Err(HashingError::NotCompiled),
        }
    }

    #[cfg(feature = "salted-imports")]
    fn optional(
        &self,
        text: &[u8],
        mut output: Zeroizing<Vec<u8>>,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, HashingError> {
        let salt = &*self.salt;
        match (self.algorithm, &*self.cost) {
            (SlowAlgorithm::Bcrypt, [cost]) => return bcrypt(*cost, salt, text),
            (SlowAlgorithm::BcryptSha256, [cost]) => {
                return bcrypt(*cost, salt, &sha256_hexadecimal(text));
            }
            (SlowAlgorithm::Scrypt, [log_n, r, p]) => {
                let log_n = u8::try_from(*log_n).map_err(|_| HashingError::Refused)?;
                let params =
                    scrypt::Params::new(log_n, *r, *p).map_err(|_| HashingError::Refused)?;
                can_allocate((128 * u64::from(*r)) << log_n)?;
                scrypt::scrypt(text, salt, &params, &mut output)
                    .map_err(|_| HashingError::Refused)?;
            }
            (SlowAlgorithm::Pbkdf2Sha256, [iterations]) => {
                pbkdf2::pbkdf2_hmac::<sha2::Sha256>(text, salt, *iterations, &mut output);
            }
            (SlowAlgorithm::Pbkdf2Sha512, [iterations]) => {
                pbkdf2::pbkdf2_hmac::<sha2::Sha512>(text, salt, *iterations, &mut output);
            }
            _ => return Err(HashingError::Refused),
        }
        Ok(Some(output))
    }
}

/// Computes bcrypt. The algorithm appends a zero byte to a text of less than 72 bytes, and cannot tell it from one in the text.
#[cfg(feature = "salted-imports")]
fn bcrypt(cost: u32, salt: &[u8], text: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, HashingError> {
    if text.len() > BCRYPT_LONGEST || text.contains(&0) {
        return Ok(None);
    }
    let mut ended = Zeroizing::new([text, &[0]].concat());
    ended.truncate(BCRYPT_LONGEST);
    let salt = salt.try_into().map_err(|_| HashingError::Refused)?;
    let output = Zeroizing::new(bcrypt::bcrypt(cost, salt, &ended));
    // The text of a bcrypt hash leaves the last byte out.
    Ok(output.split_last().map(|(_, kept)| Zeroizing::new(kept.to_vec())))
}

#[cfg(feature = "salted-imports")]
fn sha256_hexadecimal(text: &[u8]) -> Zeroizing<Vec<u8>> {
    use sha2::Digest;

    let digit = |nibble: u8| if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 };
    let mut digits = Zeroizing::new(Vec::with_capacity(64));
    for byte in sha2::Sha256::digest(text) {
        digits.extend([digit(byte >> 4), digit(byte & 15)]);
    }
    digits
}

/// Checks that there is memory. `scrypt` would end the process without it.
#[cfg(feature = "salted-imports")]
fn can_allocate(bytes: u64) -> Result<(), HashingError> {
    let bytes = usize::try_from(bytes).map_err(|_| HashingError::OutOfMemory)?;
    Vec::<u8>::new().try_reserve_exact(bytes).map_err(|_| HashingError::OutOfMemory)
}

#[cfg(test)]
mod tests;
