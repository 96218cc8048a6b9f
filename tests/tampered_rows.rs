//! Rows that somebody changed behind the back of the crate: nothing is guessed, and no key opens more.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up has failed")]

mod support;

use std::time::Duration;

use keyward::store::{
    Change, CredentialEdit, CredentialRecord, CredentialStore, HeaderChange, KeyedDigest,
    ListChange, PageItem, PageSize, Refresh, Refreshed, Seal, SlowHash, Subject, WorkspaceRecord,
};
use keyward::{
    Action, Attempt, CredentialFilter, CredentialId, DenialReason, GenerationNumber, Keyward, Kind,
    ManageError, MasterKey, MasterKeys, NewCredential, NotVerified, OperationId, SlowHashParams,
    UnavailableReason, WorkspaceId,
};

use support::forged::{SECRET, before_secret, body, sealed, with_secret, with_wrong_secret};
use support::operations::{OPERATIONS, On};
use support::{World, admin, again, assert_advises, block_on, operator, outlet, shop, silence};

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
        let track = world.shop().primary.credential.id;
        let elsewhere = world.workspace(&outlet(), "Outlet").primary.credential.id;
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
        let before = self.record(id);
        let mut after = before.clone();
        change(&mut after);
        self.write(&before.workspace, CredentialEdit::Delete(id));
        let place = block_on(self.world.store.workspace(&after.workspace)).unwrap();
        let place = place.map_or(before.workspace, |place| place.id);
        self.write(&place, CredentialEdit::Insert(after));
    }

    /// Commits an edit with the counters that it makes right.
    fn write(&self, workspace: &WorkspaceId, edit: CredentialEdit) {
        let header = block_on(self.world.store.workspace(workspace)).unwrap().unwrap();
        let mut own = self.world.dump_unchecked().credentials;
        match &edit {
            CredentialEdit::Insert(record) => own.push(record.clone()),
            CredentialEdit::Update(_) => {}
            CredentialEdit::Delete(id) => own.retain(|record| record.id != *id),
        }
        own.retain(|record| record.workspace == *workspace);
        let lasting = own.iter().filter(|record| record.is_lasting()).count();
        let record = WorkspaceRecord {
            revision: header.revision.next(),
            credentials: u32::try_from(own.len()).unwrap(),
            lasting: u32::try_from(lasting).unwrap(),
            ..header.clone()
        };
        let change = Change {
            header: HeaderChange::Workspace {
                read_at: header.revision,
                record,
                integrations: ListChange::Same,
                allowlist: ListChange::Same,
            },
            unchanged: Vec::new(),
            credentials: vec![edit],
            at: self.world.now(),
            subject: Subject::Workspace(workspace.clone()),
            by: admin().by().clone(),
            action: Action::Revealed,
            operation: OperationId::from_bytes([7; 16]),
        };
        block_on(self.world.store.commit(&change)).unwrap();
    }

    fn refresh(&self, id: CredentialId, refresh: &Refresh) {
        let number = self.record(id).current.number;
        let refreshed = block_on(self.world.store.refresh(id, number, refresh)).unwrap();
        assert_eq!(refreshed, Refreshed::Replaced);
    }

    fn denied(&self, keyward: &Keyward, text: &str) -> DenialReason {
        let error = self.world.fails(async { verify(keyward, text) });
        silence::assert_silent(&error, &[text]);
        match error {
            NotVerified::Denied(denial) => denial.reason(),
            NotVerified::Unavailable(_) => panic!("{error:?}"),
        }
    }

    fn undecided(&self, keyward: &Keyward, text: &str) -> UnavailableReason {
        let error = self.world.fails(async { verify(keyward, text) });
        silence::assert_silent(&error, &[text]);
        match error {
            NotVerified::Unavailable(unavailable) => unavailable.reason(),
            NotVerified::Denied(_) => panic!("{error:?}"),
        }
    }

    /// Every generation that is stored: its seal, where it has one.
    fn generations(&self) -> Vec<Option<Seal>> {
        let records = self.world.dump().credentials;
        let generations = records.iter().flat_map(CredentialRecord::generations);
        generations.map(|generation| generation.seal.clone()).collect()
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

/// What a management operation or a look-up met.
fn reason<T>(answer: Result<T, ManageError>) -> UnavailableReason {
    match answer {
        Err(ManageError::Unavailable(unavailable)) => unavailable.reason(),
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("it was done"),
    }
}

/// Whose row gets what, and from whose it is copied.
type Pair = fn(&Rows) -> (CredentialId, CredentialId);

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
        let refresh = Refresh::Digest { old: rows.record(victim).current.digest, new: digest };
        rows.refresh(victim, &refresh);
        let (own, others) = (rows.key_of(victim), rows.key_of(source));
        let forged = with_secret(&own, secret(&others));
        let keyward = &rows.world.keyward;
        assert_eq!(rows.denied(keyward, &forged), DenialReason::WrongSecret);
        assert_eq!(rows.denied(keyward, &own), DenialReason::WrongSecret);
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
        // The digest decides, and the slow hash is not asked.
        let keyward = &rows.world.keyward;
        assert_eq!(rows.denied(keyward, &forged), DenialReason::WrongSecret);
        verify(keyward, &own).unwrap();
        assert_eq!(keyward.stats().argon2id_verify_runs, 0);

        let keyward = rows.node_without_the_key();
        assert_eq!(rows.denied(&keyward, &forged), DenialReason::WrongSecret);
        rows.world.clock.advance(Duration::from_mins(1));
        assert_eq!(rows.denied(&keyward, &own), DenialReason::WrongSecret);
        assert_eq!(keyward.stats().argon2id_verify_runs, 2);
        verify(&keyward, &others).unwrap();
    }
}

/// A seal, and the row that it is put into.
type Copied = fn(&Rows) -> (CredentialId, Seal);

#[test]
fn a_seal_copied_from_another_place_is_not_revealed_and_the_key_works_on() {
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
        rows.refresh(victim, &Refresh::Seal { old: seal_of(&rows.record(victim)), new });
        let (keyward, admin) = (&rows.world.keyward, admin());
        let error = rows.world.fails(keyward.manager(&admin).reveal(victim));
        assert_advises(&error);
        let found = reason::<()>(Err(error));
        assert_eq!(found, UnavailableReason::CorruptRow, "from another {from_another}");
        verify(keyward, &rows.key_of(victim)).unwrap();

        let new = MasterKey::generate().unwrap();
        let node = rows.node(MasterKeys::new(new).older([again(&rows.key)]));
        let seals = rows.generations().iter().filter(|seal| seal.is_some()).count() as u64;
        let page = block_on(node.rekey(None, PageSize::MAX)).unwrap();
        let found = (page.corrupt, page.renewed);
        assert_eq!(found, (1, seals - 1), "from another {from_another}");
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
    let error = rows.world.fails(rows.world.keyward.manager(&admin).reveal(rows.other_track));
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
        rows.refresh(rows.track, &Refresh::Seal { old: seal.clone(), new: changed.clone() });
        let error = rows.world.fails(keyward.manager(&admin).reveal(rows.track));
        let expected = match place {
            1..=8 => UnavailableReason::UnknownMasterKey,
            _ => UnavailableReason::CorruptRow,
        };
        assert_eq!(reason::<()>(Err(error)), expected, "byte {place}");
        rows.refresh(rows.track, &Refresh::Seal { old: changed, new: seal.clone() });
    }
    let revealed = block_on(keyward.manager(&admin).reveal(rows.track)).unwrap();
    assert_eq!(revealed.api_key.expose(), rows.key_of(rows.track));
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
        rows.refresh(rows.app, &Refresh::Digest { old: digest.clone(), new: changed.clone() });
        // A replaced digest is no event: a node that has the row in memory would not ask.
        let keyward = &rows.node(MasterKeys::new(again(&rows.key)));
        match place {
            1..=8 => {
                let reason = rows.undecided(keyward, &own);
                assert_eq!(reason, UnavailableReason::UnknownMasterKey, "byte {place}");
            }
            _ => assert_eq!(rows.denied(keyward, &own), DenialReason::WrongSecret, "byte {place}"),
        }
        assert_eq!(keyward.stats().argon2id_verify_runs, 0);
        rows.refresh(rows.app, &Refresh::Digest { old: changed, new: digest.clone() });
    }
    verify(&rows.world.keyward, &own).unwrap();
}

/// A writer can issue with a node of his own. What he stamps has his key's id; or the service's, and then it is no digest.
#[test]
fn a_digest_under_a_master_key_of_his_own_opens_nothing() {
    let rows = Rows::new();
    let writer = rows.node(MasterKeys::new(MasterKey::generate().unwrap()));
    let admin = admin();
    let new = NewCredential::new(shop(), "his".parse().unwrap());
    let issued = block_on(writer.manager(&admin).issue_app_key(new)).unwrap();
    let (id, his) = (issued.credential.id, issued.token.expose());
    verify(&writer, his).unwrap();
    let node = &rows.node(MasterKeys::new(again(&rows.key)));
    assert_eq!(rows.undecided(node, his), UnavailableReason::UnknownMasterKey);

    let (old, known) = (rows.record(id).current.digest, rows.record(rows.app).current.digest);
    let mut bytes = old.to_bytes();
    bytes[1..=8].copy_from_slice(&known.to_bytes()[1..=8]);
    let new = KeyedDigest::from_bytes(&bytes).unwrap();
    rows.refresh(id, &Refresh::Digest { old, new });
    let node = &rows.node(MasterKeys::new(again(&rows.key)));
    assert_eq!(rows.denied(node, his), DenialReason::WrongSecret);
    assert_eq!(node.stats().argon2id_verify_runs, 0);
}

/// A row that breaks a rule, where every question about it is unavailable and the others are answered.
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
    let targets = support::operations::Targets {
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
    for operation in OPERATIONS.iter().filter(|operation| operation.on == On::Credential) {
        let error = world.fails(async { (operation.run)(&manager, &targets) });
        assert_eq!(reason::<()>(Err(error)), UnavailableReason::CorruptRow, "{}", operation.name);
    }
    let page = block_on(manager.credentials(CredentialFilter::new())).unwrap();
    let corrupt: Vec<_> = page
        .items
        .iter()
        .filter_map(|item| match item {
            PageItem::Record(_) => None,
            PageItem::Corrupt(row) => Some(row.id.clone()),
        })
        .collect();
    assert_eq!(corrupt, [id.to_string()]);
    assert_eq!(page.items.len(), world.dump().credentials.len(), "it hides no other");
    let page = block_on(keyward.rekey(None, PageSize::MAX)).unwrap();
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
fn a_track_set_without_a_seal_and_an_app_key_with_one_are_corrupt() {
    let rows = Rows::new();
    rows.tamper(rows.other_track, |record| record.current.seal = None);
    assert_corrupt(&rows, rows.other_track);
    let rows = Rows::new();
    let seal = seal_of(&rows.record(rows.track));
    rows.tamper(rows.app, |record| record.current.seal = Some(seal));
    assert_corrupt(&rows, rows.app);
}

#[test]
fn a_row_turned_into_the_other_kind_opens_nothing() {
    let rows = Rows::new();
    let seal = seal_of(&rows.record(rows.track));
    rows.tamper(rows.app, |record| {
        record.kind = Kind::Track;
        record.current.seal = Some(seal);
    });
    rows.tamper(rows.other_track, |record| {
        record.kind = Kind::App;
        record.current.seal = None;
    });
    for keyward in [&rows.world.keyward, &rows.node_without_the_key()] {
        for (id, from, to) in
            [(rows.app, "_app_", "_track_"), (rows.other_track, "_track_", "_app_")]
        {
            let own = rows.key_of(id);
            let dressed = sealed(&body(&own).replacen(from, to, 1));
            assert_eq!(rows.denied(keyward, &own), DenialReason::WrongKind);
            assert_eq!(rows.denied(keyward, &dressed), DenialReason::WrongSecret);
        }
    }
}

#[test]
fn a_row_of_a_workspace_that_does_not_exist_is_corrupt() {
    let rows = Rows::new();
    rows.tamper(rows.app, |record| record.workspace = WorkspaceId::new("nowhere").unwrap());
    let (keyward, own) = (&rows.world.keyward, rows.key_of(rows.app));
    assert_eq!(rows.undecided(keyward, &own), UnavailableReason::CorruptRow);
    assert_eq!(rows.denied(keyward, &with_wrong_secret(&own)), DenialReason::WrongSecret);
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
    let page = block_on(stranger.rekey(None, PageSize::MAX)).unwrap();
    let all = rows.generations().len() as u64;
    assert_eq!((page.renewed, page.out_of_reach), (0, all), "it stamps over nothing");
    rows.world.dump().assert_is(&before, "a rekey by a node without the key");
    assert_eq!(stranger.stats().argon2id_verify_runs, 0);
}

/// The one that is known is decided; what may be the other is not.
#[test]
fn a_pair_of_which_one_is_under_an_unknown_key_is_half_decided() {
    let rows = Rows::new();
    let id = rows.rotated_app;
    let (own, before) = (rows.key_of(id), rows.key_before(id));
    let node = rows.node(MasterKeys::new(MasterKey::generate().unwrap()).older([again(&rows.key)]));
    // The current secret is stamped under the other node's key; the previous one stays.
    verify(&node, &own).unwrap();
    let keyward = &rows.world.keyward;
    assert_eq!(verify(keyward, &before).unwrap().get(), 1);
    assert_eq!(rows.undecided(keyward, &own), UnavailableReason::UnknownMasterKey);
    let wrong = with_wrong_secret(&own);
    assert_eq!(rows.undecided(keyward, &wrong), UnavailableReason::UnknownMasterKey);

    let keyward = rows.node_without_the_key();
    assert_eq!(rows.undecided(&keyward, &wrong), UnavailableReason::UnknownMasterKey);
    rows.world.clock.advance(Duration::from_mins(1));
    assert_eq!(verify(&keyward, &before).unwrap().get(), 1, "by its slow hash");
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
        silence::assert_silent(&error, &[&stored]);
    }
}

/// A row that asks for the most that is allowed costs that, and one run; it is no right secret.
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
        let keyward = rows.node_without_the_key();
        let reason = rows.denied(&keyward, &rows.key_of(rows.app));
        assert_eq!(reason, DenialReason::WrongSecret, "{to}");
    }
}

/// What is stored of a secret, with its bytes cut or grown, is no record at all.
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
