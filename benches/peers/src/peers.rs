//! The check of a valid key by each peer, and the parts that it leaves out.

use std::error::Error;
use std::fmt;

use api_keys_simplified::{ApiKeyManagerV0, Environment, KeyStatus};
use prefixed_api_key::{PrefixedApiKey, PrefixedApiKeyController};
use pylon_auth::api_key::ApiKeyStore;

use crate::floor::Floor;
use crate::sampling::{Works, in_turn};

/// The number of keys, which are checked in turn.
pub(crate) const KEYS: usize = 256;
/// The number of keys in one run, except with Argon2id.
pub(crate) const ATTEMPTS: u32 = 2_048;

pub(crate) struct Peer {
    pub(crate) works: Works,
    pub(crate) bound: Bound,
    pub(crate) leaves_out: &'static str,
}

/// The bound of Keyward's time, as a multiple of the peer's time.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bound {
    /// No bound. The row shows how much of the other bounds is achievable.
    None,
    Faster,
}

impl Bound {
    pub(crate) fn holds(self, ratio: f64) -> bool {
        match self {
            Self::None => true,
            Self::Faster => ratio < 1.0,
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("-"),
            Self::Faster => f.write_str("< 1.00"),
        }
    }
}

/// Returns all peers, and the floor with Keyward's own tokens.
pub(crate) fn all(tokens: Vec<String>) -> Result<Vec<Peer>, Box<dyn Error>> {
    Ok(vec![prefixed_api_key()?, pylon_auth(), api_keys_simplified()?, floor(tokens)?])
}

/// A minimal hand-written check.
fn floor(tokens: Vec<String>) -> Result<Peer, Box<dyn Error>> {
    let floor = Floor::new(tokens.iter().map(String::as_str)).ok_or("a token is malformed")?;
    let passes = move |token: &String| floor.verify(token).is_some();
    Ok(Peer {
        works: Works {
            name: "the floor, by hand",
            attempts: ATTEMPTS,
            run: in_turn(tokens, ATTEMPTS, passes),
        },
        bound: Bound::None,
        leaves_out: "expiry, state, address, revocation by other nodes",
    })
}

/// Parses the key, and checks it against the stored hash.
fn prefixed_api_key() -> Result<Peer, Box<dyn Error>> {
    let controller =
        PrefixedApiKeyController::configure().prefix("kw".to_owned()).seam_defaults().finalize()?;
    let keys = (0..KEYS)
        .map(|_| controller.try_generate_key_and_hash())
        .map(|made| made.map(|(key, hash)| (key.to_string(), hash)))
        .collect::<Result<Vec<_>, _>>()?;
    let passes = move |(text, hash): &(String, String)| {
        PrefixedApiKey::from_string(text).is_ok_and(|key| controller.check_hash(&key, hash))
    };
    Ok(Peer {
        works: Works {
            name: "prefixed-api-key 0.3, parse and check",
            attempts: ATTEMPTS,
            run: in_turn(keys, ATTEMPTS, passes),
        },
        bound: Bound::Faster,
        leaves_out: "look-up, checksum, server's key, expiry, state, address, last use",
    })
}

/// Uses its memory store with default settings.
fn pylon_auth() -> Peer {
    let store = ApiKeyStore::new();
    let issue = |number| store.create("ada".into(), format!("key {number}"), None, None).0;
    let keys: Vec<_> = (0..KEYS).map(issue).collect();
    Peer {
        works: Works {
            name: "pylon-auth 0.3, store in memory",
            attempts: ATTEMPTS,
            run: in_turn(keys, ATTEMPTS, move |text| store.verify(text).is_ok()),
        },
        bound: Bound::Faster,
        leaves_out: "checksum, suspension, address, revocation by other nodes, last use by the second",
    }
}

/// Uses the default configuration, which runs Argon2id each time.
fn api_keys_simplified() -> Result<Peer, Box<dyn Error>> {
    let manager = ApiKeyManagerV0::init_default_config("kw")?;
    let issued = manager.generate(Environment::production())?;
    let passes = move |issued: &api_keys_simplified::ApiKey<api_keys_simplified::Hash>| {
        let hash = issued.expose_hash().hash();
        manager.verify(issued.key(), hash).is_ok_and(|status| status == KeyStatus::Valid)
    };
    Ok(Peer {
        works: Works {
            name: "api-keys-simplified 0.5, verify",
            attempts: 1,
            run: in_turn(vec![issued], 1, passes),
        },
        bound: Bound::Faster,
        leaves_out: "look-up, server's key, state, address, last use",
    })
}
