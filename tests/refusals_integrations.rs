//! A credential in use, and choices that an integration cannot make.

use keyward::{
    ActorId, App, Limits, NewCredential, Refusal, Track,
    error::{IntegrationError, NameError},
    kind::{IntegrationSpec, IntegrationWord},
    manage::{EndTime, Integration, Owner},
};

use crate::support::{
    World, admin, assert_advises, block_on, cheap, name, no_secret, outlet, shop,
};

#[test]
fn a_track_set_in_use_is_not_deleted_and_the_error_lists_by_what() {
    let world = World::new();
    world.shop();
    let second = world.track_set("second").credential.id;
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    let integrations = vec![Integration::JavaScriptSnippet, Integration::Custom(name("Export"))];
    for integration in &integrations {
        block_on(manager.connect(&shop(), integration.clone(), Some(second))).unwrap();
    }
    let rule = Refusal::InUse { integrations };
    let sentence = world.refuses(&rule, manager.delete(second, "second"));
    assert!(sentence.contains("(javascript_snippet, \"Export\"): "), "{sentence}");

    block_on(manager.disconnect(&shop(), &Integration::JavaScriptSnippet)).unwrap();
    let rule = Refusal::InUse { integrations: vec![Integration::Custom(name("Export"))] };
    world.refuses(&rule, manager.delete(second, "second"));
    block_on(manager.disconnect(&shop(), &"custom:EXPORT".parse().unwrap())).unwrap();
    block_on(manager.delete(second, "second")).unwrap();
}

#[test]
fn an_ended_credential_in_use_is_not_deleted_either() {
    let world = World::new();
    let primary = world.shop().first.credential.id;
    let second = world.track_set("second").credential.id;
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    block_on(manager.connect(&shop(), Integration::Api, Some(second))).unwrap();
    block_on(manager.set_expiry(second, EndTime::Now)).unwrap();
    let rule = Refusal::InUse { integrations: vec![Integration::Api] };
    world.refuses(&rule, manager.delete(second, "second"));
    block_on(manager.connect(&shop(), Integration::Api, Some(primary))).unwrap();
    block_on(manager.delete(second, "second")).unwrap();
}

#[test]
fn with_several_permanent_sets_a_choice_is_required_and_the_error_lists_them() {
    let world = World::new();
    let primary = world.shop().first.credential.id;
    let second = world.track_set("second").credential.id;
    let third = world.track_set("a third").credential.id;
    let paused = world.track_set("paused").credential.id;
    let _ = world.app_key("backend");
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    block_on(manager.suspend(paused)).unwrap();
    let named = [(third, "a third"), (primary, "primary"), (second, "second")];
    let candidates = named.map(|(id, called)| (id, name(called))).to_vec();
    let rule = Refusal::ChoiceRequired { kind: "Track set", candidates };
    let sentence = world.refuses(&rule, manager.connect(&shop(), Integration::Segment, None));
    for (_, called) in named {
        assert!(sentence.contains(&format!("{called:?}")), "{sentence}");
    }
    block_on(manager.deprecate(second, None)).unwrap();
    block_on(manager.suspend(third)).unwrap();
    let connection = block_on(manager.connect(&shop(), Integration::Segment, None)).unwrap();
    assert_eq!(connection.credential, primary, "now there is one");
}

#[test]
fn an_app_key_or_an_unusable_or_foreign_set_cannot_be_chosen() {
    let world = World::new();
    world.shop();
    let app = world.app_key("backend").credential.id;
    let [suspended, expired, sunset] =
        ["suspended", "expired", "sunset"].map(|called| world.track_set(called).credential.id);
    let elsewhere = world.workspace(&outlet(), "Outlet").first.credential.id;
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    block_on(manager.suspend(suspended)).unwrap();
    block_on(manager.set_expiry(expired, world.later(60))).unwrap();
    block_on(manager.deprecate(sunset, Some(EndTime::At(world.later(60))))).unwrap();
    world.clock.advance(std::time::Duration::from_mins(1));
    for (choice, rule) in [
        (app, Refusal::OtherKind { needs: "Track set" }),
        (suspended, Refusal::Suspended),
        (expired, Refusal::Ended),
        (sunset, Refusal::Ended),
        (elsewhere, Refusal::OtherWorkspace),
    ] {
        world.refuses(&rule, manager.connect(&shop(), Integration::Api, Some(choice)));
    }
}

#[test]
fn a_set_of_an_inactive_member_is_neither_chosen_nor_a_candidate() {
    let world = World::new();
    let primary = world.shop().first.credential.id;
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    let bob = ActorId::new("bob").unwrap();
    let new = NewCredential::new(shop(), name("of Bob")).owner(Owner::Member { id: bob.clone() });
    let issued = block_on(manager.issue_track_set(new)).unwrap();
    world.note_secret(issued.secret.expose());
    let owned = issued.credential.id;
    block_on(manager.connect(&shop(), Integration::Segment, Some(owned))).unwrap();

    block_on(manager.deactivate(&bob)).unwrap();
    let shop = shop();
    let connect = |integration, choice| manager.connect(&shop, integration, choice);
    world.refuses(&Refusal::InactiveOwner, connect(Integration::Api, Some(owned)));
    world.refuses(&Refusal::InactiveOwner, connect(Integration::Segment, Some(owned)));
    let chosen = block_on(connect(Integration::Api, None)).unwrap().credential;
    assert_eq!(chosen, primary, "the only one that works");
    let used = block_on(manager.integrations(&shop)).unwrap();
    assert_eq!(used[0].credential, owned, "a deactivation changes no integration");

    block_on(manager.set_owner(owned, Owner::Account)).unwrap();
    let candidates = vec![(owned, name("of Bob")), (primary, name("primary"))];
    let rule = Refusal::ChoiceRequired { kind: "Track set", candidates };
    world.refuses(&rule, connect(Integration::Api, None));
    block_on(connect(Integration::Api, Some(owned))).unwrap();
}

#[test]
fn an_earlier_choice_is_not_replaced_by_a_bad_one() {
    let world = World::new();
    let primary = world.shop().first.credential.id;
    let app = world.app_key("backend").credential.id;
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    block_on(manager.connect(&shop(), Integration::Api, None)).unwrap();
    let rule = Refusal::OtherKind { needs: "Track set" };
    world.refuses(&rule, manager.connect(&shop(), Integration::Api, Some(app)));
    let connections = block_on(manager.integrations(&shop())).unwrap();
    let chosen: Vec<_> = connections.iter().map(|connection| connection.credential).collect();
    assert_eq!(chosen, [primary]);
}

#[test]
fn an_integration_that_is_not_connected_cannot_be_disconnected() {
    let world = World::new();
    world.shop();
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    block_on(manager.connect(&shop(), Integration::Api, None)).unwrap();
    for integration in [Integration::Segment, Integration::Custom(name("api"))] {
        world.refuses(&Refusal::NotConnected, manager.disconnect(&shop(), &integration));
    }
}

#[test]
fn more_integrations_than_the_host_allows_are_refused() {
    let world =
        World::built(|store, clock| cheap(store, clock).limits(Limits::default().integrations(2)));
    let primary = world.shop().first.credential.id;
    let second = world.track_set("second").credential.id;
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    for integration in [Integration::Api, Integration::Segment] {
        block_on(manager.connect(&shop(), integration, Some(primary))).unwrap();
    }
    let rule = Refusal::TooMany { what: "integrations", limit: 2 };
    let third = Integration::Custom(name("third"));
    let sentence = world.refuses(&rule, manager.connect(&shop(), third, Some(primary)));
    assert!(sentence.contains("2 integrations"), "{sentence}");
    block_on(manager.connect(&shop(), Integration::Api, Some(second))).unwrap();
}

#[test]
fn an_integration_that_the_host_does_not_declare_is_refused_and_the_error_lists_the_known_ones() {
    const PIXEL: IntegrationSpec = IntegrationSpec::new::<App>("pixel", "Pixel");
    const EXPORT: IntegrationSpec = IntegrationSpec::new::<Track>("export", "Export");
    let world = World::declaring([PIXEL, EXPORT]);
    let primary = world.shop().first.credential.id;
    let app = world.app_key("backend").credential.id;
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    let known = vec![PIXEL.word(), EXPORT.word()];
    let rule = Refusal::UnknownIntegration { known, allows_custom: false };
    for integration in [Integration::Segment, Integration::Custom(name("export"))] {
        let sentence =
            world.refuses(&rule, manager.connect(&shop(), integration.clone(), Some(primary)));
        assert!(sentence.ends_with(": choose one of pixel, export"), "{sentence}");
        world.refuses(&rule, manager.snippet(&shop(), &integration));
    }
    let pixel = Integration::from(PIXEL.word());
    let rule = Refusal::OtherKind { needs: "App key" };
    world.refuses(&rule, manager.connect(&shop(), pixel.clone(), Some(primary)));
    let connection = block_on(manager.connect(&shop(), pixel.clone(), None)).unwrap();
    assert_eq!(connection.credential, app, "the only one of its kind");
    world.refuses(&Refusal::NoSnippet, manager.snippet(&shop(), &pixel));
    let export = Integration::from(EXPORT.word());
    world.refuses(&Refusal::NotConnected, manager.snippet(&shop(), &export));
}

#[test]
fn a_service_that_declares_no_integrations_has_none() {
    let world = World::declaring([]);
    let primary = world.shop().first.credential.id;
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    let rule = Refusal::UnknownIntegration { known: vec![], allows_custom: false };
    for integration in ["segment", "custom:Export"] {
        let integration = integration.parse().unwrap();
        let sentence = world.refuses(&rule, manager.connect(&shop(), integration, Some(primary)));
        assert!(sentence.starts_with("the service has no integrations: "), "{sentence}");
    }
}

#[test]
fn a_bad_text_of_an_integration_is_refused() {
    let word = IntegrationWord::new("").unwrap_err();
    for (text, rule) in [
        ("", IntegrationError::Word(word)),
        ("Segment", IntegrationError::Word(word)),
        ("segment ", IntegrationError::Word(word)),
        ("an integration of my own", IntegrationError::Word(word)),
        ("Custom:one", IntegrationError::Word(word)),
        ("custom:", IntegrationError::Name(NameError::Empty)),
        ("custom:one\ntwo", IntegrationError::Name(NameError::ControlCharacter)),
    ] {
        let error = text.parse::<Integration>().unwrap_err();
        assert_eq!(error, rule, "{text:?}");
        no_secret::assert_no_secret(&error, &[text]);
        assert_advises(&error);
    }
}
