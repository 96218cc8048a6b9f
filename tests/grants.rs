//! Scopes, networks, labels and owners of credentials, over the store in memory.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot be set up has failed"
)]

use std::net::IpAddr;

use keyward::store::PageItem;
use keyward::{
    Actor, ActorId, App, Attempt, BuildError, Builder, CredentialId, DenialReason, Disclosure,
    ManageError, MasterKey, MasterKeys, MemoryStore, NewCredential, NotVerified, Refusal, Verified,
    error::{ScopeNameError, VocabularyError},
    history::{Action, HistoryFilter},
    kind::KindWord,
    manage::{Credential, CredentialFilter, CredentialNetworks, Issued, Label, Labels, Owner},
    scope::{Preset, ScopeName, ScopeVocabulary, Scopes, Vocabulary},
};

use crate::support::{World, admin, block_on, cheap, cheap_under, name, shop};

keyward::vocabulary! {
    /// What a key of these tests may do.
    pub enum Scope {
        ReadPeople = "read:people" => "Read people",
        SendEmail = "send:email" => "Send email",
        ReadOrders = "read:orders" => "Read orders",
    }
    presets {
        READER = "Read only" => [ReadPeople, ReadOrders],
    }
}

fn world() -> World {
    let world = World::built(|store, clock| cheap(store, clock).scopes::<Scope>());
    world.shop();
    world
}

fn issue(world: &World, new: NewCredential) -> Issued {
    let issued = block_on(world.keyward.manager(&admin()).issue_app_key(new)).unwrap();
    world.note_secret(issued.secret.expose());
    issued
}

fn called(text: &str) -> NewCredential {
    NewCredential::new(shop(), name(text))
}

fn scopes(names: &[&str]) -> Scopes {
    Scopes::only(names.iter().map(|name| name.parse().unwrap())).unwrap()
}

fn networks(texts: &[&str]) -> CredentialNetworks {
    CredentialNetworks::new(texts.iter().map(|text| text.parse().unwrap())).unwrap()
}

fn labels(pairs: &[(&str, &str)]) -> Labels {
    Labels::new(pairs.iter().map(|(name, value)| Label::new(name, value).unwrap())).unwrap()
}

fn member(id: &str) -> Owner {
    Owner::Member { id: ActorId::new(id).unwrap() }
}

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn verify(world: &World, attempt: &Attempt<'_, App>) -> Result<Verified<App>, DenialReason> {
    block_on(world.keyward.verify(attempt)).map_err(|error| match error {
        NotVerified::Denied(denial) => denial.reason(),
        other => panic!("{other:?}"),
    })
}

fn proof(world: &World, issued: &Issued) -> Verified<App> {
    verify(world, &Attempt::app(issued.secret.expose())).unwrap()
}

fn stored(world: &World, id: CredentialId) -> Credential {
    block_on(world.keyward.manager(&admin()).credential(id)).unwrap()
}

#[test]
fn a_key_has_the_scopes_that_it_was_issued_with() {
    let world = world();
    let all = proof(&world, &issue(&world, called("all")));
    let some = issue(&world, called("some").scopes(Scopes::of([Scope::ReadPeople]).unwrap()));
    let reader = proof(&world, &issue(&world, called("reader").scopes(Scope::READER)));
    let none = proof(&world, &issue(&world, called("none").scopes(Scopes::none())));
    let some = proof(&world, &some);
    for (proof, granted) in [
        (&all, [true, true, true]),
        (&some, [true, false, false]),
        (&reader, [true, false, true]),
        (&none, [false, false, false]),
    ] {
        let scopes = [Scope::ReadPeople, Scope::SendEmail, Scope::ReadOrders];
        assert_eq!(scopes.map(|scope| proof.require(scope).is_ok()), granted);
    }
    let lacking = some.require(Scope::SendEmail).unwrap_err();
    assert_eq!(lacking.scope.unwrap().as_str(), "send:email");
    assert_eq!(all.scopes(), &Scopes::All);
    assert_eq!(reader.scopes(), &scopes(&["read:people", "read:orders"]));
}

#[test]
fn a_missing_scope_is_told_only_after_secret_state_and_address_and_notes_no_use() {
    let world = world();
    let new = called("some").scopes(scopes(&["read:people"])).networks(networks(&["192.0.2.0/24"]));
    let issued = issue(&world, new);
    let (text, id) = (issued.secret.expose(), issued.credential.id);
    let attempt = |from: &str| {
        Attempt::<App>::app(text).client_address(address(from)).requiring(Scope::SendEmail)
    };
    let inside = "192.0.2.7";
    let lacking = block_on(world.keyward.verify(&attempt(inside))).unwrap_err();
    let NotVerified::Denied(denial) = lacking else { panic!("{lacking:?}") };
    assert_eq!(denial.reason(), DenialReason::InsufficientScope);
    assert_eq!(denial.disclosure(), Disclosure::Scope);
    let outside = verify(&world, &attempt("198.51.100.7")).unwrap_err();
    assert_eq!(outside, DenialReason::AddressNotAllowed);
    block_on(world.keyward.flush()).unwrap();
    assert_eq!(stored(&world, id).last_used, None, "no use was noted");
    block_on(world.keyward.manager(&admin()).suspend(id)).unwrap();
    assert_eq!(verify(&world, &attempt(inside)).unwrap_err(), DenialReason::Suspended);
}

#[test]
fn scopes_are_changed_by_their_own_operation_and_leave_the_rest_as_it_was() {
    let world = world();
    let new = called("key")
        .networks(networks(&["192.0.2.0/24"]))
        .labels(labels(&[("env", "prod")]))
        .owner(member("bob"));
    let issued = issue(&world, new);
    let (id, before) = (issued.credential.id, issued.credential.clone());
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    let after = block_on(manager.set_scopes(id, Scope::READER)).unwrap();
    assert_eq!(after.scopes, scopes(&["read:orders", "read:people"]));
    let revision = after.revision;
    let mut undone = after.clone();
    (undone.scopes, undone.revision) = (before.scopes.clone(), before.revision);
    assert_eq!(undone, before);
    let history = block_on(manager.history(HistoryFilter::new().credential(id))).unwrap();
    let newest = history.items.into_iter().find_map(PageItem::record).unwrap();
    assert_eq!(newest.action, Action::ScopesSet { to: after.scopes.clone() });
    let again = block_on(manager.set_scopes(id, Scope::READER)).unwrap();
    assert_eq!(again.revision, revision, "nothing changes");
}

type Change = fn(&World, CredentialId) -> Result<Credential, ManageError>;

/// Each change of one field, and the fields of the view that differ after it. The revision always does.
#[test]
fn a_change_of_one_field_leaves_every_other_as_it_was() {
    let world = world();
    let new = called("key")
        .scopes(Scope::READER)
        .networks(networks(&["192.0.2.0/24"]))
        .labels(labels(&[("env", "prod")]))
        .owner(member("bob"))
        .expires(world.later(3_600));
    let id = issue(&world, new).credential.id;
    let changes: [(&[&str], Change); 12] = [
        (&["scopes"], |it, id| {
            block_on(it.keyward.manager(&admin()).set_scopes(id, Scopes::none()))
        }),
        (&["networks"], |it, id| {
            let other = networks(&["198.51.100.0/24"]);
            block_on(it.keyward.manager(&admin()).set_networks(id, other))
        }),
        (&["networks"], |it, id| block_on(it.keyward.manager(&admin()).lift_networks(id))),
        (&["labels"], |it, id| {
            block_on(it.keyward.manager(&admin()).set_labels(id, labels(&[("team", "a")])))
        }),
        (&["labels"], |it, id| {
            block_on(it.keyward.manager(&admin()).set_labels(id, Labels::default()))
        }),
        (&["owner"], |it, id| block_on(it.keyward.manager(&admin()).set_owner(id, member("eve")))),
        (&["owner"], |it, id| block_on(it.keyward.manager(&admin()).set_owner(id, Owner::Account))),
        (&["name"], |it, id| block_on(it.keyward.manager(&admin()).rename(id, name("other")))),
        (&["expires"], |it, id| {
            let end = it.later(60);
            block_on(it.keyward.manager(&admin()).set_expiry(id, end))
        }),
        (&["expires"], |it, id| block_on(it.keyward.manager(&admin()).clear_expiry(id))),
        (&["deprecation", "status"], |it, id| {
            block_on(it.keyward.manager(&admin()).deprecate(id, None))
        }),
        (&["status", "suspended"], |it, id| block_on(it.keyward.manager(&admin()).suspend(id))),
    ];
    for (fields, change) in changes {
        let fields_of = |shown: &Credential| {
            let serde_json::Value::Object(fields) = serde_json::to_value(shown).unwrap() else {
                panic!("a view is an object")
            };
            fields
        };
        let before = fields_of(&stored(&world, id));
        let answered = change(&world, id).unwrap();
        let after = fields_of(&stored(&world, id));
        assert_eq!(fields_of(&answered), after);
        let differ = after.iter().filter(|(field, value)| before[*field] != **value);
        let mut differ: Vec<_> = differ.map(|(field, _)| field.as_str()).collect();
        differ.sort_unstable();
        let mut expected = [fields, &["revision"]].concat();
        expected.sort_unstable();
        assert_eq!(differ, expected);
        assert_eq!(before.len(), after.len());
    }
}

#[test]
fn an_unknown_scope_is_refused_with_the_nearest_names() {
    let world = world();
    let name = |text: &str| text.parse::<ScopeName>().unwrap();
    let rule = Refusal::UnknownScope {
        scope: name("read:poeple"),
        nearest: ["read:people", "read:orders", "send:email"].map(name).to_vec(),
    };
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    let new = called("key").scopes(scopes(&["read:people", "read:poeple"]));
    world.refuses(&rule, manager.issue_app_key(new));
    let id = issue(&world, called("other")).credential.id;
    world.refuses(&rule, manager.set_scopes(id, scopes(&["read:poeple"])));
}

#[test]
fn a_stored_name_that_the_vocabulary_lacks_grants_nothing_and_is_counted() {
    let key = MasterKey::generate().unwrap();
    let keys = || MasterKeys::new(key.expose_text().parse().unwrap());
    let world = World::built(|store, clock| cheap_under(store, clock, keys()).scopes::<Scope>());
    world.shop();
    let issued =
        issue(&world, called("key").scopes(scopes(&["read:people", "send:email", "read:orders"])));
    let fewer = Vocabulary::new([("read:people", "Read people"), ("send:post", "Send")]).unwrap();
    let [people, post] = ["read:people", "send:post"].map(|name| fewer.scope(name).unwrap());
    let other = cheap_under(world.store.clone(), world.clock.clone(), keys());
    let other = other.vocabulary(fewer).build().unwrap();
    let proof = block_on(other.verify(&Attempt::<App>::app(issued.secret.expose()))).unwrap();
    assert!(proof.require(people).is_ok());
    assert!(proof.require(post).is_err(), "send:email has no place in this vocabulary");
    assert!(proof.require(Scope::ReadPeople).is_err(), "of another vocabulary");
    assert_eq!(other.stats().unknown_scopes, 2);
    assert!(self::proof(&world, &issued).require(Scope::ReadOrders).is_ok());
    assert_eq!(world.keyward.stats().unknown_scopes, 0);
}

/// A vocabulary with one name too many.
#[derive(Clone, Copy)]
struct TooMany;

const NAMES: [(&str, &str); 257] = {
    let mut names = [("same", "Same"); 257];
    let mut at = 0;
    while at < 256 {
        names[at] = (DIFFERENT[at], "Different");
        at += 1;
    }
    names
};

/// 256 names that differ: parts of one text.
const DIFFERENT: [&str; 256] = {
    const TEXT: &str = "abcdefghijklmnop";
    let mut all = [""; 256];
    let mut at = 0;
    while at < 256 {
        let (start, length) = (at / 16, at % 16);
        let (_, rest) = TEXT.split_at(start);
        let end = if length < rest.len() { length + 1 } else { rest.len() };
        all[at] = rest.split_at(end).0;
        at += 1;
    }
    all
};

impl ScopeVocabulary for TooMany {
    const SCOPES: &'static [(&'static str, &'static str)] = &NAMES;
    const PRESETS: &'static [Preset] = &[];

    fn place(self) -> usize {
        0
    }
}

/// A vocabulary whose name cannot be used.
#[derive(Clone, Copy)]
struct Wildcard;

impl ScopeVocabulary for Wildcard {
    const SCOPES: &'static [(&'static str, &'static str)] = &[("read:*", "Read everything")];
    const PRESETS: &'static [Preset] = &[];

    fn place(self) -> usize {
        0
    }
}

#[test]
fn a_vocabulary_that_cannot_be_used_fails_when_the_handle_is_built() {
    let build = |configure: fn(keyward::Builder) -> keyward::Builder| {
        let clock = keyward::time::ManualClock::at(crate::support::START.parse().unwrap());
        configure(cheap(MemoryStore::new(), clock)).build().err()
    };
    let refused = build(Builder::scopes::<TooMany>);
    assert!(matches!(refused, Some(BuildError::Vocabulary(_))), "{refused:?}");
    let source = ScopeNameError::Character;
    let name = VocabularyError::Name { place: 1, source };
    assert_eq!(build(Builder::scopes::<Wildcard>), Some(BuildError::Vocabulary(name)));
    assert_eq!(build(Builder::scopes::<Scope>), None);
}

#[test]
fn both_lists_must_contain_the_address() {
    let world = world();
    let issued = issue(&world, called("key").networks(networks(&["192.0.2.0/24"])));
    let from = |text: &str| {
        let attempt = Attempt::<App>::app(issued.secret.expose());
        verify(&world, &attempt.client_address(address(text))).map(drop)
    };
    let unknown = verify(&world, &Attempt::app(issued.secret.expose())).map(drop);
    assert_eq!(unknown, Err(DenialReason::AddressUnknown));
    assert_eq!(from("192.0.2.7"), Ok(()));
    assert_eq!(from("198.51.100.7"), Err(DenialReason::AddressNotAllowed));
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    let allowed = ["192.0.2.0/25", "198.51.100.0/24"].map(|text| text.parse().unwrap());
    block_on(manager.allow(&shop(), &allowed)).unwrap();
    assert_eq!(from("192.0.2.7"), Ok(()), "in both lists");
    assert_eq!(from("192.0.2.200"), Err(DenialReason::AddressNotAllowed), "in its own list only");
    assert_eq!(from("198.51.100.7"), Err(DenialReason::AddressNotAllowed), "in the other only");
    block_on(manager.lift_networks(issued.credential.id)).unwrap();
    assert_eq!(from("198.51.100.7"), Ok(()));
    block_on(manager.set_networks(issued.credential.id, networks(&["198.51.100.7"]))).unwrap();
    assert_eq!(from("192.0.2.7"), Err(DenialReason::AddressNotAllowed));
}

#[test]
fn labels_and_owners_are_in_the_proof_and_filter_the_list() {
    let world = world();
    let bob = member("bob");
    let new = called("one").labels(labels(&[("env", "prod"), ("team", "a")])).owner(bob.clone());
    let one = issue(&world, new);
    let two = issue(&world, called("two").labels(labels(&[("env", "test")])));
    let passed = proof(&world, &one);
    assert_eq!((passed.label("env"), passed.label("region")), (Some("prod"), None));
    assert_eq!((passed.labels().len(), passed.owner()), (2, &bob));
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    let found = |filter: CredentialFilter| -> Vec<String> {
        let page = block_on(manager.credentials(filter.kind(KindWord::App))).unwrap();
        page.items
            .into_iter()
            .filter_map(PageItem::record)
            .map(|credential| credential.name.to_string())
            .collect()
    };
    let label = |name: &str, value: &str| Label::new(name, value).unwrap();
    assert_eq!(found(CredentialFilter::new().label(label("env", "prod"))), ["one"]);
    let both = CredentialFilter::new().label(label("env", "prod")).label(label("team", "b"));
    assert!(found(both).is_empty());
    assert_eq!(found(CredentialFilter::new().owner(bob)), ["one"]);
    assert_eq!(found(CredentialFilter::new().owner(Owner::Account)), ["two"]);
    block_on(manager.set_labels(two.credential.id, Labels::default())).unwrap();
    assert!(found(CredentialFilter::new().label(label("env", "test"))).is_empty());
}

#[test]
fn the_last_permanent_set_of_the_account_is_not_handed_to_a_member() {
    let world = world();
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    let filter = || CredentialFilter::new().kind(KindWord::Track);
    let page = block_on(manager.credentials(filter())).unwrap();
    let primary = page.items.into_iter().find_map(PageItem::record).unwrap().id;
    let rule = Refusal::LastPermanent { kind: "Track set" };
    world.refuses(&rule, manager.set_owner(primary, member("bob")));
    let new = called("of Bob").owner(member("bob"));
    let owned = block_on(manager.issue_track_set(new)).unwrap();
    world.note_secret(owned.secret.expose());
    world.refuses(&rule, manager.suspend(primary));
    let batch = block_on(manager.hand_over(&Owner::Account, &member("bob"), None)).unwrap();
    assert_eq!((batch.done, batch.refused), (0, vec![(primary, rule)]));
    block_on(manager.set_owner(owned.credential.id, Owner::Account)).unwrap();
    block_on(manager.set_owner(primary, member("bob"))).unwrap();
}

#[test]
fn the_keys_of_a_member_are_handed_over_and_deleted_in_batches() {
    let world = world();
    let (bob, eve) = (member("bob"), member("eve"));
    for at in 0..103 {
        drop(issue(&world, called(&format!("bob {at}")).owner(bob.clone())));
    }
    drop(issue(&world, called("eve").owner(eve.clone())));
    let admin = admin();
    let manager = world.keyward.manager(&admin);
    let first = block_on(manager.hand_over(&bob, &eve, None)).unwrap();
    assert_eq!((first.done, first.next.is_some()), (100, true));
    // Interrupted, and made again from the beginning.
    let rest = block_on(manager.hand_over(&bob, &eve, None)).unwrap();
    assert_eq!((rest.done, rest.next), (3, None));
    let eve_id = ActorId::new("eve").unwrap();
    let (mut after, mut deleted) = (None, 0);
    loop {
        let batch = block_on(manager.delete_owned(&eve_id, after)).unwrap();
        deleted += batch.done;
        after = batch.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(deleted, 104);
}

#[test]
fn an_actor_gives_no_more_than_it_has() {
    let world = world();
    let reader = admin().only_scopes(Scope::READER);
    assert!(!reader.can_manage_account() && !reader.can_manage_workspaces());
    let limited = world.keyward.manager(&reader);
    let above = |scopes: Scopes| Refusal::AboveCeiling { scopes };
    world.refuses(&above(Scopes::All), limited.issue_app_key(called("all")));
    let mail = scopes(&["read:people", "send:email"]);
    world.refuses(&above(mail.clone()), limited.issue_app_key(called("mail").scopes(mail.clone())));
    let own = block_on(limited.issue_app_key(called("own").scopes(Scope::READER))).unwrap();
    world.note_secret(own.secret.expose());
    world.refuses(&above(Scopes::All), limited.set_scopes(own.credential.id, Scopes::All));
    let wide = issue(&world, called("wide").scopes(mail.clone())).credential.id;
    let hour = std::time::Duration::from_hours(1);
    world.refuses(&above(mail.clone()), limited.rotate(wide, hour));
    world.refuses(&above(mail.clone()), limited.set_owner(wide, member("bob")));
    block_on(limited.set_networks(wide, networks(&["192.0.2.0/24"]))).unwrap();
    world.refuses(&above(mail.clone()), limited.lift_networks(wide));
    block_on(limited.set_expiry(wide, world.later(60))).unwrap();
    world.refuses(&above(mail.clone()), limited.set_expiry(wide, world.later(61)));
    world.refuses(&above(mail.clone()), limited.clear_expiry(wide));
    block_on(limited.suspend(wide)).unwrap();
    world.refuses(&above(mail), limited.resume(wide));
    block_on(limited.set_scopes(wide, scopes(&["read:people"]))).unwrap();
    block_on(limited.resume(wide)).unwrap();
    let page = block_on(
        world.keyward.manager(&admin()).credentials(CredentialFilter::new().kind(KindWord::Track)),
    );
    let primary = page.unwrap().items.into_iter().find_map(PageItem::record).unwrap().id;
    world.refuses(&above(Scopes::All), limited.reveal(primary));
}

/// An expiry behind a sunset counts again when somebody withdraws the deprecation.
#[test]
fn an_end_behind_another_end_is_not_moved_above_the_ceiling() {
    let world = world();
    let (admin, reader) = (admin(), admin().only_scopes(Scope::READER));
    let (manager, limited) = (world.keyward.manager(&admin), world.keyward.manager(&reader));
    let mail = scopes(&["send:email"]);
    let above = Refusal::AboveCeiling { scopes: mail.clone() };
    let expires = world.later(3_600);
    let wide = issue(&world, called("wide").scopes(mail).expires(expires)).credential.id;
    block_on(limited.deprecate(wide, Some(world.later(60).into()))).unwrap();
    world.refuses(&above, limited.clear_expiry(wide));
    world.refuses(&above, limited.set_expiry(wide, world.later(7_200)));
    block_on(manager.undeprecate(wide)).unwrap();
    assert_eq!(stored(&world, wide).expires, Some(expires));

    block_on(limited.deprecate(wide, Some(world.later(7_200).into()))).unwrap();
    world.refuses(&above, limited.deprecate(wide, Some(world.later(7_201).into())));
    world.refuses(&above, limited.deprecate(wide, None));
    world.refuses(&above, limited.undeprecate(wide));
    block_on(limited.deprecate(wide, Some(world.later(7_199).into()))).unwrap();
    world.refuses(&above, limited.replace_unused(wide, keyward::GenerationNumber::FIRST));
    let batch = block_on(limited.hand_over(&Owner::Account, &member("bob"), None)).unwrap();
    assert!(batch.refused.contains(&(wide, above)), "{batch:?}");
}

/// A key can do nothing to the account, to its members, to the allowlist and to other workspaces and kinds.
#[test]
fn a_key_with_every_scope_is_still_limited_to_its_workspace_and_kind() {
    let world = world();
    let other = world.workspace(&crate::support::outlet(), "Outlet").first.credential.id;
    let key = Actor::key(&proof(&world, &issue(&world, called("all"))));
    assert!(key.scopes().is_all());
    let manager = world.keyward.manager(&key);
    let bob = ActorId::new("bob").unwrap();
    let network = ["192.0.2.0/24".parse().unwrap()];
    let policy = keyward::manage::PolicyChange::new();
    for forbidden in [
        world.fails(manager.deactivate(&bob)),
        world.fails(manager.reactivate(&bob)),
        world.fails(manager.set_policy(&policy)),
        world.fails(manager.apply_policy(keyward::manage::PolicyRun::new())),
        world.fails(manager.allow(&shop(), &network)),
        world.fails(manager.suspend_account()),
        world.fails(manager.issue_track_set(called("set"))),
    ] {
        assert!(matches!(forbidden, ManageError::Forbidden), "{forbidden:?}");
    }
    let elsewhere = NewCredential::new(crate::support::outlet(), name("elsewhere"));
    for unknown in [
        world.fails(manager.issue_app_key(elsewhere)),
        world.fails(manager.rotate(other, std::time::Duration::ZERO)),
        world.fails(manager.reveal(other)),
        world.fails(manager.set_owner(other, member("bob"))),
    ] {
        assert!(matches!(unknown, ManageError::NotFound(_)), "{unknown:?}");
    }
}

#[test]
fn a_key_acts_with_its_own_scopes_in_its_own_workspace() {
    let world = world();
    let issued = issue(&world, called("key").scopes(scopes(&["read:people", "read:orders"])));
    let key = Actor::key(&proof(&world, &issued));
    assert_eq!(key.scopes(), &scopes(&["read:people", "read:orders"]));
    assert_eq!(key.by().id.as_str(), format!("key:{}", issued.credential.id));
    let manager = world.keyward.manager(&key);
    let narrow = called("narrow").scopes(scopes(&["read:people"]));
    let narrow = block_on(manager.issue_app_key(narrow)).unwrap();
    world.note_secret(narrow.secret.expose());
    assert_eq!(narrow.credential.created_by, key.by().clone());
    let rule = Refusal::AboveCeiling { scopes: Scopes::All };
    world.refuses(&rule, manager.issue_app_key(called("wide")));
    let forbidden = world.fails(manager.issue_track_set(called("set").scopes(Scopes::none())));
    assert!(matches!(forbidden, ManageError::Forbidden));
}
