//! What a fault elsewhere would have to get past: the callers ask these before.

use std::sync::Arc;
use std::time::Duration;

use super::{
    AccountView, Case, CredentialView, DenialReason, WorkspaceView, decide, matched_slowly,
};
use crate::domain::credential::{CredentialRecord, GenerationRecord, PreviousGeneration};
use crate::domain::sample::{account, workspace};
use crate::secrets::{KeyedDigest, MasterKey, Matches, SlowHash};
use crate::values::{App, CredentialId, GenerationNumber, Kind, Name, Timestamp, Track};

fn track_set() -> CredentialRecord {
    let (id, key) = (CredentialId::new("abcdefghijkl").unwrap(), MasterKey::generate().unwrap());
    let text = "$argon2id$v=19$m=8,t=1,p=1$AAECAwQFBgcICQoLDA0ODw$5jHRmMwSbA/mEH0Tk+8OxNcYtKPKvf7XEi8uS4HbqQg";
    let current = GenerationRecord {
        number: GenerationNumber::FIRST,
        created: Timestamp::MIN,
        slow_hash: SlowHash::parse(text).unwrap(),
        digest: KeyedDigest::stamp(&key, Kind::Track, id, &[b'a'; 43]),
        seal: None,
        last_used: None,
    };
    CredentialRecord {
        id,
        account: account().id,
        workspace: workspace().id,
        kind: Kind::Track,
        name: Name::primary(),
        created: Timestamp::MIN,
        current,
        previous: None,
        deprecation: None,
        suspended: None,
        expires: None,
    }
}

#[test]
fn a_slow_hash_that_says_no_is_no_match() {
    let (record, first) = (track_set(), GenerationNumber::FIRST);
    assert_eq!(matched_slowly(&record, first, Matches::No), None);
    assert!(matched_slowly(&record, first, Matches::Yes).is_some());
    let next = first.next().unwrap();
    assert_eq!(matched_slowly(&record, next, Matches::Yes), None, "it has no such secret");
}

#[test]
fn a_track_set_with_a_right_secret_is_no_proof_of_an_app_key() {
    let record = track_set();
    let (workspace, account) = (WorkspaceView::of(&workspace()), AccountView::of(&account()));
    let case =
        Case { workspace: &workspace, account: &account, address: None, now: Timestamp::MIN };
    let matched = matched_slowly(&record, GenerationNumber::FIRST, Matches::Yes).unwrap();
    let view = Arc::new(CredentialView::of(&record));
    let denial = decide::<App, _>(&view, &case, matched).unwrap_err();
    assert_eq!(denial.reason(), DenialReason::WrongKind);
    assert!(decide::<Track, _>(&view, &case, matched).is_ok());
}

#[test]
fn a_previous_secret_that_the_credential_no_longer_has_is_over() {
    let (mut record, first) = (track_set(), GenerationNumber::FIRST);
    let end = Timestamp::MIN.saturating_add(Duration::from_secs(1));
    let generation = record.current.clone();
    record.current.number = first.next().unwrap();
    record.previous = Some(PreviousGeneration { generation, until: end });
    let matched = matched_slowly(&record, first, Matches::Yes).unwrap();
    let (workspace, account) = (WorkspaceView::of(&workspace()), AccountView::of(&account()));
    let verdict = |record: &CredentialRecord, now| {
        let case = Case { workspace: &workspace, account: &account, address: None, now };
        let decided = decide::<Track, _>(&Arc::new(CredentialView::of(record)), &case, matched);
        decided.map(drop).map_err(|denial| denial.reason())
    };
    assert_eq!(verdict(&record, Timestamp::MIN), Ok(()));
    assert_eq!(verdict(&record, end), Err(DenialReason::OverlapEnded));
    record.previous = None;
    assert_eq!(verdict(&record, Timestamp::MIN), Err(DenialReason::OverlapEnded));
}
