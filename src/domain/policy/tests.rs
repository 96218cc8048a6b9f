//! Tests of checks that the callers make earlier too. A fault in a caller must not get past these.

use std::sync::Arc;
use std::time::Duration;

use super::{
    AccountView, CredentialView, DecisionContext, DenialReason, SecretCheck, UndecidedDigests,
    WorkspaceView, check_secret, decide, matched_again, matched_slowly, matching_digest,
    still_matched,
};
use crate::domain::credential::{CredentialRecord, GenerationRecord, PreviousGeneration};
use crate::domain::sample::{account, credential as track_set, workspace};
use crate::domain::workspace::WorkspaceRecord;
use crate::kinds::{App, Track};
use crate::secrets::{KeyedDigest, MasterKey, MasterKeys, Matches};
use crate::values::{
    AccountId, Brand, GenerationNumber, Identity, OperationId, Prefixes, Timestamp, WorkspaceId,
    parse, render,
};

#[test]
fn a_credential_belongs_to_the_workspace_that_it_was_issued_in() {
    let (record, home) = (track_set(), workspace());
    assert!(record.check_workspace(&home).is_ok());
    let others = [
        WorkspaceRecord { id: WorkspaceId::new("other").unwrap(), ..home.clone() },
        WorkspaceRecord { account: AccountId::new("other").unwrap(), ..home.clone() },
        WorkspaceRecord { incarnation: OperationId::from_bytes([9; 16]), ..home },
    ];
    for other in others {
        assert!(record.check_workspace(&other).is_err(), "{other:?}");
    }
}

#[test]
fn a_digest_under_a_key_that_this_node_does_not_hold_decides_nothing() {
    let record = track_set();
    let (view, key) = (CredentialView::of(&record), record.current.digest.key());
    let other = Brand::new("other").unwrap();
    let prefixes = Prefixes::new(vec![record.current.brand, other], &[record.kind]);
    let own = render(&record.identity(&record.current), &[b'a'; 43]);
    let presented = parse(&prefixes, own.as_bytes()).unwrap();
    let keys = || MasterKeys::new(MasterKey::generate().unwrap());
    let unknown = UndecidedDigests { slowly: Vec::new(), unknown: Some(key) };
    assert_eq!(check_secret(&keys(), &view, &presented), SecretCheck::Undecided(unknown));
    let lost = UndecidedDigests { slowly: vec![GenerationNumber::FIRST], unknown: None };
    let asked = check_secret(&keys().lost([key]), &view, &presented);
    assert_eq!(asked, SecretCheck::Undecided(lost));
    let rewritten = render(&Identity { brand: other, ..presented.identity() }, &[b'a'; 43]);
    let rewritten = parse(&prefixes, rewritten.as_bytes()).unwrap();
    assert_eq!(check_secret(&keys(), &view, &rewritten), SecretCheck::Wrong);
}

/// The digest of a salted hash of another system sends every key to the slow hash.
#[test]
fn a_digest_that_awaits_the_first_use_does_not_decide() {
    let mut record = track_set();
    let key = MasterKey::generate().unwrap();
    let identity = record.identity(&record.current);
    let native = KeyedDigest::stamp(&key, &identity, &[b'a'; 43]);
    record.current.digest = native.clone().of_output();
    let waiting = CredentialView::of(&record);
    let prefixes = Prefixes::new(vec![record.current.brand], &[record.kind]);
    let text = render(&identity, &[b'b'; 43]);
    let presented = parse(&prefixes, text.as_bytes()).unwrap();
    let slowly = vec![GenerationNumber::FIRST];
    let expected = SecretCheck::Undecided(UndecidedDigests { slowly, unknown: None });
    assert_eq!(check_secret(&MasterKeys::new(key), &waiting, &presented), expected);
    // A proof of the first use outlives the digest that the use replaces, but not the way back, such as by a backup.
    let matched = matched_slowly(&record, GenerationNumber::FIRST, Matches::Yes).unwrap();
    record.current.digest = native;
    let used = CredentialView::of(&record);
    assert!(still_matched(matched, &waiting, &used).is_some());
    assert!(still_matched(matched, &used, &waiting).is_none());
}

#[test]
fn each_of_two_secrets_is_compared_under_its_own_master_key() {
    let mut record = track_set();
    let [older, newer] = [(); 2].map(|()| MasterKey::generate().unwrap());
    let until = Timestamp::MIN.saturating_add(Duration::from_secs(1));
    let first = record.current.clone();
    let identity = record.identity(&first);
    let digest = |key, secret| KeyedDigest::stamp(key, &identity, &[secret; 43]);
    let generation = GenerationRecord { digest: digest(&older, b'a'), ..first.clone() };
    record.previous = Some(PreviousGeneration { generation, until });
    record.current.number = first.number.next().unwrap();
    record.current.digest = digest(&newer, b'b');
    let keys = MasterKeys::new(newer).older([older]);
    let prefixes = Prefixes::new(vec![first.brand], &[record.kind]);
    let view = CredentialView::of(&record);
    for (secret, number) in [(b'b', record.current.number), (b'a', first.number)] {
        let text = render(&identity, &[secret; 43]);
        let presented = parse(&prefixes, text.as_bytes()).unwrap();
        match check_secret(&keys, &view, &presented) {
            SecretCheck::Matched(matched) => assert_eq!(matched.generation(), number),
            other => panic!("{other:?}"),
        }
    }
}

/// The witness for a digest is the one for the secret, and no other digest has one.
#[test]
fn a_secret_that_matched_a_digest_matches_again_while_the_credential_has_it() {
    let mut record = track_set();
    let key = MasterKey::generate().unwrap();
    let first = record.current.clone();
    let identity = record.identity(&first);
    let digest = |secret| KeyedDigest::stamp(&key, &identity, &[secret; 43]);
    let generation = GenerationRecord { digest: digest(b'a'), ..first.clone() };
    record.previous = Some(PreviousGeneration { generation, until: Timestamp::MAX });
    record.current.number = first.number.next().unwrap();
    record.current.digest = digest(b'b');
    let view = CredentialView::of(&record);
    let prefixes = Prefixes::new(vec![first.brand], &[record.kind]);
    let found = |keys: &MasterKeys, secret| {
        let text = render(&identity, &[secret; 43]);
        let presented = parse(&prefixes, text.as_bytes()).unwrap();
        let matching = matching_digest(keys, &view, &presented).cloned();
        (matching, check_secret(keys, &view, &presented))
    };
    let keys = MasterKeys::new(again(&key));
    for secret in [b'a', b'b'] {
        let (matching, checked) = found(&keys, secret);
        assert_eq!(matching, Some(digest(secret)));
        let matched = matched_again(&view, &digest(secret)).unwrap();
        assert_eq!(checked, SecretCheck::Matched(matched));
    }
    assert_eq!(found(&keys, b'c').0, None);
    assert_eq!(matched_again(&view, &digest(b'c')), None);
    // A secret that should be re-digested has no digest to remember.
    let newer = MasterKeys::new(MasterKey::generate().unwrap()).older([again(&key)]);
    assert_eq!(found(&newer, b'a').0, None);
    record.previous = None;
    let view = CredentialView::of(&record);
    assert_eq!(matched_again(&view, &digest(b'a')), None);
    assert!(matched_again(&view, &digest(b'b')).is_some());
}

fn again(key: &MasterKey) -> MasterKey {
    key.expose_text().parse().unwrap()
}

#[test]
fn a_slow_hash_of_another_secret_does_not_match() {
    let (record, first) = (track_set(), GenerationNumber::FIRST);
    assert_eq!(matched_slowly(&record, first, Matches::No), None);
    assert!(matched_slowly(&record, first, Matches::Yes).is_some());
    let next = first.next().unwrap();
    assert_eq!(matched_slowly(&record, next, Matches::Yes), None, "it has no such secret");
}

#[test]
fn a_track_set_with_a_right_secret_is_no_proof_of_an_app_key() {
    let record = track_set();
    let (workspace, account) =
        (WorkspaceView::of(&workspace()), AccountView::of(&account()).state(None));
    let context = DecisionContext {
        workspace: &workspace,
        account,
        address: None,
        now: Timestamp::MIN,
        required: None,
    };
    let matched = matched_slowly(&record, GenerationNumber::FIRST, Matches::Yes).unwrap();
    let view = Arc::new(CredentialView::of(&record));
    let denial = decide::<App, _>(&view, &context, matched).unwrap_err();
    assert_eq!(denial.reason(), DenialReason::WrongKind);
    assert!(decide::<Track, _>(&view, &context, matched).is_ok());
}

#[test]
fn a_previous_secret_that_the_credential_no_longer_has_is_ended() {
    let (mut record, first) = (track_set(), GenerationNumber::FIRST);
    let end = Timestamp::MIN.saturating_add(Duration::from_secs(1));
    let generation = record.current.clone();
    record.current.number = first.next().unwrap();
    record.previous = Some(PreviousGeneration { generation, until: end });
    let matched = matched_slowly(&record, first, Matches::Yes).unwrap();
    let (workspace, account) =
        (WorkspaceView::of(&workspace()), AccountView::of(&account()).state(None));
    let verdict = |record: &CredentialRecord, now| {
        let context =
            DecisionContext { workspace: &workspace, account, address: None, now, required: None };
        let decided = decide::<Track, _>(&Arc::new(CredentialView::of(record)), &context, matched);
        decided.map(drop).map_err(|denial| denial.reason())
    };
    assert_eq!(verdict(&record, Timestamp::MIN), Ok(()));
    assert_eq!(verdict(&record, end), Err(DenialReason::OverlapEnded));
    record.previous = None;
    assert_eq!(verdict(&record, Timestamp::MIN), Err(DenialReason::OverlapEnded));
}

/// After a backup is restored, a rotation assigns a number again. A new master key then changes every digest.
#[test]
fn a_secret_with_the_same_number_is_the_same_only_if_it_was_made_at_the_same_time() {
    let first = GenerationNumber::FIRST;
    let under = |record: &CredentialRecord, secret: u8| {
        let key = MasterKey::generate().unwrap();
        KeyedDigest::stamp(&key, &record.identity(&record.current), &[secret; 43])
    };
    let record = track_set();
    let matched = matched_slowly(&record, first, Matches::Yes).unwrap();
    let mut redigested = record.clone();
    redigested.current.digest = under(&record, b'a');
    let mut other = record.clone();
    other.current.digest = under(&record, b'b');
    other.current.created = record.current.created.saturating_add(Duration::from_micros(1));
    let mut other_under_the_same_key = record.clone();
    let mut bytes = record.current.digest.to_bytes();
    bytes[40] ^= 1;
    other_under_the_same_key.current.digest = KeyedDigest::from_bytes(&bytes).unwrap();
    let rotated: fn(CredentialRecord) -> CredentialRecord = |mut record| {
        let generation = record.current.clone();
        record.current.number = GenerationNumber::FIRST.next().unwrap();
        record.current.created = record.current.created.saturating_add(Duration::from_hours(1));
        record.previous = Some(PreviousGeneration { generation, until: Timestamp::MAX });
        record
    };
    let view = CredentialView::of;
    for place in [|record| record, rotated] {
        for earlier in [view(&record), view(&rotated(record.clone()))] {
            let stands = |now: &CredentialRecord| {
                still_matched(matched, &earlier, &view(&place(now.clone()))).is_some()
            };
            assert!(stands(&record) && stands(&redigested));
            assert!(!stands(&other), "another secret under another key");
            assert!(!stands(&other_under_the_same_key));
        }
    }
}
