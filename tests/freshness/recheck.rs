//! A proof is asked about again: it falls for every reason for which an attempt would, and costs no more than one.

use std::net::IpAddr;
use std::time::Duration;

use keyward::store::StoreErrorKind;
use keyward::{
    App, Attempt, DenialReason, Keyward, NotVerified, UnavailableReason, VerifiedAny,
    kind::KindWord, time::Timestamp,
};

use crate::support::nodes::{BOUND, FRESH, Hand, Nodes, TICK};
use crate::support::revocation::{LiveKey, Revocation, Scope};
use crate::support::staged::{Call, Until};
use crate::support::{block_on, name};

/// The calls that read from the store.
const READS: [Call; 4] = [Call::Credential, Call::Workspace, Call::Account, Call::Feed];

fn proof(node: &Keyward, key: &LiveKey) -> VerifiedAny {
    let address: IpAddr = "203.0.113.9".parse().unwrap();
    let attempt = Attempt::token(&key.text).client_address(address).requiring(Scope::Live);
    block_on(node.verify(&attempt)).unwrap()
}

#[track_caller]
fn stands(node: &Keyward, proof: &VerifiedAny) -> VerifiedAny {
    block_on(node.recheck(proof)).unwrap()
}

#[track_caller]
fn falls(node: &Keyward, proof: &VerifiedAny) -> DenialReason {
    match block_on(node.recheck(proof)) {
        Err(NotVerified::Denied(denial)) => denial.reason(),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn undecided(node: &Keyward, proof: &VerifiedAny) -> UnavailableReason {
    match block_on(node.recheck(proof)) {
        Err(NotVerified::Unavailable(unavailable)) => unavailable.reason(),
        other => panic!("{other:?}"),
    }
}

fn reads(nodes: &Nodes) -> [usize; 4] {
    READS.map(|call| nodes.store.calls(call))
}

/// A key, and the proof of it on each node.
fn proven(
    nodes: &Nodes,
    kind: KindWord,
    before: Option<Revocation>,
    on: &[&Keyward],
) -> (LiveKey, Vec<VerifiedAny>) {
    let key = nodes.warm_key_before(1, kind, before, &[]);
    let proofs = on.iter().map(|node| proof(node, &key)).collect();
    (key, proofs)
}

fn each(test: impl Fn(Nodes, KindWord, Revocation)) {
    for kind in [KindWord::App, KindWord::Track] {
        for revocation in Revocation::ALL {
            println!("{kind} {revocation:?}");
            test(Nodes::new(), kind, revocation);
        }
    }
}

#[test]
fn on_the_same_handle_a_proof_ends_with_its_credential() {
    each(|nodes, kind, revocation| {
        let node = nodes.node();
        let (key, proofs) = proven(&nodes, kind, Some(revocation), &[&node]);
        stands(&node, &proofs[0]);
        block_on(revocation.carry_out(&node, &key)).unwrap();
        assert_eq!(falls(&node, &proofs[0]), revocation.reason());
        if Revocation::REVERSIBLE.contains(&revocation) {
            block_on(revocation.take_back(&node, &key)).unwrap();
            stands(&node, &proofs[0]);
        }
    });
}

#[test]
fn on_another_node_a_proof_ends_after_the_bound_and_with_strict_freshness_at_once() {
    each(|nodes, kind, revocation| {
        let (one, other, strict) = (nodes.node(), nodes.node(), nodes.strict());
        let (key, proofs) = proven(&nodes, kind, Some(revocation), &[&other, &strict]);
        block_on(revocation.carry_out(&one, &key)).unwrap();
        assert!(revocation.explains(falls(&strict, &proofs[1])));
        nodes.clock.advance(FRESH);
        stands(&other, &proofs[0]);
        nodes.clock.advance(TICK);
        assert!(revocation.explains(falls(&other, &proofs[0])));
    });
}

#[test]
fn a_proof_ends_at_the_end_of_its_key() {
    let nodes = Nodes::new();
    let node = nodes.node();
    let hour = Duration::from_hours(1);
    let later = |nodes: &Nodes, by| -> Timestamp {
        keyward::time::Clock::now(&nodes.clock).wall.saturating_add(by)
    };
    for (number, reason) in [DenialReason::OverlapEnded, DenialReason::Ended, DenialReason::Ended]
        .into_iter()
        .enumerate()
    {
        let key = nodes.warm_key(number, &[]);
        let proof = proof(&node, &key);
        let end = later(&nodes, hour);
        let admin = key.admin();
        let manager = node.manager(&admin);
        block_on(async {
            match number {
                0 => manager.rotate(key.id, hour).await.map(drop),
                1 => manager.set_expiry(key.id, end).await.map(drop),
                _ => manager.deprecate(key.id, Some(end.into())).await.map(drop),
            }
        })
        .unwrap();
        nodes.clock.advance(hour.saturating_sub(TICK));
        let now = stands(&node, &proof);
        assert_eq!(proof.notice(), None, "it is as it was");
        if number != 1 {
            assert_eq!(now.notice().unwrap().sunset, Some(end));
        }
        nodes.clock.advance(TICK);
        assert_eq!(falls(&node, &proof), reason);
        assert_eq!(falls(&node, &now), reason);
    }
}

#[test]
fn a_warm_cache_needs_no_query_and_notes_no_use() {
    let nodes = Nodes::new();
    let node = nodes.node();
    let (_, proofs) = proven(&nodes, KindWord::App, None, &[&node]);
    block_on(node.flush()).unwrap();
    let (before, batches) = (reads(&nodes), nodes.store.batches().len());
    let stats = node.stats();
    nodes.clock.advance(FRESH);
    for _ in 0..1_000 {
        stands(&node, &proofs[0]);
    }
    assert_eq!(reads(&nodes), before);
    block_on(node.flush()).unwrap();
    assert_eq!(nodes.store.batches().len(), batches);
    assert_eq!((node.stats().verified, node.stats().denied), (stats.verified, stats.denied));
    nodes.clock.advance(TICK);
    stands(&node, &proofs[0]);
    let [credentials, workspaces, accounts, feed] = before;
    assert_eq!(reads(&nodes), [credentials, workspaces, accounts, feed + 1], "one poll");
}

/// Only uncached data is read.
#[test]
fn a_node_that_has_never_seen_the_credential_reads_it() {
    let nodes = Nodes::new();
    let (one, other) = (nodes.node(), nodes.node());
    let (key, proofs) = proven(&nodes, KindWord::Track, None, &[&one]);
    stands(&other, &proofs[0]);
    block_on(one.manager(&key.admin()).rename(key.id, name("renamed"))).unwrap();
    assert_eq!(stands(&one, &proofs[0]).name(), &name("renamed"));
    assert_eq!(proofs[0].name(), &name("live"));
}

#[test]
fn after_the_bound_a_silent_store_makes_attempts_unavailable() {
    let nodes = Nodes::new();
    let node = nodes.node();
    let (_, proofs) = proven(&nodes, KindWord::App, None, &[&node]);
    nodes.store.fail(Call::Feed, StoreErrorKind::Unavailable);
    nodes.clock.advance(FRESH);
    stands(&node, &proofs[0]);
    nodes.clock.advance(TICK);
    assert_eq!(undecided(&node, &proofs[0]), UnavailableReason::Store);
    nodes.store.recover();
    nodes.store.answer_with_age(BOUND + TICK);
    assert_eq!(undecided(&node, &proofs[0]), UnavailableReason::OldAnswer);
    nodes.store.answer_with_age(Duration::ZERO);
    stands(&node, &proofs[0]);
}

/// The reads take longer than the bound, and the key is revoked on another node in that time.
#[test]
fn a_record_that_became_stale_while_it_was_read_is_read_again() {
    let nodes = Nodes::new();
    let (one, other) = (nodes.node(), nodes.node());
    let (key, proofs) = proven(&nodes, KindWord::App, None, &[&one]);
    // The other node has a fresh cache without this credential.
    let beside = nodes.warm_key(2, &[&other]);
    proof(&other, &beside);
    nodes.store.hold(Call::Commit, Until::Carried);
    let suspension = Hand::begun(Revocation::Suspend.carry_out(&one, &key));
    nodes.store.hold(Call::Account, Until::Answered);
    let asked = Hand::begun(other.recheck(&proofs[0]));
    nodes.store.release(Call::Commit);
    suspension.ends().unwrap();
    nodes.clock.advance(BOUND);
    nodes.store.release(Call::Account);
    match asked.ends() {
        Err(NotVerified::Denied(denial)) => assert_eq!(denial.reason(), DenialReason::Suspended),
        other => panic!("{other:?}"),
    }
}

/// Another attempt polls while this one waits for a read: data from before the poll must not be used.
#[test]
fn records_cached_before_a_poll_of_another_attempt_are_not_relied_on() {
    let nodes = Nodes::new();
    let (one, other) = (nodes.node(), nodes.node());
    let (key, proofs) = proven(&nodes, KindWord::App, None, &[&other]);
    let beside = nodes.warm_key(2, &[&other]);
    // Leaves this key cached by the last poll.
    nodes.clock.advance(BOUND);
    proof(&other, &beside);
    block_on(Revocation::Suspend.carry_out(&one, &key)).unwrap();
    // The credential stays cached, and its workspace must be read again.
    let network = "203.0.113.0/24".parse().unwrap();
    block_on(other.manager(&key.admin()).allow(&key.workspace, &[network])).unwrap();
    nodes.clock.advance(BOUND);
    nodes.store.hold(Call::Workspace, Until::Carried);
    let asked = Hand::begun(other.recheck(&proofs[0]));
    proof(&other, &beside);
    nodes.store.release(Call::Workspace);
    match asked.ends() {
        Err(NotVerified::Denied(denial)) => assert_eq!(denial.reason(), DenialReason::Suspended),
        other => panic!("{other:?}"),
    }
}

/// A proof is kept while a backup is restored, in which the number of its secret belongs to another secret.
#[test]
fn the_same_number_of_another_secret_is_another_secret() {
    let nodes = Nodes::new();
    let node = nodes.node();
    let key = nodes.warm_key(1, &[&node]);
    let backup = nodes.store.changes();
    let admin = key.admin();
    let rotate = || block_on(node.manager(&admin).rotate(key.id, Duration::ZERO)).unwrap();
    let rotated = rotate();
    let attempt = Attempt::<App>::token(rotated.secret.expose());
    let proof = block_on(node.verify(&attempt)).unwrap();
    nodes.store.restore(backup);
    assert_ne!(rotate().secret.expose(), rotated.secret.expose());
    nodes.clock.advance(BOUND);
    match block_on(node.recheck(&proof)) {
        Err(NotVerified::Denied(denial)) => {
            assert_eq!(denial.reason(), DenialReason::WrongSecret);
        }
        other => panic!("{other:?}"),
    }
}
