//! Keys of another system whose hashes are salted work after their import. A slow hash runs once for each, and never for a made-up key.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use keyward::imports::{Import, ImportFormat, ImportOutcome, ImportRow, LookupPrefix, RowRefusal};
use keyward::manage::CredentialStatus;
use keyward::store::{CredentialStore, StoreError};
use keyward::{
    App, Attempt, CredentialId, DenialReason, Keyward, MasterKey, MasterKeys, NotVerified,
    UnavailableReason,
};

use crate::imports::{Reads, accepting, import, imported, present, reason};
use crate::support::directed::{Call, Directed, Director};
use crate::support::rekeying::{adopt_lost, walk};
use crate::support::{
    World, admin, again, block_on, cheap, cheap_under, name, operator, outlet, shop,
};

/// A key of another system, and what the system stores.
struct Salted {
    key: &'static str,
    stored: &'static str,
}

impl Salted {
    fn prefix(&self) -> &'static str {
        self.key.split_once('.').unwrap().0
    }

    fn row(&self, called: &str) -> ImportRow {
        ImportRow::new("salted", name(called), self.stored).matching(self.prefix())
    }

    /// A key with this prefix and another secret.
    fn changed(&self) -> String {
        let mut changed = self.key.to_owned();
        let last = changed.pop().unwrap();
        changed.push(if last == 'x' { 'y' } else { 'x' });
        changed
    }
}

/// argon2-cffi 25.1.0: `PasswordHasher(time_cost=2, memory_cost=64, parallelism=1).hash(key)`.
const ARGON2ID: Salted = Salted {
    key: "argon2aa.qTzW2mVb8LxKc4RnJp7YhGdS5fAe0uHi",
    stored: "$argon2id$v=19$m=64,t=2,p=1$HO5G3Up3dorW65XsBr+8qg$/ba54FwDrmzATPIQXJWTqxyWyhRkzWZAj9eV9GEU2yA",
};

/// bcrypt 4.2.0 of Python: `hashpw(key, gensalt(5))`.
const BCRYPT: Salted = Salted {
    key: "bcryptaa.qTzW2mVb8LxKc4RnJp7YhGdS5fAe0uHi",
    stored: "$2b$05$DffR/.F/kiOR9rtvPCBatu6ZA7rzJ.PL9MsJCjmnWdI0K6Q2HFyfa",
};

/// Keys that the other systems' own libraries hashed.
const KNOWN: [Salted; 11] = [
    ARGON2ID,
    BCRYPT,
    // The same with `gensalt(4, prefix=b"2a")`.
    Salted {
        key: "bcrypt2a.qTzW2mVb8LxKc4RnJp7YhGdS5fAe0uHi",
        stored: "$2a$04$WimMxCRHeHzg3ZKe6MWsmuKj.Op0HfETLX9PxbStSYe8xoQUPm/u6",
    },
    // `hashlib` of Python 3.11: `scrypt(key, salt=b"0123456789abcdef", n=16, r=8, p=1, dklen=32)`, as a PHC string.
    Salted {
        key: "scryptaa.qTzW2mVb8LxKc4RnJp7YhGdS5fAe0uHi",
        stored: "$scrypt$ln=4,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$WUf3DMfoBlhzIJ7Auqa0+vUEDD7hd8eMPfQUlxjROAE",
    },
    // `pbkdf2_hmac("sha256", key, b"0123456789abcdef", 1000)`, and the same with `sha512`.
    Salted {
        key: "pbkdf2aa.qTzW2mVb8LxKc4RnJp7YhGdS5fAe0uHi",
        stored: "$pbkdf2-sha256$i=1000,l=32$MDEyMzQ1Njc4OWFiY2RlZg$hbEMu1u/kzgqtEgYypUDsvTpjPh9IuU28Mmu+hGD4ow",
    },
    Salted {
        key: "pbkdf2bb.qTzW2mVb8LxKc4RnJp7YhGdS5fAe0uHi",
        stored: "$pbkdf2-sha512$i=1000,l=64$MDEyMzQ1Njc4OWFiY2RlZg$Zrza0749HvkQx92r8IAxivNnw1HRJYHKWhAIAspriZ2kDOwSPo6y3Sw6tHSwdrRzzJnusIoagoWWrefwUQLQDQ",
    },
    // djangorestframework-api-key 2.3.0 with each hasher of Django 4.2.30, at a low cost: the parts of `KeyGenerator`, and
    // `hasher.encode(key, hasher.salt())`.
    Salted {
        key: "WyNVC68S.Q6nR8cfi3GvYcx8fKeQt4pnHX4GvDdCT",
        stored: "pbkdf2_sha256$1000$8gMHieVEP2oMHsyZ2KZ2aa$Lax+GnWQqRVIZ1abk6tl+/CJF2Gi0EjW9HnbdFYcuJ0=",
    },
    Salted {
        key: "SaIaWNJ8.XSpqMAAHq1WcmgatD9oMuZgdY9KVAU99",
        stored: "argon2$argon2id$v=19$m=64,t=2,p=8$ekpnVzBFUlBvR3p3ck1rWHZFT1hFWQ$Z4aPREYKkScgeGY8uKWEDpox3delP1+Q8LinCu3aaqk",
    },
    Salted {
        key: "iOKWqX6e.iMeOUxH5H31qv9IdHIDXgubUXo8Q1LfG",
        stored: "bcrypt_sha256$$2b$04$/3zPTUo4o6jQu7xoOcV.4OcYVqM/0LlDus8EAP7WFFSxAGvjMyHTS",
    },
    Salted {
        key: "GbddhPK8.2MaYltCxTal4c7y7h1oXMbcqTQLvVISt",
        stored: "bcrypt$$2b$04$VRL4/8LoWJPXVGiuKn90R.DDCIOI.up1.L1bwbIJ4Ok8lSGJEA0iu",
    },
    Salted {
        key: "Xq8RAa6s.brEAhXItHfjpADUqKH0IWPeyM93Yqcp7",
        stored: "scrypt$16$rSBETAGJ5K1ljBP2UyClHU$8$1$JwlEa1ks9DUp7j3Ya/M6VarU4rYTqNgPaxPh0Jy1zXkMvV0+EVqwHFiBJXJHT+Mu0jTzXU2sRv0U6+nOVZf7uw==",
    },
];

fn format() -> ImportFormat {
    ImportFormat::salted("salted", LookupPrefix::until('.'))
}

/// A world in which these keys were imported.
fn with(keys: &[Salted]) -> (World, Vec<CredentialId>) {
    let world = accepting([format()]);
    let import = |key: &Salted| imported(&world.keyward, key.row(key.prefix()));
    let ids = keys.iter().map(import).collect();
    (world, ids)
}

fn runs(keyward: &Keyward) -> u64 {
    keyward.stats().argon2id_verify_runs
}

fn refusal(keyward: &Keyward, row: ImportRow) -> RowRefusal {
    let outcomes = import(keyward, Import::new(shop(), [row])).unwrap();
    let [ImportOutcome::Refused(refusal)] = &outcomes[..] else { panic!("{outcomes:?}") };
    let sentence = refusal.to_string();
    assert!(sentence.contains(": "), "{sentence}");
    refusal.clone()
}

#[test]
fn the_first_use_of_a_key_runs_its_slow_hash_and_no_later_one_does() {
    let world = accepting([format()]);
    for salted in &KNOWN {
        let Salted { key, stored } = salted;
        assert_eq!(reason(&world.keyward, key), DenialReason::Unknown, "{key}: not imported");
        let id = imported(&world.keyward, salted.row(salted.prefix()));
        let before = runs(&world.keyward);
        for _ in 0..2 {
            let proof = present(&world.keyward, key).unwrap();
            assert_eq!((proof.credential(), proof.workspace()), (id, &shop()), "{key}");
            assert_eq!(runs(&world.keyward), before + 1, "{key}");
        }
        // Another node has only the native digest.
        let record = block_on(world.store.credential(id)).unwrap().unwrap();
        assert_eq!(record.current.digest.to_bytes()[0], 1, "{key}");
        assert_eq!(reason(&world.keyward, &salted.changed()), DenialReason::WrongSecret, "{key}");
        assert!(present(&world.keyward, stored).is_err(), "{key}: a hash opens nothing");
        assert_eq!(runs(&world.keyward), before + 1, "{key}: a wrong secret runs none either");
    }
}

#[test]
fn the_preset_for_older_keys_of_django_rest_framework_is_found_by_its_prefix() {
    let world = accepting([
        ImportFormat::django_rest_framework_before_3(),
        ImportFormat::django_rest_framework(),
    ]);
    let Salted { key, stored } = KNOWN[6];
    let named = ImportFormat::django_rest_framework_before_3().name().to_owned();
    let row = ImportRow::new(named, name("older"), stored).matching(KNOWN[6].prefix());
    let older = imported(&world.keyward, row);
    assert_eq!(present(&world.keyward, key).unwrap().credential(), older);
}

#[test]
fn only_the_rest_of_a_key_is_hashed_where_the_format_says_so() {
    let prefix = LookupPrefix::until_last('_').not_hashed();
    let world = accepting([ImportFormat::salted("rest", prefix).starting_with("acme_")]);
    let row = ImportRow::new("rest", name("backend"), BCRYPT.stored).matching("acme_17");
    let id = imported(&world.keyward, row);
    let key = format!("acme_17_{}", BCRYPT.key);
    assert_eq!(present(&world.keyward, &key).unwrap().credential(), id);
    let other = format!("acme_18_{}", BCRYPT.key);
    assert_eq!(reason(&world.keyward, &other), DenialReason::Unknown);
}

#[test]
fn a_made_up_prefix_costs_one_read_and_no_slow_hash() {
    let reads = Reads::default();
    let world = World::built(|store, clock| {
        cheap(Directed::new(store, reads.clone()), clock).import::<App>(format())
    });
    world.shop();
    imported(&world.keyward, BCRYPT.row("backend"));
    let cost = |text: &str| {
        let before = reads.count();
        drop(present(&world.keyward, text));
        reads.count() - before
    };
    for made_up in ["bcryptab.qTzW2mVb8LxKc4RnJp7YhGdS5fAe0uHi", "a.0123456789abcdef"] {
        assert_eq!(cost(made_up), 1, "{made_up}");
        assert_eq!(reason(&world.keyward, made_up), DenialReason::Unknown, "{made_up}");
    }
    for garbage in ["bcryptaaqTzW2mVb8LxKc4RnJp7YhGdS5fAe0uHi", ".0123456789abcdef", "bcryptaa."] {
        assert_eq!(cost(garbage), 0, "{garbage}");
        assert_eq!(reason(&world.keyward, garbage), DenialReason::Malformed, "{garbage}");
    }
    assert_eq!(runs(&world.keyward), 0);
    present(&world.keyward, BCRYPT.key).unwrap();
    assert_eq!(cost(BCRYPT.key), 1, "read again after its first use");
    assert_eq!((cost(BCRYPT.key), runs(&world.keyward)), (0, 1), "cached");
}

#[test]
fn a_wrong_secret_before_the_first_use_passes_the_gate() {
    let (world, ids) = with(&[BCRYPT]);
    let wrong = BCRYPT.changed();
    assert_eq!(reason(&world.keyward, &wrong), DenialReason::WrongSecret);
    assert_eq!(runs(&world.keyward), 1);
    match present(&world.keyward, BCRYPT.key) {
        Err(NotVerified::Unavailable(unavailable)) => {
            assert_eq!(unavailable.reason(), UnavailableReason::HashingBusy);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(runs(&world.keyward), 1, "the origin pauses");
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(present(&world.keyward, BCRYPT.key).unwrap().credential(), ids[0]);
}

#[test]
fn neither_the_store_nor_a_stolen_hash_helps_a_thief() {
    let (world, ids) = with(&KNOWN);
    let dump = format!("{:?}", world.dump());
    for (Salted { key, stored }, id) in KNOWN.iter().zip(ids) {
        let record = block_on(world.store.credential(id)).unwrap().unwrap();
        let slow_hash = record.current.slow_hash.as_str();
        // The other system's hash is the last part of its text.
        let hash = stored.rsplit('$').next().unwrap();
        for at in 0..hash.len() - 12 {
            let part = &hash[hash.len() - 12 - at..][..12];
            let is_salt = hash.len() == 53 && at > 19;
            assert!(is_salt || !slow_hash.contains(part), "{key}");
        }
        assert!(!dump.contains(&hash[hash.len() - 20..]) && !dump.contains(key), "{key}");
        for shown in [hash, stored, slow_hash] {
            let presented = format!("{}.{shown}", key.split_once('.').unwrap().0);
            assert!(present(&world.keyward, shown).is_err(), "{key}");
            assert!(present(&world.keyward, &presented).is_err(), "{key}");
        }
    }
}

/// Python's bcrypt 4.2.0 hashed this key of 79 bytes, and accepts every key with its first 72: `hashpw(key, gensalt(4))`.
#[test]
fn a_key_beyond_the_72_bytes_of_bcrypt_is_refused() {
    let key = format!("xxxxxxxx.{}", "a".repeat(70));
    let stored = "$2b$04$PnGa0EpjpemROX6IbnXtfuiX147NmHOJsbEgt0yZOj/tmYu6ltgoq";
    let world = accepting([format()]);
    imported(&world.keyward, ImportRow::new("salted", name("long"), stored).matching("xxxxxxxx"));
    assert_eq!(reason(&world.keyward, &key), DenialReason::WrongSecret);
    world.clock.advance(Duration::from_mins(1));
    // Its first 72 bytes are a key of their own.
    present(&world.keyward, &key[..72]).unwrap();
}

#[test]
fn a_prefix_stands_for_one_key() {
    let (world, ids) = with(&[BCRYPT]);
    let other = || ImportRow::new("salted", name("other"), ARGON2ID.stored).matching("bcryptaa");
    assert_eq!(refusal(&world.keyward, other()), RowRefusal::SamePrefix { row: None });
    let rows = [ARGON2ID.row("one"), ARGON2ID.row("two")];
    let outcomes = import(&world.keyward, Import::new(shop(), rows)).unwrap();
    assert!(matches!(outcomes[0], ImportOutcome::Imported(_)));
    assert_eq!(outcomes[1], ImportOutcome::Refused(RowRefusal::SamePrefix { row: Some(0) }));

    // The same key again is recognised by its salt, before and after its first use.
    let again = || import(&world.keyward, Import::new(shop(), [BCRYPT.row("x")])).unwrap();
    assert_eq!(again(), [ImportOutcome::AlreadyImported(ids[0])]);
    present(&world.keyward, BCRYPT.key).unwrap();
    assert_eq!(again(), [ImportOutcome::AlreadyImported(ids[0])]);
    world.workspace(&outlet(), "Outlet");
    let elsewhere = |row| import(&world.keyward, Import::new(outlet(), [row])).unwrap();
    let refused = |refusal| [ImportOutcome::Refused(refusal)];
    assert_eq!(elsewhere(BCRYPT.row("x")), refused(RowRefusal::OtherWorkspace));
    assert_eq!(elsewhere(other()), refused(RowRefusal::SamePrefix { row: None }));
    // Without the old secret, there is no salt to compare.
    let _ = block_on(world.keyward.manager(&admin()).rotate(ids[0], Duration::ZERO)).unwrap();
    assert_eq!(again(), [ImportOutcome::AlreadyImported(ids[0])]);
}

#[test]
fn a_row_that_cannot_be_checked_is_refused_with_the_reason() {
    let world = accepting([format()]);
    let row = |stored: &str| ImportRow::new("salted", name("a"), stored);
    let (digits, phc) = (
        &BCRYPT.stored[7..],
        "$MDEyMzQ1Njc4OWFiY2RlZg$WUf3DMfoBlhzIJ7Auqa0+vUEDD7hd8eMPfQUlxjROAE",
    );
    for (stored, bound) in [
        (format!("$2b$15${digits}"), "4 to 14"),
        (format!("$2b$03${digits}"), "4 to 14"),
        (format!("$scrypt$ln=20,r=8,p=1{phc}"), "2097152"),
        (format!("$argon2id$v=19$m=2097152,t=1,p=4{phc}"), "256 MiB"),
        (format!("$pbkdf2-sha256$i=2000001,l=32{phc}"), "2000000"),
    ] {
        let refused = refusal(&world.keyward, row(&stored).matching("a"));
        assert_eq!(refused.code(), "hash_cost", "{stored}");
        assert!(refused.to_string().contains(bound), "{refused}");
    }
    for stored in ["", "sha512$$00", "$2x$05$DffR/.F/kiOR9rtvPCBatu6ZA7rzJ.PL9MsJCjmnWdI0K6Q2HFyfa"]
    {
        let refused = refusal(&world.keyward, row(stored).matching("a"));
        assert_eq!(refused, RowRefusal::UnreadableHash, "{stored}");
    }
    assert_eq!(refusal(&world.keyward, row(BCRYPT.stored)), RowRefusal::MissingMatching);
    // No test has a build without the feature.
    assert_eq!(RowRefusal::FeatureOff.code(), "feature_off");
}

#[test]
fn a_disabled_key_stays_disabled_until_it_is_resumed() {
    let world = accepting([format()]);
    let id = imported(&world.keyward, BCRYPT.row("backend").disabled());
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    assert_eq!(block_on(manager.credential(id)).unwrap().status, CredentialStatus::Suspended);
    assert_eq!(reason(&world.keyward, BCRYPT.key), DenialReason::Suspended);
    block_on(manager.resume(id)).unwrap();
    present(&world.keyward, BCRYPT.key).unwrap();
}

#[test]
fn a_rotation_gives_a_native_key_and_the_old_one_overlaps() {
    for is_used in [false, true] {
        let (world, ids) = with(&[BCRYPT]);
        if is_used {
            present(&world.keyward, BCRYPT.key).unwrap();
        }
        let admin = admin();
        let manager = world.keyward.manager(&admin);
        let rotated = block_on(manager.rotate(ids[0], Duration::from_mins(1))).unwrap();
        let new = present(&world.keyward, rotated.secret.expose()).unwrap();
        let before = runs(&world.keyward);
        for _ in 0..2 {
            let old = present(&world.keyward, BCRYPT.key).unwrap();
            assert_eq!((new.credential(), old.credential()), (ids[0], ids[0]));
            assert!(old.notice().is_some(), "the old key is ending");
        }
        assert_eq!(runs(&world.keyward) - before, u64::from(!is_used));
        world.clock.advance(Duration::from_mins(1));
        assert_eq!(reason(&world.keyward, BCRYPT.key), DenialReason::OverlapEnded);
        present(&world.keyward, rotated.secret.expose()).unwrap();
    }
}

#[test]
fn a_proof_outlives_the_native_digest_that_its_key_gets() {
    let (world, _) = with(&[BCRYPT]);
    let first = present(&world.keyward, BCRYPT.key).unwrap();
    block_on(world.keyward.recheck(&first)).unwrap();
}

#[test]
fn a_node_that_cached_the_key_before_its_first_use_elsewhere_runs_no_slow_hash() {
    let master = MasterKey::generate().unwrap();
    let world = World::built(|store, clock| {
        cheap_under(store, clock, MasterKeys::new(again(&master))).import::<App>(format())
    });
    world.shop();
    imported(&world.keyward, BCRYPT.row("backend"));
    let keys = MasterKeys::new(again(&master));
    let node = cheap_under(world.store.clone(), world.clock.clone(), keys);
    let node = node.import::<App>(format()).build().unwrap();
    assert_eq!(reason(&node, &BCRYPT.changed()), DenialReason::WrongSecret);
    present(&world.keyward, BCRYPT.key).unwrap();
    world.clock.advance(Duration::from_mins(1));
    present(&node, BCRYPT.key).unwrap();
    assert_eq!(runs(&node), 1);
}

#[test]
fn salted_keys_outlive_the_change_and_the_loss_of_a_master_key() {
    for is_used in [false, true] {
        let [first, second] = [(); 2].map(|()| MasterKey::generate().unwrap());
        let build = |store, clock, keys| cheap_under(store, clock, keys).import::<App>(format());
        let world =
            World::built(|store, clock| build(store, clock, MasterKeys::new(again(&first))));
        world.shop();
        let id = imported(&world.keyward, BCRYPT.row("backend"));
        if is_used {
            present(&world.keyward, BCRYPT.key).unwrap();
        }
        let under = |keys| build(world.store.clone(), world.clock.clone(), keys).build().unwrap();

        let node = under(MasterKeys::new(again(&second)).older([again(&first)]));
        present(&node, BCRYPT.key).unwrap();
        assert_eq!(runs(&node), u64::from(!is_used));
        let stored = block_on(world.store.credential(id)).unwrap().unwrap();
        assert_eq!(stored.current.digest.key(), second.id(), "re-digested at its use");
        let _ = walk(&node, keyward::operate::Rekey::new());

        let third = MasterKey::generate().unwrap();
        let node = under(MasterKeys::new(again(&third)).lost([second.id(), first.id()]));
        adopt_lost(&node);
        assert_eq!(reason(&node, &BCRYPT.changed()), DenialReason::WrongSecret);
        world.clock.advance(Duration::from_mins(1));
        for _ in 0..2 {
            assert_eq!(present(&node, BCRYPT.key).unwrap().credential(), id);
            assert_eq!(runs(&node), 2);
        }
    }
}

#[test]
fn a_key_is_traced_before_its_first_use_without_being_used() {
    let (world, ids) = with(&[BCRYPT]);
    for _ in 0..2 {
        let traced = block_on(world.keyward.trace(&operator(), BCRYPT.key)).unwrap().unwrap();
        assert_eq!((traced.credential, traced.workspace), (ids[0], shop()));
    }
    let stored = block_on(world.store.credential(ids[0])).unwrap().unwrap();
    assert_eq!(stored.current.digest.to_bytes()[0], 2, "not used yet");
    let wrong = block_on(world.keyward.trace(&operator(), &BCRYPT.changed())).unwrap();
    assert_eq!(wrong, None);
    let attempt = Attempt::app(BCRYPT.key);
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(block_on(world.keyward.verify(&attempt)).unwrap().credential(), ids[0]);
}

#[test]
fn a_key_that_is_denied_after_its_match_runs_its_slow_hash_once() {
    let world = accepting([format()]);
    imported(&world.keyward, BCRYPT.row("backend").disabled());
    for _ in 0..3 {
        assert_eq!(reason(&world.keyward, BCRYPT.key), DenialReason::Suspended);
    }
    assert_eq!(runs(&world.keyward), 1);
}

#[test]
fn a_prefix_that_no_key_can_have_is_refused() {
    let world = accepting([format().starting_with("bcrypt")]);
    for prefix in ["", "bcryptaa.", "bcryptaa\nrest", "bcryptaa ", "bcrypt\u{e9}", "other"] {
        let row = ImportRow::new("salted", name("backend"), BCRYPT.stored).matching(prefix);
        assert_eq!(refusal(&world.keyward, row), RowRefusal::WrongMatching, "{prefix:?}");
    }
    imported(&world.keyward, BCRYPT.row("backend"));
    let world = accepting([ImportFormat::laravel_sanctum()]);
    for id in ["", "17|", "17\nrest"] {
        let row = ImportRow::new("laravel-sanctum", name("backend"), "0".repeat(64)).matching(id);
        assert_eq!(refusal(&world.keyward, row), RowRefusal::WrongMatching, "{id:?}");
    }
}

type Action = Box<dyn FnOnce() + Send>;

/// Does something before a read of a credential: after so many others.
#[derive(Clone, Default)]
struct AtRead(Arc<Mutex<(usize, Option<Action>)>>);

impl fmt::Debug for AtRead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AtRead")
    }
}

impl Director for AtRead {
    fn before(&self, call: Call) -> Result<(), StoreError> {
        if call == Call::Credential {
            let mut state = self.0.lock().unwrap();
            let action = if state.0 == 0 { state.1.take() } else { None };
            state.0 = state.0.saturating_sub(1);
            drop(state);
            if let Some(action) = action {
                action();
            }
        }
        Ok(())
    }
}

/// The id of such a key is made of its prefix alone, so another key can get it after a deletion.
#[test]
fn a_key_that_is_deleted_while_its_first_use_is_written_does_not_open_its_successor() {
    let mut reached = 0;
    for reads in 0..6 {
        let (master, at) = (MasterKey::generate().unwrap(), AtRead::default());
        let node = |store, clock| {
            cheap_under(store, clock, MasterKeys::new(again(&master))).import::<App>(format())
        };
        let world = World::built(|store, clock| {
            let store = Directed::new(store, at.clone());
            cheap_under(store, clock, MasterKeys::new(again(&master))).import::<App>(format())
        });
        world.shop();
        let id = imported(&world.keyward, BCRYPT.row("backend"));
        let other = node(world.store.clone(), world.clock.clone()).build().unwrap();
        let elsewhere = other.clone();
        let replace = move || {
            block_on(elsewhere.manager(&admin()).delete(id, "backend")).unwrap();
            let row = ImportRow::new("salted", name("successor"), ARGON2ID.stored);
            assert_eq!(imported(&elsewhere, row.matching(BCRYPT.prefix())), id);
        };
        *at.0.lock().unwrap() = (reads, Some(Box::new(replace)));
        drop(present(&world.keyward, BCRYPT.key));
        if at.0.lock().unwrap().1.is_none() {
            reached += 1;
            world.clock.advance(Duration::from_mins(2));
            assert!(present(&other, BCRYPT.key).is_err(), "replaced after {reads} reads");
        }
    }
    assert!(reached > 2, "{reached}");
}
