//! Layer 3: secrets, and the values that a store holds in place of them.

#[cfg(feature = "leaks")]
mod alert_key;
mod compare;
mod corrupt;
mod digest;
mod foreign;
mod id_key;
mod mac;
mod master_key;
mod master_key_id;
mod master_keys;
mod operation;
mod owner_hash;
mod plaintext;
mod record_epochs;
mod record_keys;
mod record_tag;
mod seal;
mod slow_hash;
mod slow_hash_memory;
mod slow_hash_params;
mod text_code;

#[cfg(test)]
mod golden;
#[cfg(test)]
mod vectors;

#[cfg(test)]
pub(crate) use self::golden::{MASTER_KEY as MASTER_KEY_SAMPLE, SLOW_HASH_APP as SLOW_HASH_SAMPLE};

#[cfg(feature = "leaks")]
pub(crate) use self::alert_key::{AlertKey, found_text_hash};
pub(crate) use self::compare::Matches;
pub use self::corrupt::CorruptSecret;
pub use self::digest::KeyedDigest;
pub use self::foreign::{ForeignHash, ImportFormat, ImportFormatSettings, LookupPrefix};
pub(crate) use self::foreign::{ImportKey, SlowScheme, StandIn, StoredHash, UnreadableHash};
pub use self::id_key::IdKey;
pub use self::master_key::{MasterKey, MasterKeyError};
pub use self::master_key_id::MasterKeyId;
pub(crate) use self::master_keys::MasterKeyState;
pub use self::master_keys::{MasterKeys, MasterKeysError};
pub(crate) use self::operation::{chosen_operation, leak_operation};
pub(crate) use self::owner_hash::OwnerHash;
pub use self::plaintext::SecretKey;
pub(crate) use self::plaintext::SecretText;
pub(crate) use self::record_epochs::RecordEpochs;
pub use self::record_epochs::RecordEpochsError;
pub(crate) use self::record_keys::{Encoding, RecordKeys, TagUse, Unopened};
pub use self::record_tag::RecordTag;
pub use self::seal::Seal;
pub(crate) use self::seal::SealedFor;
pub use self::slow_hash::SlowHash;
pub(crate) use self::slow_hash_memory::{HashingError, SlowHashMemory};
pub use self::slow_hash_params::{SlowHashParams, SlowHashParamsError};
pub(crate) use self::text_code::{TextCode, TextKey, TextPlace};
