//! Names and ids: bad ones, taken ones, wrongly typed ones, and ones that the account does not have.

use keyward::{
    AccountId, ActorId, CredentialId, ManageError, MasterKey, Name, NewCredential, NewWorkspace,
    Refusal, WorkspaceId,
    error::{IdError, IntegrationError, NameError},
    kind::KindWord,
    manage::{Integration, RecordType},
};

use crate::support::operations::{For, OPERATIONS, On};
use crate::support::{
    World, admin, assert_advises, block_on, name, no_secret, operator, outlet, shop, stranger,
};

#[test]
fn a_bad_name_is_refused_with_the_rule_that_it_breaks() {
    let (longest, too_long) = ("é".repeat(100), "é".repeat(101));
    assert!(Name::new(&longest).is_ok());
    for (text, rule) in [
        ("", NameError::Empty),
        (" \t\u{a0}", NameError::Empty),
        (too_long.as_str(), NameError::TooLong),
        ("back\0end", NameError::ControlCharacter),
        ("back\nend", NameError::ControlCharacter),
        ("back\u{7f}end", NameError::ControlCharacter),
        ("back\u{85}end", NameError::ControlCharacter),
        ("back\u{2028}end", NameError::ControlCharacter),
        ("back\u{202e}end", NameError::BidirectionalOverride),
        ("back\u{2066}end", NameError::BidirectionalOverride),
    ] {
        let error = Name::new(text).unwrap_err();
        assert_eq!(error, rule, "{text:?}");
        assert_advises(&error);
        no_secret::assert_no_secret(&error, &[text]);
        let json = serde_json::to_string(text).unwrap();
        assert!(serde_json::from_str::<Name>(&json).is_err(), "{text:?} as JSON");
    }
}

/// Returns a key of this brand and kind that was never issued, with a right checksum.
fn key_of(kind: &'static str, brand: &str) -> String {
    let digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRS";
    with_checksum(format!("{brand}_{kind}_{digits}"))
}

fn with_checksum(mut text: String) -> String {
    let mut rest = crc32fast::hash(text.as_bytes()) as usize;
    let alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let digit = |of: usize| alphabet.chars().nth(of).unwrap_or_default();
    let mut checksum = [' '; 6];
    for place in checksum.iter_mut().rev() {
        *place = digit(rest % 62);
        rest /= 62;
    }
    text.extend(checksum);
    text
}

#[test]
fn a_name_that_contains_a_key_is_refused_and_the_error_does_not_repeat_it() {
    let world = World::new();
    world.shop();
    let issued = world.app_key("Backend").secret.expose().to_owned();
    let master = MasterKey::generate().unwrap().expose_text().as_str().to_owned();
    // Neither the brand nor the kind is registered here.
    let foreign = key_of("live", "acme");
    for key in [issued, master, foreign] {
        for text in [
            key.clone(),
            format!(" {key}\n"),
            format!("prod {key}"),
            format!("key={key};"),
            format!("„{key}“"),
        ] {
            let error = Name::new(&text).unwrap_err();
            assert_eq!(error, NameError::Key);
            assert_advises(&error);
            no_secret::assert_no_secret(&error, &[&key]);
            let json = serde_json::to_string(&text).unwrap();
            let error = serde_json::from_str::<Name>(&json).unwrap_err();
            no_secret::assert_no_secret(&error, &[&key]);
            let custom = format!("custom:{text}").parse::<Integration>().unwrap_err();
            assert_eq!(custom, IntegrationError::Name(NameError::Key));
        }
    }
}

/// Only a right checksum makes a key, so that no other name is refused by accident.
#[test]
fn a_name_that_only_resembles_a_key_is_accepted() {
    let key = key_of("app", "kw");
    let other = if key.ends_with('0') { "1" } else { "0" };
    let mistyped = format!("{}{other}", &key[..key.len() - 1]);
    let (shorter, longer) = (&key[..key.len() - 1], format!("{key}0"));
    let digits = &key["kw_app_".len()..];
    for name in [
        mistyped,
        shorter.to_owned(),
        longer,
        digits.to_owned(),
        with_checksum(format!("kwapp_{}", &digits[..55])),
        with_checksum(format!("KW_app_{}", &digits[..55])),
        "kw_app_".to_owned(),
    ] {
        assert_eq!(Name::new(&name).map(|name| name.as_str().to_owned()), Ok(name));
    }
}

/// Invisible characters, and their names in the error.
const UNSEEN: [(char, &str); 18] = [
    ('\u{ad}', "U+00AD"),
    ('\u{34f}', "U+034F"),
    ('\u{61c}', "U+061C"),
    ('\u{115f}', "U+115F"),
    ('\u{1160}', "U+1160"),
    ('\u{180e}', "U+180E"),
    ('\u{200b}', "U+200B"),
    ('\u{200c}', "U+200C"),
    ('\u{200d}', "U+200D"),
    ('\u{200e}', "U+200E"),
    ('\u{200f}', "U+200F"),
    ('\u{2060}', "U+2060"),
    ('\u{2800}', "U+2800"),
    ('\u{3164}', "U+3164"),
    ('\u{fe0f}', "U+FE0F"),
    ('\u{feff}', "U+FEFF"),
    ('\u{ffa0}', "U+FFA0"),
    ('\u{e0041}', "U+E0041"),
];

#[test]
fn a_character_that_cannot_be_seen_is_refused_and_named() {
    for (character, called) in UNSEEN {
        for text in [format!("back{character}end"), format!("backend{character}"), character.into()]
        {
            let error = Name::new(&text).unwrap_err();
            assert_eq!(error, NameError::Invisible { character }, "{called}");
            assert!(error.to_string().contains(called), "{error}");
            assert_advises(&error);
            let custom = format!("custom:{text}").parse::<Integration>().unwrap_err();
            assert_eq!(custom, IntegrationError::Name(error));
        }
    }
}

#[test]
fn other_white_space_within_a_name_is_refused_and_named() {
    for (character, called) in [
        ('\u{a0}', "U+00A0"),
        ('\u{2003}', "U+2003"),
        ('\u{202f}', "U+202F"),
        ('\u{3000}', "U+3000"),
    ] {
        let error = Name::new(format!("back{character}end")).unwrap_err();
        assert_eq!(error, NameError::Space { character }, "{called}");
        assert!(error.to_string().contains(called), "{error}");
        assert_advises(&error);
    }
}

/// Private characters and those of no Unicode yet are shown as the same box, and a later Unicode could compose them.
#[test]
fn a_character_that_unicode_has_not_assigned_is_refused_and_named() {
    for (character, called) in [
        ('\u{e000}', "U+E000"),
        ('\u{378}', "U+0378"),
        ('\u{fdd0}', "U+FDD0"),
        ('\u{10fffd}', "U+10FFFD"),
    ] {
        let error = Name::new(format!("back{character}end")).unwrap_err();
        assert_eq!(error, NameError::Unassigned { character }, "{called}");
        assert!(error.to_string().contains(called), "{error}");
        assert_advises(&error);
    }
}

#[test]
fn a_name_is_kept_in_nfc_and_its_length_is_that_of_nfc() {
    let composed = name("Stra\u{df}e \u{e9}");
    let decomposed = name("Stra\u{df}e e\u{301}");
    assert_eq!(composed, decomposed);
    assert_eq!(decomposed.as_str(), "Stra\u{df}e \u{e9}");
    assert!(Name::new("e\u{301}".repeat(100)).is_ok());
    assert_eq!(Name::new("e\u{301}".repeat(101)), Err(NameError::TooLong));
}

#[test]
fn a_bad_host_id_is_refused_with_the_rule_that_it_breaks() {
    let (longest, too_long) = ("é".repeat(64), "a".repeat(129));
    for (text, rule) in [
        ("", IdError::Empty),
        (too_long.as_str(), IdError::TooLong),
        ("ac\0me", IdError::ControlCharacter),
        ("ac\nme", IdError::ControlCharacter),
        ("ac\u{9b}me", IdError::ControlCharacter),
    ] {
        let errors = [
            AccountId::new(text).map(drop),
            WorkspaceId::new(text).map(drop),
            ActorId::new(text).map(drop),
            text.parse::<WorkspaceId>().map(drop),
        ];
        for error in errors.map(Result::unwrap_err) {
            assert_eq!(error, rule, "{text:?}");
            assert_advises(&error);
            no_secret::assert_no_secret(&error, &[text]);
        }
        let json = serde_json::to_string(text).unwrap();
        assert!(serde_json::from_str::<WorkspaceId>(&json).is_err(), "{text:?} as JSON");
    }
    assert!(WorkspaceId::new(longest).is_ok());
}

#[test]
fn a_bad_credential_id_is_refused() {
    let id = World::new().shop().first.credential.id.to_string();
    let others = [
        String::new(),
        id[1..].to_owned(),
        format!("{id}0"),
        format!(" {}", &id[1..]),
        format!("{}\n", &id[1..]),
        format!("{}_", &id[1..]),
        format!("{}\0", &id[1..]),
        format!("{}é", &id[2..]),
        id.repeat(100),
    ];
    for text in others {
        let error = CredentialId::new(&text).unwrap_err();
        assert!(matches!(error, IdError::Shape { length: 12, .. }), "{text:?}");
        assert_advises(&error);
    }
    assert_eq!(CredentialId::new(&id).map(|id| id.to_string()), Ok(id));
}

#[test]
fn a_name_is_taken_in_every_case_and_with_spaces_around_it() {
    let world = World::new();
    world.shop();
    let _ = world.app_key("Grüße");
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    for (kind, taken) in [
        (KindWord::App, "Grüße"),
        (KindWord::App, "GRÜßE"),
        (KindWord::App, "\u{a0} grüße\t"),
        (KindWord::App, "gru\u{308}ße"),
        (KindWord::Track, "primary"),
        (KindWord::Track, "PRIMARY"),
        (KindWord::Track, " Primary "),
    ] {
        let new = NewCredential::new(shop(), name(taken));
        let noun = if kind == KindWord::App { "App key" } else { "Track set" };
        let rule = Refusal::NameTaken { kind: noun };
        let sentence = if kind == KindWord::App {
            world.refuses(&rule, manager.issue_app_key(new))
        } else {
            world.refuses(&rule, manager.issue_track_set(new))
        };
        assert!(sentence.contains(noun), "{sentence}");
    }
}

#[test]
fn a_rename_to_a_taken_name_is_refused() {
    let world = World::new();
    world.shop();
    let _ = world.app_key("backend");
    let other = world.app_key("worker").credential.id;
    let second = world.track_set("second").credential.id;
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    for taken in ["backend", "BackEnd"] {
        world.refuses(&Refusal::NameTaken { kind: "App key" }, manager.rename(other, name(taken)));
    }
    world.refuses(
        &Refusal::NameTaken { kind: "Track set" },
        manager.rename(second, name("Primary")),
    );
    let renamed = block_on(manager.rename(other, name("WORKER"))).unwrap();
    assert_eq!(renamed.name.as_str(), "WORKER", "its own name is not taken");
}

#[test]
fn a_name_is_free_for_the_other_kind_and_in_another_workspace_and_after_deletion() {
    let world = World::new();
    world.shop();
    world.workspace(&outlet(), "Outlet");
    let app = world.app_key("primary").credential.id;
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    let _ = block_on(manager.issue_app_key(NewCredential::new(outlet(), name("primary")))).unwrap();
    block_on(manager.delete(app, "primary")).unwrap();
    let _ = world.app_key("PRIMARY");
}

#[test]
fn a_wrong_typed_name_deletes_nothing() {
    let world = World::new();
    world.shop();
    let id = world.app_key("backend").credential.id;
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    for typed in ["", " ", "backen", "backend2", "back end", "primary", "back\0end", id.as_str()] {
        world.refuses(&Refusal::WrongTypedName, manager.delete(id, typed));
    }
    for typed in ["", "Sho", "Shop!", "acme/shop", "primary"] {
        world.refuses(&Refusal::WrongTypedName, manager.remove_workspace(&shop(), typed));
    }
    block_on(manager.delete(id, " BackEnd ")).unwrap();
    block_on(manager.remove_workspace(&shop(), " SHOP")).unwrap();
}

/// A page may show two spaces as one, and a keyboard may type a letter and its accent.
#[test]
fn a_typed_name_is_compared_in_nfc_in_every_case_and_with_any_space_for_a_space() {
    let world = World::new();
    world.shop();
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    for (called, typed) in [
        ("Caf\u{e9}", "cafe\u{301}"),
        ("Cafe\u{301}", "CAF\u{c9}"),
        ("J\u{30c}", "\u{1f0}"),
        ("Caf\u{e9}  bar", " cafe\u{301} bar"),
        ("Caf\u{e9} bar", "Caf\u{e9}\u{a0}bar "),
    ] {
        let id = world.app_key(called).credential.id;
        for wrong in ["cafe", "caf\u{e9}\u{200b}", "caf\u{e9}bar", "\u{441}\u{430}f\u{e9}"] {
            world.refuses(&Refusal::WrongTypedName, manager.delete(id, wrong));
        }
        block_on(manager.delete(id, typed)).unwrap();
    }
}

#[test]
fn an_unknown_or_deleted_or_removed_or_foreign_credential_is_not_found_in_any_operation() {
    let world = World::new();
    let targets = world.furnish();
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    let deleted = world.app_key("deleted").credential.id;
    block_on(manager.delete(deleted, "deleted")).unwrap();
    let removed = world.workspace(&outlet(), "Outlet").first.credential.id;
    block_on(manager.remove_workspace(&outlet(), "Outlet")).unwrap();
    let stranger = stranger();
    let elsewhere = WorkspaceId::new("other/shop").unwrap();
    let new = NewWorkspace::new(elsewhere.clone(), name("Elsewhere"));
    let foreign = block_on(world.keyward.manager(&stranger).create_workspace(new)).unwrap();
    world.note_secret(foreign.first.secret.expose());
    let unknown = CredentialId::new("000000000000").unwrap();

    let mut sentences = Vec::new();
    for id in [unknown, deleted, removed, foreign.first.credential.id] {
        let targets = targets.with_credential(id);
        let operations = OPERATIONS
            .iter()
            .filter(|operation| operation.on == On::Credential || operation.name == "connect");
        for operation in operations {
            let error = world.fails(async { (operation.run)(&manager, &targets) });
            let found = matches!(error, ManageError::NotFound(RecordType::Credential));
            assert!(found, "{}: {error:?}", operation.name);
            assert_advises(&error);
            sentences.push(error.to_string());
        }
    }
    sentences.dedup();
    assert_eq!(sentences.len(), 1, "one cannot tell which of them it was: {sentences:?}");
}

#[test]
fn an_unknown_or_removed_or_foreign_workspace_is_not_found_in_any_operation() {
    let world = World::new();
    let targets = world.furnish();
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    world.workspace(&outlet(), "Outlet");
    block_on(manager.remove_workspace(&outlet(), "Outlet")).unwrap();
    let foreign = WorkspaceId::new("other/shop").unwrap();
    let new = NewWorkspace::new(foreign.clone(), name("Elsewhere"));
    let created = block_on(world.keyward.manager(&stranger()).create_workspace(new)).unwrap();
    world.note_secret(created.first.secret.expose());

    let mut sentences = Vec::new();
    for workspace in [WorkspaceId::new("nowhere").unwrap(), outlet(), foreign] {
        let targets = crate::support::operations::Targets { workspace, ..targets.clone() };
        let of_workspaces = OPERATIONS.iter().filter(|operation| operation.on == On::Workspace);
        // The operator's repair a removed workspace too.
        for operation in of_workspaces.filter(|operation| operation.by != For::TheOperator) {
            let error = world.fails(async { (operation.run)(&manager, &targets) });
            let found = matches!(error, ManageError::NotFound(RecordType::Workspace));
            assert!(found, "{}: {error:?}", operation.name);
            assert_advises(&error);
            sentences.push(error.to_string());
        }
    }
    sentences.dedup();
    assert_eq!(sentences.len(), 1, "one cannot tell which of them it was: {sentences:?}");
}

#[test]
fn a_workspace_id_is_taken_forever_and_for_every_account() {
    let world = World::new();
    world.shop();
    world.workspace(&outlet(), "Outlet");
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    block_on(manager.remove_workspace(&outlet(), "Outlet")).unwrap();
    let (stranger, operator) = (stranger(), operator().acting_for(crate::support::account()));
    for actor in [&admin, &stranger, &operator] {
        for id in [shop(), outlet()] {
            let again = NewWorkspace::new(id, name("Again"));
            let manager = world.keyward.manager(actor);
            world.refuses(&Refusal::WorkspaceIdTaken, manager.create_workspace(again));
        }
    }
}
