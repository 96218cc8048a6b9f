//! Under a master key that is declared lost, Argon2id decides: once for each secret, one at a time for each
//! credential, on the record as it is afterwards. Records that were tagged under the lost key are adopted first.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up has failed")]

use std::fmt;
use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use keyward::store::{CredentialStore, StoreError};
use keyward::{
    App, Attempt, CredentialId, DenialReason, Keyward, ManageError, MasterKey, MasterKeys,
    NotVerified, UnavailableReason, Verified, kind::KindWord, manage::EndTime, operate::Rekey,
};

use crate::support::directed::{Call, Directed, Director};
use crate::support::rekeying::{adopt_lost, walk};
use crate::support::seen::Seen;
use crate::support::{World, admin, again, block_on, cheap_under, forged, operator, shop};

const HOUR: Duration = Duration::from_hours(1);

/// Returns a node with only the declaration that the key of `world` is lost, after it adopted the records.
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
    let site_id = world.shop().first.credential.id;
    let key = world.app_key("backend");
    let text = key.secret.expose();
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
    assert_eq!((left.lost, left.adopted, left.up_to_date + left.without_key), (4, 0, 0));
    world.dump().assert_is(&before, "a walk that adopts nothing");
    refused(&node);
    assert_eq!(runs(&node), 0);

    let adopted = walk(&node, Rekey::new().adopt_lost());
    assert_eq!((adopted.adopted, adopted.lost, adopted.without_key), (4, 0, 2));
    let again = walk(&node, Rekey::new().adopt_lost());
    assert_eq!((again.adopted, again.retagged, again.without_key), (0, 0, 2));
    let (position, dump) = (before.position, world.dump());
    assert_eq!((position, &before.events), (dump.position, &dump.events), "no event");
    present(&node, text).unwrap();
    let wrong = forged::key(KindWord::Track, site_id, 7);
    let denied = block_on(node.verify(&Attempt::track(site_id.as_str(), &wrong)));
    assert!(matches!(denied, Err(NotVerified::Denied(_))), "{denied:?}");
    assert_eq!(runs(&node), 2, "Argon2id decided");
    block_on(node.manager(&admin()).suspend(key.credential.id)).unwrap();
}

/// An operator can declare a key lost by the id in the error and in the log, whether the missing key is that of the
/// record's tag, of a digest or of a seal.
#[test]
fn a_master_key_that_the_node_does_not_hold_is_named() {
    let world = World::new();
    let site_id = world.shop().first.credential.id;
    let key = world.app_key("backend");
    let id = world.master_key();
    let named = |unavailable: &keyward::Unavailable| {
        assert_eq!(unavailable.master_key(), Some(id));
        assert!(unavailable.to_string().contains(&id.to_string()), "{unavailable}");
    };
    let attempt = |node: &Keyward, reason: UnavailableReason| {
        let seen = Seen::default();
        match seen.of(|| present(node, key.secret.expose())) {
            Err(NotVerified::Unavailable(unavailable)) => {
                assert_eq!(unavailable.reason(), reason);
                named(&unavailable);
            }
            other => panic!("{other:?}"),
        }
        let log = seen.all();
        let line = log.lines().find(|line| line.contains("verification unavailable"));
        let line = line.unwrap_or_else(|| panic!("{log}"));
        assert!(line.contains("ERROR") && line.contains(&id.to_string()), "{line}");
    };
    let new = MasterKey::generate().unwrap();
    let without =
        |keys| cheap_under(world.store.clone(), world.clock.clone(), keys).build().unwrap();
    attempt(&without(MasterKeys::new(again(&new))), UnavailableReason::UnknownMasterKey);
    let lost = without(MasterKeys::new(again(&new)).lost([id]));
    attempt(&lost, UnavailableReason::LostMasterKey);

    // The tags are under the new key now, and digests and seals are not.
    adopt_lost(&lost);
    let node = without(MasterKeys::new(new));
    attempt(&node, UnavailableReason::UnknownMasterKey);
    match block_on(node.manager(&admin()).reveal(site_id)) {
        Err(ManageError::Unavailable(unavailable)) => named(&unavailable),
        other => panic!("{other:?}"),
    }
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
            present(&node, key.secret.expose()).unwrap();
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
        let passed = present(&node, old.secret.expose()).unwrap();
        assert_eq!((passed.generation().get(), runs(&node)), (1, 2));
        assert_eq!(passed.notice().unwrap().sunset, new.previous_until);
    }
    world.clock.advance(HOUR);
    let ended = present(&node, old.secret.expose());
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
    present(&node, old.secret.expose()).unwrap();
    present(&node, old.secret.expose()).unwrap();
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
fn a_secret_that_one_node_redigested_costs_another_nothing() {
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
    present(&first, key.secret.expose()).unwrap();
    let before = runs(&second);
    present_from(&second, key.secret.expose(), HOLDER).unwrap();
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

    // During a pause, the holder of the right secret gets `Unavailable`, and not a denial.
    let kept_waiting = present(&node, key.secret.expose());
    assert_eq!(unavailable(kept_waiting), UnavailableReason::HashingBusy);
    world.clock.advance(longest);
    let before = runs(&node);
    present(&node, key.secret.expose()).unwrap();
    assert_eq!(denied(present(&node, &forged)), DenialReason::WrongSecret);
    assert_eq!(runs(&node), before + 1, "with its new digest, forged attempts cost nothing");
}

/// Eight callers use eight keys each for the first time, while eight others present 10,000 forged API keys of one site
/// id. The queue has one place for each of the former and one for all of the latter together, because the attacked
/// credential never takes a second place.
#[test]
fn an_attack_on_one_site_id_delays_no_other_customer() {
    const CALLERS: usize = 8;
    const FORGED: u64 = 10_000;
    let world = World::new();
    let site_id = world.shop().first.credential.id;
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
                    present(node, key.secret.expose()).unwrap();
                }
            });
        }
    });
    let stats = node.stats();
    // The clock does not advance, so the pause after the first wrong secret never ends.
    assert_eq!(stats.argon2id_verify_runs, keys.len() as u64 + 1);
    assert_eq!((stats.denied, stats.unavailable), (1, FORGED - 1));
    assert_eq!(stats.argon2id_waiting, 0);
}

/// Addresses of documentation networks: the attacker's, and the holder's.
fn attacker(number: u64) -> IpAddr {
    [198, 51, 100, u8::try_from(number % 200).unwrap()].into()
}

const HOLDER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 9));

fn present_from(node: &Keyward, token: &str, from: IpAddr) -> Result<Verified<App>, NotVerified> {
    block_on(node.verify(&Attempt::app(token).client_address(from)))
}

/// The clock is manual: 100 wrong secrets a second for one public id, from one address and from 200, and in each second
/// the right one. It is the last one in its hundredth of a second, so that an attacker always finds the end of a pause
/// first.
#[test]
fn wrong_secrets_from_other_networks_do_not_delay_the_holder() {
    for addresses in [1, 200] {
        let world = World::new();
        world.shop();
        let keys = ["first", "second"].map(|called| world.app_key(called));
        let node = after_the_loss(&world);
        for key in &keys {
            for number in 0..6_000_u64 {
                let forged = forged::key(KindWord::App, key.credential.id, number);
                let before = runs(&node);
                let outcome = present_from(&node, &forged, attacker(number % addresses));
                assert!(outcome.is_err());
                assert!(runs(&node) <= before + 1);
                world.clock.advance(Duration::from_millis(10));
            }
            let before = runs(&node);
            let passed = present_from(&node, key.secret.expose(), HOLDER);
            passed.unwrap_or_else(|error| panic!("{addresses} addresses: {error:?}"));
            assert_eq!(runs(&node), before + 1, "its own job is the next");
        }
    }
}

/// Counts how often a credential is read.
#[derive(Debug, Clone, Default)]
struct Reads(Arc<std::sync::atomic::AtomicU64>);

impl Director for Reads {
    fn before(&self, call: Call) -> Result<(), StoreError> {
        if call == Call::Credential {
            self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        }
        Ok(())
    }
}

/// An attempt that must wait does not query the store. Another node may have given the credential a new digest, so it
/// is read once a second, and twice for each run.
#[test]
fn attempts_that_must_wait_ask_the_store_once_a_second() {
    let world = World::new();
    world.shop();
    let key = world.app_key("backend");
    let reads = Reads::default();
    let store = Directed::new(world.store.clone(), reads.clone());
    let node = over(store, &world, |builder| builder);
    let read = || reads.0.load(std::sync::atomic::Ordering::Relaxed);
    let (before, first) = (read(), runs(&node));
    for number in 0..1_000 {
        let forged = forged::key(KindWord::App, key.credential.id, number);
        assert!(present_from(&node, &forged, attacker(0)).is_err());
        world.clock.advance(Duration::from_millis(10));
    }
    let (read, ran) = (read() - before, runs(&node) - first);
    assert!(read <= 11 + 2 * ran, "{read} reads, {ran} runs");
}

/// Holds one reading of a credential until it is let go, and counts all of them.
#[derive(Debug, Clone, Default)]
struct Hold {
    reads: Reads,
    next: Arc<Mutex<Option<Held>>>,
}

/// The number of reads before the one that is held back, the signal that it has begun, and the signal that releases it.
#[derive(Debug)]
struct Held {
    before: u32,
    begun: mpsc::Sender<()>,
    go: mpsc::Receiver<()>,
}

impl Director for Hold {
    fn before(&self, call: Call) -> Result<(), StoreError> {
        Director::before(&self.reads, call)?;
        if call != Call::Credential {
            return Ok(());
        }
        let mut next = self.next.lock().unwrap();
        let due = next.take_if(|held| held.before == 0);
        next.iter_mut().for_each(|held| held.before -= 1);
        drop(next);
        if let Some(held) = due {
            held.begun.send(()).unwrap();
            held.go.recv().unwrap();
        }
        Ok(())
    }
}

/// A node with one key, on which a test can hold a running attempt for any time.
struct Busy {
    world: World,
    node: Keyward,
    id: CredentialId,
    token: String,
    hold: Hold,
}

impl Busy {
    fn new() -> Self {
        let world = World::new();
        world.shop();
        let key = world.app_key("backend");
        let hold = Hold::default();
        let store = Directed::new(world.store.clone(), hold.clone());
        let node = over(store, &world, |builder| builder);
        let token = key.secret.expose().to_owned();
        Self { world, node, id: key.credential.id, token, hold }
    }

    fn forged(&self) -> String {
        forged::key(KindWord::App, self.id, 7)
    }

    fn reads(&self) -> u64 {
        self.hold.reads.0.load(std::sync::atomic::Ordering::Relaxed)
    }

    /// Runs `meanwhile` while the check of a wrong secret from an address is running, and returns its result after the
    /// check has ended. `meanwhile` gets the channel that releases the check.
    fn while_at_work<T>(&self, from: IpAddr, meanwhile: impl FnOnce(mpsc::Sender<()>) -> T) -> T {
        // Makes the node read again: this read comes before the gate, and the next one is held back.
        self.world.clock.advance(Duration::from_secs(2));
        let (begun, has_begun) = mpsc::channel();
        let (release, go) = mpsc::channel();
        *self.hold.next.lock().unwrap() = Some(Held { before: 1, begun, go });
        thread::scope(|scope| {
            let at_work = scope.spawn(|| present_from(&self.node, &self.forged(), from));
            has_begun.recv().unwrap();
            let answer = meanwhile(release);
            assert_eq!(denied(at_work.join().unwrap()), DenialReason::WrongSecret);
            answer
        })
    }

    /// Presents a key, up to the first wait.
    fn begin(&self, token: &str, from: IpAddr) -> Begun<'_> {
        let token = token.to_owned();
        let node = &self.node;
        let mut attempt: Attempting<'_> =
            Box::pin(async move { node.verify(&Attempt::app(&token).client_address(from)).await });
        match attempt.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(outcome) => Begun::Ended(outcome),
            Poll::Pending => Begun::Waits(attempt),
        }
    }
}

type Attempting<'a> = Pin<Box<dyn Future<Output = Result<Verified<App>, NotVerified>> + 'a>>;

enum Begun<'a> {
    Ended(Result<Verified<App>, NotVerified>),
    Waits(Attempting<'a>),
}

impl<'a> Begun<'a> {
    fn waits(self) -> Attempting<'a> {
        match self {
            Self::Waits(attempt) => attempt,
            Self::Ended(outcome) => panic!("it does not wait: {outcome:?}"),
        }
    }

    /// Returns the attempt if it waits. Otherwise it must have been refused as busy.
    fn waits_or_is_refused(self) -> Option<Attempting<'a>> {
        match self {
            Self::Waits(attempt) => Some(attempt),
            Self::Ended(outcome) => {
                assert_eq!(unavailable(outcome), UnavailableReason::HashingBusy);
                None
            }
        }
    }
}

/// Returns one of the networks of 64 bits in one network of 48 bits.
fn of_one_customer(number: u16) -> IpAddr {
    [0x2001, 0xdb8, 0xbad, number, 0, 0, 0, 1].into()
}

/// A stranger with one IPv6 network of 48 bits, or one IPv4 network of 24, presents wrong secrets from 200 fresh origins
/// at a time, before and after the holder, while a run is at work.
#[test]
fn fresh_origins_of_one_network_do_not_keep_the_holder_out() {
    let from_a_24: fn(u16) -> IpAddr = |number| attacker(number.into());
    for origin in [of_one_customer, from_a_24] {
        let busy = Busy::new();
        let _ = present_from(&busy.node, &busy.forged(), [192, 0, 2, 1].into());
        let before = runs(&busy.node);
        let (mut holder, attackers) = busy.while_at_work(origin(0), |release| {
            let begin = |number| busy.begin(&busy.forged(), origin(number)).waits_or_is_refused();
            let mut attackers: Vec<_> = (1..100).filter_map(begin).collect();
            let holder = busy.begin(&busy.token, HOLDER).waits();
            attackers.extend((100..200).filter_map(begin));
            release.send(()).unwrap();
            (holder, attackers)
        });
        assert!(attackers.len() >= 16, "{} wait", attackers.len());
        block_on(&mut holder).unwrap();
        assert_eq!(runs(&busy.node) - before, 2, "the holder is the next");
    }
}

/// A wrong secret was deployed and replaced an hour ago.
#[test]
fn a_failure_of_an_hour_ago_is_forgotten() {
    let busy = Busy::new();
    assert_eq!(denied(present_from(&busy.node, &busy.forged(), HOLDER)), DenialReason::WrongSecret);
    busy.world.clock.advance(HOUR);
    let mut holder = busy.while_at_work(attacker(0), |release| {
        let holder = busy.begin(&busy.token, HOLDER).waits();
        release.send(()).unwrap();
        holder
    });
    block_on(&mut holder).unwrap();
}

/// A run may take longer than the pause after it.
#[test]
fn a_pause_counts_from_the_end_of_the_run() {
    let busy = Busy::new();
    let _ = present_from(&busy.node, &busy.forged(), [192, 0, 2, 1].into());
    busy.while_at_work(attacker(0), |release| {
        busy.world.clock.advance(Duration::from_secs(10));
        release.send(()).unwrap();
    });
    let next = present_from(&busy.node, &busy.forged(), attacker(0));
    assert_eq!(unavailable(next), UnavailableReason::HashingBusy);
}

/// While one attempt is at work, those that wait and those that are refused do not query the store.
#[test]
fn attempts_beside_a_run_do_not_query_the_store() {
    let busy = Busy::new();
    let _ = present_from(&busy.node, &busy.forged(), [192, 0, 2, 1].into());
    busy.while_at_work(attacker(0), |release| {
        let before = busy.reads();
        let attackers: Vec<_> = (0..200_u8)
            .filter_map(|number| {
                let from = [198, 51, number, 1].into();
                busy.begin(&busy.forged(), from).waits_or_is_refused()
            })
            .collect();
        assert_eq!((attackers.len(), busy.reads() - before), (16, 0));
        release.send(()).unwrap();
    });
}

/// In real time and with the cost of a real service: 100 wrong secrets a second for one public id, and the right one
/// four times a second. Prints how long the holder waited.
#[test]
fn the_right_holder_passes_under_a_hundred_wrong_secrets_a_second() {
    let world = World::new();
    world.shop();
    let keys: Vec<_> = (0..4).map(|n| world.app_key(&format!("key {n}"))).collect();
    let master_keys = MasterKeys::new(MasterKey::generate().unwrap()).lost([world.master_key()]);
    let node = Keyward::builder(world.store.clone(), master_keys).build().unwrap();
    adopt_lost(&node);
    let (mut tries, mut passed) = (0, 0);
    for key in &keys {
        let stop = std::sync::atomic::AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                for number in 0.. {
                    if stop.load(std::sync::atomic::Ordering::Relaxed) {
                        return;
                    }
                    let forged = forged::key(KindWord::App, key.credential.id, number);
                    assert!(present_from(&node, &forged, attacker(0)).is_err());
                    thread::sleep(Duration::from_millis(10));
                }
            });
            thread::sleep(Duration::from_millis(500));
            let begun = std::time::Instant::now();
            for _ in 0..20 {
                tries += 1;
                if present_from(&node, key.secret.expose(), HOLDER).is_ok() {
                    passed += 1;
                    println!("the holder passed after {:?}", begun.elapsed());
                    break;
                }
                thread::sleep(Duration::from_millis(250));
            }
            stop.store(true, std::sync::atomic::Ordering::Relaxed);
        });
    }
    println!("{passed} of {tries} right attempts passed");
    assert_eq!((tries, passed), (keys.len(), keys.len()));
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

impl Director for InBetween {
    fn before(&self, call: Call) -> Result<(), StoreError> {
        if call == Call::Credential {
            let due = self.0.lock().unwrap().take_if(|(node, _)| runs(node) > 0);
            if let Some((node, act)) = due {
                act(&node);
            }
        }
        Ok(())
    }
}

/// Presents a right token, and runs `change` while Argon2id checks it.
fn overtaken_by(
    change: impl FnOnce(&Keyward, CredentialId) + Send + 'static,
) -> Result<Verified<App>, NotVerified> {
    let world = World::new();
    world.shop();
    let key = world.app_key("backend");
    let watch = InBetween::default();
    let store = Directed::new(world.store.clone(), watch.clone());
    let node = over(store, &world, |builder| builder);
    let id = key.credential.id;
    let act: Act = Box::new(move |node| change(node, id));
    *watch.0.lock().unwrap() = Some((node.clone(), act));
    let outcome = present(&node, key.secret.expose());
    assert!(watch.0.lock().unwrap().is_none(), "the record was read once more");
    outcome
}

#[test]
fn changes_made_meanwhile_are_seen_afterwards() {
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
        block_on(node.manager(&admin()).set_expiry(id, EndTime::Now)).unwrap();
    });
    assert_eq!(denied(over), DenialReason::Ended);
}
