//! The states of the whole page.

use std::sync::{Arc, Mutex};

use keyward::page::Page;
use keyward::store::{StoreError, StoreErrorKind};
use keyward::{NewCredential, SlowHashParams};

use crate::scene::{PREFIX, Scene};
use crate::support::directed::{self, Directed, Director};
use crate::support::failing_store::{Call, Fault, Faults, When};
use crate::support::{
    World, account, admin, block_on, cheap, guest, name, operator, outlet, shop, stranger, viewer,
};

#[test]
fn without_an_actor_the_answer_is_500_on_every_path() {
    let scene = Scene::new().by(None);
    for path in ["/", "/add", "/history", "/no-such-path"] {
        scene.get(path).is(500).says("The service did not say who you are.");
    }
}

#[test]
fn a_member_without_permission_is_told_whom_to_ask() {
    let scene = Scene::new().by(guest());
    scene.get("/").is(403).says("Ask an admin of your account for the permission");
    assert!(!scene.get("/").text().contains("primary"));
}

#[test]
fn a_viewer_sees_no_forms_and_is_told_so() {
    let scene = Scene::new();
    let id = scene.primary();
    let viewer = scene.by(viewer());
    let details = viewer.get(&format!("/credentials/{id}"));
    details.is(200).says("You can view credentials, but not change them.");
    assert!(!details.html.contains("method=\"post\""), "{}", details.html);
    viewer.get("/add").is(403).says("You can view credentials, but not change them.");
    assert!(!viewer.get("/allowlist").html.contains("method=\"post\""));
    assert!(!viewer.get("/integrations").html.contains("method=\"post\""));
}

#[test]
fn actors_of_a_suspended_account_see_only_that() {
    let scene = Scene::new();
    let support = operator().acting_for(account());
    block_on(scene.world.keyward.manager(&support).suspend_account()).unwrap();
    scene.get("/").is(403).says("The account is suspended");
    assert!(!scene.get("/").text().contains("primary"));
    scene.by(support).get("/").is(200).says("primary");
}

#[test]
fn the_operator_alone_reads_a_closed_account() {
    let scene = Scene::new();
    let support = operator().acting_for(account());
    block_on(scene.world.keyward.manager(&support).close_account("acme")).unwrap();
    scene.get("/").is(403).says("The account is closed");
    let support = scene.by(support);
    support.get("/history").is(200).says("Closed the account");
    let add = support.get("/add").form("/add").set("name", "Backend").set("kind", "app");
    support.submit(&add).is(403).says("The account is closed");
}

#[test]
fn the_ids_of_another_account_are_not_found() {
    let scene = Scene::new();
    let id = scene.primary();
    let other = scene.by(stranger());
    for path in ["", "/rotate", "/reveal", "/delete"] {
        other.get(&format!("/credentials/{id}{path}")).is(404).says("Not found");
    }
    other.get("/?workspace=acme%2Fshop").is(404);
    other.get("/allowlist?edit=acme%2Fshop").is(404);
    other.get("/integrations?workspace=acme%2Fshop").is(404);
}

#[test]
fn an_empty_account_says_what_to_do_first() {
    let scene = Scene::new().by(stranger());
    scene.get("/").is(200).says("No credentials yet").says("Ask the service to create one.");
    scene.get("/history").says("No change is recorded.");
    scene.get("/workspaces").is(200);
    scene.get("/allowlist").is(200);
    scene.get("/integrations").is(200);
}

#[test]
fn an_incomplete_form_is_refused() {
    let scene = Scene::new();
    let id = scene.primary();
    for path in ["/add", "/allowlist/confirm", &format!("/credentials/{id}/rename")] {
        scene.post(path, "name=x").is(400).says("The form is incomplete");
    }
    scene.post(&format!("/credentials/{id}/replace"), "revision=1&generation=0").is(400);
}

#[test]
fn the_headers_forbid_caching_framing_and_foreign_code() {
    let scene = Scene::new();
    let id = scene.primary();
    let paths = ["/".to_owned(), format!("/credentials/{id}"), "/credentials/none".to_owned()];
    for path in paths {
        let reply = scene.get(&path);
        assert_eq!(reply.headers["cache-control"], "no-store", "{path}");
        assert_eq!(reply.headers["referrer-policy"], "same-origin");
        assert_eq!(reply.headers["x-content-type-options"], "nosniff");
        assert_eq!(
            reply.headers["content-security-policy"],
            "default-src 'none'; script-src 'self'; style-src 'self'; form-action 'self'; base-uri 'none'; \
             frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
        );
        assert!(!reply.html.contains("<style") && !reply.html.contains(" style="), "{path}");
        assert!(!reply.html.contains(" onclick="), "{path}");
    }
}

#[test]
fn the_stylesheet_and_the_script_are_served_from_the_mount_and_kept() {
    let scene = Scene::new();
    let list = scene.get("/");
    for (end, content_type) in [(".css", "text/css"), (".js", "text/javascript")] {
        let mut links = crate::html::links(&list.html);
        links.extend(
            list.html.split("src=\"").skip(1).map(|it| it.split('"').next().unwrap().to_owned()),
        );
        let link = links.into_iter().find(|link| link.ends_with(end)).unwrap();
        assert!(link.starts_with(PREFIX), "{link}");
        let file = scene.get(&link);
        file.is(200);
        assert!(file.headers["content-type"].to_str().unwrap().starts_with(content_type));
        assert!(file.headers["cache-control"].to_str().unwrap().contains("immutable"));
        scene.get(&link.replace(".css", "0.css").replace(".js", "0.js")).is(404);
    }
}

#[test]
fn a_fresh_login_is_asked_for_before_the_form_and_again_at_the_form() {
    let scene = Scene::with(|page: Page| {
        page.require_fresh_login(
            |head| head.headers.contains_key("x-fresh"),
            |back| format!("/login?to={back}"),
        )
    });
    let id = scene.primary();
    let path = format!("/credentials/{id}/reveal");
    let asked = scene.get(&path);
    asked.is(303);
    assert_eq!(asked.location(), format!("/login?to={PREFIX}{path}"));
    let refused = scene.post(&path, "revision=1");
    refused.is(403).says("Sign in again");
    assert!(!refused.html.contains("data-secret"));
    for path in ["/add", &format!("/credentials/{id}/delete"), &format!("/credentials/{id}/rotate")]
    {
        scene.get(path).is(303);
    }
    scene.get("/").is(200);
    scene.get(&format!("/credentials/{id}")).is(200);
}

#[test]
fn names_of_actors_and_texts_come_from_the_host() {
    struct German;
    impl keyward::page::Texts for German {
        fn lang(&self) -> std::borrow::Cow<'static, str> {
            "de".into()
        }
        fn title(&self) -> std::borrow::Cow<'static, str> {
            "API-Zugangsdaten".into()
        }
    }
    let scene = Scene::with(|page| {
        page.texts(German)
            .actor_names(|by| (by.id.as_str() == "ada@acme.test").then(|| "Ada <L>".into()))
    });
    let list = scene.get("/");
    list.says("API-Zugangsdaten").says("Ada <L> (admin)");
    assert!(list.html.contains("<html lang=\"de\" dir=\"ltr\">"));
    assert!(list.html.contains("<title>API-Zugangsdaten</title>"), "{}", list.html);
    assert!(scene.get("/history").html.contains("<title>History – API credentials</title>"));
    assert!(!list.html.contains("<L>"), "the name is escaped");
}

#[test]
fn the_page_can_be_a_part_of_the_hosts_document() {
    let scene = Scene::with(|page| {
        page.layout(|page, head| {
            format!("<title>{}</title><b>{}</b>{}", page.lang, head.method, page.body)
        })
    });
    let list = scene.get("/");
    assert!(
        list.html.starts_with("<title>en</title><b>GET</b><div class=\"keyward\""),
        "{}",
        list.html
    );
    assert!(!list.html.contains("<html"));
    assert_eq!(list.headers["content-security-policy"], "frame-ancestors 'none'");
}

#[test]
fn a_store_that_does_not_answer_is_503_with_the_time_of_a_retry() {
    let faults = Faults::default();
    let world = World::built(|store, clock| cheap(Directed::new(store, faults.clone()), clock));
    world.shop();
    let scene = Scene::over(world, |page| page);
    let fault = |kind| Fault { at: 0, kind, when: When::FromThenOn };
    faults.set(fault(StoreErrorKind::Unavailable));
    let reply = scene.get("/");
    reply.is(503).says("Temporarily unavailable").says("Your keys may still work.");
    reply.says("Try again in 1 second.");
    assert!(reply.headers.contains_key("retry-after"));
    assert!(!reply.html.contains("<form"), "{}", reply.html);
}

#[test]
fn a_form_that_the_store_did_not_take_keeps_its_values_and_is_sent_again() {
    for (kind, heading) in [
        (StoreErrorKind::Unavailable, "Temporarily unavailable"),
        (StoreErrorKind::Conflict, "Please try again"),
    ] {
        let faults = Faults::default();
        let world = World::built(|store, clock| cheap(Directed::new(store, faults.clone()), clock));
        world.shop();
        let key = world.app_key("Old");
        let scene = Scene::over(world, |page| page);
        let add = scene.get("/add").form("/add").set("name", "שלום \"a\"").set("kind", "app");
        let add = add.set("labels", "a=1\nb=2").set("date", key.secret.expose());
        faults.set(Fault { at: 0, kind, when: When::Each(Call::Commit) });
        let reply = scene.submit(&add);
        reply.is(503).says(heading).says("Nothing was changed.").says("Try again in 1 second.");
        assert!(reply.headers.contains_key("retry-after"));
        assert!(!reply.html.contains(key.secret.expose()), "{}", reply.html);
        faults.set(None);
        let again = reply.form("/add");
        assert_eq!(again.get("operation"), add.get("operation"));
        let shown = scene.submit(&again);
        shown.is(200).says("שלום");
        shown.secret();
        scene.submit(&again).is(409).says("This form was already sent");
    }
}

#[test]
fn a_full_queue_of_argon2id_is_told_as_that() {
    let world = World::built(|store, clock| {
        let one = std::num::NonZeroUsize::MIN;
        cheap(store, clock)
            .slow_hash(SlowHashParams::new(32_768, 16, 1).unwrap())
            .hashing_threads(one)
            .hashing_queue(one)
    });
    world.shop();
    let scene = Scene::over(world, |page| page);
    let add = scene.get("/add").form("/add").set("name", "Backend").set("kind", "app");
    let keyward = scene.world.keyward.clone();
    // One hash runs, and one waits.
    let issue = |called: &'static str| {
        let keyward = keyward.clone();
        std::thread::spawn(move || {
            let new = NewCredential::new(shop(), name(called));
            drop(block_on(keyward.manager(&admin()).issue_app_key(new)).unwrap());
        })
    };
    let runs = keyward.stats().argon2id_issue_runs;
    let first = issue("First");
    while keyward.stats().argon2id_issue_runs == runs {
        std::thread::yield_now();
    }
    let second = issue("Second");
    while keyward.stats().argon2id_waiting == 0 {
        std::thread::yield_now();
    }
    let reply = scene.submit(&add);
    reply
        .is(503)
        .says("Please try again")
        .says("The service is making too many keys at the moment.");
    reply.says("Nothing was changed.").says("Try again in 1 second.");
    first.join().unwrap();
    second.join().unwrap();
    scene.submit(&reply.form("/add")).is(200).secret();
}

/// A store that does not answer after so many commits.
#[derive(Debug, Clone)]
struct EndsAfter(Arc<Mutex<Option<u32>>>);

impl Director for EndsAfter {
    fn before(&self, call: directed::Call) -> Result<(), StoreError> {
        let mut left = self.0.lock().unwrap();
        match left.as_mut() {
            Some(0) => return Err(StoreError::new(StoreErrorKind::Unavailable)),
            Some(left) if call == directed::Call::Commit => *left -= 1,
            _ => {}
        }
        Ok(())
    }
}

#[test]
fn a_failure_after_a_part_of_a_form_says_which_part_was_done() {
    let ends = EndsAfter(Arc::default());
    let world = World::built(|store, clock| cheap(Directed::new(store, ends.clone()), clock));
    world.shop();
    world.workspace(&outlet(), "Outlet");
    let scene = Scene::over(world, |page| page);
    let form = scene.get("/allowlist").form("/preview");
    let form = form.set("address-1", "203.0.113.7").set("workspace-1", "acme/shop");
    let form = form.set("address-2", "203.0.113.8").set("workspace-2", "acme/outlet");
    let confirm = scene.submit(&form).form("/confirm");
    *ends.0.lock().unwrap() = Some(1);
    let reply = scene.submit(&confirm);
    reply.is(503).says("The allowlist of acme/outlet was changed. The others were not");
    assert!(!reply.text().contains("Nothing was"), "{}", reply.text());
    *ends.0.lock().unwrap() = None;
    assert!(scene.get("/allowlist?edit=acme%2Foutlet").text().contains("203.0.113.8"));
    assert!(!scene.get("/allowlist?edit=acme%2Fshop").text().contains("203.0.113.7/32"));
}

#[test]
fn a_reveal_that_was_recorded_shows_the_key_though_the_store_ends() {
    let ends = EndsAfter(Arc::default());
    let world = World::built(|store, clock| cheap(Directed::new(store, ends.clone()), clock));
    world.shop();
    let scene = Scene::over(world, |page| page);
    let form = scene.get(&format!("/credentials/{}/reveal", scene.primary())).form("/reveal");
    *ends.0.lock().unwrap() = Some(1);
    scene.submit(&form).is(200).secret();
}

#[test]
fn a_change_of_unknown_outcome_leads_to_the_history() {
    let faults = Faults::default();
    let world = World::built(|store, clock| cheap(Directed::new(store, faults.clone()), clock));
    world.shop();
    let id = world.app_key("Backend").credential.id;
    let scene = Scene::over(world, |page| page);
    let form = scene.get(&format!("/credentials/{id}")).form("/suspend");
    faults.set(Fault { at: 0, kind: StoreErrorKind::Unknown, when: When::Each(Call::Commit) });
    let reply = scene.submit(&form);
    faults.set(None);
    assert!(reply.status.as_u16() == 503, "{}", reply.text());
    assert!(!reply.html.contains("data-secret"));
}
