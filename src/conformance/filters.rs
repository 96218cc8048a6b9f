//! Conditions on credentials, alone, at their boundaries, and combined.

use crate::domain::{CredentialEdit, CredentialRecord, CredentialStatus, Deprecation};
use crate::store::{CredentialQuery, NameFilter, PageSize, Scope, StatusFilter};
use crate::values::{KindWord, NameKey, Timestamp};

use super::difference::assert_same;
use super::driver::Driver;
use super::harness::Harness;
use super::promises::{EVERY_CONDITION, NAME_KEY};
use super::samples::{
    CI, KINDS, LIVE, at, credential, edits, inserts, just_before, name, next, workspace,
};

/// The time at which the expiries and sunsets of the samples end.
const END: i64 = 1_000;

/// [`EVERY_CONDITION`]: Finds the credentials of one kind.
pub fn credentials_are_found_by_kind<H: Harness>(harness: &H) {
    let (store, records) = stocked(harness);
    for kind in KINDS {
        check(&store, &records, |query| query.kind = Some(kind));
    }
}

/// [`NAME_KEY`]: Finds names by their keys, including those with letters outside ASCII. Finds a renamed credential by its new
/// name.
pub fn credentials_are_found_by_the_key_of_their_name<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let shop = workspace("acme", "shop");
    let names = ["ÄPFEL", "Straße", "İstanbul", "100%", "a_b", "aXb", "it's", "Ὀδυσσεύς"];
    let records: Vec<_> =
        (1..).zip(names).map(|(n, name)| credential(&shop, KindWord::Track, n, name)).collect();
    store.commit(&inserts(&shop, &records));
    let found = |text: &str| {
        let mut query = query(Scope::Workspace(shop.id.clone()), at(0));
        query.name = Some(NameFilter::Is(NameKey::of(text)));
        store.credentials(&query)
    };
    for record in &records {
        let one = std::slice::from_ref(record);
        assert_same!(found(record.name.as_str()), one, "{NAME_KEY}");
        assert_same!(found(&record.name.as_str().to_lowercase()), one, "{NAME_KEY}");
    }
    for absent in ["STRASSE", "äpfe", "1000", "a%", ""] {
        assert_same!(found(absent), [], "{NAME_KEY} ({absent:?})");
    }
    let mut renamed = records[0].clone();
    renamed.name = name("Birnen");
    store.commit(&edits(&next(&shop), CredentialEdit::Update(renamed.clone())));
    assert_same!(found("äpfel"), [], "{NAME_KEY}");
    assert_same!(found("BIRNEN"), [renamed], "{NAME_KEY}");
}

/// [`EVERY_CONDITION`]: Finds names with a character outside ASCII at any place and of any length. Uses the condition alone, with
/// another one, and page by page.
pub fn credentials_are_found_by_names_beyond_ascii<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let shop = workspace("acme", "shop");
    let names =
        ["Key", "Schlüssel", "ключ", "~ !", "key é", "鍵", "a_b", "z😀", "\u{130}", "100%", "ß"];
    let records: Vec<_> = (0..)
        .zip(names)
        .map(|(n, name)| credential(&shop, KINDS[n % 2], u32::try_from(n).unwrap_or(0), name))
        .collect();
    store.commit(&inserts(&shop, &records));
    for size in [PageSize::MAX, PageSize::new(2).expect("within the bounds")] {
        check(&store, &records, |query| {
            query.name = Some(NameFilter::BeyondAscii);
            query.size = size;
        });
        check(&store, &records, |query| {
            query.name = Some(NameFilter::BeyondAscii);
            query.kind = Some(KINDS[0]);
            query.size = size;
        });
    }
}

/// [`EVERY_CONDITION`]: Finds every status just before an end, at the end and after it.
pub fn credentials_are_found_by_status_at_its_boundary<H: Harness>(harness: &H) {
    let (store, records) = stocked(harness);
    for now in moments() {
        for status in [
            CredentialStatus::Active,
            CredentialStatus::Deprecated,
            CredentialStatus::Suspended,
            CredentialStatus::Ended,
        ] {
            check(&store, &records, |query| {
                query.status = Some(StatusFilter::Is(status));
                query.now = now;
            });
        }
    }
}

/// [`EVERY_CONDITION`]: Finds the permanent credentials, which do not depend on the time.
pub fn permanent_credentials_are_found_without_a_clock<H: Harness>(harness: &H) {
    let (store, records) = stocked(harness);
    for now in moments() {
        check(&store, &records, |query| {
            query.status = Some(StatusFilter::Permanent);
            query.now = now;
        });
    }
}

/// [`EVERY_CONDITION`]: Combines a kind, a name, a status, a cursor and a page size.
pub fn every_condition_must_hold_at_once<H: Harness>(harness: &H) {
    let (store, records) = stocked(harness);
    for (place, record) in (0..).zip(&records) {
        for kind in KINDS {
            check(&store, &records, |query| {
                query.kind = Some(kind);
                query.name = Some(NameFilter::Is(record.name.key()));
                query.status = Some(StatusFilter::Is(CredentialStatus::Active));
            });
            check(&store, &records, |query| {
                query.kind = Some(kind);
                query.status = Some(StatusFilter::Is(CredentialStatus::Ended));
                query.now = at(END);
                query.size = PageSize::new(1 + place % 3).expect("within the bounds");
            });
        }
    }
}

/// Returns credentials with every status, in two workspaces with two kinds each.
fn stocked<H: Harness>(harness: &H) -> (Driver<'_, H>, Vec<CredentialRecord>) {
    let deprecated = |sunset| Some(Deprecation { since: at(0), sunset });
    let end = Some(at(END));
    let later = Some(at(END + 1));
    let mut records = Vec::new();
    let store = Driver::new(harness);
    let kinds = [[KindWord::Track, KindWord::App], [LIVE, CI]];
    for (id, mut number, kinds) in [("shop", 0, kinds[0]), ("blog", 100, kinds[1])] {
        let home = workspace("acme", id);
        let first = records.len();
        for kind in kinds {
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

/// Returns the times before, at and after the ends of the samples.
fn moments() -> [Timestamp; 5] {
    let end = at(END);
    [at(2), just_before(end), end, just_before(at(END + 1)), Timestamp::MAX]
}

fn query(scope: Scope, now: Timestamp) -> CredentialQuery {
    CredentialQuery::all(scope, now, PageSize::MAX)
}

/// Checks in each scope that a query finds the same credentials as a filter over all records.
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
        assert_same!(found, expected, "{EVERY_CONDITION} ({query:?})");
    }
}
