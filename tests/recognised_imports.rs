//! A node that has verified an imported key recognises its text, and decides about it like about a native key.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use std::cell::RefCell;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use keyward::imports::{ForeignHash, Import, ImportFormat, ImportOutcome, ImportRow, LookupPrefix};
use keyward::kind::{AcceptedKind, AnyKind};
use keyward::manage::{CredentialNetworks, UnlistedWorkspaces};
use keyward::operate::NetworkViewers;
use keyward::scope::Scopes;
use keyward::store::{CredentialStore, StoreErrorKind};
use keyward::{
    App, Attempt, CredentialId, DenialReason, Freshness, Keyward, ManageError, MasterKey,
    MasterKeys, MemoryStore, NewWorkspace, NotVerified, Track, VerifiedAny,
};
use rand_core::{TryCryptoRng, TryRng};

use crate::imports::{accepting, hexadecimal, imported, present, reason};
use crate::support::nodes::Nodes;
use crate::support::random::Choices;
use crate::support::random_source::Dry;
use crate::support::staged::Call;
use crate::support::{
    World, account, admin, again, block_on, cheap, cheap_under, name, operator, shop,
};

const KEY: &str = "mine_7RkDq0vXbT2mWc9JzLpY";
const OTHER: &str = "mine_7RkDq0vXbT2mWc9JzLpZ";

/// Counts the calls of a format's function: one for each text that is not recognised.
#[derive(Debug, Clone, Default)]
struct Hashed(Arc<AtomicU64>);

impl Hashed {
    /// A format whose "hash" is the end of the text.
    fn format(&self, called: &str) -> ImportFormat {
        let counted = Arc::clone(&self.0);
        ImportFormat::custom(called, 16, move |text| {
            counted.fetch_add(1, Ordering::Relaxed);
            ForeignHash::new(text.as_bytes().last_chunk::<16>()?)
        })
        .starting_with("mine_")
    }

    /// Returns the number of calls by `work`.
    fn during(&self, work: impl FnOnce()) -> u64 {
        let before = self.0.load(Ordering::Relaxed);
        work();
        self.0.load(Ordering::Relaxed) - before
    }
}

fn row(format: &str, text: &str) -> ImportRow {
    let end = text.as_bytes().last_chunk::<16>().unwrap();
    let stored = hexadecimal(end.iter().copied());
    ImportRow::new(format, name(&format!("{format} {}", &text[24..])), stored)
}

/// A service with one imported key that was used.
fn used() -> (World, Hashed, CredentialId) {
    let hashed = Hashed::default();
    let world = accepting([hashed.format("mine")]);
    let id = imported(&world.keyward, row("mine", KEY));
    present(&world.keyward, KEY).unwrap();
    (world, hashed, id)
}

#[test]
fn a_later_use_hashes_nothing_and_proves_the_same() {
    let (world, hashed, id) = used();
    let other = imported(&world.keyward, row("mine", OTHER));
    // The import changed the workspace, so its state is read again.
    present(&world.keyward, KEY).unwrap();
    let calls = hashed.during(|| {
        assert_eq!(present(&world.keyward, KEY).unwrap().credential(), id);
        let any: VerifiedAny = block_on(world.keyward.verify(&Attempt::token(KEY))).unwrap();
        assert_eq!((any.credential(), any.kind().as_str()), (id, "app"));
    });
    assert_eq!(calls, 0);
    assert_eq!(
        hashed.during(|| assert_eq!(present(&world.keyward, OTHER).unwrap().credential(), other)),
        1
    );
    assert_eq!(reason(&world.keyward, "mine_7RkDq0vXbT2mWc9JzLp0"), DenialReason::Unknown);
    assert_eq!(hashed.during(|| drop(present(&world.keyward, "mine_7RkDq0vXbT2mWc9JzLp0"))), 1);
    assert_eq!(world.keyward.stats().verified, 5);
}

#[test]
fn it_is_no_longer_accepted_after_any_change_that_refuses_a_native_key() {
    let (world, _, id) = used();
    let (admin, keyward) = (admin(), &world.keyward);
    let manager = keyward.manager(&admin);
    block_on(manager.suspend(id)).unwrap();
    assert_eq!(reason(keyward, KEY), DenialReason::Suspended);
    block_on(manager.resume(id)).unwrap();
    present(keyward, KEY).unwrap();
    let _ = block_on(manager.rotate(id, Duration::from_mins(1))).unwrap();
    assert!(present(keyward, KEY).unwrap().notice().is_some(), "the old key is ending");
    world.clock.advance(Duration::from_mins(1));
    assert_eq!(reason(keyward, KEY), DenialReason::OverlapEnded);
    let _ = block_on(manager.rotate(id, Duration::ZERO)).unwrap();
    assert_eq!(reason(keyward, KEY), DenialReason::WrongSecret);
    block_on(manager.delete(id, "mine Y")).unwrap();
    assert_eq!(reason(keyward, KEY), DenialReason::Unknown);
    // The same key again is another credential with the same id.
    assert_eq!(imported(keyward, row("mine", KEY)), id);
    present(keyward, KEY).unwrap();
}

/// A later import under the format that is asked first would win, so no node may go on with the other one.
#[test]
fn a_text_of_two_formats_is_not_remembered() {
    let hashed = Hashed::default();
    let world = accepting([hashed.format("first"), hashed.format("second")]);
    let second = imported(&world.keyward, row("second", KEY));
    for _ in 0..2 {
        assert_eq!(present(&world.keyward, KEY).unwrap().credential(), second);
    }
    let first = imported(&world.keyward, row("first", KEY));
    assert_eq!(present(&world.keyward, KEY).unwrap().credential(), first);
}

/// The digest changes with the master key, and the key is recognised again afterwards.
#[test]
fn a_new_digest_under_another_master_key_is_remembered_in_place_of_the_old_one() {
    let [first, second] = [(); 2].map(|()| MasterKey::generate().unwrap());
    let world = World::built(|store, clock| {
        cheap_under(store, clock, MasterKeys::new(again(&first)).newer([again(&second)]))
    });
    world.shop();
    let hashed = Hashed::default();
    let under = |keys| -> keyward::Keyward {
        cheap_under(world.store.clone(), world.clock.clone(), keys)
            .import::<App>(hashed.format("mine"))
            .build()
            .unwrap()
    };
    let node = under(MasterKeys::new(again(&first)).newer([again(&second)]));
    let id = imported(&node, row("mine", KEY));
    present(&node, KEY).unwrap();
    assert_eq!(hashed.during(|| drop(present(&node, KEY).unwrap())), 0);

    let newer = under(MasterKeys::new(again(&second)).older([again(&first)]));
    present(&newer, KEY).unwrap();
    let stored = block_on(world.store.credential(id)).unwrap().unwrap();
    assert_eq!(stored.current.digest.key(), second.id());
    present(&newer, KEY).unwrap();
    assert_eq!(hashed.during(|| drop(present(&newer, KEY).unwrap())), 0);
    // The other node finds the new digest at its next read.
    world.clock.advance(Duration::from_hours(1));
    present(&node, KEY).unwrap();
    block_on(node.manager(&admin()).rename(id, name("other"))).unwrap();
    present(&node, KEY).unwrap();
    assert_eq!(hashed.during(|| drop(present(&node, KEY).unwrap())), 0);
}

#[test]
fn a_service_without_formats_recognises_nothing() {
    let world = World::built(cheap);
    world.shop();
    assert_eq!(reason(&world.keyward, KEY), DenialReason::Malformed);
    assert_eq!(world.keyward.stats().hits, 0);
}

/// A source that always fails, so that a node with it recognises no key.
struct NoRandomness;

impl TryRng for NoRandomness {
    type Error = Dry;

    fn try_next_u32(&mut self) -> Result<u32, Dry> {
        Err(Dry)
    }

    fn try_next_u64(&mut self) -> Result<u64, Dry> {
        Err(Dry)
    }

    fn try_fill_bytes(&mut self, _: &mut [u8]) -> Result<(), Dry> {
        Err(Dry)
    }
}

impl TryCryptoRng for NoRandomness {}

/// A key with a salted hash, another key with the same prefix, and their hashes as Argon2id writes them.
const SALTED: &str = "argon2aa.qTzW2mVb8LxKc4RnJp7YhGdS5fAe0uHi";
const SALTED_HASH: &str = "$argon2id$v=19$m=64,t=2,p=1$HO5G3Up3dorW65XsBr+8qg$/ba54FwDrmzATPIQXJWTqxyWyhRkzWZAj9eV9GEU2yA";

/// The presented texts. The last one was never imported.
const TEXTS: [&str; 4] = [KEY, OTHER, SALTED, "mine_7RkDq0vXbT2mWc9JzLp0"];

keyward::vocabulary! {
    /// The scope that a route requires.
    pub enum Asked {
        Read = "read:people" => "Read people",
    }
}

/// A store with two nodes: one is managed, and the other verifies.
struct Side {
    nodes: Nodes,
    managing: Keyward,
    verifying: Keyward,
    ids: Vec<CredentialId>,
    backup: RefCell<MemoryStore>,
    hashed: Hashed,
}

impl Side {
    fn new(recognises: bool, freshness: Freshness) -> Self {
        let nodes = Nodes::new();
        let [unused, hashed] = [Hashed::default(), Hashed::default()];
        let node = |hashed: &Hashed| {
            nodes.node_with(|builder| {
                let builder = builder
                    .freshness(freshness)
                    .scopes::<Asked>()
                    .remember_networks(NetworkViewers::Managers)
                    .import::<App>(hashed.format("mine"))
                    .import::<App>(ImportFormat::salted("salted", LookupPrefix::until('.')));
                let builder = match freshness {
                    Freshness::Bounded(_) => builder.outage_tolerance(Duration::from_secs(20)),
                    Freshness::Strict => builder,
                };
                if recognises { builder } else { builder.randomness(NoRandomness) }
            })
        };
        let verifying = node(&hashed);
        let managing = nodes.node_with(|builder| {
            builder
                .scopes::<Asked>()
                .remember_networks(NetworkViewers::Managers)
                .import::<App>(unused.format("mine"))
                .import::<App>(ImportFormat::salted("salted", LookupPrefix::until('.')))
        });
        let new = NewWorkspace::new(shop(), name("Shop"));
        let _ = block_on(managing.manager(&admin()).create_workspace(new)).unwrap();
        let mut side = Self {
            nodes,
            managing,
            verifying,
            ids: Vec::new(),
            backup: RefCell::default(),
            hashed,
        };
        side.ids = side.import();
        side.backup.replace(side.nodes.store.backup());
        side
    }

    /// Imports all keys. Those that exist are left as they are.
    fn import(&self) -> Vec<CredentialId> {
        let operator = operator().acting_for(account());
        let salted = ImportRow::new("salted", name("salted"), SALTED_HASH).matching("argon2aa");
        let rows = [row("mine", KEY), row("mine", OTHER), salted];
        let import = Import::new(shop(), rows);
        let outcomes = block_on(self.managing.manager(&operator).import(import));
        let id = |outcome: &ImportOutcome| match outcome {
            ImportOutcome::Imported(id) | ImportOutcome::AlreadyImported(id) => Some(*id),
            _ => None,
        };
        outcomes.unwrap_or_default().iter().filter_map(id).collect()
    }

    fn present<A: AcceptedKind>(&self, attempt: &Attempt<'_, A>) -> String {
        match block_on(self.verifying.verify(attempt)) {
            Ok(proof) => format!(
                "{} {:?} {:?} {:?} {:?}",
                proof.name(),
                proof.generation(),
                proof.address(),
                proof.notice(),
                proof.scopes()
            ),
            Err(NotVerified::Denied(denial)) => {
                format!("{:?} {}", denial.reason(), denial.credential().is_some())
            }
            Err(NotVerified::Unavailable(unavailable)) => format!("{:?}", unavailable.reason()),
            Err(other) => panic!("{other:?}"),
        }
    }

    /// What this side wrote about the uses of its keys.
    fn written(&self) -> Vec<String> {
        let flushed = block_on(self.verifying.flush()).is_ok();
        let admin = admin();
        let manager = self.managing.manager(&admin);
        let of = |id: &CredentialId| {
            let seen = block_on(manager.credential(*id));
            let seen = seen.map(|it| (it.status, it.last_used, it.generations)).ok();
            let networks = block_on(manager.used_networks(*id)).ok();
            format!("{flushed} {seen:?} {networks:?}")
        };
        self.ids.iter().map(of).collect()
    }

    /// Carries out one step. Returns what came of it.
    fn perform(&self, step: &Step) -> String {
        let (admin, operator) = (admin(), operator().acting_for(account()));
        let (manager, support) = (self.managing.manager(&admin), self.managing.manager(&operator));
        let id = |place: usize| *self.ids.get(place).unwrap();
        let done = |outcome: Result<_, ManageError>| outcome.map_or("refused", |()| "done");
        let outcome = match *step {
            Step::Present { text, from, required } => {
                let attempt = Attempt::<App>::token(text).client_address(from);
                let attempt = if required { attempt.requiring(Asked::Read) } else { attempt };
                return self.present(&attempt);
            }
            Step::PresentToAny(text) => return self.present(&Attempt::<AnyKind>::token(text)),
            Step::PresentToTrack(text) => return self.present(&Attempt::<Track>::token(text)),
            Step::Suspend(place) => block_on(manager.suspend(id(place))).map(drop),
            Step::Resume(place) => block_on(manager.resume(id(place))).map(drop),
            Step::Rotate(place, overlap) => block_on(manager.rotate(id(place), overlap)).map(drop),
            Step::Delete(place) => block_on(async {
                let called = manager.credential(id(place)).await?.name;
                manager.delete(id(place), called.as_str()).await
            }),
            Step::Import => {
                self.import();
                Ok(())
            }
            Step::SuspendAccount => block_on(support.suspend_account()),
            Step::ResumeAccount => block_on(support.resume_account()),
            Step::Close(to) => block_on(manager.set_unlisted_workspaces(to)),
            Step::Networks(place, network) => {
                let networks = CredentialNetworks::new([network.parse().unwrap()]).unwrap();
                block_on(manager.set_networks(id(place), networks)).map(drop)
            }
            Step::NoScopes(place) => {
                block_on(manager.set_scopes(id(place), Scopes::none())).map(drop)
            }
            Step::AllScopes(place) => {
                block_on(manager.set_scopes(id(place), Scopes::All)).map(drop)
            }
            Step::Advance(time) => {
                self.nodes.clock.advance(time);
                Ok(())
            }
            Step::Fail => {
                self.nodes.store.fail(Call::Feed, StoreErrorKind::Unavailable);
                Ok(())
            }
            Step::Recover => {
                self.nodes.store.recover();
                Ok(())
            }
            Step::Backup => {
                self.backup.replace(self.nodes.store.backup());
                Ok(())
            }
            Step::Restore => {
                self.nodes.store.restore_backup(&self.backup.borrow());
                Ok(())
            }
        };
        done(outcome).to_owned()
    }
}

/// What happens to both sides.
#[derive(Debug, Clone, Copy)]
enum Step {
    Present { text: &'static str, from: Option<IpAddr>, required: bool },
    PresentToAny(&'static str),
    PresentToTrack(&'static str),
    Suspend(usize),
    Resume(usize),
    Rotate(usize, Duration),
    Delete(usize),
    Import,
    SuspendAccount,
    ResumeAccount,
    Close(UnlistedWorkspaces),
    Networks(usize, &'static str),
    NoScopes(usize),
    AllScopes(usize),
    Advance(Duration),
    Fail,
    Recover,
    Backup,
    Restore,
}

impl Step {
    fn any(choices: &mut Choices) -> Self {
        let text = *choices.one_of(&TEXTS);
        let network = *choices.one_of(&["203.0.113.0/24", "192.0.0.0/8"]);
        let place = choices.below(3);
        let addresses = [Some([203, 0, 113, 9]), Some([192, 0, 2, 7]), None];
        let from = choices.one_of(&addresses).map(IpAddr::from);
        let time = Duration::from_millis(*choices.one_of(&[100, 300, 1_000, 5_000, 61_000]));
        match choices.below(33) {
            0..=11 => Self::Present { text, from, required: choices.below(4) == 0 },
            12 => Self::PresentToAny(text),
            13 => Self::PresentToTrack(text),
            14 => Self::Suspend(place),
            15 | 16 => Self::Resume(place),
            17 => Self::Rotate(place, *choices.one_of(&[Duration::ZERO, Duration::from_secs(5)])),
            18 => Self::Delete(place),
            19 | 20 => Self::Import,
            21 => Self::SuspendAccount,
            22 => Self::ResumeAccount,
            23 => Self::Close(
                *choices.one_of(&[UnlistedWorkspaces::Open, UnlistedWorkspaces::Closed]),
            ),
            24 => Self::Networks(place, network),
            25 => Self::NoScopes(place),
            26 => Self::AllScopes(place),
            27 | 28 => Self::Advance(time),
            29 => Self::Fail,
            30 => Self::Recover,
            31 => Self::Backup,
            _ => Self::Restore,
        }
    }
}

/// In an outage, one attempt after each pause is asked to poll. It must do so also if its key is recognised: the node would otherwise
/// rely on its cache until the tolerance ends, although the store answers again.
#[test]
fn a_recognised_key_polls_when_its_turn_comes_in_an_outage() {
    let side = Side::new(true, Freshness::Bounded(Duration::from_secs(1)));
    let present = |after: Duration| {
        side.nodes.clock.advance(after);
        side.perform(&Step::Present { text: KEY, from: None, required: false })
    };
    assert!(present(Duration::ZERO).starts_with("mine Y"));
    side.perform(&Step::Fail);
    assert!(present(Duration::from_secs(2)).starts_with("mine Y"));
    assert_eq!(side.verifying.stats().tolerated, 1);
    side.perform(&Step::Suspend(0));
    side.perform(&Step::Recover);
    side.perform(&Step::Suspend(0));
    assert_eq!(present(Duration::from_secs(2)), "Suspended true");
}

/// A node that recognises keys answers, counts and writes exactly what a node does that hashes each of them.
#[test]
fn a_node_that_recognises_keys_decides_and_counts_like_one_that_does_not() {
    let choices = Choices::new();
    let (mut recognised, mut passed) = (0, 0);
    for (number, freshness) in [Freshness::Bounded(Duration::from_secs(1)), Freshness::Strict]
        .into_iter()
        .cycle()
        .take(40)
        .enumerate()
    {
        let mut choices = choices.of(number);
        let sides = [true, false].map(|recognises| Side::new(recognises, freshness));
        let [with, without] = &sides;
        for at in 0..120 {
            let step = Step::any(&mut choices);
            let [outcome, expected] = [with, without].map(|side| side.perform(&step));
            assert_eq!(outcome, expected, "run {number}, step {at}: {step:?}");
            let [counted, expected] = [with, without].map(|side| side.verifying.stats());
            assert_eq!(counted, expected, "run {number}, step {at}: {step:?}");
            if choices.below(8) == 0 {
                assert_eq!(with.written(), without.written(), "run {number}, step {at}: {step:?}");
            }
        }
        passed += with.verifying.stats().verified;
        let [hashed, all] = [with, without].map(|side| side.hashed.0.load(Ordering::Relaxed));
        recognised += all - hashed;
    }
    println!("{recognised} of {passed} passed without a hash");
    assert!(recognised > 100, "{recognised} of {passed}");
}
