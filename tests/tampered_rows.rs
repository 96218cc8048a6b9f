//! Rows that were changed in the database: nothing is guessed, and no key opens more.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up has failed")]

use std::time::Duration;

use keyward::store::{
    CredentialEdit, CredentialRecord, CredentialStore, KeyedDigest, PageItem, RecordTag, Refresh,
    Refreshed, Seal, SlowHash, TagChange,
};
use keyward::{
    Attempt, CredentialId, GenerationNumber, Keyward, ManageError, MasterKey, MasterKeys,
    NotVerified, SlowHashParams, UnavailableReason, WorkspaceId,
    kind::KindWord,
    manage::CredentialFilter,
    operate::{Rekey, RekeyPage},
};

use crate::support::forged::{SECRET, before_secret, body, sealed, with_secret, with_wrong_secret};
use crate::support::operations::{OPERATIONS, On};
use crate::support::rekeying::walk;
use crate::support::{
    World, admin, again, assert_advises, block_on, no_secret, operator, outlet, shop, tampered,
};

/// Two App keys, two Track sets in one workspace and one in another, and a rotated one of each kind.
struct Rows {
    world: World,
    key: MasterKey,
    app: CredentialId,
    other_app: CredentialId,
    track: CredentialId,
    other_track: CredentialId,
    elsewhere: CredentialId,
    rotated_app: CredentialId,
    rotated_track: CredentialId,
}

impl Rows {
    fn new() -> Self {
        let key = MasterKey::generate().unwrap();
        let world = World::built(|store, clock| {
            Keyward::builder(store, MasterKeys::new(again(&key)))
                .slow_hash(SlowHashParams::dangerous_cheap())
                .clock(clock)
        });
        let track = world.shop().first.credential.id;
        let elsewhere = world.workspace(&outlet(), "Outlet").first.credential.id;
        let rows = Self {
            key,
            app: world.app_key("one").credential.id,
            other_app: world.app_key("two").credential.id,
            track,
            other_track: world.track_set("second").credential.id,
            elsewhere,
            rotated_app: world.app_key("rotated").credential.id,
            rotated_track: world.track_set("rotated").credential.id,
            world,
        };
        for id in [rows.rotated_app, rows.rotated_track] {
            let admin = admin();
            let manager = rows.world.keyward.manager(&admin);
            let rotated = block_on(manager.rotate(id, Duration::from_hours(1))).unwrap();
            rows.world.note_secret(rotated.secret.expose());
        }
        rows
    }

    /// Another node over the same store.
    fn node(&self, keys: MasterKeys) -> Keyward {
        Keyward::builder(self.world.store.clone(), keys)
            .slow_hash(SlowHashParams::dangerous_cheap())
            .clock(self.world.clock.clone())
            .build()
            .unwrap()
    }

    /// A node that has lost the master key of all that is stored.
    fn node_without_the_key(&self) -> Keyward {
        let new = MasterKey::generate().unwrap();
        self.node(MasterKeys::new(new).lost([self.key.id()]))
    }

    fn record(&self, id: CredentialId) -> CredentialRecord {
        block_on(self.world.store.credential(id)).unwrap().unwrap()
    }

    /// Writes a row as no operation would: the old one away, the changed one in.
    fn tamper(&self, id: CredentialId, change: impl FnOnce(&mut CredentialRecord)) {
        tampered::tamper(&self.world.store, self.world.now(), id, change);
    }

    fn refresh(&self, id: CredentialId, refresh: &Refresh) {
        let record = self.record(id);
        let mut refresh = refresh.clone();
        let (Refresh::Digest { tags, .. } | Refresh::Seal { tags, .. }) = &mut refresh;
        *tags = TagChange { old: record.tag, new: record.tag };
        let refreshing = self.world.store.refresh(id, record.current.number, &refresh);
        let refreshed = block_on(refreshing).unwrap();
        assert_eq!(refreshed, Refreshed::Replaced);
    }

    fn undecided(&self, keyward: &Keyward, text: &str) -> UnavailableReason {
        let error = self.world.fails(async { verify(keyward, text) });
        no_secret::assert_no_secret(&error, &[text]);
        match error {
            NotVerified::Unavailable(unavailable) => unavailable.reason(),
            other => panic!("{other:?}"),
        }
    }

    /// The current key text of a credential.
    fn key_of(&self, id: CredentialId) -> String {
        self.world.key_of(id)
    }

    /// The key text before the current one.
    fn key_before(&self, id: CredentialId) -> String {
        let secrets = self.world.secrets();
        secrets.into_iter().find(|secret| secret.contains(id.as_str())).unwrap()
    }
}

/// Verifies a key text of whatever kind.
fn verify(keyward: &Keyward, text: &str) -> Result<GenerationNumber, NotVerified> {
    if text.starts_with("kw_app_") {
        let verified = block_on(keyward.verify(&Attempt::app(text)))?;
        return Ok(verified.generation());
    }
    let site_id = &before_secret(text)["kw_track_".len()..];
    let verified = block_on(keyward.verify(&Attempt::track(site_id, text)))?;
    Ok(verified.generation())
}

/// The secret of a key text.
fn secret(text: &str) -> &str {
    let body = body(text);
    &body[body.len() - SECRET..]
}

/// Returns the reason of a management operation or a look-up.
fn reason<T>(answer: Result<T, ManageError>) -> UnavailableReason {
    match answer {
        Err(ManageError::Unavailable(unavailable)) => unavailable.reason(),
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("it was done"),
    }
}

/// The row that is changed, and the row that it is copied from.
type Pair = fn(&Rows) -> (CredentialId, CredentialId);

/// A database writer has no key to make a tag: the old one stays.
const UNTAGGED: TagChange = TagChange { old: RecordTag::NONE, new: RecordTag::NONE };

const PAIRS: [Pair; 4] = [
    |rows| (rows.app, rows.other_app),
    |rows| (rows.track, rows.other_track),
    |rows| (rows.track, rows.elsewhere),
    |rows| (rows.app, rows.track),
];

#[test]
fn a_digest_copied_from_another_credential_opens_nothing() {
    for pair in PAIRS {
        let rows = Rows::new();
        let (victim, source) = pair(&rows);
        let digest = rows.record(source).current.digest;
        let refresh = Refresh::Digest {
            old: rows.record(victim).current.digest,
            new: digest,
            tags: UNTAGGED,
        };
        rows.refresh(victim, &refresh);
        let (own, others) = (rows.key_of(victim), rows.key_of(source));
        let forged = with_secret(&own, secret(&others));
        let keyward = &rows.world.keyward;
        assert_eq!(rows.undecided(keyward, &forged), UnavailableReason::CorruptRow);
        assert_eq!(rows.undecided(keyward, &own), UnavailableReason::CorruptRow);
        verify(keyward, &others).unwrap();
    }
}

#[test]
fn a_slow_hash_copied_from_another_credential_opens_nothing_even_under_a_lost_key() {
    for pair in PAIRS {
        let rows = Rows::new();
        let (victim, source) = pair(&rows);
        let slow_hash = rows.record(source).current.slow_hash;
        rows.tamper(victim, |record| record.current.slow_hash = slow_hash);
        let (own, others) = (rows.key_of(victim), rows.key_of(source));
        let forged = with_secret(&own, secret(&others));
        let keyward = &rows.world.keyward;
        assert_eq!(rows.undecided(keyward, &forged), UnavailableReason::CorruptRow);
        assert_eq!(rows.undecided(keyward, &own), UnavailableReason::CorruptRow);
        verify(keyward, &others).unwrap();

        // A record under a lost key is not accepted either, before an operator adopts it.
        let lost = rows.node_without_the_key();
        assert_eq!(rows.undecided(&lost, &forged), UnavailableReason::LostMasterKey);
        assert_eq!(rows.undecided(&lost, &own), UnavailableReason::LostMasterKey);
        assert_eq!(keyward.stats().argon2id_verify_runs + lost.stats().argon2id_verify_runs, 0);
    }
}

/// A seal, and the row that it is put into.
type Copied = fn(&Rows) -> (CredentialId, Seal);

#[test]
fn a_seal_copied_from_another_place_is_not_revealed() {
    let seals: [(&str, Copied); 3] = [
        ("credential", |rows| (rows.track, seal_of(&rows.record(rows.other_track)))),
        ("workspace", |rows| (rows.track, seal_of(&rows.record(rows.elsewhere)))),
        ("generation", |rows| {
            let previous = rows.record(rows.rotated_track).previous.unwrap();
            (rows.rotated_track, previous.generation.seal.unwrap())
        }),
    ];
    for (from_another, seal) in seals {
        let rows = Rows::new();
        let (victim, new) = seal(&rows);
        rows.refresh(
            victim,
            &Refresh::Seal { old: seal_of(&rows.record(victim)), new, tags: UNTAGGED },
        );
        let (keyward, admin) = (&rows.world.keyward, admin());
        let error = rows.world.fails(keyward.manager(&admin).reveal(victim));
        assert_advises(&error);
        let found = reason::<()>(Err(error));
        assert_eq!(found, UnavailableReason::CorruptRow, "from another {from_another}");
        let found = rows.undecided(keyward, &rows.key_of(victim));
        assert_eq!(found, UnavailableReason::CorruptRow, "from another {from_another}");

        let new = MasterKey::generate().unwrap();
        let node = rows.node(MasterKeys::new(new).older([again(&rows.key)]));
        let page = walk(&node, Rekey::new());
        assert_eq!(page.corrupt, 1, "from another {from_another}");
    }
}

fn seal_of(record: &CredentialRecord) -> Seal {
    record.current.seal.clone().unwrap()
}

#[test]
fn a_row_moved_to_another_workspace_is_not_revealed() {
    let rows = Rows::new();
    rows.tamper(rows.other_track, |record| record.workspace = outlet());
    let admin = admin();
    let error = block_on(rows.world.keyward.manager(&admin).reveal(rows.other_track)).unwrap_err();
    assert_eq!(reason::<()>(Err(error)), UnavailableReason::CorruptRow);
}

#[test]
fn a_seal_with_any_byte_changed_is_not_revealed() {
    let rows = Rows::new();
    let seal = seal_of(&rows.record(rows.track));
    let (keyward, admin) = (&rows.world.keyward, admin());
    for place in 0..Seal::LENGTH {
        let mut bytes = *seal.as_bytes();
        bytes[place] ^= 1;
        let Ok(changed) = Seal::from_bytes(&bytes) else {
            assert_eq!(place, 0, "the version is read, the rest is opened");
            continue;
        };
        rows.refresh(
            rows.track,
            &Refresh::Seal { old: seal.clone(), new: changed.clone(), tags: UNTAGGED },
        );
        let error = rows.world.fails(keyward.manager(&admin).reveal(rows.track));
        let found = reason::<()>(Err(error));
        assert_eq!(found, UnavailableReason::CorruptRow, "byte {place}");
        rows.refresh(
            rows.track,
            &Refresh::Seal { old: changed, new: seal.clone(), tags: UNTAGGED },
        );
    }
    let revealed = block_on(keyward.manager(&admin).reveal(rows.track)).unwrap();
    assert_eq!(revealed.secret.expose(), rows.key_of(rows.track));
}

#[test]
fn a_digest_with_any_byte_changed_opens_nothing() {
    let rows = Rows::new();
    let (digest, own) = (rows.record(rows.app).current.digest, rows.key_of(rows.app));
    for place in 0..KeyedDigest::LENGTH {
        let mut bytes = digest.to_bytes();
        bytes[place] ^= 1;
        let Ok(changed) = KeyedDigest::from_bytes(&bytes) else {
            assert_eq!(place, 0, "the version is read, the rest is compared");
            continue;
        };
        rows.refresh(
            rows.app,
            &Refresh::Digest { old: digest.clone(), new: changed.clone(), tags: UNTAGGED },
        );
        // A replaced digest is no event, so a node that has the row cached would not read it again.
        let keyward = &rows.node(MasterKeys::new(again(&rows.key)));
        assert_eq!(rows.undecided(keyward, &own), UnavailableReason::CorruptRow, "byte {place}");
        assert_eq!(keyward.stats().argon2id_verify_runs, 0);
        rows.refresh(
            rows.app,
            &Refresh::Digest { old: changed, new: digest.clone(), tags: UNTAGGED },
        );
    }
    verify(&rows.world.keyward, &own).unwrap();
}

/// A writer can issue with a service of their own, and put the row into this one's store.
#[test]
fn a_digest_under_a_master_key_of_the_writers_own_opens_nothing() {
    let (rows, other) = (Rows::new(), Rows::new());
    let home = block_on(rows.world.store.workspace(&shop())).unwrap().unwrap();
    let mut record = other.record(other.app);
    record.workspace_incarnation = home.incarnation;
    record.name = "theirs".parse().unwrap();
    let edit = CredentialEdit::Insert(record);
    tampered::write(&rows.world.store, rows.world.now(), &shop(), edit);
    let node = &rows.node(MasterKeys::new(again(&rows.key)));
    let theirs = other.key_of(other.app);
    assert!(verify(&other.world.keyward, &theirs).is_ok());
    let error = verify(node, &theirs).unwrap_err();
    let NotVerified::Unavailable(unavailable) = error else { panic!("{error:?}") };
    assert_eq!(unavailable.reason(), UnavailableReason::UnknownMasterKey);
    assert_eq!(node.stats().argon2id_verify_runs, 0);
}

/// A row that breaks a rule: every call for it is unavailable, and the other rows are returned.
fn assert_corrupt(rows: &Rows, id: CredentialId) {
    let (keyward, world, admin) = (&rows.world.keyward, &rows.world, admin());
    for text in [rows.key_of(id), rows.key_before(id), with_wrong_secret(&rows.key_of(id))] {
        assert_eq!(rows.undecided(keyward, &text), UnavailableReason::CorruptRow);
        let error = world.fails(keyward.trace(&operator(), &text));
        assert_eq!(error.reason(), UnavailableReason::CorruptRow);
        assert_advises(&error);
    }
    let error = world.fails(keyward.site(id));
    assert_eq!(error.reason(), UnavailableReason::CorruptRow);
    let targets = crate::support::operations::Targets {
        workspace: shop(),
        primary: id,
        spare: id,
        backend: id,
        deprecated: id,
        suspended: id,
        expiring: id,
        rotated: id,
    };
    let manager = keyward.manager(&admin);
    for operation in OPERATIONS
        .iter()
        .filter(|operation| operation.on == On::Credential && operation.name != "delete")
    {
        let error = world.fails(async { (operation.run)(&manager, &targets) });
        assert_eq!(reason::<()>(Err(error)), UnavailableReason::CorruptRow, "{}", operation.name);
    }
    let page = block_on(manager.credentials(CredentialFilter::new())).unwrap();
    let corrupt: Vec<_> = page
        .items
        .iter()
        .filter_map(|item| match item {
            PageItem::Corrupt(row) => Some(row.id.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(corrupt, [id.to_string()]);
    assert_eq!(page.items.len(), world.dump().credentials.len(), "it hides no other");
    let page = walk(keyward, Rekey::new());
    assert_eq!(page.corrupt, 1);
    for other in [rows.app, rows.other_track].into_iter().filter(|other| *other != id) {
        verify(keyward, &rows.key_of(other)).unwrap();
    }
}

#[test]
fn a_digest_or_slow_hash_copied_from_the_other_generation_is_corrupt() {
    let changes: [fn(&mut CredentialRecord); 4] = [
        |record| {
            let previous = record.previous.as_ref().unwrap();
            record.current.digest = previous.generation.digest.clone();
        },
        |record| {
            let previous = record.previous.as_mut().unwrap();
            previous.generation.digest = record.current.digest.clone();
        },
        |record| {
            let previous = record.previous.as_ref().unwrap();
            record.current.slow_hash = previous.generation.slow_hash.clone();
        },
        |record| {
            let previous = record.previous.as_ref().unwrap();
            let number = record.current.number;
            record.current = previous.generation.clone();
            record.current.number = number;
        },
    ];
    for change in changes {
        for id in [|rows: &Rows| rows.rotated_app, |rows: &Rows| rows.rotated_track] {
            let rows = Rows::new();
            rows.tamper(id(&rows), change);
            assert_corrupt(&rows, id(&rows));
        }
    }
}

#[test]
fn generations_that_do_not_follow_each_other_are_corrupt() {
    for (previous, current) in [(2, 1), (1, 1), (1, 3), (2, 2), (u32::MAX, 1)] {
        let rows = Rows::new();
        rows.tamper(rows.rotated_app, |record| {
            record.current.number = GenerationNumber::new(current).unwrap();
            let stored = record.previous.as_mut().unwrap();
            stored.generation.number = GenerationNumber::new(previous).unwrap();
        });
        assert_corrupt(&rows, rows.rotated_app);
    }
}

#[test]
fn a_row_turned_into_the_other_kind_opens_nothing() {
    let rows = Rows::new();
    let seal = seal_of(&rows.record(rows.track));
    rows.tamper(rows.app, |record| {
        record.kind = KindWord::Track;
        record.current.seal = Some(seal);
    });
    rows.tamper(rows.other_track, |record| {
        record.kind = KindWord::App;
        record.current.seal = None;
    });
    let nodes = [
        (&rows.world.keyward, UnavailableReason::CorruptRow),
        (&rows.node_without_the_key(), UnavailableReason::LostMasterKey),
    ];
    for (keyward, expected) in nodes {
        for (id, from, to) in
            [(rows.app, "_app_", "_track_"), (rows.other_track, "_track_", "_app_")]
        {
            let own = rows.key_of(id);
            let dressed = sealed(&body(&own).replacen(from, to, 1));
            assert_eq!(rows.undecided(keyward, &own), expected);
            assert_eq!(rows.undecided(keyward, &dressed), expected);
        }
    }
}

#[test]
fn a_row_of_a_workspace_that_does_not_exist_is_corrupt() {
    let rows = Rows::new();
    rows.tamper(rows.app, |record| record.workspace = WorkspaceId::new("nowhere").unwrap());
    let (keyward, own) = (&rows.world.keyward, rows.key_of(rows.app));
    for text in [&own, &with_wrong_secret(&own)] {
        let error = verify(keyward, text).unwrap_err();
        let NotVerified::Unavailable(unavailable) = error else { panic!("{error:?}") };
        assert_eq!(unavailable.reason(), UnavailableReason::CorruptRow);
    }
}

#[test]
fn a_digest_under_a_key_that_this_node_does_not_know_is_unavailable() {
    let rows = Rows::new();
    let stranger = rows.node(MasterKeys::new(MasterKey::generate().unwrap()));
    for id in [rows.app, rows.track, rows.rotated_app, rows.rotated_track] {
        for text in [rows.key_of(id), rows.key_before(id), with_wrong_secret(&rows.key_of(id))] {
            let reason = rows.undecided(&stranger, &text);
            assert_eq!(reason, UnavailableReason::UnknownMasterKey);
            let error = rows.world.fails(stranger.trace(&operator(), &text));
            assert_eq!(error.reason(), UnavailableReason::UnknownMasterKey);
            assert_advises(&error);
        }
    }
    let admin = admin();
    let error = rows.world.fails(stranger.manager(&admin).reveal(rows.track));
    assert_eq!(reason::<()>(Err(error)), UnavailableReason::UnknownMasterKey);
    let before = rows.world.dump();
    let page = walk(&stranger, Rekey::new().adopt_lost());
    let all = before.accounts.len() + before.workspaces.len() + before.credentials.len();
    let mut expected = RekeyPage::default();
    expected.unchecked = all as u64;
    assert_eq!(page, expected, "it writes over nothing");
    rows.world.dump().assert_is(&before, "a rekey by a node without the key");
    assert_eq!(stranger.stats().argon2id_verify_runs, 0);
}

#[test]
fn a_record_that_was_tagged_under_an_unknown_key_is_not_decided() {
    let rows = Rows::new();
    let id = rows.rotated_app;
    let (own, before) = (rows.key_of(id), rows.key_before(id));
    let node = rows.node(MasterKeys::new(MasterKey::generate().unwrap()).older([again(&rows.key)]));
    // The current secret is re-digested under the other node's key; the previous one stays.
    verify(&node, &own).unwrap();
    let keyward = &rows.world.keyward;
    assert_eq!(rows.undecided(keyward, &before), UnavailableReason::UnknownMasterKey);
    assert_eq!(rows.undecided(keyward, &own), UnavailableReason::UnknownMasterKey);
    let wrong = with_wrong_secret(&own);
    assert_eq!(rows.undecided(keyward, &wrong), UnavailableReason::UnknownMasterKey);

    let keyward = rows.node_without_the_key();
    assert_eq!(rows.undecided(&keyward, &wrong), UnavailableReason::UnknownMasterKey);
    assert_eq!(rows.undecided(&keyward, &before), UnavailableReason::UnknownMasterKey);
}

#[test]
fn a_slow_hash_that_asks_for_gigabytes_is_not_read() {
    let rows = Rows::new();
    let stored = rows.record(rows.app).current.slow_hash.as_str().to_owned();
    assert!(SlowHash::parse(&stored).is_ok());
    let cheap = SlowHashParams::dangerous_cheap();
    let memory = format!("m={},", cheap.memory_kib());
    let gibibytes = |number: u64| format!("m={},", number << 20);
    for (from, to) in [
        (memory.as_str(), gibibytes(4)),
        (&memory, gibibytes(1)),
        (&memory, gibibytes(1 << 12)),
        (&memory, "m=4294967295,".to_owned()),
        (&memory, "m=262145,".to_owned()),
        (&memory, "m=-1,".to_owned()),
        ("t=1,", "t=4294967295,".to_owned()),
        ("t=1,", "t=17,".to_owned()),
        ("p=1", "p=16777215".to_owned()),
        ("p=1", "p=5".to_owned()),
        ("argon2id", "argon2d".to_owned()),
        ("v=19", "v=16".to_owned()),
    ] {
        assert!(stored.contains(from), "{from}");
        let error = SlowHash::parse(&stored.replacen(from, &to, 1)).unwrap_err();
        assert_advises(&error);
        no_secret::assert_no_secret(&error, &[&stored]);
    }
}

#[test]
fn a_slow_hash_with_other_parameters_is_another_hash() {
    let rows = Rows::new();
    let stored = rows.record(rows.app).current.slow_hash.as_str().to_owned();
    let cheap = SlowHashParams::dangerous_cheap();
    let (memory, passes) = (cheap.memory_kib(), cheap.passes());
    for (from, to) in [
        (format!("m={memory},"), format!("m={},", memory * 2)),
        (format!("t={passes},"), format!("t={},", passes + 1)),
    ] {
        assert!(stored.contains(&from), "{from}");
        let changed = SlowHash::parse(&stored.replacen(&from, &to, 1)).unwrap();
        rows.tamper(rows.app, |record| record.current.slow_hash = changed);
        let reason = rows.undecided(&rows.world.keyward, &rows.key_of(rows.app));
        assert_eq!(reason, UnavailableReason::CorruptRow, "{to}");
    }
}

/// A stored digest or seal of the wrong length is a corrupt record.
#[test]
fn stored_bytes_of_another_length_are_not_read() {
    let rows = Rows::new();
    let record = rows.record(rows.track);
    let (digest, seal) = (record.current.digest.to_bytes(), *seal_of(&record).as_bytes());
    for length in (0..digest.len()).chain([digest.len() + 1]) {
        let bytes: Vec<u8> = digest.iter().copied().cycle().take(length).collect();
        let error = KeyedDigest::from_bytes(&bytes).unwrap_err();
        assert_advises(&error);
    }
    for length in (0..seal.len()).chain([seal.len() + 1]) {
        let bytes: Vec<u8> = seal.iter().copied().cycle().take(length).collect();
        let error = Seal::from_bytes(&bytes).unwrap_err();
        assert_advises(&error);
    }
}
