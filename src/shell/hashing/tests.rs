//! Tests of hashing, without a store or a handle.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::num::NonZeroUsize;
use std::sync::Arc;

use super::pool::Lane;
use super::{Hashing, Origin, SlowCheck, Verdict};
use crate::secrets::{SecretText, SlowHash, SlowHashParams};
use crate::shell::errors::UnavailableReason;
use crate::shell::stats::Counters;
use crate::values::{
    AccountId, Brand, CredentialId, GenerationNumber, Identity, KindWord, ManualClock, Timestamp,
};

fn hashing(stats: &Counters) -> Hashing {
    let params = SlowHashParams::dangerous_cheap();
    let clock = Arc::new(ManualClock::at(Timestamp::MIN));
    let queue = NonZeroUsize::new(8).unwrap();
    Hashing::new(params, NonZeroUsize::MIN, queue, clock, stats.clone())
}

fn account() -> AccountId {
    AccountId::new("acme").unwrap()
}

fn identity() -> Identity {
    let id = CredentialId::new("abcdefghijkl").unwrap();
    Identity { brand: Brand::default(), kind: KindWord::App, id }
}

fn secret(letter: u8) -> SecretText {
    SecretText::copy(&[letter; 43])
}

fn hash(hashing: &Hashing, letter: u8) -> SlowHash {
    let account = account();
    let hashed = hashing.hash(&account, identity(), secret(letter), [7; 16]);
    pollster::block_on(hashed).unwrap().1
}

fn check(hashing: &Hashing, presented: u8, hash: &SlowHash) -> Verdict {
    let hashes = vec![(GenerationNumber::FIRST, hash.clone())];
    let check = SlowCheck { identity: identity(), secret: secret(presented), salted: None, hashes };
    pollster::block_on(async {
        let pass = hashing.enter(identity().id, Origin::default()).await.unwrap();
        hashing.check(&account(), Origin::default(), check, pass).await.unwrap()
    })
}

#[test]
fn a_secret_matches_its_own_hash_and_each_run_is_counted() {
    let stats = Counters::default();
    let hashing = hashing(&stats);
    let hash = hash(&hashing, b'a');
    assert_eq!(check(&hashing, b'a', &hash), Verdict::Matched(GenerationNumber::FIRST));
    assert_eq!(check(&hashing, b'b', &hash), Verdict::Wrong);
    let counted = stats.snapshot();
    assert_eq!((counted.argon2id_issue_runs, counted.argon2id_verify_runs), (1, 2));
}

#[test]
fn after_a_wrong_secret_its_origin_is_refused() {
    let hashing = hashing(&Counters::default());
    let hash = hash(&hashing, b'a');
    assert_eq!(check(&hashing, b'b', &hash), Verdict::Wrong);
    let again = pollster::block_on(hashing.enter(identity().id, Origin::default()));
    assert_eq!(again.unwrap_err().reason(), UnavailableReason::HashingBusy);
}

#[test]
fn jobs_of_both_lanes_wait() {
    let hashing = hashing(&Counters::default());
    let (release, _first) = hashing.pool.occupy(Lane::Verify);
    for lane in [Lane::Issue, Lane::Verify, Lane::Verify, Lane::Verify] {
        drop(hashing.pool.run(lane, &account(), |_| ()));
    }
    assert_eq!(hashing.waiting(), 4);
    release.send(()).unwrap();
}
