//! The floor whose keys other threads and other nodes can change: what a service by hand needs to revoke a key while it is in use, and to
//! be observed.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use hmac::{Hmac, KeyInit};
use sha2::Sha256;

use crate::floor::{ID, digest, is_equal, now, parse};

/// How old the last poll of the other nodes' changes may be.
const FRESH: Duration = Duration::from_hours(1);

/// The id of the master key.
const MASTER_KEY: [u8; 8] = [7; 8];

/// The kind of all keys.
const KIND: [u8; 16] = *b"app\0\0\0\0\0\0\0\0\0\0\0\0\0";

/// The floor, with what else a service by hand needs if a key can be revoked while it is in use: a map that other threads can
/// change, an end, a secret that a rotation has replaced, and states of the workspace and the account that other threads can replace. The
/// workspace has an allowlist. Changes of other nodes are polled, and two counters are for an operator.
pub(crate) struct ChangeableFloor {
    key: Hmac<Sha256>,
    start: Instant,
    /// The difference between the two clocks in seconds, which the poll measures.
    lead: AtomicI64,
    /// When the last poll started, in nanoseconds since the start.
    polled: AtomicU64,
    hits: AtomicU64,
    verified: AtomicU64,
    keys: papaya::HashMap<[u8; ID], Arc<ChangeableKey>, foldhash::fast::RandomState>,
}

pub(crate) struct ChangeableKey {
    /// The key of the digest, and the kind of the credential: both are compared before the digest.
    master_key: [u8; 8],
    kind: [u8; 16],
    workspace: Arc<ArcSwapOption<State>>,
    account: Arc<ArcSwapOption<State>>,
    used: AtomicI64,
    digest: [u8; 32],
    is_suspended: bool,
    ends: Option<i64>,
    previous: Option<Box<[u8; 32]>>,
    /// The scopes, if they are limited.
    scopes: Option<Box<u64>>,
    #[expect(dead_code, reason = "it occupies memory")]
    facts: Facts,
}

/// The fields of a credential that a handler and a page show. No attempt reads them.
#[expect(dead_code, reason = "it occupies memory")]
struct Facts {
    account: Arc<str>,
    workspace: Arc<str>,
    name: String,
    brand: [u8; 16],
    number: u32,
    created: i64,
    deprecated: Option<(i64, i64)>,
}

struct State {
    is_suspended: bool,
    /// The first and the last address of each network, in order. Empty if every address is allowed.
    networks: Vec<(u128, u128)>,
}

impl ChangeableFloor {
    /// Creates it with the same tokens, in one workspace with `networks` networks of which the last contains every address.
    pub(crate) fn new<'a>(
        tokens: impl IntoIterator<Item = &'a str>,
        networks: u16,
    ) -> Option<Self> {
        let key = Hmac::<Sha256>::new_from_slice(&[7; 32]).ok()?;
        let state = |networks| {
            Arc::new(ArcSwapOption::from_pointee(State { is_suspended: false, networks }))
        };
        let others = (1..networks).map(|at| (u128::from(at), u128::from(at)));
        let all = (u128::from(networks), u128::MAX);
        let (workspace, account) = (state(others.chain([all]).collect()), state(Vec::new()));
        let [account_id, workspace_id]: [Arc<str>; 2] = ["acme", "shop"].map(Into::into);
        let keys = papaya::HashMap::with_hasher(foldhash::fast::RandomState::default());
        for token in tokens {
            let (id, secret) = parse(token)?;
            let known = ChangeableKey {
                workspace: Arc::clone(&workspace),
                account: Arc::clone(&account),
                used: AtomicI64::new(0),
                digest: digest(&key, id, secret),
                is_suspended: false,
                ends: None,
                previous: None,
                scopes: None,
                master_key: MASTER_KEY,
                kind: KIND,
                facts: Facts {
                    account: Arc::clone(&account_id),
                    workspace: Arc::clone(&workspace_id),
                    name: format!("key {}", keys.len()),
                    brand: KIND,
                    number: 1,
                    created: now()?,
                    deprecated: None,
                },
            };
            keys.pin().insert(*id, Arc::new(known));
        }
        let (hits, verified, polled) = Default::default();
        let (start, lead) = (Instant::now(), AtomicI64::new(now()?));
        Some(Self { key, start, lead, polled, hits, verified, keys })
    }

    /// Does what the floor does, and checks the age of the last poll, the states, the end, the address and the scopes. Returns the key,
    /// because a handler needs its workspace.
    pub(crate) fn verify(&self, token: &str, from: IpAddr) -> Option<Arc<ChangeableKey>> {
        let (id, secret) = parse(token)?;
        let running = self.start.elapsed();
        let polled = Duration::from_nanos(self.polled.load(Ordering::Relaxed));
        if running.saturating_sub(polled) > FRESH {
            return None;
        }
        let keys = self.keys.pin();
        let known = keys.get(id)?;
        count(&self.hits);
        if known.master_key != MASTER_KEY || known.kind != KIND {
            return None;
        }
        let found = digest(&self.key, id, secret);
        let is_previous = || known.previous.as_ref().is_some_and(|one| is_equal(one, &found));
        if !is_equal(&known.digest, &found) && !is_previous() {
            return None;
        }
        let now = self.lead.load(Ordering::Relaxed) + running.as_secs().cast_signed();
        if known.is_suspended || known.ends.is_some_and(|ends| ends <= now) {
            return None;
        }
        let account = known.account.load();
        if account.as_ref()?.is_suspended {
            return None;
        }
        let workspace = known.workspace.load();
        let workspace = workspace.as_ref()?;
        if workspace.is_suspended || !workspace.admits(from) {
            return None;
        }
        if known.scopes.as_ref().is_some_and(|scopes| **scopes == 0) {
            return None;
        }
        if known.used.load(Ordering::Relaxed) < now {
            known.used.store(now, Ordering::Relaxed);
        }
        count(&self.verified);
        Some(Arc::clone(known))
    }
}

/// Adds one to a counter that only this thread writes.
fn count(counter: &AtomicU64) {
    counter.store(counter.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
}

impl State {
    fn admits(&self, from: IpAddr) -> bool {
        let address = match from {
            IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
            IpAddr::V6(address) => address.to_bits(),
        };
        let next = self.networks.partition_point(|(first, _)| *first <= address);
        let network = next.checked_sub(1).and_then(|at| self.networks.get(at));
        self.networks.is_empty() || network.is_some_and(|(_, last)| address <= *last)
    }
}
