//! A store that fails at each call in turn: nothing is half written, an unavailable store is never a denial, and a
//! retry succeeds.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up has failed")]

use std::fmt::Debug;
use std::net::IpAddr;
use std::time::Duration;

use keyward::store::StoreErrorKind;
use keyward::{
    Actor, Attempt, DenialReason, Freshness, Keyward, ManageError, MasterKey, MasterKeys,
    MemoryStore, NotVerified, SlowHashParams, UnavailableReason,
    operate::{Rekey, UnwrittenUses},
    time::ManualClock,
};

use crate::support::dump::Dump;
use crate::support::failing_store::{Call, FailingStore, Fault, Faults, KINDS, When};
use crate::support::forged::with_wrong_secret;
use crate::support::operations::{For, OPERATIONS, Operation, Targets};
use crate::support::random_source::Source;
use crate::support::rekeying::{adopt_lost, try_walk};
use crate::support::seen::Seen;
use crate::support::{World, account, admin, again, assert_advises, block_on, no_secret, operator};

/// Two handles over one store: `world` sets it up, and `keyward` meets the failures.
struct Stage {
    world: World,
    store: FailingStore,
    keyward: Keyward,
    targets: Targets,
}

/// Under which master key the secrets were made, as `keyward` sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MadeUnder {
    Current,
    Older,
    /// Lost, and the records were adopted.
    Lost,
    /// Lost, and no record was adopted yet.
    LostJustNow,
}

/// The keys of one test, so that two stages are identical.
struct Keys {
    made_under: MadeUnder,
    old: MasterKey,
    new: MasterKey,
}

impl Keys {
    fn new(made_under: MadeUnder) -> Self {
        let [old, new] = [(); 2].map(|()| MasterKey::generate().unwrap());
        Self { made_under, old, new }
    }

    fn of_the_failing_node(&self) -> MasterKeys {
        match self.made_under {
            MadeUnder::Current => MasterKeys::new(again(&self.old)),
            MadeUnder::Older => MasterKeys::new(again(&self.new)).older([again(&self.old)]),
            MadeUnder::Lost | MadeUnder::LostJustNow => {
                MasterKeys::new(again(&self.new)).lost([self.old.id()])
            }
        }
    }

    fn builder(
        &self,
        store: impl keyward::store::CredentialStore,
        clock: ManualClock,
        seed: u64,
    ) -> keyward::Builder {
        crate::support::integrating(Keyward::builder(store, MasterKeys::new(again(&self.old))))
            .slow_hash(SlowHashParams::dangerous_cheap())
            .clock(clock)
            .randomness(Source::seeded(seed))
    }

    /// A furnished workspace. Two stages of the same keys hold the same, to the byte.
    fn stage(&self) -> Stage {
        let world = World::built(|store: MemoryStore, clock| self.builder(store, clock, 1));
        let targets = world.furnish();
        let store = Faults::over(world.store.clone());
        if self.made_under == MadeUnder::Lost {
            adopt_lost(&self.failing_node(&store, &world.clock));
        }
        let keyward = self.failing_node(&store, &world.clock);
        Stage { world, store, keyward, targets }
    }

    /// Returns a handle with an empty cache, which draws the same randomness as every other one.
    fn failing_node(&self, store: &FailingStore, clock: &ManualClock) -> Keyward {
        crate::support::integrating(Keyward::builder(store.clone(), self.of_the_failing_node()))
            .slow_hash(SlowHashParams::dangerous_cheap())
            .clock(clock.clone())
            .randomness(Source::seeded(2))
            .build()
            .unwrap()
    }
}

/// One failure, and the contents of the store before and after it.
struct Trial<'a> {
    stage: &'a Stage,
    fault: Fault,
    call: Call,
    before: Dump,
    after: Dump,
}

impl Trial<'_> {
    /// Returns the reason that the caller gets for a read that fails in this way.
    fn reason(&self) -> UnavailableReason {
        match self.fault.kind {
            StoreErrorKind::Corrupt => UnavailableReason::CorruptRow,
            StoreErrorKind::Misconfigured => UnavailableReason::StoreMisconfigured,
            _ => UnavailableReason::Store,
        }
    }

    fn assert_unchanged(&self) {
        self.after.assert_is(&self.before, &format!("{:?} of {:?}", self.fault, self.call));
    }
}

/// Fails each call of `run` in each way, each time on a new handle over a store that is unchanged since `set_up`. After
/// each failure `run` must work again, which `passes` checks.
fn fail_every_call<T>(
    keys: &Keys,
    set_up: impl Fn(&Stage),
    run: impl Fn(&Stage) -> T,
    passes: impl Fn(&T) -> Result<(), String>,
    check: impl Fn(&Trial<'_>, T),
) {
    let stage = || {
        let stage = keys.stage();
        set_up(&stage);
        stage.store.set(None);
        stage
    };
    let whole = stage();
    passes(&run(&whole)).unwrap();
    let calls = whole.store.calls();
    assert_ne!(calls, [], "the store was asked");
    for (at, call) in calls.into_iter().enumerate() {
        let fail = |stage: &Stage, kind, when| {
            let fault = Fault { at, kind, when };
            let before = stage.world.dump();
            stage.store.set(fault);
            let answer = run(stage);
            stage.store.set(None);
            let after = stage.world.dump();
            check(&Trial { stage, fault, call, before, after }, answer);
        };
        let mut current = stage();
        for kind in KINDS {
            let before = current.world.dump();
            fail(&current, kind, When::Before);
            if KINDS.last() == Some(&kind) {
                passes(&run(&current)).unwrap();
            } else if current.world.dump() == before {
                current.keyward = keys.failing_node(&current.store, &current.world.clock);
                set_up(&current);
            } else {
                current = stage();
            }
        }
        if call != Call::Read {
            // Only a change with an unknown outcome may have been written.
            fail(&stage(), StoreErrorKind::Unknown, When::After);
        }
        if call == Call::Commit {
            // The change cannot be looked up either.
            fail(&stage(), StoreErrorKind::Unknown, When::FromThenOn);
        }
    }
}

fn succeeded<T, E: Debug>(answer: &Result<T, E>) -> Result<(), String> {
    answer.as_ref().map(drop).map_err(|error| format!("{error:?}"))
}

fn actor(operation: &Operation) -> Actor {
    match operation.by {
        For::TheOperator => operator().acting_for(account()),
        _ => admin(),
    }
}

fn run(operation: &Operation, stage: &Stage) -> Result<(), ManageError> {
    (operation.run)(&stage.keyward.manager(&actor(operation)), &stage.targets)
}

/// Prepares the state that an operation needs.
fn set_up_for(operation: &Operation, stage: &Stage) {
    if operation.name == "resume_account" {
        stage.world.suspend_account();
    }
}

fn stage_for(keys: &Keys, operation: &Operation) -> Stage {
    let stage = keys.stage();
    set_up_for(operation, &stage);
    stage
}

#[test]
fn every_operation_of_the_manager_is_done_or_not_done() {
    let keys = Keys::new(MadeUnder::Current);
    for operation in OPERATIONS {
        let whole = stage_for(&keys, operation);
        run(operation, &whole).unwrap();
        let done = whole.world.dump();
        fail_every_call(
            &keys,
            |stage| set_up_for(operation, stage),
            |stage| run(operation, stage),
            succeeded,
            |trial, answer| {
                let (fault, name) = (trial.fault, operation.name);
                let Err(error) = answer else {
                    assert_eq!(trial.call, Call::Commit, "{name}: {fault:?}");
                    match (fault.kind, fault.when) {
                        (StoreErrorKind::Conflict, _) => {}
                        // The change was looked up and found.
                        (StoreErrorKind::Unknown, When::After) => {
                            trial.after.assert_is(&done, name);
                        }
                        _ => panic!("{name}: {fault:?}"),
                    }
                    return;
                };
                no_secret::assert_no_secret(&error, &trial.stage.world.secrets());
                assert_advises(&error);
                match (&error, fault.kind, fault.when) {
                    (ManageError::Unknown { .. }, StoreErrorKind::Unknown, When::FromThenOn) => {
                        assert_eq!(trial.call, Call::Commit, "{name}: {fault:?}");
                    }
                    // The error means that nothing was written.
                    (ManageError::Unavailable(unavailable), _, When::Before) => {
                        assert_eq!(unavailable.reason(), trial.reason(), "{name}: {fault:?}");
                    }
                    _ => panic!("{name}: {fault:?} of {:?}: {error:?}", trial.call),
                }
                trial.assert_unchanged();
            },
        );
    }
}

#[test]
fn every_operation_fails_while_the_store_is_down() {
    let keys = Keys::new(MadeUnder::Current);
    let stage = keys.stage();
    let before = stage.world.dump();
    for operation in OPERATIONS {
        let kind = StoreErrorKind::Unavailable;
        stage.store.set(Fault { at: 0, kind, when: When::FromThenOn });
        let error = run(operation, &stage).unwrap_err();
        assert!(matches!(error, ManageError::Unavailable(_)), "{}: {error:?}", operation.name);
        stage.world.dump().assert_is(&before, operation.name);
    }
}

/// There is no other writer: a store that always returns `Conflict` is not called forever.
#[test]
fn a_store_that_always_conflicts_is_given_up() {
    let keys = Keys::new(MadeUnder::Current);
    for operation in OPERATIONS {
        let whole = stage_for(&keys, operation);
        whole.store.set(None);
        run(operation, &whole).unwrap();
        let calls = whole.store.calls();
        if !calls.contains(&Call::Commit) {
            continue;
        }
        let stage = stage_for(&keys, operation);
        let before = stage.world.dump();
        let kind = StoreErrorKind::Conflict;
        stage.store.set(Fault { at: 0, kind, when: When::Each(Call::Commit) });
        let error = run(operation, &stage).unwrap_err();
        assert!(matches!(error, ManageError::Busy), "{}: {error:?}", operation.name);
        assert_advises(&error);
        stage.world.dump().assert_is(&before, operation.name);
    }
}

fn address() -> IpAddr {
    "203.0.113.7".parse().unwrap()
}

fn verify_app(stage: &Stage) -> Result<(), NotVerified> {
    let token = stage.world.key_of(stage.targets.backend);
    block_on(stage.keyward.verify(&Attempt::app(&token).client_address(address()))).map(drop)
}

fn verify_track(stage: &Stage) -> Result<(), NotVerified> {
    let primary = stage.targets.primary;
    let api_key = stage.world.key_of(primary);
    let attempt = Attempt::track(primary.as_str(), &api_key).client_address(address());
    block_on(stage.keyward.verify(&attempt)).map(drop)
}

#[test]
fn an_attempt_with_a_right_key_is_never_denied() {
    for made_under in [MadeUnder::Current, MadeUnder::Older, MadeUnder::Lost] {
        let keys = Keys::new(made_under);
        for verify in [verify_app, verify_track] {
            let whole = keys.stage();
            whole.store.set(None);
            verify(&whole).unwrap();
            let calls = whole.store.calls();
            // The read before the first stamp belongs to it: by then the attempt has passed.
            let stamp = calls.iter().position(|call| *call == Call::Refresh);
            let decided = stamp.map_or(calls.len(), |stamp| stamp - 1);
            fail_every_call(
                &keys,
                |_| {},
                verify,
                succeeded,
                |trial, answer| match (trial.call, answer) {
                    (Call::Read, Err(NotVerified::Unavailable(unavailable))) => {
                        assert_eq!(unavailable.reason(), trial.reason());
                        no_secret::assert_no_secret(&unavailable, &trial.stage.world.secrets());
                        assert_advises(&unavailable);
                        trial.assert_unchanged();
                    }
                    // A stamp that fails is made at the next use.
                    (_, Ok(())) if trial.fault.at >= decided => {}
                    (call, answer) => {
                        panic!("{made_under:?}: {call:?} {:?}: {answer:?}", trial.fault)
                    }
                },
            );
        }
    }
}

/// Both the digest and the seal, whichever of them failed first.
#[test]
fn a_failed_redigest_is_repeated_at_the_next_use() {
    for made_under in [MadeUnder::Older, MadeUnder::Lost] {
        let keys = Keys::new(made_under);
        let whole = keys.stage();
        whole.store.set(None);
        verify_track(&whole).unwrap();
        let calls = whole.store.calls();
        let refreshes = calls.iter().filter(|call| **call == Call::Refresh).count();
        assert_eq!(refreshes, 2, "a digest and a seal");
        for at in 0..calls.len() {
            let stage = keys.stage();
            stage.store.set(Fault { at, kind: StoreErrorKind::Unavailable, when: When::Before });
            let _ = verify_track(&stage);
            stage.store.set(None);
            verify_track(&stage).unwrap();
            let dump = stage.world.dump();
            let record = dump.credentials.iter().find(|record| record.id == stage.targets.primary);
            let current = &record.unwrap().current;
            assert_eq!(current.digest.key(), keys.new.id(), "{made_under:?} {at}");
            let seal = current.seal.as_ref().unwrap();
            assert_eq!(seal.key(), keys.new.id(), "{made_under:?} {at}");
            let admin = admin();
            let shown = block_on(stage.keyward.manager(&admin).reveal(stage.targets.primary));
            let api_key = stage.world.key_of(stage.targets.primary);
            assert_eq!(shown.unwrap().secret.expose(), api_key);
        }
    }
}

#[test]
fn an_attempt_with_a_wrong_key_is_not_decided_either() {
    let keys = Keys::new(MadeUnder::Current);
    let stage = keys.stage();
    let right = stage.world.key_of(stage.targets.backend);
    let wrong = with_wrong_secret(&right);
    for kind in KINDS {
        stage.store.set(Fault { at: 0, kind, when: When::FromThenOn });
        let answer = block_on(stage.keyward.verify(&Attempt::app(&wrong)));
        assert!(matches!(answer, Err(NotVerified::Unavailable(_))), "{kind:?}: {answer:?}");
        // A malformed key is denied without a call to the store.
        let answer = block_on(stage.keyward.verify(&Attempt::app(&wrong[1..])));
        assert!(matches!(answer, Err(NotVerified::Denied(_))), "{kind:?}: {answer:?}");
        assert_eq!(stage.store.calls().len(), 1);
    }
    stage.store.set(None);
    match block_on(stage.keyward.verify(&Attempt::app(&wrong))) {
        Err(NotVerified::Denied(denial)) => assert_eq!(denial.reason(), DenialReason::WrongSecret),
        other => panic!("{other:?}"),
    }
}

/// A cached key is decided until the bound, and not later.
#[test]
fn a_warm_node_decides_nothing_after_the_bound() {
    let keys = Keys::new(MadeUnder::Current);
    let stage = keys.stage();
    for bound in [Duration::from_millis(500), Duration::ZERO] {
        let keyward = crate::support::integrating(Keyward::builder(
            stage.store.clone(),
            keys.of_the_failing_node(),
        ))
        .freshness(Freshness::Bounded(bound))
        .clock(stage.world.clock.clone())
        .build()
        .unwrap();
        let token = stage.world.key_of(stage.targets.backend);
        let wrong = with_wrong_secret(&token);
        let verify = |text: &str| {
            let answer = block_on(keyward.verify(&Attempt::app(text).client_address(address())));
            answer.map(drop)
        };
        for kind in KINDS {
            stage.store.set(None);
            verify(&token).unwrap();
            stage.store.set(Fault { at: 0, kind, when: When::FromThenOn });
            stage.world.clock.advance(bound);
            stage.world.clock.advance(Duration::from_micros(1));
            for text in [&token, &wrong] {
                let answer = verify(text);
                assert!(matches!(answer, Err(NotVerified::Unavailable(_))), "{kind:?}: {answer:?}");
            }
        }
    }
}

/// `flush` or `close`.
type Write = fn(&Keyward) -> Result<(), UnwrittenUses>;

#[test]
fn uses_that_cannot_be_written_are_kept() {
    let keys = Keys::new(MadeUnder::Current);
    let writes: [Write; 2] =
        [|keyward| block_on(keyward.flush()), |keyward| block_on(keyward.close())];
    for write in writes {
        fail_every_call(
            &keys,
            |stage| {
                verify_app(stage).unwrap();
                verify_track(stage).unwrap();
            },
            |stage| write(&stage.keyward),
            succeeded,
            |trial, answer| {
                let unwritten = answer.unwrap_err();
                assert_eq!((trial.call, unwritten.count), (Call::RecordUses, 2));
                assert_eq!(unwritten.source.kind(), trial.fault.kind);
                assert_eq!(trial.stage.keyward.stats().unwritten_uses, 2);
                no_secret::assert_no_secret(&unwritten, &trial.stage.world.secrets());
                assert_advises(&unwritten);
                if trial.fault.when == When::Before {
                    trial.assert_unchanged();
                }
            },
        );
    }
}

/// If the overdue flush of a request fails, the request passes and the use stays pending.
#[test]
fn an_overdue_flush_that_fails_costs_no_attempt_its_answer() {
    let keys = Keys::new(MadeUnder::Current);
    let stage = keys.stage();
    for kind in KINDS {
        stage.world.clock.advance(Duration::from_secs(11));
        stage.store.set(Fault { at: 0, kind, when: When::Each(Call::RecordUses) });
        verify_app(&stage).unwrap();
        assert!(stage.store.calls().contains(&Call::RecordUses), "it was overdue");
        assert_eq!(stage.keyward.stats().unwritten_uses, 1);
    }
    stage.store.set(None);
    block_on(stage.keyward.flush()).unwrap();
    let dump = stage.world.dump();
    let record = dump.credentials.iter().find(|record| record.id == stage.targets.backend);
    assert_eq!(record.unwrap().current.last_used, Some(stage.world.now()));
    assert_eq!(stage.keyward.stats().unwritten_uses, 0);
}

/// The lines of a log at a level with a message.
fn lines<'a>(log: &'a str, level: &str, message: &str) -> Vec<&'a str> {
    log.lines().filter(|line| line.contains(level) && line.contains(message)).collect()
}

/// Anybody can present keys and hold streams. One line a minute is for the operator, with the whole error, and all others are at
/// `DEBUG`.
#[test]
fn a_failure_is_logged_once_a_minute() {
    const TRIES: u64 = 50;
    let keys = Keys::new(MadeUnder::Current);
    for (kind, level) in
        [(StoreErrorKind::Misconfigured, "ERROR"), (StoreErrorKind::Unavailable, "WARN")]
    {
        let stage = keys.stage();
        let token = stage.world.key_of(stage.targets.backend);
        let proof = block_on(stage.keyward.verify(&Attempt::app(&token).client_address(address())))
            .unwrap();
        let wrong = with_wrong_secret(&token);
        stage.store.set(Fault { at: 0, kind, when: When::FromThenOn });
        for minute in 1..=3 {
            stage.world.clock.advance(Duration::from_mins(1));
            let seen = Seen::default();
            seen.of(|| {
                for _ in 0..TRIES {
                    block_on(stage.keyward.verify(&Attempt::app(&wrong))).unwrap_err();
                    block_on(stage.keyward.recheck(&proof)).unwrap_err();
                }
            });
            let log = seen.all();
            for message in ["verification unavailable", "recheck unavailable"] {
                let loud = lines(&log, level, message);
                let [line] = loud[..] else { panic!("{kind:?}: {} lines", loud.len()) };
                assert!(line.contains("the wire was cut"), "{line}");
                assert_eq!(lines(&log, "DEBUG", message).len() as u64, TRIES - 1);
            }
            assert_eq!(stage.keyward.stats().unavailable, minute * TRIES);
        }
    }
}

/// `maintain` polls and writes: each failure names its cause, and is an error if an operator must act.
#[test]
fn failures_of_maintain_are_logged_with_their_cause() {
    let keys = Keys::new(MadeUnder::Current);
    for (kind, level) in
        [(StoreErrorKind::Misconfigured, "ERROR"), (StoreErrorKind::Unavailable, "WARN")]
    {
        let stage = keys.stage();
        verify_app(&stage).unwrap();
        stage.store.set(Fault { at: 0, kind, when: When::FromThenOn });
        stage.world.clock.advance(Duration::from_mins(1));
        let seen = Seen::default();
        let rounds = std::sync::atomic::AtomicUsize::new(0);
        seen.of(|| {
            block_on(stage.keyward.maintain(|_| {
                if rounds.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 20 {
                    let _ = block_on(stage.keyward.close());
                }
                std::future::ready(())
            }));
        });
        let log = seen.all();
        for message in ["polling the change feed failed", "could not write"] {
            let loud = lines(&log, level, message);
            let [line] = loud[..] else { panic!("{kind:?}: {message}: {log}") };
            assert!(line.contains("the wire was cut"), "{line}");
        }
    }
}

#[test]
fn a_rekey_that_fails_can_be_run_again() {
    for made_under in [MadeUnder::Current, MadeUnder::Older, MadeUnder::LostJustNow] {
        let keys = Keys::new(made_under);
        fail_every_call(
            &keys,
            |_| {},
            |stage| try_walk(&stage.keyward, Rekey::new().adopt_lost()),
            succeeded,
            |trial, answer| match answer {
                Err(ManageError::Unavailable(unavailable)) => {
                    assert_eq!(unavailable.reason(), trial.reason());
                    no_secret::assert_no_secret(&unavailable, &trial.stage.world.secrets());
                    let history = |dump: &Dump| (dump.position, dump.events.clone());
                    assert_eq!(history(&trial.before), history(&trial.after));
                }
                other => panic!("{:?}: {other:?}", trial.fault),
            },
        );
    }
}

#[test]
fn site_and_trace_are_unavailable_and_never_none() {
    let keys = Keys::new(MadeUnder::Current);
    fail_every_call(
        &keys,
        |_| {},
        |stage| {
            let site = block_on(stage.keyward.site(stage.targets.primary))?;
            Ok::<_, keyward::Unavailable>(site.map(|site| site.is_usable))
        },
        |answer| match answer {
            Ok(Some(true)) => Ok(()),
            other => Err(format!("{other:?}")),
        },
        |trial, answer| {
            assert_eq!(answer.unwrap_err().reason(), trial.reason());
            trial.assert_unchanged();
        },
    );
    for made_under in [MadeUnder::Current, MadeUnder::Older, MadeUnder::Lost] {
        let keys = Keys::new(made_under);
        fail_every_call(
            &keys,
            |_| {},
            |stage| {
                let found = stage.world.key_of(stage.targets.primary);
                let traced = block_on(stage.keyward.trace(&operator(), &found))?;
                Ok::<_, keyward::Unavailable>(traced.map(|traced| traced.credential))
            },
            |answer| match answer {
                Ok(Some(_)) => Ok(()),
                other => Err(format!("{other:?}")),
            },
            |trial, answer| {
                assert_eq!(answer.unwrap_err().reason(), trial.reason());
                trial.assert_unchanged();
            },
        );
    }
}
