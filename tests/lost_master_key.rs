//! Under a master key that is declared lost, Argon2id decides: once for each secret, one at a time for each
//! credential, on the record as it is afterwards. Records that were tagged under the lost key are adopted first.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up has failed")]

mod support;

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use keyward::store::CredentialStore;
use keyward::{
    App, Attempt, CredentialId, DenialReason, End, Keyward, KindWord, ManageError, MasterKey,
    MasterKeys, NotVerified, Rekey, UnavailableReason, Verified,
};

use support::rekeying::{adopt_lost, walk};
use support::watched::{Watch, Watched};
use support::{World, admin, again, block_on, cheap_under, forged, operator, shop};

const HOUR: Duration = Duration::from_hours(1);

/// A node that has only heard that the key of `world` is lost, after it adopted the records.
fn after_the_loss(world: &World) -> Keyward {
    over(world.store.clone(), world, |builder| builder)
}

fn over(
    store: impl CredentialStore,
    world: &World,
    set: impl FnOnce(keyward::Builder) -> keyward::Builder,
) -> Keyward {
    let keys = MasterKeys::new(MasterKey::generate().unwrap()).lost([world.master_key()]);
    let node = set(cheap_under(store, world.clock.clone(), keys)).build().unwrap();
    adopt_lost(&node);
    node
}

fn present(keyward: &Keyward, token: &str) -> Result<Verified<App>, NotVerified> {
    block_on(keyward.verify(&Attempt::app(token)))
}

fn runs(keyward: &Keyward) -> u64 {
    keyward.stats().argon2id_verify_runs
}

fn unavailable<T: fmt::Debug>(outcome: Result<T, NotVerified>) -> UnavailableReason {
    match outcome {
        Err(NotVerified::Unavailable(unavailable)) => unavailable.reason(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn nothing_is_decided_before_the_records_are_adopted() {
    let world = World::new();
    let site_id = world.shop().primary.credential.id;
    let key = world.app_key("backend");
    let text = key.token.expose();
    let keys = MasterKeys::new(MasterKey::generate().unwrap()).lost([world.master_key()]);
    let node = cheap_under(world.store.clone(), world.clock.clone(), keys).build().unwrap();
    let before = world.dump();
    let refused = |node: &Keyward| {
        assert_eq!(unavailable(present(node, text)), UnavailableReason::LostMasterKey);
        let traced = block_on(node.trace(&operator(), text)).unwrap_err();
        assert_eq!(traced.reason(), UnavailableReason::LostMasterKey);
        match block_on(node.manager(&admin()).suspend(key.credential.id)) {
            Err(ManageError::Unavailable(unavailable)) => {
                assert_eq!(unavailable.reason(), UnavailableReason::LostMasterKey);
            }
            other => panic!("{other:?}"),
        }
    };
    refused(&node);
    // An account, a workspace, a Track set and an App key.
    let left = walk(&node, Rekey::new());
    assert_eq!((left.lost, left.adopted, left.up_to_date + left.out_of_reach), (4, 0, 0));
    world.dump().assert_is(&before, "a walk that adopts nothing");
    refused(&node);
    assert_eq!(runs(&node), 0);

    let adopted = walk(&node, Rekey::new().adopt_lost());
    assert_eq!((adopted.adopted, adopted.lost, adopted.out_of_reach), (4, 0, 2));
    let again = walk(&node, Rekey::new().adopt_lost());
    assert_eq!((again.adopted, again.retagged, again.out_of_reach), (0, 0, 2));
    let (position, dump) = (before.position, world.dump());
    assert_eq!((position, &before.events), (dump.position, &dump.events), "no event");
    present(&node, text).unwrap();
    let wrong = forged::key(KindWord::Track, site_id, 7);
    let denied = block_on(node.verify(&Attempt::track(site_id.as_str(), &wrong)));
    assert!(matches!(denied, Err(NotVerified::Denied(_))), "{denied:?}");
    assert_eq!(runs(&node), 2, "Argon2id decided");
    block_on(node.manager(&admin()).suspend(key.credential.id)).unwrap();
}

#[test]
fn a_first_use_runs_it_once_and_the_uses_after_it_never() {
    let world = World::new();
    world.shop();
    let keys: Vec<_> = (0..20).map(|n| world.app_key(&format!("key {n}"))).collect();
    let node = after_the_loss(&world);
    for (before, key) in (0..).zip(&keys) {
        assert_eq!(runs(&node), before);
        for _ in 0..3 {
            present(&node, key.token.expose()).unwrap();
            assert_eq!(runs(&node), before + 1);
        }
    }
}

#[test]
fn each_secret_of_a_rotated_credential_has_its_one_run() {
    let world = World::new();
    world.shop();
    let old = world.app_key("backend");
    let id = old.credential.id;
    let new = block_on(world.keyward.manager(&admin()).rotate(id, HOUR)).unwrap();
    let node = after_the_loss(&world);
    for _ in 0..3 {
        let passed = present(&node, new.secret.expose()).unwrap();
        assert_eq!((passed.generation().get(), runs(&node)), (2, 1));
    }
    for _ in 0..3 {
        let passed = present(&node, old.token.expose()).unwrap();
        assert_eq!((passed.generation().get(), runs(&node)), (1, 2));
        assert_eq!(passed.notice().unwrap().sunset, new.previous_until);
    }
    world.clock.advance(HOUR);
    let ended = present(&node, old.token.expose());
    assert_eq!(denied(ended), DenialReason::OverlapEnded);
}

#[test]
fn a_rotation_after_the_loss_leaves_one_secret_to_argon2id() {
    let world = World::new();
    world.shop();
    let old = world.app_key("backend");
    let node = after_the_loss(&world);
    let new = block_on(node.manager(&admin()).rotate(old.credential.id, HOUR)).unwrap();
    present(&node, new.secret.expose()).unwrap();
    assert_eq!(runs(&node), 0);
    present(&node, old.token.expose()).unwrap();
    present(&node, old.token.expose()).unwrap();
    assert_eq!(runs(&node), 1);
}

fn denied<T: fmt::Debug>(outcome: Result<T, NotVerified>) -> DenialReason {
    match outcome {
        Err(NotVerified::Denied(denial)) => denial.reason(),
        other => panic!("{other:?}"),
    }
}

/// Two nodes that have lost the same key, and hold the same new one.
#[test]
fn what_one_node_has_stamped_costs_another_nothing() {
    let world = World::new();
    world.shop();
    let key = world.app_key("backend");
    let forged = forged::key(KindWord::App, key.credential.id, 7);
    let new = MasterKey::generate().unwrap();
    let [first, second] = [again(&new), new].map(|new| {
        let keys = MasterKeys::new(new).lost([world.master_key()]);
        cheap_under(world.store.clone(), world.clock.clone(), keys).build().unwrap()
    });
    adopt_lost(&first);
    // The second has read the record before the first gives it a new digest.
    assert_eq!(denied(present(&second, &forged)), DenialReason::WrongSecret);
    present(&first, key.token.expose()).unwrap();
    let before = runs(&second);
    present(&second, key.token.expose()).unwrap();
    assert_eq!(denied(present(&second, &forged)), DenialReason::WrongSecret);
    assert_eq!((runs(&first), runs(&second)), (1, before));
}

#[test]
fn wrong_secrets_make_the_next_run_wait_and_then_the_right_one_passes() {
    let world = World::new();
    world.shop();
    let key = world.app_key("backend");
    let forged = forged::key(KindWord::App, key.credential.id, 7);
    let node = after_the_loss(&world);
    let step = Duration::from_millis(250);
    let (mut pauses, mut waited) = (Vec::new(), Duration::ZERO);
    assert_eq!(denied(present(&node, &forged)), DenialReason::WrongSecret);
    while pauses.len() < 12 {
        let before = runs(&node);
        match present(&node, &forged) {
            Err(NotVerified::Denied(_)) => {
                assert_eq!(runs(&node), before + 1);
                pauses.push(std::mem::take(&mut waited));
            }
            other => {
                assert_eq!(unavailable(other), UnavailableReason::HashingBusy);
                assert_eq!(runs(&node), before, "a pause costs nothing");
            }
        }
        world.clock.advance(step);
        waited += step;
    }
    let longest = *pauses.last().unwrap();
    for pair in pauses.windows(2) {
        assert_eq!(pair[1], (pair[0] * 2).min(longest), "{pauses:?}");
    }
    assert!(longest >= pauses[0] * 100, "{pauses:?}");

    // In a pause the holder of the right secret hears that nobody can tell now, and not "no".
    let kept_waiting = present(&node, key.token.expose());
    assert_eq!(unavailable(kept_waiting), UnavailableReason::HashingBusy);
    world.clock.advance(longest);
    let before = runs(&node);
    present(&node, key.token.expose()).unwrap();
    assert_eq!(denied(present(&node, &forged)), DenialReason::WrongSecret);
    assert_eq!(runs(&node), before + 1, "with its new digest, forged attempts cost nothing");
}

/// Eight callers use eight keys each for the first time, while eight others present 10,000 forged API keys
/// of one site id. The queue holds one place for each of the former and one for all of the latter together:
/// that is enough, since the attacked credential never takes a second place.
#[test]
fn an_attack_on_one_site_id_keeps_nobody_else_waiting() {
    const CALLERS: usize = 8;
    const FORGED: u64 = 10_000;
    let world = World::new();
    let site_id = world.shop().primary.credential.id;
    let keys: Vec<_> = (0..CALLERS * 8).map(|n| world.app_key(&format!("key {n}"))).collect();
    let places = NonZeroUsize::new(CALLERS + 1).unwrap();
    let node = over(world.store.clone(), &world, |builder| {
        builder.hashing_threads(NonZeroUsize::MIN).hashing_queue(places)
    });
    thread::scope(|scope| {
        for caller in 0..CALLERS {
            let node = &node;
            scope.spawn(move || {
                for number in (caller as u64..FORGED).step_by(CALLERS) {
                    let forged = forged::key(KindWord::Track, site_id, number);
                    let attempt = Attempt::track(site_id.as_str(), &forged);
                    assert!(block_on(node.verify(&attempt)).is_err());
                    let waiting = node.stats().argon2id_waiting;
                    assert!(waiting <= places.get() as u64, "{waiting} jobs wait");
                }
            });
            let own = keys.chunks(8).nth(caller).unwrap();
            scope.spawn(move || {
                for key in own {
                    present(node, key.token.expose()).unwrap();
                }
            });
        }
    });
    let stats = node.stats();
    // The clock stands still, so the pause after the first wrong secret never ends.
    assert_eq!(stats.argon2id_verify_runs, keys.len() as u64 + 1);
    assert_eq!((stats.denied, stats.unavailable), (1, FORGED - 1));
    assert_eq!(stats.argon2id_waiting, 0);
}

/// Does something once, between a run of Argon2id and the next reading of a credential.
#[derive(Clone, Default)]
struct InBetween(Arc<Mutex<Option<(Keyward, Act)>>>);

type Act = Box<dyn FnOnce(&Keyward) + Send>;

impl fmt::Debug for InBetween {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InBetween(..)")
    }
}

impl Watch for InBetween {
    fn reading_credential(&self) {
        let due = self.0.lock().unwrap().take_if(|(node, _)| runs(node) > 0);
        if let Some((node, act)) = due {
            act(&node);
        }
    }
}

/// Presents a right token, and lets `change` happen while Argon2id is asked about it.
fn overtaken_by(
    change: impl FnOnce(&Keyward, CredentialId) + Send + 'static,
) -> Result<Verified<App>, NotVerified> {
    let world = World::new();
    world.shop();
    let key = world.app_key("backend");
    let watch = InBetween::default();
    let store = Watched { store: world.store.clone(), watch: watch.clone() };
    let node = over(store, &world, |builder| builder);
    let id = key.credential.id;
    let act: Act = Box::new(move |node| change(node, id));
    *watch.0.lock().unwrap() = Some((node.clone(), act));
    let outcome = present(&node, key.token.expose());
    assert!(watch.0.lock().unwrap().is_none(), "the record was read once more");
    outcome
}

#[test]
fn what_happens_meanwhile_is_seen_afterwards() {
    let rotated = |overlap| {
        move |node: &Keyward, id| {
            let _ = block_on(node.manager(&admin()).rotate(id, overlap)).unwrap();
        }
    };
    let gone = overtaken_by(rotated(Duration::ZERO));
    assert_eq!(denied(gone), DenialReason::WrongSecret);
    let overlapping = overtaken_by(rotated(HOUR)).unwrap();
    assert!(overlapping.notice().unwrap().sunset.is_some(), "it is the previous secret now");

    let deleted = overtaken_by(|node, id| {
        block_on(node.manager(&admin()).delete(id, "backend")).unwrap();
    });
    assert_eq!(denied(deleted), DenialReason::Unknown);
    let removed = overtaken_by(|node, _| {
        block_on(node.manager(&admin()).remove_workspace(&shop(), "Shop")).unwrap();
    });
    assert_eq!(denied(removed), DenialReason::Unknown);
    let suspended = overtaken_by(|node, id| {
        block_on(node.manager(&admin()).suspend(id)).unwrap();
    });
    assert_eq!(denied(suspended), DenialReason::Suspended);
    let over = overtaken_by(|node, id| {
        block_on(node.manager(&admin()).set_expiry(id, End::Now)).unwrap();
    });
    assert_eq!(denied(over), DenialReason::Over);
}
