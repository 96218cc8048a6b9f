//! The flows of the page, from the form to the effect.

use std::time::Duration;

use keyward::imports::{Import, ImportRow};
use keyward::manage::{LeakPlace, LeakResponse};
use keyward::{Attempt, MasterKey, MasterKeys, NotVerified};

use crate::html::links;
use crate::scene::{PREFIX, Scene};
use crate::support::{
    World, account, block_on, cheap, member, name, operator, plain, shop, tampered, viewer,
};

#[test]
fn the_list_shows_each_credential_with_its_state() {
    let scene = Scene::new();
    let issued = scene.world.app_key("Backend");
    let list = scene.get("/");
    list.is(200).says("primary").says("Backend").says("Track set").says("App key").says("Active");
    list.says("No use recorded").says("No end").says("ada@acme.test (admin)").says("Shop");
    list.says("A use in the last 10 seconds may not be shown yet.");
    let coarse =
        World::built(|store, clock| cheap(store, clock).last_used_grain(Duration::from_secs(50)));
    coarse.shop();
    let coarse = Scene::over(coarse, |page| page);
    coarse.get("/").says("A use in the last 60 seconds may not be shown yet.");
    let attempt = Attempt::app(issued.secret.expose());
    block_on(scene.world.keyward.verify(&attempt)).unwrap();
    block_on(scene.world.keyward.flush()).unwrap();
    scene.get("/").says("2030-01-01 09:00 UTC");
    scene.get("/?kind=app").says("Backend");
    assert!(!scene.get("/?kind=app").text().contains("primary"));
    scene.get("/?status=suspended").says("No credential matches");
}

#[test]
fn imported_keys_that_were_not_used_are_listed() {
    let scene = Scene::new();
    drop(scene.world.app_key("native key"));
    let (world, day) = (&scene.world, Duration::from_hours(24));
    let row = |number: u32, called: &str, days: u32| {
        let row = ImportRow::new("old", name(called), format!("{number:064}"));
        row.last_used(world.now().saturating_sub(day * days))
    };
    let rows = [
        row(1, "recent key", 0),
        row(2, "monthly key", 31),
        row(3, "yearly key", 366),
        ImportRow::new("old", name("idle key"), format!("{:064}", 4)),
    ];
    let operator = operator().acting_for(account());
    block_on(world.keyward.manager(&operator).import(Import::new(shop(), rows))).unwrap();
    let list = scene.get("/");
    list.says("Imported keys").says("All imported keys").says("Not used for 30 days");
    for (unused, shown) in [
        ("0", vec!["recent", "monthly", "yearly", "idle"]),
        ("30", vec!["monthly", "yearly", "idle"]),
        ("90", vec!["yearly", "idle"]),
        ("365", vec!["yearly", "idle"]),
        ("31", vec!["native", "recent", "monthly", "yearly", "idle"]),
    ] {
        let page = scene.get(&format!("/?unused={unused}")).text();
        for key in ["native", "recent", "monthly", "yearly", "idle"] {
            let is_shown = page.contains(&format!("{key} key"));
            assert_eq!(is_shown, shown.contains(&key), "{unused}: {key}");
        }
    }
    assert!(scene.get("/?unused=30").html.contains(r#"<option value="30" selected"#));
    // A service without a format has no such filter.
    let keys = || MasterKeys::new(MasterKey::generate().unwrap());
    let plain = World::built(|store, clock| plain(store, clock, keys()));
    plain.shop();
    let plain = Scene::over(plain, |page| page);
    assert!(!plain.get("/").text().contains("Imported keys"));
}

#[test]
fn a_list_has_pages() {
    let scene = Scene::new();
    for number in 0..60 {
        drop(scene.world.app_key(&format!("key {number:02}")));
    }
    let first = scene.get("/?kind=app");
    first.says("key 49");
    assert!(!first.text().contains("key 50"));
    let next =
        crate::html::links(&first.html).into_iter().find(|link| link.contains("after=")).unwrap();
    let second = scene.get(&next);
    second.says("key 50").says("key 59").says("First page");
    assert!(!second.text().contains("primary"), "the filter is kept");
}

#[test]
fn an_app_key_is_added_and_shown_once() {
    let scene = Scene::new();
    let form = scene.get("/add?kind=app").form("/add").set("name", "Backend").set("kind", "app");
    let shown = scene.submit(&form);
    shown.is(200).says("App key “Backend”: copy the key now");
    shown.says("This key is shown only now.").says("API_KEY_APP=…");
    shown.says("curl --header \"Authorization: Bearer $API_KEY_APP\" https://api.example.com/");
    let secret = shown.secret();
    assert_eq!(shown.html.matches(&secret).count(), 1, "the lines do not contain the key");
    block_on(scene.world.keyward.verify(&Attempt::app(&secret))).unwrap();
    let list = scene.get("/");
    list.says("Backend");
    assert!(!list.html.contains(&secret));
}

#[test]
fn an_expiry_is_a_preset_or_the_end_of_a_day() {
    let scene = Scene::new();
    let form = || scene.get("/add?kind=app").form("/add").set("kind", "app");
    let dated = form().set("name", "dated").set("expiry", "date").set("date", "2030-01-31");
    scene.submit(&dated).is(200);
    scene.get("/").says("2030-01-31 23:59 UTC");
    scene.submit(&form().set("name", "preset").set("expiry", "30")).is(200);
    scene.get("/").says("2030-01-31 09:00 UTC");
    let past =
        scene.submit(&form().set("name", "past").set("expiry", "date").set("date", "2029-12-31"));
    past.is(422).says("The date is in the past").says("There is a problem");
    assert_eq!(past.form("/add").get("name"), "past", "the form keeps its values");
    let wrong = form().set("name", "x").set("expiry", "date").set("date", "31.1.2030");
    scene.submit(&wrong).is(422).says("The date is not valid");
}

#[test]
fn a_taken_name_links_to_the_credential_that_has_it() {
    let scene = Scene::new();
    let issued = scene.world.app_key("Backend");
    let form = scene.get("/add").form("/add").set("name", "BACKEND").set("kind", "app");
    let refused = scene.submit(&form);
    refused.is(409).says("has this name").says("Open “Backend”");
    let link = format!("{PREFIX}/credentials/{}", issued.credential.id);
    assert!(crate::html::links(&refused.html).contains(&link));
    assert_eq!(refused.form("/add").get("name"), "BACKEND");
}

#[test]
fn a_pasted_key_is_not_shown_again() {
    let scene = Scene::new();
    let key = scene.world.app_key("Backend").secret.expose().to_owned();
    let form =
        scene.get("/add").form("/add").set("name", &key).set("kind", "app").set("expiry", "date");
    let refused = scene.submit(&form);
    assert!(!refused.html.contains(&key), "{}", refused.html);
    assert!(!scene.get(&format!("/?q={key}")).html.contains(&key));
}

#[test]
fn a_track_set_is_revealed_by_a_form_and_the_reveal_is_recorded() {
    let scene = Scene::new();
    let id = scene.primary();
    let page = scene.get(&format!("/credentials/{id}/reveal"));
    page.says("The reveal is recorded in the history with your name.");
    let shown = scene.submit(&page.form("/reveal"));
    shown.is(200).says("The key of “primary”").says("You can reveal this key again later.");
    assert!(shown.html.contains(&format!("value=\"{id}\"")), "the site id");
    let secret = shown.secret();
    block_on(scene.world.keyward.verify(&Attempt::track(id.as_str(), &secret))).unwrap();
    scene.get("/history").says("Revealed the key");
}

#[test]
fn an_app_key_cannot_be_revealed() {
    let scene = Scene::new();
    let id = scene.world.app_key("Backend").credential.id;
    let details = scene.get(&format!("/credentials/{id}"));
    assert!(!details.html.contains("/reveal"));
    let form = scene.get(&format!("/credentials/{id}/reveal")).form("/reveal");
    scene.submit(&form).is(422).says("This secret was shown once");
}

#[test]
fn a_rotation_overlaps_and_the_overlap_is_ended() {
    let scene = Scene::new();
    let issued = scene.world.app_key("Backend");
    let id = issued.credential.id;
    let rotate = format!("/credentials/{id}/rotate");
    let form = scene.get(&rotate).form("/rotate").set("overlap", "604800");
    let shown = scene.submit(&form);
    shown.is(200).says("The previous key works until 2030-01-08 09:00 UTC.");
    let verifies = |key: &str| block_on(scene.world.keyward.verify(&Attempt::app(key))).is_ok();
    assert!(verifies(issued.secret.expose()) && verifies(&shown.secret()));
    block_on(scene.world.keyward.flush()).unwrap();

    let details = scene.get(&format!("/credentials/{id}"));
    details
        .says("Previous, works until 2030-01-08 09:00 UTC")
        .says("was last used 2030-01-01 09:00 UTC");
    let again = scene.get(&rotate);
    again.says("The previous key still works until 2030-01-08 09:00 UTC");
    let refused = scene.submit(&again.form("/rotate").set("overlap", "3600"));
    refused.is(409).says("There is a problem");
    assert_eq!(refused.form("/rotate").get("overlap"), "3600");

    scene.world.clock.advance(Duration::from_hours(6 * 24));
    scene
        .get(&format!("/credentials/{id}"))
        .says("has not been used for 6 days. It is safe to end if no program");
    let form = scene.get(&format!("/credentials/{id}")).form("/end-overlap");
    scene.change(&form).says("Done: Ended key 1");
    assert!(!verifies(issued.secret.expose()) && verifies(&shown.secret()));
}

#[test]
fn a_rotation_without_an_overlap_ends_the_key_at_once() {
    let scene = Scene::new();
    let issued = scene.world.app_key("Backend");
    let page = scene.get(&format!("/credentials/{}/rotate", issued.credential.id));
    let shown = scene.submit(&page.form("/rotate").set("overlap", "0"));
    shown.is(200).says("The previous key has stopped working.");
    let old = block_on(scene.world.keyward.verify(&Attempt::app(issued.secret.expose())));
    assert!(matches!(old, Err(NotVerified::Denied(_))));
}

#[test]
fn a_credential_is_renamed_suspended_deprecated_and_given_an_expiry() {
    let scene = Scene::new();
    let id = scene.world.app_key("Backend").credential.id;
    let details = || scene.get(&format!("/credentials/{id}"));
    let renamed = scene.change(&details().form("/rename").set("name", "Warehouse"));
    renamed.says("Done: Renamed it from “Backend” to “Warehouse”").says("See this in the history");
    let link = crate::html::links(&renamed.html).into_iter().find(|it| it.contains("#e-")).unwrap();
    let (path, anchor) = link.split_once('#').unwrap();
    assert!(scene.get(path).html.contains(&format!("id=\"{anchor}\"")), "the event is there");

    // A suspended credential cannot be rotated, so the page does not offer it.
    let offers_rotation =
        || crate::html::links(&details().html).iter().any(|it| it.ends_with("/rotate"));
    assert!(offers_rotation());
    scene.change(&details().form("/suspend")).says("Suspended since 2030-01-01 09:00 UTC.");
    assert!(!offers_rotation());
    scene.change(&details().form("/resume")).says("Active");
    assert!(offers_rotation());
    scene
        .change(&details().form("/deprecate").set("sunset", "90"))
        .says("Deprecated, ends 2030-04-01 09:00 UTC.");
    scene.change(&details().form("/undeprecate")).says("Done: Undid the deprecation");
    let expiry = details().form("/expiry").set("expiry", "date").set("date", "2030-02-28");
    scene.change(&expiry).says("Expires 2030-02-28 23:59 UTC.");
    scene.change(&details().form("/expiry").set("expiry", "never")).says("No end");
    let unchanged = scene.change(&details().form("/rename").set("name", "Warehouse"));
    unchanged.says("Nothing was changed, because there was nothing to change.");
}

#[test]
fn a_credential_is_deleted_by_its_typed_name() {
    let scene = Scene::new();
    let issued = scene.world.app_key("Backend");
    let id = issued.credential.id;
    block_on(scene.world.keyward.verify(&Attempt::app(issued.secret.expose()))).unwrap();
    block_on(scene.world.keyward.flush()).unwrap();
    let page = scene.get(&format!("/credentials/{id}/delete"));
    page.says("It was used in the last 30 days. Suspend it first")
        .says("Last used 2030-01-01 09:00 UTC.");
    let wrong = scene.submit(&page.form("/delete").set("typed", "Backup"));
    wrong.is(409).says("The typed name is not the name");
    let deleted = scene.change(&page.form("/delete").set("typed", "backend"));
    deleted.says("Done: Deleted the App key “Backend”");
    scene.get(&format!("/credentials/{id}")).is(404).says("Not found");
    scene.get("/history").says("Deleted the App key");
}

#[test]
fn a_damaged_record_is_listed_with_its_id_and_deleted_by_its_name() {
    let scene = Scene::new();
    let id = scene.world.app_key("Backend").credential.id;
    tampered::tamper(&scene.world.store, scene.world.now(), id, |record| {
        record.created = record.created.saturating_add(Duration::from_secs(1));
    });
    let list = scene.get("/");
    list.is(200).says("primary").says(&format!("The stored record of {id} is damaged"));
    let link = links(&list.html).into_iter().find(|it| it.ends_with(&format!("{id}/delete")));
    scene.by(viewer()).get("/").says(&id.to_string());
    assert!(!scene.by(viewer()).get("/").html.contains("/delete"));
    let details = scene.get(&format!("/credentials/{id}"));
    details.is(503).says("Trying again does not help.");
    let form = scene.get(&link.unwrap());
    form.is(200).says("Delete a damaged record").says("Type the name that it had.");
    scene.submit(&form.form("/delete").set("typed", "Other")).is(409);
    scene.change(&form.form("/delete").set("typed", "Backend")).says("Done: Deleted");
    assert!(!scene.get("/").text().contains("damaged"));
}

#[test]
fn the_last_permanent_track_set_explains_itself_and_links_to_add() {
    let scene = Scene::new();
    let id = scene.primary();
    let page = scene.get(&format!("/credentials/{id}/delete"));
    page.says("This is the workspace's last permanent Track set").says("Add a Track set");
    assert!(crate::html::forms(&page.html).iter().all(|form| !form.action.ends_with("/delete")));
    let refused = scene.submit(&scene.get(&format!("/credentials/{id}")).form("/suspend"));
    refused.is(409).says("This is the workspace's last permanent Track set");
    let add = crate::html::links(&page.html).into_iter().find(|it| it.contains("/add?")).unwrap();
    let form = scene.get(&add).form("/add").set("name", "second");
    assert_eq!((form.get("kind"), form.get("workspace")), ("track", "acme/shop"));
    scene.submit(&form).is(200);
    let page = scene.get(&format!("/credentials/{id}/delete"));
    scene.change(&page.form("/delete").set("typed", "primary")).says("Deleted");
}

#[test]
fn the_history_is_filtered_and_keeps_what_was_removed() {
    let scene = Scene::new();
    let id = scene.world.app_key("Backend").credential.id;
    let other = scene.by(member());
    other.change(&other.get(&format!("/credentials/{id}")).form("/suspend"));
    let page = scene.get(&format!("/credentials/{id}/delete"));
    scene.change(&page.form("/delete").set("typed", "Backend"));
    scene.world.clock.advance(Duration::from_hours(24));
    scene.change(&scene.get("/allowlist").form("/unlisted").set("unlisted", "closed"));

    let rows = |query: &str| {
        let page = scene.get(&format!("/history?{query}"));
        page.is(200);
        page.html.matches("id=\"e-").count()
    };
    assert_eq!(rows(""), 5);
    assert_eq!(rows(&format!("credential={id}")), 3);
    assert_eq!(rows("action=deleted"), 1);
    assert_eq!(rows("by=bob%40acme.test"), 1);
    assert_eq!(rows("by=bob%40acme.test&action=deleted"), 0);
    assert_eq!(rows("from=2030-01-02"), 1);
    assert_eq!(rows("until=2030-01-01"), 4);
    assert_eq!(rows("from=2030-01-01&until=2030-01-02&workspace=acme%2Fshop"), 4);
    assert_eq!(rows("action=nonsense&from=nonsense&by="), 5);

    // The form keeps its values, and each line leads to the changes of its actor.
    let form = scene.get("/history").form("/history").set("action", "suspended");
    let found = scene.submit(&form);
    found.says("Suspended it").says("bob@acme.test");
    assert_eq!(found.form("/history").get("action"), "suspended");
    let link = crate::html::links(&found.html).into_iter().find(|it| it.contains("by=")).unwrap();
    assert_eq!(scene.get(&link).html.matches("id=\"e-").count(), 1);
    scene.get("/history?action=rotated").says("No change matches.");
}

#[test]
fn a_found_key_is_in_the_history_with_a_link_only_to_an_address_over_tls() {
    let scene = Scene::new();
    let response = LeakResponse::Report;
    for (name, url) in [("a", "https://example.com/a?b=c&d"), ("b", "javascript:alert(1)")] {
        let issued = scene.world.app_key(name);
        let operator = operator();
        let key = block_on(scene.world.keyward.trace(&operator, issued.secret.expose()));
        let (key, place) = (key.unwrap().unwrap(), LeakPlace::new("<commit>", url));
        let actor = operator.acting_for(key.account.clone());
        let manager = scene.world.keyward.manager(&actor);
        block_on(manager.respond_to_leak(&key, &place, response)).unwrap();
    }
    let page = scene.get("/history?action=leaked");
    page.says("Reported that key 1 was found in public").says("<commit>");
    page.says("https://example.com/a?b=c&d").says("javascript:alert(1)");
    let links = crate::html::links(&page.html);
    assert!(links.iter().any(|link| link == "https://example.com/a?b=c&d"), "{links:?}");
    assert!(!links.iter().any(|link| link.starts_with("javascript")), "{links:?}");
}
