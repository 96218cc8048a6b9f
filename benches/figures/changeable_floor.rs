//! The floor whose keys other threads can change: what a service by hand needs to revoke a key while it is in use.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use arc_swap::ArcSwapOption;
use hmac::{Hmac, KeyInit};
use sha2::Sha256;

use crate::floor::{ID, digest, is_equal, now, parse};

/// The floor, with what else a service by hand needs if a key can be revoked while it is in use: a map that other threads can
/// change, an end, and states of the workspace and the account that other threads can replace. The workspace has an allowlist.
pub(crate) struct ChangeableFloor {
    key: Hmac<Sha256>,
    keys: papaya::HashMap<[u8; ID], Arc<ChangeableKey>, foldhash::fast::RandomState>,
}

pub(crate) struct ChangeableKey {
    workspace: Arc<ArcSwapOption<State>>,
    account: Arc<ArcSwapOption<State>>,
    used: AtomicI64,
    digest: [u8; 32],
    is_suspended: bool,
    ends: Option<i64>,
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
            };
            keys.pin().insert(*id, Arc::new(known));
        }
        Some(Self { key, keys })
    }

    /// Does what the floor does, and checks the states, the end and the address. Returns the key, because a handler needs its workspace.
    pub(crate) fn verify(&self, token: &str, from: IpAddr) -> Option<Arc<ChangeableKey>> {
        let (id, secret) = parse(token)?;
        let keys = self.keys.pin();
        let known = keys.get(id)?;
        if !is_equal(&known.digest, &digest(&self.key, id, secret)) {
            return None;
        }
        let now = now()?;
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
        if known.used.load(Ordering::Relaxed) < now {
            known.used.store(now, Ordering::Relaxed);
        }
        Some(Arc::clone(known))
    }
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
