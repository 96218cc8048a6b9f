//! Sequences of management calls.

use std::net::IpAddr;
use std::time::Duration;

use crate::adapters::MemoryStore;
use crate::domain::{
    Actor, CredentialRecord, EndTime, Integration, Operator, Owner, Permission, PolicyChange,
    UnlistedWorkspaces,
};
use crate::fuzzing::support::{Counting, block_on, master_key, with_own_kinds};
use crate::kinds::{AnyKind, KeyShape};
use crate::secrets::{MasterKeys, SlowHashParams};
use crate::shell::{
    Attempt, Builder, Issued, Keyward, ManageError, NewCredential, NewWorkspace, NotVerified,
    Rotation,
};
use crate::store::{
    CredentialQuery, CredentialStore, EventQuery, PageItem, PageSize, Position, Scope,
};
use crate::values::{
    AccountId, ActorId, CredentialId, CredentialNetworks, KindWord, Label, Labels, ManualClock,
    Name, Network, Scopes, Timestamp, WorkspaceId,
};

/// The number of calls for one input.
const CALLS: usize = 16;

const NETWORKS: [&str; 4] = ["203.0.113.0/24", "203.0.113.9", "2001:db8::/32", "198.51.100.0/24"];
const NAMES: [&str; 4] = ["One", "one", "Two", "primary"];

struct World {
    store: MemoryStore,
    clock: ManualClock,
    keyward: Keyward,
    /// Every credential that was issued, with its newest key text.
    issued: Vec<(CredentialId, KindWord, String)>,
}

/// Each call is a byte that selects the operation, and one byte for each argument.
///
/// Checks after each call:
///
/// - a refused call changes nothing;
/// - each workspace has a permanent credential of the kind with a minimum, or is removed and empty;
/// - the counters of each workspace are correct;
/// - the history has no gaps;
/// - a key verifies if and only if the records say so, and its proof has the scopes, labels and owner of the record.
pub fn management(data: &[u8]) {
    // Inputs of odd length use custom kinds.
    let mut world = World::new(if data.len().is_multiple_of(2) { presets } else { with_own_kinds });
    let mut input = data.iter().copied();
    for _ in 0..CALLS {
        let Some(call) = input.next() else { break };
        let before = world.position().number();
        let answer = world.call(call, || input.next().unwrap_or_default());
        let written = world.position().number() - before;
        match answer {
            Ok(()) => assert!(written <= 1, "a call writes at most one event"),
            Err(error) => {
                assert_eq!(written, 0, "{error}");
                assert!(
                    matches!(
                        error,
                        ManageError::Forbidden
                            | ManageError::AccountSuspended
                            | ManageError::AccountClosed
                            | ManageError::NotFound(_)
                            | ManageError::Refused(_)
                    ),
                    "a store in memory answers: {error:?}"
                );
            }
        }
    }
    world.assert_whole();
    world.assert_keys_open_what_they_should();
}

const fn presets(builder: Builder) -> Builder {
    builder
}

fn account() -> AccountId {
    AccountId::new("acme").unwrap()
}

fn actor(which: u8) -> Actor {
    let id = ActorId::new("somebody").unwrap();
    match which % 8 {
        0 => Actor::member(account(), id),
        1 => Actor::member(account(), id).with(Permission::ManageApiCredentials),
        2 => Actor::admin(AccountId::new("other").unwrap(), id),
        3 => Operator::new(id).acting_for(account()),
        _ => Actor::admin(account(), id),
    }
}

fn workspace(which: u8) -> WorkspaceId {
    WorkspaceId::new(["shop", "shop", "shop", "blog"][usize::from(which % 4)]).unwrap()
}

fn name(which: u8) -> Name {
    Name::new(NAMES[usize::from(which % 4)]).unwrap()
}

fn integration(which: u8) -> Integration {
    ["api", "segment", "custom:Own", "custom:own"][usize::from(which % 4)].parse().unwrap()
}

fn owner() -> ActorId {
    ActorId::new("owner").unwrap()
}

/// Returns a change of the whole policy. Zero is no rule, and some contradict themselves.
fn policy(rules: u8, seconds: u8) -> PolicyChange {
    let rule =
        |place: u8| (rules >> place & 1 == 1).then_some(u32::from(seconds) + u32::from(place));
    PolicyChange::new()
        .max_lifetime_seconds(rule(0))
        .default_expiry_seconds(rule(1))
        .max_overlap_seconds(rule(2))
        .max_secret_age_seconds(rule(3))
        .expiry_required(rules >> 4 & 1 == 1)
}

fn networks(which: u8) -> Vec<Network> {
    let listed = NETWORKS.iter().enumerate().filter(|(place, _)| which >> place & 1 == 1);
    listed.map(|(_, text)| text.parse().unwrap()).collect()
}

/// Returns at most three labels.
fn labels(which: u8) -> Labels {
    let label = |at| Label::new(format!("label-{at}"), format!("{which}")).unwrap();
    Labels::new((0..which % 4).map(label)).unwrap()
}

impl World {
    fn new(kinds: fn(Builder) -> Builder) -> Self {
        let store = MemoryStore::new();
        let clock = ManualClock::at("2030-01-01T00:00:00Z".parse().unwrap());
        let builder = Keyward::builder(store.clone(), MasterKeys::new(master_key()));
        let keyward = kinds(builder)
            .clock(clock.clone())
            .slow_hash(SlowHashParams::dangerous_cheap())
            .hashing_threads(std::num::NonZeroUsize::MIN)
            .randomness(Counting(1))
            .cached_credentials(16)
            .build()
            .unwrap();
        Self { store, clock, keyward, issued: Vec::new() }
    }

    fn position(&self) -> Position {
        block_on(self.store.position()).unwrap()
    }

    fn now(&self) -> Timestamp {
        crate::values::Clock::now(&self.clock).wall
    }

    /// Returns a time a little before now, now, or later.
    fn end(&self, when: u8) -> EndTime {
        match when % 4 {
            0 => EndTime::Now,
            1 => EndTime::At(self.now().saturating_sub(Duration::from_secs(1))),
            _ => EndTime::At(self.now().saturating_add(Duration::from_secs(u64::from(when)))),
        }
    }

    fn call(&mut self, call: u8, mut next: impl FnMut() -> u8) -> Result<(), ManageError> {
        let actor = actor(next());
        let keyward = self.keyward.clone();
        let manager = keyward.manager(&actor);
        let which = next();
        let id = self.issued.get(usize::from(which) % self.issued.len().max(1));
        let id = id.map_or(CredentialId::FIRST, |(id, ..)| *id);
        let place = workspace(which);
        match call % 24 {
            0 | 1 => {
                let new = NewWorkspace::new(place, name(next()));
                let added = block_on(manager.add_workspace(new))?;
                self.note(added.first.unwrap());
            }
            2 => {
                block_on(manager.remove_workspace(&place, NAMES[usize::from(next() % 4)]))?;
            }
            3 | 4 => {
                let kept = self.kept();
                let issued =
                    block_on(manager.issue_of(kept, self.new_credential(place, &mut next)))?;
                self.note(issued);
            }
            5 => {
                let others: Vec<_> = self.words().filter(|kind| *kind != self.kept()).collect();
                let kind = others[usize::from(which / 4) % others.len()];
                let issued =
                    block_on(manager.issue_of(kind, self.new_credential(place, &mut next)))?;
                self.note(issued);
            }
            6 | 7 => {
                let overlap = Duration::from_secs(u64::from(next()));
                let rotation = Rotation::new(overlap);
                let rotation =
                    if which.is_multiple_of(2) { rotation } else { rotation.end_overlap() };
                let rotated = block_on(manager.rotate(id, rotation))?;
                let known = self.issued.iter_mut().find(|(known, ..)| *known == id).unwrap();
                rotated.secret.expose().clone_into(&mut known.2);
            }
            8 => drop(block_on(manager.rename(id, name(next())))?),
            9 => drop(block_on(manager.deprecate(id, Some(self.end(next()))))?),
            10 => drop(block_on(manager.deprecate(id, None))?),
            11 => drop(block_on(manager.undeprecate(id))?),
            12 => drop(block_on(manager.suspend(id))?),
            13 => drop(block_on(manager.resume(id))?),
            14 => drop(block_on(manager.set_expiry(id, self.end(next())))?),
            15 => drop(block_on(manager.clear_expiry(id))?),
            16 => drop(block_on(manager.end_overlap(id))?),
            17 => block_on(manager.delete(id, NAMES[usize::from(next() % 4)]))?,
            18 => {
                let integration = integration(next());
                let choice = (which % 2 == 1).then_some(id);
                drop(block_on(manager.connect(&workspace(next()), integration, choice))?);
            }
            19 => drop(block_on(manager.disconnect(&place, &integration(next())))?),
            20 => drop(block_on(manager.allow(&place, &networks(next())))?),
            21 => match next() {
                0 => drop(block_on(manager.lift(&place))?),
                which => drop(block_on(manager.disallow(&place, &networks(which)))?),
            },
            22 => match next() % 16 {
                0 => block_on(manager.suspend_account())?,
                1 => block_on(manager.resume_account())?,
                2 => block_on(manager.set_unlisted_workspaces(UnlistedWorkspaces::Closed))?,
                4 => block_on(manager.deactivate(&owner()))?,
                5 => block_on(manager.reactivate(&owner()))?,
                6 => block_on(manager.set_policy(&policy(next(), next())))?,
                7 => block_on(manager.set_policy(&policy(0, 0)))?,
                8 => drop(block_on(manager.set_scopes(id, Scopes::none()))?),
                9 => drop(block_on(manager.set_scopes(id, Scopes::All))?),
                10 => match CredentialNetworks::new(networks(next())) {
                    Ok(networks) => drop(block_on(manager.set_networks(id, networks))?),
                    Err(_) => drop(block_on(manager.lift_networks(id))?),
                },
                11 => drop(block_on(manager.set_labels(id, labels(next())))?),
                12 => {
                    let owner = Owner::Member { id: owner() };
                    drop(block_on(manager.set_owner(id, owner))?);
                }
                13 => drop(block_on(manager.set_owner(id, Owner::Account))?),
                _ => block_on(manager.set_unlisted_workspaces(UnlistedWorkspaces::Open))?,
            },
            _ => self.clock.advance(Duration::from_secs(u64::from(which))),
        }
        Ok(())
    }

    fn note(&mut self, Issued { credential, secret, .. }: Issued) {
        self.issued.push((credential.id, credential.kind, secret.expose().to_owned()));
    }

    fn words(&self) -> impl Iterator<Item = KindWord> {
        self.keyward.inner().kinds.words()
    }

    /// Returns the kind with a minimum.
    fn kept(&self) -> KindWord {
        self.keyward.inner().kinds.minimum().unwrap().kind
    }

    fn new_credential(&self, place: WorkspaceId, next: &mut impl FnMut() -> u8) -> NewCredential {
        let new = NewCredential::new(place, name(next()));
        match next() {
            expires if expires % 4 == 1 => {
                new.expires(self.now().saturating_add(Duration::from_secs(expires.into())))
            }
            never if never % 4 == 2 => new.no_expiry(),
            owned if owned % 4 == 3 => new.owner(Owner::Member { id: owner() }),
            _ => new,
        }
    }

    fn records(&self) -> Vec<CredentialRecord> {
        let query = CredentialQuery::all(Scope::Store, Timestamp::MIN, PageSize::MAX);
        let page = block_on(self.store.credentials(&query)).unwrap();
        page.items.into_iter().filter_map(PageItem::record).collect()
    }

    fn assert_whole(&self) {
        let records = self.records();
        for workspace in ["shop", "blog"] {
            let id = WorkspaceId::new(workspace).unwrap();
            let Some(header) = block_on(self.store.workspace(&id)).unwrap() else {
                assert!(records.iter().all(|record| record.workspace != id));
                continue;
            };
            let own: Vec<_> = records.iter().filter(|record| record.workspace == id).collect();
            let keeps = |record: &&&CredentialRecord| {
                record.kind == self.kept()
                    && record.is_permanent()
                    && record.grant.owner.is_account()
            };
            let permanent = own.iter().filter(keeps).count();
            assert_eq!(header.credentials as usize, own.len(), "{header:?}");
            assert_eq!(header.permanent as usize, permanent, "{header:?}");
            assert_eq!(header.removed.is_none(), permanent > 0, "{header:?}");
            for connection in &header.integrations {
                assert!(own.iter().any(|record| record.id == connection.credential), "{header:?}");
            }
            if header.removed.is_some() {
                assert!(own.is_empty() && header.allowlist.is_empty(), "{header:?}");
            }
        }
        assert!(records.iter().all(|record| record.check().is_ok()), "{records:?}");
        let mut numbers = Vec::new();
        for account in ["acme", "other"] {
            let query = EventQuery::all(AccountId::new(account).unwrap(), PageSize::MAX);
            let page = block_on(self.store.events(&query)).unwrap();
            let events = page.items.into_iter().filter_map(PageItem::record);
            numbers.extend(events.map(|event| event.number));
        }
        numbers.sort_unstable();
        assert!(numbers.iter().copied().eq(1..=self.position().number()), "{numbers:?}");
    }

    fn assert_keys_open_what_they_should(&self) {
        let address: IpAddr = [203, 0, 113, 9].into();
        let records = self.records();
        for (id, kind, text) in &self.issued {
            let record = records.iter().find(|record| record.id == *id);
            let opens = record.is_some_and(|record| self.opens(record, address));
            let spec = self.keyward.inner().kinds.get(*kind).unwrap();
            let attempt = match spec.shape() {
                KeyShape::Pair => Attempt::<AnyKind>::pair(id.as_str(), text),
                KeyShape::Token => Attempt::token(text),
            };
            let outcome = block_on(self.keyward.verify(&attempt.client_address(address)));
            let outcome = outcome.map(|proof| {
                assert_eq!(proof.kind(), *kind);
                let grant = record.map(|record| &record.grant);
                assert_eq!(Some(proof.scopes()), grant.map(|grant| &grant.scopes));
                assert_eq!(Some(proof.labels()), grant.map(|grant| grant.labels.as_slice()));
                assert_eq!(Some(proof.owner()), grant.map(|grant| &grant.owner));
            });
            match outcome {
                Ok(()) => assert!(opens, "{record:?}"),
                Err(NotVerified::Denied(denial)) => assert!(!opens, "{denial:?} {record:?}"),
                Err(NotVerified::Unavailable(unavailable)) => panic!("{unavailable:?}"),
            }
        }
    }

    /// Returns `true` if the records say that the key verifies. This does not use the policy.
    fn opens(&self, record: &CredentialRecord, address: IpAddr) -> bool {
        let header = block_on(self.store.workspace(&record.workspace)).unwrap().unwrap();
        let account = block_on(self.store.account(&record.account)).unwrap();
        let restricted = !header.allowlist.is_empty();
        let open = account.as_ref().is_none_or(|account| {
            account.suspended.is_none()
                && (restricted || account.unlisted_workspaces == UnlistedWorkspaces::Open)
        });
        let listed = header.allowlist.iter().any(|entry| entry.network.contains(address));
        let own = record.grant.networks.as_ref();
        let is_own = own.is_none_or(|networks| {
            networks.as_slice().iter().any(|network| network.contains(address))
        });
        let stopped = record.grant.owner.member().is_some_and(|member| {
            account.as_ref().is_some_and(|it| it.inactive_owners.includes(&it.id, member))
        });
        let is_usable = !stopped && record.is_usable(self.now());
        is_usable && open && (listed || !restricted) && is_own
    }
}
