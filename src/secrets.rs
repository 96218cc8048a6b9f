//! Layer 2: what is secret, and what a store keeps in its place.

mod compare;
mod corrupt;
mod digest;
mod mac;
mod master_key;
mod master_key_id;
mod master_keys;
mod plaintext;
mod seal;
mod slow_hash;
mod slow_hash_params;

#[cfg(test)]
mod golden;
#[cfg(test)]
mod vectors;

pub(crate) use self::compare::Matches;
pub use self::corrupt::CorruptSecret;
pub use self::digest::KeyedDigest;
pub use self::master_key::{MasterKey, MasterKeyError};
pub use self::master_key_id::MasterKeyId;
pub(crate) use self::master_keys::Standing;
pub use self::master_keys::{MasterKeys, MasterKeysError};
pub(crate) use self::plaintext::SecretText;
pub use self::plaintext::{ApiKey, AppToken};
pub use self::seal::Seal;
pub(crate) use self::seal::SealedFor;
pub use self::slow_hash::SlowHash;
pub use self::slow_hash_params::{SlowHashParams, SlowHashParamsError};
