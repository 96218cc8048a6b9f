//! Conditions on credentials, alone, at their boundaries, and combined.

use std::collections::BTreeSet;

use crate::domain::{
    CredentialEdit, CredentialRecord, CredentialStatus, Deprecation, Event, Grant, Owner,
    Restriction, WorkspaceRecord,
};
use crate::store::{
    Change, CredentialQuery, EventQuery, NameFilter, PageSize, Scope, StatusFilter,
};
use crate::values::{ActorId, Brand, KindWord, Label, Labels, NameKey, Timestamp};

use super::difference::assert_same;
use super::driver::Driver;
use super::harness::Harness;
use super::promises::{EVERY_CONDITION, NAME_KEY, RESTRICTED};
use super::samples::{
    CI, KINDS, LIVE, account, at, credential, edits, inserts, just_before, name, next, workspace,
    workspace_id, writes_account,
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

/// [`NAME_KEY`]: Finds names by the beginning of their keys, with special characters of patterns, page by page, and beside another
/// condition.
pub fn credentials_are_found_by_the_beginning_of_their_name<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let shop = workspace("acme", "shop");
    let names = [
        "a", "ab", "AB c", "a%", "a_b", "a\\b", "b", "Äpfel", "apfel", "ä", "zz", "z", "鍵",
        "鍵 2", "*a", "a*b", "a[b", "it's", "it",
    ];
    let records: Vec<_> = (0..)
        .zip(names)
        .map(|(n, name)| credential(&shop, KINDS[n % 2], u32::try_from(n).unwrap_or(0), name))
        .collect();
    store.commit(&inserts(&shop, &records));
    let beginnings = [
        "",
        "a",
        "A",
        "ab",
        "a%",
        "a_",
        "%",
        "_",
        "a\\",
        "ä",
        "äp",
        "z",
        "zz",
        "zzz",
        "鍵",
        "鍵 2",
        "*",
        "a*",
        "a[",
        "it'",
        "\u{10FFFF}",
        "\u{D7FF}",
        "\u{FFFF}",
    ];
    for beginning in beginnings {
        for size in [PageSize::MAX, PageSize::new(1).expect("within the bounds")] {
            for kind in [None, Some(KINDS[0])] {
                check_by(NAME_KEY, &store, &records, |query| {
                    query.name = Some(NameFilter::StartsWith(NameKey::of(beginning)));
                    query.kind = kind;
                    query.size = size;
                });
            }
        }
    }
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

/// [`EVERY_CONDITION`]: Finds labels by name and value, with special characters of JSON, several at once and page by page.
pub fn credentials_are_found_by_their_labels<H: Harness>(harness: &H) {
    let (store, records) = stocked(harness);
    for labels in [
        vec![label("env", "prod")],
        vec![label("env", "production")],
        vec![label("env", "pro")],
        vec![label("env", "")],
        vec![label("nv", "prod")],
        vec![label("team", "\"env\":\"prod\"")],
        vec![label("team", "a\\")],
        vec![label("env", "prod"), label("team", "a\\")],
        vec![label("env", "prod"), label("team", "a")],
        vec![label("env", "%")],
    ] {
        for size in [PageSize::MAX, PageSize::new(3).expect("within the bounds")] {
            check(&store, &records, |query| {
                query.labels.clone_from(&labels);
                query.size = size;
            });
        }
    }
}

/// [`EVERY_CONDITION`]: Finds the credentials of the account and of each member, beside another condition and page by page.
pub fn credentials_are_found_by_their_owner<H: Harness>(harness: &H) {
    let (store, records) = stocked(harness);
    for owner in [Owner::Account, member("bob"), member("bo"), member("BOB"), member("eve")] {
        for size in [PageSize::MAX, PageSize::new(3).expect("within the bounds")] {
            check(&store, &records, |query| {
                query.owner = Some(owner.clone());
                query.size = size;
            });
            check(&store, &records, |query| {
                query.owner = Some(owner.clone());
                query.labels = vec![label("env", "prod")];
                query.status = Some(StatusFilter::Permanent);
                query.size = size;
            });
        }
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

/// [`RESTRICTED`]: Limits credentials to workspaces and kinds, in every scope and page by page, and beside another condition. Limits
/// workspaces.
pub fn a_restriction_leaves_out_other_workspaces_and_kinds<H: Harness>(harness: &H) {
    let (store, records) = stocked(harness);
    for restriction in restrictions() {
        for size in [PageSize::MAX, PageSize::new(2).expect("within the bounds")] {
            check_by(RESTRICTED, &store, &records, |query| {
                query.restriction = restriction.clone();
                query.size = size;
            });
        }
        check_by(RESTRICTED, &store, &records, |query| {
            query.restriction = restriction.clone();
            query.kind = Some(KindWord::App);
            query.status = Some(StatusFilter::Permanent);
        });
        let mut expected = vec![next(&workspace("acme", "blog")), next(&workspace("acme", "shop"))];
        expected.retain(|record| restriction.admits_workspace(&record.id));
        let found = store.workspaces_within(&records[0].account, &restriction);
        let ids = |found: Vec<WorkspaceRecord>| found.into_iter().map(|record| record.id);
        let (found, expected): (Vec<_>, Vec<_>) = (ids(found).collect(), ids(expected).collect());
        assert_same!(found, expected, "{RESTRICTED} ({restriction:?})");
    }
}

/// [`RESTRICTED`]: Limits events to workspaces, and to the stored credentials of some kinds.
pub fn a_restriction_leaves_out_events_about_others<H: Harness>(harness: &H) {
    let (shop, blog) = (workspace("acme", "shop"), workspace("acme", "blog"));
    let store = Driver::new(harness);
    let one = credential(&shop, KindWord::App, 1, "A");
    let two = credential(&shop, KindWord::Track, 2, "A");
    let gone = credential(&shop, KindWord::App, 3, "C");
    let three = credential(&blog, LIVE, 4, "A");
    let insert =
        |home: &_, record: &CredentialRecord| edits(home, CredentialEdit::Insert(record.clone()));
    let mut header = shop.clone();
    let mut commit = |change: Change| {
        header = next(&header);
        store.commit(&change);
        header.clone()
    };
    let header = commit(insert(&shop, &one));
    let header = commit(insert(&header, &two));
    let header = commit(insert(&header, &gone));
    commit(edits(&header, CredentialEdit::Delete(gone.id)));
    store.commit(&insert(&blog, &three));
    store.commit(&writes_account(&account("other")));
    store.commit(&writes_account(&account("acme")));
    let all = store.history(&shop.account);
    for restriction in restrictions() {
        let kind = |event: &Event| match event.subject.credential() {
            Some(id) if *id == one.id => Some(KindWord::App),
            Some(id) if *id == two.id => Some(KindWord::Track),
            Some(id) if *id == three.id => Some(LIVE),
            _ => None,
        };
        let wanted = |event: &&Event| {
            let of_kind = |only: &BTreeSet<_>| kind(event).is_some_and(|kind| only.contains(&kind));
            let workspace = event.subject.workspace();
            let here = |only: &BTreeSet<_>| workspace.is_some_and(|id| only.contains(id));
            restriction.workspaces.as_ref().is_none_or(here)
                && restriction.kinds.as_ref().is_none_or(of_kind)
        };
        let expected: Vec<_> = all.iter().filter(wanted).cloned().collect();
        for size in [PageSize::MAX, PageSize::new(1).expect("within the bounds")] {
            let all = EventQuery::all(shop.account.clone(), size);
            let query = EventQuery { restriction: restriction.clone(), ..all };
            assert_same!(store.events(&query), expected, "{RESTRICTED} ({query:?})");
        }
    }
}

/// Returns restrictions to nothing, to one, to both, and to an unknown workspace or kind.
fn restrictions() -> Vec<Restriction> {
    let workspaces = [vec![], vec!["shop"], vec!["blog", "nowhere"], vec!["shop", "blog"]];
    let kinds = [vec![], vec![KindWord::App], vec![CI, KindWord::App], vec![KindWord::Track, LIVE]];
    let limit = |ids: Vec<&str>| Some(ids.into_iter().map(workspace_id).collect());
    let mut all = vec![Restriction::NONE];
    for ids in workspaces {
        all.push(Restriction { workspaces: limit(ids.clone()), kinds: None });
        for kinds in &kinds {
            let kinds = Some(kinds.iter().copied().collect());
            all.push(Restriction { workspaces: limit(ids.clone()), kinds: kinds.clone() });
            all.push(Restriction { workspaces: None, kinds });
        }
    }
    all
}

/// Returns one of a few grants, some of whose labels look like parts of others.
fn some_grant(number: u32) -> Grant {
    let labels = match number % 5 {
        0 => vec![],
        1 => vec![label("env", "prod")],
        2 => vec![label("env", "production"), label("team", "a")],
        3 => vec![label("my-env", "prod"), label("team", "\"env\":\"prod\"")],
        _ => vec![label("env", "prod"), label("team", "a\\")],
    };
    let owner = match number % 3 {
        0 => Owner::Account,
        1 => member("bob"),
        _ => member("bo"),
    };
    let labels = Labels::new(labels).expect("few labels");
    Grant { labels, owner, ..Grant::default() }
}

/// [`EVERY_CONDITION`]: Finds the credentials with an imported current secret that was last used before a time or never.
pub fn credentials_are_found_by_imported_secrets_that_are_unused<H: Harness>(harness: &H) {
    let store = Driver::new(harness);
    let shop = workspace("acme", "shop");
    let uses = [None, Some(at(1)), Some(at(2)), Some(at(3))];
    let kinds = [(KindWord::Track, Brand::IMPORTED), (KindWord::App, Brand::IMPORTED)];
    let brands = kinds.into_iter().chain([(KindWord::App, Brand::default())]);
    let mut records = Vec::new();
    for ((kind, brand), last_used) in brands.flat_map(|of| uses.map(|used| (of, used))) {
        let number = u32::try_from(records.len()).unwrap_or(0);
        let mut record = credential(&shop, kind, number, &format!("Key {number}"));
        (record.current.brand, record.current.last_used) = (brand, last_used);
        records.push(record);
    }
    store.commit(&inserts(&shop, &records));
    for since in [at(0), at(1), at(2), just_before(at(3)), at(3), at(4)] {
        for kind in [None, Some(KindWord::App)] {
            check(&store, &records, |query| {
                query.imported_unused_since = Some(since);
                query.kind = kind;
            });
        }
    }
}

fn label(name: &str, value: &str) -> Label {
    Label::new(name, value).expect("a valid value")
}

fn member(id: &str) -> Owner {
    Owner::Member { id: ActorId::new(id).expect("within the bounds") }
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
                        let grant = some_grant(number);
                        records.push(CredentialRecord {
                            deprecation,
                            suspended,
                            expires,
                            grant,
                            ..plain
                        });
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
    check_by(EVERY_CONDITION, store, records, ask);
}

/// Checks the same. If the credentials differ, the store breaks this promise.
fn check_by<H: Harness>(
    promise: &str,
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
        assert_same!(found, expected, "{promise} ({query:?})");
    }
}
