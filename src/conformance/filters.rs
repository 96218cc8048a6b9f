//! Conditions on credentials: each alone, at its boundary, and several together.

use crate::domain::{CredentialEdit, CredentialRecord, Deprecation, Status};
use crate::store::{CredentialQuery, PageSize, Scope, StatusFilter};
use crate::values::{Kind, NameKey, Timestamp};

use super::driver::Driver;
use super::harness::Harness;
use super::promises::{EVERY_CONDITION, NAME_KEY};
use super::samples::{at, credential, edits, inserts, just_before, name, next, workspace};

/// When expiries and sunsets of the sample end.
const END: i64 = 1_000;

/// [`EVERY_CONDITION`]: of one kind.
pub fn credentials_are_found_by_kind<H: Harness>(harness: &H) {
    let (store, records) = stocked(harness);
    for kind in [Kind::Track, Kind::App] {
        check(&store, &records, |query| query.kind = Some(kind));
    }
}

/// [`NAME_KEY`]: names are found by their keys, also where lower-casing is not that of ASCII; and by the
/// new one after a change of name.
pub fn credentials_are_found_by_the_key_of_their_name<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let shop = workspace("acme", "shop");
    let names = ["ÄPFEL", "Straße", "İstanbul", "100%", "a_b", "aXb", "it's", "Ὀδυσσεύς"];
    let records: Vec<_> =
        (1..).zip(names).map(|(n, name)| credential(&shop, Kind::Track, n, name)).collect();
    store.commit(&inserts(&shop, &records));
    let found = |text: &str| {
        let mut query = query(Scope::Workspace(shop.id.clone()), at(0));
        query.name = Some(NameKey::of(text));
        store.credentials(&query)
    };
    for record in &records {
        let one = std::slice::from_ref(record);
        assert_eq!(found(record.name.as_str()), one, "{NAME_KEY}");
        assert_eq!(found(&record.name.as_str().to_lowercase()), one, "{NAME_KEY}");
    }
    for absent in ["STRASSE", "äpfe", "1000", "a%", ""] {
        assert_eq!(found(absent), [], "{NAME_KEY} ({absent:?})");
    }
    let mut renamed = records[0].clone();
    renamed.name = name("Birnen");
    store.commit(&edits(&next(&shop), CredentialEdit::Update(renamed.clone())));
    assert_eq!(found("äpfel"), [], "{NAME_KEY}");
    assert_eq!(found("BIRNEN"), [renamed], "{NAME_KEY}");
}

/// [`EVERY_CONDITION`]: every status, just before an end, at it and after it.
pub fn credentials_are_found_by_status_at_its_boundary<H: Harness>(harness: &H) {
    let (store, records) = stocked(harness);
    for now in moments() {
        for status in [Status::Active, Status::Deprecated, Status::Suspended, Status::Over] {
            check(&store, &records, |query| {
                query.status = Some(StatusFilter::Is(status));
                query.now = now;
            });
        }
    }
}

/// [`EVERY_CONDITION`]: the lasting ones, which no clock makes others.
pub fn lasting_track_sets_are_found_without_a_clock<H: Harness>(harness: &H) {
    let (store, records) = stocked(harness);
    for now in moments() {
        check(&store, &records, |query| {
            query.status = Some(StatusFilter::Lasting);
            query.now = now;
        });
    }
}

/// [`EVERY_CONDITION`]: kind, name, status, a place to begin and a size at once.
pub fn every_condition_must_hold_at_once<H: Harness>(harness: &H) {
    let (store, records) = stocked(harness);
    for (place, record) in (0..).zip(&records) {
        for kind in [Kind::Track, Kind::App] {
            check(&store, &records, |query| {
                query.kind = Some(kind);
                query.name = Some(record.name.key());
                query.status = Some(StatusFilter::Is(Status::Active));
            });
            check(&store, &records, |query| {
                query.kind = Some(kind);
                query.status = Some(StatusFilter::Is(Status::Over));
                query.now = at(END);
                query.size = PageSize::new(1 + place % 3).expect("within the bounds");
            });
        }
    }
}

/// Credentials that stand in every way, of both kinds, in two workspaces.
fn stocked<H: Harness>(harness: &H) -> (Driver<'_, H>, Vec<CredentialRecord>) {
    let deprecated = |sunset| Some(Deprecation { since: at(0), sunset });
    let end = Some(at(END));
    let later = Some(at(END + 1));
    let mut records = Vec::new();
    let store = Driver::new(harness);
    for (id, mut number) in [("shop", 0), ("blog", 100)] {
        let home = workspace("acme", id);
        let first = records.len();
        for kind in [Kind::Track, Kind::App] {
            for expires in [None, end, later] {
                for deprecation in [None, deprecated(None), deprecated(end), deprecated(later)] {
                    for suspended in [None, Some(at(1))] {
                        number += 1;
                        let name = format!("Key {}", number % 24);
                        let plain = credential(&home, kind, number, &name);
                        records.push(CredentialRecord { deprecation, suspended, expires, ..plain });
                    }
                }
            }
        }
        store.commit(&inserts(&home, &records[first..]));
    }
    (store, records)
}

/// Before, at and after the ends of the sample.
fn moments() -> [Timestamp; 5] {
    let end = at(END);
    [at(2), just_before(end), end, just_before(at(END + 1)), Timestamp::MAX]
}

fn query(scope: Scope, now: Timestamp) -> CredentialQuery {
    CredentialQuery::all(scope, now, PageSize::MAX)
}

/// What a query finds in each scope is what a look at every record finds.
fn check<H: Harness>(
    store: &Driver<'_, H>,
    records: &[CredentialRecord],
    ask: impl Fn(&mut CredentialQuery),
) {
    let home = &records[0];
    let scopes = [
        Scope::Workspace(home.workspace.clone()),
        Scope::Account(home.account.clone()),
        Scope::Store,
    ];
    for scope in scopes {
        let mut query = query(scope, at(2));
        ask(&mut query);
        let mut expected: Vec<_> = records
            .iter()
            .filter(|record| match &query.scope {
                Scope::Workspace(id) => record.workspace == *id,
                Scope::Account(_) | Scope::Store => true,
            })
            .filter(|record| query.admits(record))
            .collect();
        match query.scope {
            Scope::Store => expected.sort_by_key(|record| record.id),
            Scope::Workspace(_) | Scope::Account(_) => {
                expected.sort_by_key(|record| (record.name.key(), record.id));
            }
        }
        let found = store.credentials(&query);
        let found: Vec<_> = found.iter().collect();
        assert_eq!(found, expected, "{EVERY_CONDITION} ({query:?})");
    }
}
