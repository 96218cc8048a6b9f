//! Names and ids: bad ones, taken ones, wrongly typed ones, and ones that the account does not have.

mod support;

use keyward::{
    AccountId, ActorId, CredentialId, IdError, Kind, ManageError, Name, NameError, NewCredential,
    NewWorkspace, Refusal, What, WorkspaceId,
};

use support::operations::{OPERATIONS, On};
use support::{
    World, admin, assert_advises, block_on, name, operator, outlet, shop, silence, stranger,
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
        silence::assert_silent(&error, &[text]);
        let json = serde_json::to_string(text).unwrap();
        assert!(serde_json::from_str::<Name>(&json).is_err(), "{text:?} as JSON");
    }
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
            silence::assert_silent(&error, &[text]);
        }
        let json = serde_json::to_string(text).unwrap();
        assert!(serde_json::from_str::<WorkspaceId>(&json).is_err(), "{text:?} as JSON");
    }
    assert!(WorkspaceId::new(longest).is_ok());
}

#[test]
fn a_bad_credential_id_is_refused() {
    let id = World::new().shop().primary.credential.id.to_string();
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
        (Kind::App, "Grüße"),
        (Kind::App, "GRÜßE"),
        (Kind::App, "\u{a0} grüße\t"),
        (Kind::Track, "primary"),
        (Kind::Track, "PRIMARY"),
        (Kind::Track, " Primary "),
    ] {
        let new = NewCredential::new(shop(), name(taken));
        let rule = Refusal::NameTaken { kind };
        let sentence = match kind {
            Kind::App => world.refuses(&rule, manager.issue_app_key(new)),
            Kind::Track => world.refuses(&rule, manager.issue_track_set(new)),
        };
        assert!(sentence.contains(kind.as_str()), "{sentence}");
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
        world.refuses(&Refusal::NameTaken { kind: Kind::App }, manager.rename(other, name(taken)));
    }
    world.refuses(
        &Refusal::NameTaken { kind: Kind::Track },
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

#[test]
fn an_unknown_or_deleted_or_removed_or_foreign_credential_is_not_found_in_any_operation() {
    let world = World::new();
    let targets = world.furnish();
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    let deleted = world.app_key("deleted").credential.id;
    block_on(manager.delete(deleted, "deleted")).unwrap();
    let removed = world.workspace(&outlet(), "Outlet").primary.credential.id;
    block_on(manager.remove_workspace(&outlet(), "Outlet")).unwrap();
    let stranger = stranger();
    let elsewhere = WorkspaceId::new("other/shop").unwrap();
    let new = NewWorkspace::new(elsewhere.clone(), name("Elsewhere"));
    let foreign = block_on(world.keyward.manager(&stranger).create_workspace(new)).unwrap();
    world.note_secret(foreign.primary.api_key.expose());
    let unknown = CredentialId::new("000000000000").unwrap();

    let mut sentences = Vec::new();
    for id in [unknown, deleted, removed, foreign.primary.credential.id] {
        let targets = targets.with_credential(id);
        let operations = OPERATIONS
            .iter()
            .filter(|operation| operation.on == On::Credential || operation.name == "connect");
        for operation in operations {
            let error = world.fails(async { (operation.run)(&manager, &targets) });
            let found = matches!(error, ManageError::NotFound(What::Credential));
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
    world.note_secret(created.primary.api_key.expose());

    let mut sentences = Vec::new();
    for workspace in [WorkspaceId::new("nowhere").unwrap(), outlet(), foreign] {
        let targets = support::operations::Targets { workspace, ..targets.clone() };
        for operation in OPERATIONS.iter().filter(|operation| operation.on == On::Workspace) {
            let error = world.fails(async { (operation.run)(&manager, &targets) });
            let found = matches!(error, ManageError::NotFound(What::Workspace));
            assert!(found, "{}: {error:?}", operation.name);
            assert_advises(&error);
            sentences.push(error.to_string());
        }
    }
    sentences.dedup();
    assert_eq!(sentences.len(), 1, "one cannot tell which of them it was: {sentences:?}");
}

#[test]
fn a_workspace_id_is_taken_for_ever_and_for_everybody() {
    let world = World::new();
    world.shop();
    world.workspace(&outlet(), "Outlet");
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    block_on(manager.remove_workspace(&outlet(), "Outlet")).unwrap();
    let (stranger, operator) = (stranger(), operator().acting_for(support::account()));
    for actor in [&admin, &stranger, &operator] {
        for id in [shop(), outlet()] {
            let again = NewWorkspace::new(id, name("Again"));
            let manager = world.keyward.manager(actor);
            world.refuses(&Refusal::WorkspaceIdTaken, manager.create_workspace(again));
        }
    }
}
