//! Keys of another system work after their import, like keys of their kind, and nothing that a thief can have opens anything.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use keyward::error::ImportsError;
use keyward::history::{Action, HistoryFilter, Subject};
use keyward::imports::{
    ForeignHash, Import, ImportDryRun, ImportFormat, ImportOutcome, ImportRow, RowRefusal,
};
use keyward::manage::{CredentialFilter, CredentialStatus, Label, Labels, Owner, PolicyChange};
use keyward::scope::{Scopes, Vocabulary};
use keyward::store::{CredentialStore, StoreError};
use keyward::{
    ActorId, App, Attempt, Brand, BuildError, Builder, CredentialId, DenialReason, Keyward, Limits,
    ManageError, MasterKey, MasterKeys, MemoryStore, NotVerified, Refusal, Track, Verified,
    VerifiedAny,
};

use crate::support::directed::{Call, Directed, Director};
use crate::support::rekeying::{adopt_lost, walk};
use crate::support::{
    World, account, admin, again, block_on, cheap, cheap_under, forged, name, operator, outlet,
    plain, shop,
};

/// A key of the old service, and its SHA-256: `printf old_7RkDq0vXbT2mWc9JzLpY | sha256sum`.
const KEY: &str = "old_7RkDq0vXbT2mWc9JzLpY";
const HASH: &str = "dd15ec3e469016db15918f2300c5e7d5ac2e4701d6aa0b75bc4b5e9a40d61cf1";

/// Another key, in the column of the names, and its SHA-256.
const KEY_AS_NAME: &str = "old_4TnHs8wQyC1rVb6KeMgX";
const KEY_AS_NAME_HASH: &str = "349c5d0347747eaa15b2ed31cef14f5368e89a01fdad039b77982b555e84618f";

fn row(called: &str, hash: &str) -> ImportRow {
    ImportRow::new("old", name(called), hash)
}

/// Imports rows by the operator, after a dry run, which has the same outcomes.
pub(super) fn import(keyward: &Keyward, import: Import) -> Result<Vec<ImportOutcome>, ManageError> {
    let operator = operator().acting_for(account());
    let manager = keyward.manager(&operator);
    let previewed = block_on(manager.preview_import(&import, &mut ImportDryRun::new()));
    let outcomes = block_on(manager.import(import));
    match (&previewed, &outcomes) {
        (Ok(previewed), Ok(outcomes)) => assert_eq!(previewed, outcomes),
        (Err(previewed), Err(error)) => assert_eq!(previewed.to_string(), error.to_string()),
        differ => panic!("{differ:?}"),
    }
    outcomes
}

pub(super) fn imported(keyward: &Keyward, row: ImportRow) -> CredentialId {
    let outcomes = import(keyward, Import::new(shop(), [row])).unwrap();
    let [ImportOutcome::Imported(id)] = outcomes[..] else { panic!("{outcomes:?}") };
    id
}

pub(super) fn present(keyward: &Keyward, text: &str) -> Result<Verified<App>, NotVerified> {
    block_on(keyward.verify(&Attempt::app(text)))
}

pub(super) fn reason(keyward: &Keyward, text: &str) -> DenialReason {
    match present(keyward, text) {
        Err(NotVerified::Denied(denial)) => denial.reason(),
        other => panic!("{other:?}"),
    }
}

pub(super) fn hexadecimal(bytes: impl Iterator<Item = u8>) -> String {
    let digit = |value: u8| char::from_digit(value.into(), 16).unwrap();
    bytes.flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// A world with `shop`, in which these formats are declared for App keys besides `old`.
pub(super) fn accepting(formats: impl IntoIterator<Item = ImportFormat>) -> World {
    let world = World::built(|store, clock| {
        formats.into_iter().fold(cheap(store, clock), Builder::import::<App>)
    });
    world.shop();
    world
}

/// One key of another system: the format, the part that must match, the key, and the hash that the system stores.
struct Known {
    format: ImportFormat,
    matching: Option<&'static str>,
    key: &'static str,
    stored: &'static str,
}

/// Keys that the other systems' own libraries made, and digests of FIPS 180-4 and RFC 4231 by way of `openssl`.
fn known() -> Vec<Known> {
    let whole = |format, key, stored| Known { format, matching: None, key, stored };
    vec![
        whole(
            ImportFormat::sha256("plain"),
            "acme_0123456789abcdef",
            "49ffc4cb55482578e9f86030a6f10929e9d0b5f2c91b06fb90899fc26bceb7a3",
        ),
        whole(
            ImportFormat::sha256("base64"),
            "acme_fedcba9876543210",
            "yNkSva9FpuNwS+DPooiPDjRUOL+A4StLGoCbMiwpmIo=",
        ),
        whole(
            ImportFormat::sha512("long"),
            "acme_0123456789abcdef",
            "02851ea389c031e9f29182970f022aa14aa6cc3db528300feff90cff5adf8bc7f16ed0a5906bbe28f4064b445edea6e464f2a578a8b2077340f83dc7b91fd09f",
        ),
        whole(
            ImportFormat::hmac_sha256("peppered", b"pepper"),
            "acme_0123456789abcdef",
            "fa300f79c9b0a2ba4ccd5d60a66814a2f49cc70d8ec128aed06268f40f4052d6",
        ),
        // `PersonalAccessToken::findToken` of Laravel Sanctum 4: the SHA-256 of what follows the first `|`.
        Known {
            format: ImportFormat::laravel_sanctum(),
            matching: Some("17"),
            key: "17|lSyQMpNf0Zr8gTuVbYhXkC2wDsE5aJ9oR1iK4mP7|x",
            stored: "cacdf3bcef323527a7209d1f6c0130c74c0a30f7a8ca7b242d355d9bdc58eb79",
        },
        // prefixed-api-key 1.1.1: `generateAPIKey({ keyPrefix: 'mycompany' })`.
        Known {
            format: ImportFormat::prefixed_api_key("mycompany"),
            matching: Some("dt2Gs1qo"),
            key: "mycompany_dt2Gs1qo_9CYoLTLTXyFkQPXMf4kpvQLX",
            stored: "beccbb8b9a2f570b3e348be025788ab5ebac4828d6bab2504cc0342ba76b41a5",
        },
        // djangorestframework-api-key 3.1.0: `KeyGenerator().generate()`.
        whole(
            ImportFormat::django_rest_framework(),
            "37hlnKu3.AXSMjSacZz1SjS6zDWOKVydnIMx54S26",
            "sha512$$d110678f93e79d8bd16f017c37e56152ef099437ecfcb7ab6f2760fc9c621c610198b8acc059897b\
             f88c8debbda1425ff2b7bf2462fea37d4ef823e152e40678",
        ),
        // @better-auth/api-key 1.7.5: `defaultKeyHasher(key)`.
        whole(
            ImportFormat::better_auth(),
            "acme_kqWcZVwnTBdHmYgRpXsLfJeDuAoNiKtQbvGhCxMzEyUrWaPlSjFdOkTnBqVmXcZi",
            "-5GsETlJ7GZH1_RDQFO9CxFXfo5URgt5pyY8qSxbpmY",
        ),
        // Unkey, whose package `hash` is the SHA-256 in base64: `openssl dgst -sha256 -binary | base64`.
        whole(
            ImportFormat::unkey(),
            "unkey_3ZaLcQ8nVtRw5KxYbGdJ",
            "lgOh1nivPNB+cdunb229IVhVjOUsGPkaRGJ0FesC/20=",
        ),
    ]
}

#[test]
fn keys_of_every_system_work_after_their_import() {
    for Known { format, matching, key, stored } in known() {
        let named = format.name().to_owned();
        let world = accepting([format]);
        assert_eq!(reason(&world.keyward, key), DenialReason::Unknown, "{named}: not imported");
        let row = ImportRow::new(&named, name("backend"), stored);
        let row = matching.into_iter().fold(row, ImportRow::matching);
        let id = imported(&world.keyward, row);
        let proof = present(&world.keyward, key).unwrap();
        assert_eq!((proof.credential(), proof.workspace()), (id, &shop()), "{named}");
        // A hash that is presented opens nothing.
        assert!(present(&world.keyward, stored).is_err(), "{named}");
        let mut changed = key.to_owned();
        let last = changed.pop().unwrap();
        changed.push(if last == 'x' { 'y' } else { 'x' });
        assert_eq!(reason(&world.keyward, &changed), DenialReason::Unknown, "{named}");
        if matching.is_some() {
            let other = key.replacen("17|", "18|", 1).replacen("dt2Gs1qo", "dt2Gs1qp", 1);
            assert_eq!(reason(&world.keyward, &other), DenialReason::Unknown, "{named}");
        }
    }
}

#[test]
fn every_encoding_of_one_hash_is_one_key() {
    let world = accepting([]);
    let id = imported(&world.keyward, row("backend", HASH));
    let base64 = "3RXsPkaQFtsVkY8jAMXn1awuRwHWqgt1vEtemkDWHPE=";
    let url = base64.replace('+', "-").replace('/', "_");
    for text in [&HASH.to_uppercase(), base64, base64.trim_end_matches('='), &url] {
        let outcomes = import(&world.keyward, Import::new(shop(), [row("other", text)])).unwrap();
        assert_eq!(outcomes, [ImportOutcome::AlreadyImported(id)], "{text}");
    }
}

#[test]
fn a_format_of_the_host_decides_what_is_hashed_and_what_must_match() {
    let format = ImportFormat::custom("dotted", 20, |text| {
        let (id, secret) = text.split_once('.')?;
        let mut hash = [0; 20];
        hash.iter_mut().zip(secret.bytes()).for_each(|(place, byte)| *place = byte ^ 0x55);
        Some(ForeignHash::new(&hash)?.matching(id))
    });
    let world = accepting([format]);
    let stored = hexadecimal("abcdefghijklmnopqrst".bytes().map(|byte| byte ^ 0x55));
    let row = ImportRow::new("dotted", name("backend"), stored).matching("one");
    let id = imported(&world.keyward, row);
    let proof = present(&world.keyward, "one.abcdefghijklmnopqrst").unwrap();
    assert_eq!(proof.credential(), id);
    assert_eq!(reason(&world.keyward, "two.abcdefghijklmnopqrst"), DenialReason::Unknown);
    // The format of this text is not the host's.
    assert_eq!(reason(&world.keyward, "abcdefghijklmnopqrst"), DenialReason::Malformed);
}

#[test]
fn a_row_keeps_what_the_other_system_knew() {
    let world = accepting([]);
    let (made, used) =
        ("2021-03-04T05:06:07Z".parse().unwrap(), "2029-12-31T00:00:00Z".parse().unwrap());
    let labels = Labels::new([Label::new("team", "data").unwrap()]).unwrap();
    let kept = row("backend", HASH).created(made).last_used(used).labels(labels.clone());
    let id = imported(&world.keyward, kept.expires(world.later(60)).disabled());
    let (admin, now) = (admin(), world.now());
    let manager = world.keyward.manager(&admin);
    let shown = block_on(manager.credential(id)).unwrap();
    assert_eq!((shown.name.as_str(), shown.kind.as_str()), ("backend", "app"));
    assert_eq!((shown.created, shown.generations[0].created), (made, made));
    assert_eq!((shown.last_used, shown.expires), (Some(used), Some(world.later(60))));
    assert_eq!((shown.status, shown.suspended), (CredentialStatus::Suspended, Some(now)));
    assert_eq!((shown.labels, shown.created_by.id.as_str()), (labels, "support-7"));
    assert_eq!(block_on(manager.workspace(&shop())).unwrap().credentials, Some(2));

    assert_eq!(reason(&world.keyward, KEY), DenialReason::Suspended);
    block_on(manager.resume(id)).unwrap();
    present(&world.keyward, KEY).unwrap();
    world.clock.advance(Duration::from_mins(1));
    assert_eq!(reason(&world.keyward, KEY), DenialReason::Ended);

    let history = block_on(manager.history(HistoryFilter::new())).unwrap();
    let events: Vec<_> =
        history.items.into_iter().filter_map(keyward::store::PageItem::record).collect();
    assert_eq!(events[1].action, Action::Imported { credentials: 1 });
    assert_eq!(events[1].subject, Subject::Workspace(shop()));

    // A time in the future is the time of the import.
    let row = row("next", &"1".repeat(64)).created(world.later(1));
    let next = imported(&world.keyward, row);
    assert_eq!(block_on(manager.credential(next)).unwrap().created, world.now());
}

#[test]
fn neither_the_store_nor_a_stolen_hash_helps_a_thief() {
    let world = accepting([]);
    let id = imported(&world.keyward, row("backend", HASH));
    let dump = format!("{:?}", world.dump());
    let record = block_on(world.store.credential(id)).unwrap().unwrap();
    let stored =
        [record.current.digest.to_bytes().to_vec(), record.current.slow_hash.as_str().into()];
    let hash: Vec<u8> =
        (0..32).map(|at| u8::from_str_radix(&HASH[2 * at..][..2], 16).unwrap()).collect();
    for bytes in stored {
        assert!(!bytes.windows(8).any(|window| hash.windows(8).any(|part| part == window)));
    }
    assert!(!dump.contains(&HASH[..16]) && !dump.contains(KEY));

    // The id is public, and the thief has the table of the old service. No text that is made of both passes.
    let secret: Vec<u8> = hash.iter().copied().chain([0; 11]).collect();
    let secret = String::from_utf8_lossy(&secret).into_owned();
    for prefix in ["kw_app_", "imported_app_", "kw_imported_", ""] {
        let body = format!("{prefix}{id}{secret}");
        assert!(present(&world.keyward, &forged::sealed(&body)).is_err(), "{prefix}");
        let shown = format!("{prefix}{id}{}", &HASH[..43]);
        assert!(present(&world.keyward, &forged::sealed(&shown)).is_err(), "{prefix}");
    }
    assert_eq!(reason(&world.keyward, HASH), DenialReason::Malformed);
    let error = block_on(world.keyward.manager(&admin()).reveal(id)).unwrap_err();
    assert!(matches!(error, ManageError::Refused(Refusal::ShownOnce)), "{error:?}");
    let shown =
        format!("{:?} {:?}", row("backend", HASH), ImportFormat::hmac_sha256("a", b"pepper"));
    assert!(!shown.contains(&HASH[..8]) && !shown.contains("pepper"), "{shown}");
}

/// A foreign hash of 43 characters of the alphabet is, with the public id, a well-formed native key.
#[test]
fn a_hash_that_has_the_form_of_a_native_secret_is_none() {
    const SECRET: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg";
    let format = ImportFormat::custom("own", 43, |_| ForeignHash::new(SECRET.as_bytes()));
    let world = accepting([format]);
    let stored = hexadecimal(SECRET.bytes());
    let id = imported(&world.keyward, ImportRow::new("own", name("backend"), stored));
    present(&world.keyward, "any text of this format".replace(' ', "_").as_str()).unwrap();
    let native = forged::sealed(&format!("kw_app_{id}{SECRET}"));
    assert_eq!(reason(&world.keyward, &native), DenialReason::WrongSecret);
}

#[test]
fn importing_again_changes_nothing() {
    let world = accepting([]);
    let rows = || [row("one", HASH), row("two", &"2".repeat(64))];
    let first = import(&world.keyward, Import::new(shop(), rows()).operation("batch")).unwrap();
    let [ImportOutcome::Imported(one), ImportOutcome::Imported(two)] = first[..] else {
        panic!("{first:?}")
    };
    let before = world.dump();
    let there = [one, two].map(ImportOutcome::AlreadyImported);
    for operation in ["batch", "another"] {
        let again = Import::new(shop(), rows()).operation(operation);
        assert_eq!(import(&world.keyward, again).unwrap(), there, "{operation}");
        world.dump().assert_is(&before, operation);
    }
    // A key opens one workspace.
    world.workspace(&outlet(), "Outlet");
    let elsewhere = import(&world.keyward, Import::new(outlet(), [row("one", HASH)])).unwrap();
    assert_eq!(elsewhere, [ImportOutcome::Refused(RowRefusal::OtherWorkspace)]);

    // The operation is known by its id: a deleted credential stays deleted, and new rows are not imported.
    block_on(world.keyward.manager(&admin()).delete(one, "one")).unwrap();
    let more = rows().into_iter().chain([row("three", &"3".repeat(64))]);
    let repeated = import(&world.keyward, Import::new(shop(), more).operation("batch")).unwrap();
    let skipped = ImportOutcome::Skipped;
    assert_eq!(repeated, [skipped.clone(), ImportOutcome::AlreadyImported(two), skipped]);
    let error =
        import(&world.keyward, Import::new(outlet(), rows()).operation("batch")).unwrap_err();
    assert!(matches!(error, ManageError::Refused(Refusal::OperationReused)), "{error:?}");
    // Without an id, the key comes back, as the same credential.
    assert_eq!(imported(&world.keyward, row("one", HASH)), one);
    present(&world.keyward, KEY).unwrap();
}

#[test]
fn each_refused_row_says_why_and_the_others_are_imported() {
    let world = accepting([ImportFormat::laravel_sanctum()]);
    let _ = world.app_key("taken");
    let other = || "2".repeat(64);
    let rows = [
        ImportRow::new("unknown", name("a"), HASH),
        row("b", &HASH[1..]),
        row("c", HASH).matching("17"),
        ImportRow::new("laravel-sanctum", name("d"), HASH),
        ImportRow::new("laravel-sanctum", name("d"), HASH).matching("1|7"),
        row("good", HASH),
        row("e", HASH),
        row("taken", &other()),
        row("f", &other()).expires(world.now()),
        row(KEY_AS_NAME, KEY_AS_NAME_HASH),
    ];
    let outcomes = import(&world.keyward, Import::new(shop(), rows)).unwrap();
    let codes: Vec<_> = outcomes
        .iter()
        .map(|outcome| match outcome {
            ImportOutcome::Refused(refusal) => {
                let sentence = refusal.to_string();
                assert!(sentence.contains(": ") && !sentence.contains(&HASH[..8]), "{sentence}");
                refusal.code()
            }
            ImportOutcome::Imported(_) => "imported",
            other => panic!("{other:?}"),
        })
        .collect();
    let expected = [
        "unknown_format",
        "unreadable_hash",
        "unused_matching",
        "missing_matching",
        "wrong_matching",
        "imported",
        "same_key",
        "name_taken",
        "same_key",
        "key_in_name",
    ];
    assert_eq!(codes, expected);
    let same = |row| ImportOutcome::Refused(RowRefusal::SameKey { row });
    assert_eq!((&outcomes[6], &outcomes[8]), (&same(5), &same(7)));
    let ImportOutcome::Refused(unknown) = &outcomes[0] else { panic!() };
    assert!(unknown.to_string().contains("declared: `old`, `laravel-sanctum`"), "{unknown}");
    let none = RowRefusal::UnknownFormat { declared: Vec::new() }.to_string();
    assert!(none.contains("the service declares none"), "{none}");
    present(&world.keyward, KEY).unwrap();

    let before = world.dump();
    let many = (0..1_001).map(|number| row(&number.to_string(), &format!("{number:064}")));
    let too_many = Refusal::TooMany { what: "rows of an import", limit: 1_000 };
    let operator = operator().acting_for(account());
    world.refuses(&too_many, world.keyward.manager(&operator).import(Import::new(shop(), many)));
    let none = import(&world.keyward, Import::new(shop(), [row("g", "")])).unwrap();
    assert_eq!(none, [ImportOutcome::Refused(RowRefusal::UnreadableHash)]);
    world.dump().assert_is(&before, "nothing was imported");
}

/// The vocabulary, the owners and the policy of the account, as at an issue.
#[test]
fn a_row_is_refused_by_the_rules_of_an_issue() {
    let vocabulary = || Vocabulary::new([("read", "Read"), ("send", "Send")]).unwrap();
    let world = World::built(|store, clock| cheap(store, clock).vocabulary(vocabulary()));
    world.shop();
    let only = |scope: &str| Scopes::only([scope.parse().unwrap()]).unwrap();
    let (admin, bob) = (admin(), ActorId::new("bob").unwrap());
    let manager = world.keyward.manager(&admin);
    block_on(manager.deactivate(&bob)).unwrap();
    let refused = |row: ImportRow| {
        let before = world.dump();
        let outcomes = import(&world.keyward, Import::new(shop(), [row])).unwrap();
        world.dump().assert_is(&before, "nothing was imported");
        match &outcomes[..] {
            [ImportOutcome::Refused(RowRefusal::Rule(rule))] => rule.code(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(refused(row("a", HASH).scopes(only("sned"))), "unknown_scope");
    assert_eq!(refused(row("a", HASH).owner(Owner::Member { id: bob })), "inactive_owner");
    for (change, code) in [
        (PolicyChange::new().max_lifetime_seconds(60), "lifetime_too_long"),
        (
            PolicyChange::new().max_lifetime_seconds(None).max_secret_age_seconds(60),
            "secret_too_old",
        ),
        (PolicyChange::new().max_secret_age_seconds(None).expiry_required(true), "expiry_required"),
    ] {
        block_on(manager.set_policy(&change)).unwrap();
        assert_eq!(refused(row("a", HASH)), code);
        assert_eq!(refused(row("a", HASH).no_expiry()), code);
        if code != "expiry_required" {
            assert_eq!(refused(row("a", HASH).expires(world.later(61))), code);
        }
    }
    block_on(manager.set_policy(&PolicyChange::new().default_expiry_seconds(60))).unwrap();

    // An operator with a ceiling imports nothing above it, and then not the other rows either.
    let operator = operator().acting_for(account()).only_scopes(only("read"));
    let limited = world.keyward.manager(&operator);
    let above = row("a", HASH).scopes(only("send"));
    let rows = [row("b", &"2".repeat(64)).scopes(only("read")), above];
    let rule = Refusal::AboveCeiling { scopes: only("send") };
    world.refuses(&rule, limited.import(Import::new(shop(), rows)));
    let within = Import::new(shop(), [row("a", HASH).scopes(only("read"))]);
    let outcomes = block_on(limited.import(within)).unwrap();
    let [ImportOutcome::Imported(id)] = outcomes[..] else { panic!("{outcomes:?}") };
    assert_eq!(block_on(manager.credential(id)).unwrap().expires, Some(world.later(60)));
}

/// The parts of a large import, in several workspaces. A dry run must know what its earlier parts would have done.
#[test]
fn a_dry_run_in_parts_has_the_outcomes_of_the_import_and_writes_nothing() {
    let world = World::built(|store, clock| {
        let limits = Limits::default().credentials(4);
        cheap(store, clock).limits(limits).import::<App>(ImportFormat::laravel_sanctum())
    });
    world.shop();
    world.workspace(&outlet(), "Outlet");
    let _ = world.app_key("taken");
    let hash = |number: u32| format!("{number:064x}");
    let past = world.now();
    let parts = || {
        [
            (shop(), vec![row("one", &hash(1)), row("taken", &hash(2)), row("one", &hash(3))]),
            // Of an earlier part: the key, the key of a refused row, the name.
            (shop(), vec![row("x", &hash(1)), row("y", &hash(2)), row("one", &hash(4))]),
            (outlet(), vec![row("one", &hash(1)), row("two", &hash(5)), row("bad", "")]),
            (shop(), vec![row("late", &hash(6)).expires(past), row("over", &hash(7))]),
            (outlet(), vec![row("three", &hash(6)), row("one", &hash(8)).no_expiry()]),
        ]
        .map(|(workspace, rows)| Import::new(workspace, rows))
    };
    let before = world.dump();
    let operator = operator().acting_for(account());
    let manager = world.keyward.manager(&operator);
    let mut dry_run = ImportDryRun::new();
    let previewed: Vec<_> = parts()
        .iter()
        .map(|part| block_on(manager.preview_import(part, &mut dry_run)).unwrap())
        .collect();
    world.dump().assert_is(&before, "a dry run writes nothing");
    let imported: Vec<_> =
        parts().into_iter().map(|part| block_on(manager.import(part)).unwrap()).collect();
    assert_eq!(previewed, imported);
    let codes = imported.iter().flatten().map(|outcome| match outcome {
        ImportOutcome::Imported(_) => "imported",
        ImportOutcome::AlreadyImported(_) => "already_imported",
        ImportOutcome::Refused(refusal) => refusal.code(),
        other => panic!("{other:?}"),
    });
    let codes: Vec<_> = codes.collect();
    let expected = [
        ["imported", "name_taken", "name_taken"].as_slice(),
        &["already_imported", "imported", "name_taken"],
        &["imported_elsewhere", "imported", "unreadable_hash"],
        &["expiry_in_past", "too_many"],
        &["imported", "imported"],
    ];
    assert_eq!(codes, expected.concat());
}

#[test]
fn a_thousand_rows_are_one_change() {
    let world = accepting([]);
    let rows = (0..1_000).map(|number| row(&number.to_string(), &format!("{number:064x}")));
    let outcomes = import(&world.keyward, Import::new(shop(), rows)).unwrap();
    assert!(outcomes.iter().all(|outcome| matches!(outcome, ImportOutcome::Imported(_))));
    let shown = block_on(world.keyward.manager(&admin()).workspace(&shop())).unwrap();
    assert_eq!(shown.credentials, Some(1_001));
    assert_eq!(world.dump().events.len(), 2);
}

#[test]
fn a_rotation_gives_a_key_of_this_service_and_the_old_one_overlaps() {
    let world = accepting([]);
    let id = imported(&world.keyward, row("backend", HASH));
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    let rotated = block_on(manager.rotate(id, Duration::from_mins(1))).unwrap();
    assert!(rotated.secret.expose().starts_with("kw_app_"));
    let new = present(&world.keyward, rotated.secret.expose()).unwrap();
    let old = present(&world.keyward, KEY).unwrap();
    assert_eq!((new.credential(), old.credential()), (id, id));
    assert!(old.notice().is_some(), "the old key is ending");
    world.clock.advance(Duration::from_mins(1));
    assert_eq!(reason(&world.keyward, KEY), DenialReason::OverlapEnded);
    present(&world.keyward, rotated.secret.expose()).unwrap();
    let _ = block_on(manager.rotate(id, Duration::ZERO)).unwrap();
    assert_eq!(reason(&world.keyward, KEY), DenialReason::WrongSecret);
}

/// A service over the store of `world` with other master keys.
fn under(world: &World, keys: MasterKeys) -> Keyward {
    cheap_under(world.store.clone(), world.clock.clone(), keys).build().unwrap()
}

#[test]
fn imported_keys_outlive_the_change_and_the_loss_of_a_master_key() {
    let [first, second] = [(); 2].map(|()| MasterKey::generate().unwrap());
    let world =
        World::built(|store, clock| cheap_under(store, clock, MasterKeys::new(again(&first))));
    world.shop();
    let id = imported(&world.keyward, row("backend", HASH));

    let node = under(&world, MasterKeys::new(again(&second)).older([again(&first)]));
    present(&node, KEY).unwrap();
    let stored = block_on(world.store.credential(id)).unwrap().unwrap();
    assert_eq!(stored.current.digest.key(), second.id(), "re-digested at its use");
    let _ = walk(&node, keyward::operate::Rekey::new());

    let third = MasterKey::generate().unwrap();
    let node = under(&world, MasterKeys::new(again(&third)).lost([second.id(), first.id()]));
    adopt_lost(&node);
    assert_eq!(present(&node, KEY).unwrap().credential(), id);
    assert_eq!(node.stats().argon2id_verify_runs, 1);
    present(&node, KEY).unwrap();
    assert_eq!(node.stats().argon2id_verify_runs, 1, "re-digested");
}

/// Counts the reads of credentials.
#[derive(Debug, Default, Clone)]
pub(super) struct Reads(std::sync::Arc<AtomicU64>);

impl Reads {
    pub(super) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Director for Reads {
    fn before(&self, call: Call) -> Result<(), StoreError> {
        if call == Call::Credential {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }
}

#[test]
fn a_text_of_no_format_costs_no_read_and_a_made_up_one_costs_one() {
    let reads = Reads::default();
    let world = World::built(|store, clock| cheap(Directed::new(store, reads.clone()), clock));
    world.shop();
    imported(&world.keyward, row("backend", HASH));
    present(&world.keyward, KEY).unwrap();
    let cost = |text: &str| {
        let before = reads.count();
        let runs = world.keyward.stats().argon2id_verify_runs;
        drop(present(&world.keyward, text));
        assert_eq!(world.keyward.stats().argon2id_verify_runs, runs);
        reads.count() - before
    };
    let long = "x".repeat(252);
    for garbage in [
        "",
        "old_",
        "old_short",
        "new_7RkDq0vXbT2mWc9JzLpY",
        "old_7RkDq0vXbT2 Wc9JzLpY",
        "old_7RkDq0vXbT2\u{e9}Wc9JzLpY",
        &format!("old_{long}"),
        HASH,
    ] {
        assert_eq!(cost(garbage), 0, "{garbage}");
        assert_eq!(reason(&world.keyward, garbage), DenialReason::Malformed, "{garbage}");
    }
    assert_eq!(cost("old_made_up_text_of_this_form"), 1);
    assert_eq!(cost(KEY), 0, "it is cached");
    // A key of this service with a typing error is not taken for an imported one.
    let app = world.app_key("native").secret;
    let mistyped = forged::with_checksum(app.expose().to_owned()).replace("kw_app_", "kw_apq_");
    assert_eq!(cost(&mistyped), 0);
}

#[test]
fn several_formats_are_tried_and_each_kind_is_kept_apart() {
    let world = accepting([
        ImportFormat::sha512("first").starting_with("old_"),
        ImportFormat::sha256("second"),
    ]);
    imported(&world.keyward, row("backend", HASH));
    present(&world.keyward, KEY).unwrap();
    let any: VerifiedAny = block_on(world.keyward.verify(&Attempt::token(KEY))).unwrap();
    assert_eq!(any.kind().as_str(), "app");
    let track = block_on(world.keyward.verify(&Attempt::<Track>::token(KEY))).unwrap_err();
    assert!(
        matches!(track, NotVerified::Denied(denial) if denial.reason() == DenialReason::WrongKind)
    );
    // A pair is not an imported key, which has no public id.
    let pair =
        block_on(world.keyward.verify(&Attempt::<App>::pair("abcdefghijkl", KEY))).unwrap_err();
    assert!(
        matches!(pair, NotVerified::Denied(denial) if denial.reason() == DenialReason::Malformed)
    );

    let traced = block_on(world.keyward.trace(&operator(), KEY)).unwrap().unwrap();
    assert_eq!((traced.workspace, traced.kind.as_str()), (shop(), "app"));
    assert_eq!(
        block_on(world.keyward.trace(&operator(), "old_made_up_text_of_this")).unwrap(),
        None
    );
}

#[test]
fn without_its_format_a_key_is_malformed_and_the_service_stays_ready() {
    let world = accepting([]);
    let id = imported(&world.keyward, row("backend", HASH));
    let key = MasterKey::generate().unwrap();
    let keys = || MasterKeys::new(again(&key)).lost([world.master_key()]);
    let node = plain(world.store.clone(), world.clock.clone(), keys()).build().unwrap();
    adopt_lost(&node);
    assert_eq!(reason(&node, KEY), DenialReason::Malformed);
    let readiness = block_on(node.check());
    assert!(readiness.findings.is_empty(), "{:?}", readiness.findings);
    assert_eq!(block_on(node.manager(&admin()).credential(id)).unwrap().id, id);
}

#[test]
fn formats_that_cannot_be_used_are_refused() {
    let builder = || {
        let keys = MasterKeys::new(MasterKey::generate().unwrap());
        Keyward::builder(MemoryStore::new(), keys)
    };
    let old = || ImportFormat::sha256("old");
    let refused = |builder: keyward::Builder| builder.build().unwrap_err();
    let twice = refused(builder().import::<App>(old()).import::<App>(old()));
    assert_eq!(twice, BuildError::Imports(ImportsError::NameTwice));
    let pair = refused(builder().import::<Track>(old()));
    let track = keyward::kind::KindWord::new("track").unwrap();
    assert_eq!(pair, BuildError::Imports(ImportsError::KindWithoutImports(track)));
    let app = keyward::kind::KindWord::new("app").unwrap();
    let unregistered = refused(builder().kind::<Track>().import::<App>(old()));
    assert_eq!(unregistered, BuildError::Imports(ImportsError::UnregisteredKind(app)));
    let brand = Brand::new("imported").unwrap();
    let expected = BuildError::ReservedBrand(brand);
    assert_eq!(refused(builder().brand(brand)), expected);
    assert_eq!(refused(builder().older_brands([brand])), expected);
}

#[test]
fn imported_keys_that_were_not_seen_are_listed() {
    let world = accepting([]);
    let _ = world.app_key("native");
    let start = world.now();
    let seen = imported(&world.keyward, row("seen", HASH));
    let before = row("unseen", &"1".repeat(64)).last_used("2029-01-01T00:00:00Z".parse().unwrap());
    let unseen = imported(&world.keyward, before);
    let never = imported(&world.keyward, row("never", &"2".repeat(64)));
    let rotated = imported(&world.keyward, row("rotated", &"3".repeat(64)));
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    let _ = block_on(manager.rotate(rotated, Duration::ZERO)).unwrap();
    world.clock.advance(Duration::from_hours(1));
    present(&world.keyward, KEY).unwrap();
    block_on(world.keyward.flush()).unwrap();
    let listed = |since| {
        let filter = CredentialFilter::new().imported_unused_since(since);
        let page = block_on(manager.credentials(filter)).unwrap();
        let items = page.items.into_iter().filter_map(keyward::store::PageItem::record);
        items.map(|credential| credential.id).collect::<Vec<_>>()
    };
    assert_eq!(listed(start), [never, unseen]);
    assert_eq!(listed(world.later(1)), [never, seen, unseen]);
}
