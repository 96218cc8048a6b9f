//! The integrations that a host declares, and the snippets for customers.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use keyward::{
    App, BuildError, Keyward, Kind, ManageError, MasterKey, MasterKeys, MemoryStore, NewWorkspace,
    Refusal, SlowHashParams, Track,
    error::IntegrationsError,
    kind::{IntegrationSpec, KindSpec, KindWord},
    manage::Integration,
};

use crate::support::{World, admin, again, block_on, name, shop};

enum Live {}

impl Kind for Live {
    const SPEC: KindSpec = KindSpec::token("live", "live key", "live keys");
}

const PIXEL: IntegrationSpec =
    IntegrationSpec::new::<Track>("pixel", "Pixel").snippet("<img src=\"/p?{{public_id}}\">");
/// The same word for a kind without a public id.
const OTHER_PIXEL: IntegrationSpec = IntegrationSpec::new::<App>("pixel", "Pixel");

fn builder(store: &MemoryStore, key: &MasterKey) -> keyward::Builder {
    Keyward::builder(store.clone(), MasterKeys::new(again(key)))
        .slow_hash(SlowHashParams::dangerous_cheap())
}

#[test]
fn the_default_kinds_have_the_default_integrations_until_the_host_declares_its_own() {
    let (store, key) = (MemoryStore::new(), MasterKey::generate().unwrap());
    let words = |node: &Keyward| -> Vec<_> {
        node.integrations().map(|spec| spec.word().to_string()).collect()
    };
    let defaults = ["javascript_snippet", "segment", "api"];
    assert_eq!(words(&builder(&store, &key).build().unwrap()), defaults);
    let named = builder(&store, &key).kind::<Track>().kind::<App>().build().unwrap();
    assert_eq!(words(&named), defaults);
    let none: [&str; 0] = [];
    for node in [
        builder(&store, &key).integrations([]),
        builder(&store, &key).custom_integrations::<Track>(),
        builder(&store, &key).kind::<Track>(),
        builder(&store, &key).kind::<Track>().kind::<App>().kind::<Live>(),
    ] {
        assert_eq!(words(&node.build().unwrap()), none);
    }
    let two = builder(&store, &key).integrations([PIXEL]).integrations([IntegrationSpec::API]);
    assert_eq!(words(&two.build().unwrap()), ["pixel", "api"]);
}

#[test]
fn customers_name_integrations_where_the_host_lets_them() {
    let (store, key) = (MemoryStore::new(), MasterKey::generate().unwrap());
    let actor = admin();
    let node = builder(&store, &key).integrations([PIXEL]).custom_integrations::<App>();
    let node = node.build().unwrap();
    let manager = node.manager(&actor);
    let new = NewWorkspace::new(shop(), name("Shop"));
    let primary = block_on(manager.create_workspace(new)).unwrap().first.credential.id;
    let export = Integration::Custom(name("Export"));
    match block_on(manager.connect(&shop(), export.clone(), Some(primary))) {
        Err(ManageError::Refused(refusal)) => {
            assert_eq!(refusal, Refusal::OtherKind { needs: "App key" });
        }
        other => panic!("{other:?}"),
    }
    match block_on(manager.connect(&shop(), Integration::Segment, Some(primary))) {
        Err(ManageError::Refused(refusal)) => {
            let known = vec![PIXEL.word()];
            assert_eq!(refusal, Refusal::UnknownIntegration { known, allows_custom: true });
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_integration_that_is_no_longer_declared_is_listed_and_can_be_disconnected() {
    let (store, key) = (MemoryStore::new(), MasterKey::generate().unwrap());
    let actor = admin();
    let before = builder(&store, &key).integrations([PIXEL]).build().unwrap();
    let manager = before.manager(&actor);
    let new = NewWorkspace::new(shop(), name("Shop"));
    let primary = block_on(manager.create_workspace(new)).unwrap().first.credential.id;
    let pixel = Integration::from(PIXEL.word());
    block_on(manager.connect(&shop(), pixel.clone(), None)).unwrap();

    let after = builder(&store, &key).integrations([]).build().unwrap();
    let manager = after.manager(&actor);
    let listed = block_on(manager.integrations(&shop())).unwrap();
    assert_eq!((listed.len(), &listed[0].integration), (1, &pixel));
    let impact = block_on(manager.deletion_impact(primary)).unwrap();
    assert_eq!(impact.integrations, std::slice::from_ref(&pixel));
    let refused = |outcome: Result<(), ManageError>| match outcome {
        Err(ManageError::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    };
    let rule = Refusal::UnknownIntegration { known: vec![], allows_custom: false };
    let again = block_on(manager.connect(&shop(), pixel.clone(), Some(primary))).map(drop);
    assert_eq!(refused(again), rule);
    assert_eq!(refused(block_on(manager.snippet(&shop(), &pixel)).map(drop)), rule);
    block_on(manager.disconnect(&shop(), &pixel)).unwrap();
    assert!(block_on(manager.integrations(&shop())).unwrap().is_empty());
}

#[test]
fn an_integration_that_now_uses_another_kind_has_no_snippet_of_the_old_credential() {
    const MORE: KindSpec = KindSpec::pair("more", "pair", "pairs");
    enum More {}
    impl Kind for More {
        const SPEC: KindSpec = MORE;
    }
    const MOVED: IntegrationSpec =
        IntegrationSpec::new::<More>("pixel", "Pixel").snippet("{{public_id}}");
    let (store, key) = (MemoryStore::new(), MasterKey::generate().unwrap());
    let actor = admin();
    let before = builder(&store, &key).integrations([PIXEL]).build().unwrap();
    let manager = before.manager(&actor);
    let new = NewWorkspace::new(shop(), name("Shop"));
    block_on(manager.create_workspace(new)).unwrap();
    let pixel = Integration::from(PIXEL.word());
    block_on(manager.connect(&shop(), pixel.clone(), None)).unwrap();

    let after = builder(&store, &key).kind::<Track>().kind::<More>().integrations([MOVED]);
    let after = after.build().unwrap();
    match block_on(after.manager(&actor).snippet(&shop(), &pixel)) {
        Err(ManageError::Refused(refusal)) => {
            assert_eq!(refusal, Refusal::OtherKind { needs: "pair" });
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_snippet_holds_the_public_id_and_no_part_of_a_secret() {
    let world = World::declaring([PIXEL]);
    let primary = world.shop().first;
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    let pixel = Integration::from(PIXEL.word());
    block_on(manager.connect(&shop(), pixel.clone(), None)).unwrap();
    let before = world.dump();
    let snippet = block_on(manager.snippet(&shop(), &pixel)).unwrap();
    let id = primary.credential.id;
    assert_eq!(snippet, format!("<img src=\"/p?{id}\">"));
    let key = primary.secret.expose();
    let secret = key.split_once(id.as_str()).unwrap().1;
    assert!(
        !secret
            .as_bytes()
            .windows(8)
            .any(|part| snippet.as_bytes().windows(8).any(|own| own == part))
    );
    world.dump().assert_is(&before, "a snippet is only read");

    // The snippet has the id of the newly chosen credential.
    let second = world.track_set("second").credential.id;
    block_on(manager.connect(&shop(), pixel.clone(), Some(second))).unwrap();
    let snippet = block_on(manager.snippet(&shop(), &pixel)).unwrap();
    assert_eq!(snippet, format!("<img src=\"/p?{second}\">"));
}

#[test]
fn integrations_that_do_not_fit_are_refused_when_the_handle_is_built() {
    let (store, key) = (MemoryStore::new(), MasterKey::generate().unwrap());
    let refused = |builder: keyward::Builder| match builder.build() {
        Err(BuildError::Integrations(error)) => {
            crate::support::assert_advises(&error);
            error
        }
        other => panic!("{other:?}"),
    };
    let build = |specs: &[IntegrationSpec]| {
        refused(builder(&store, &key).integrations(specs.iter().copied()))
    };
    let word = PIXEL.word();
    assert_eq!(build(&[PIXEL, OTHER_PIXEL]), IntegrationsError::Duplicate(word));
    let live = IntegrationSpec::new::<Live>("pixel", "Pixel");
    let kind = Live::WORD;
    let unregistered = IntegrationsError::UnregisteredKind { integration: word, kind };
    assert_eq!(build(&[live]), unregistered);
    let custom = refused(builder(&store, &key).custom_integrations::<Live>());
    assert_eq!(custom, IntegrationsError::UnregisteredCustomKind(kind));
    let hidden = OTHER_PIXEL.snippet("{{public_id}}");
    let kind = KindWord::App;
    assert_eq!(build(&[hidden]), IntegrationsError::NoPublicId { integration: word, kind });
    let other = build(&[PIXEL.snippet("{{public_id}} {{api_key}}")]);
    assert_eq!(other, IntegrationsError::OtherPlaceholder(word));
    assert!(other.to_string().contains("other than `{{public_id}}`"), "{other}");
    let none = build(&[PIXEL.snippet("no id")]);
    assert_eq!(none, IntegrationsError::NoPlaceholder(word));
    assert!(none.to_string().contains("has no `{{public_id}}`"), "{none}");
}
