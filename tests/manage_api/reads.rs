//! GET and HEAD change nothing, and show no secret. (`Scene` compares each answer with all secrets.)

use std::fmt::Write;
use std::time::Duration;

use http::Method;
use keyward::imports::{Import, ImportRow};
use serde_json::{Value, json};

use crate::document::PARSED;
use crate::routes::{Ids, all};
use crate::scene::Scene;
use crate::support::{account, admin, name, operator, shop};
use crate::workspaces::Rows;

#[tokio::test]
async fn get_and_head_change_nothing_on_any_route() {
    let scene = Scene::with(|api| api.workspaces(Rows::default()));
    let ids = Ids::of(&scene).await;
    let admin = admin();
    let manager = scene.world.keyward.manager(&admin);
    manager.connect(&shop(), "segment".parse().unwrap(), None).await.unwrap();
    let before = scene.world.dump();
    for route in all(&ids) {
        let body = route.body.to_string();
        for method in [Method::GET, Method::HEAD] {
            let call = scene.call(method.clone(), &route.path).if_match("\"1\"");
            let call = call.header("content-type", "application/json").bytes(body.clone());
            let reply = call.send().await;
            let expected = if reply.status == 405 { "POST, OPTIONS" } else { "" };
            let allow = reply.headers.get("allow").map_or("", |allow| allow.to_str().unwrap());
            assert_eq!(allow, expected, "{method} {}", route.path);
        }
    }
    scene.world.dump().assert_is(&before, "reads");
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let scene = Scene::new();
    for path in ["/v1/account", "/v1/credentials", "/v1/workspaces/nowhere"] {
        let read = scene.get(path).send().await;
        let head = scene.call(Method::HEAD, path).send().await;
        assert_eq!(head.status, read.status);
        assert_eq!(head.text, "");
        assert_eq!(head.headers["content-length"], read.text.len().to_string());
        assert_eq!(head.headers.get("etag"), read.headers.get("etag"));
        assert_eq!(head.headers["content-type"], read.headers["content-type"]);
    }
}

#[tokio::test]
async fn each_route_says_which_methods_it_allows() {
    let scene = Scene::with(|api| api.workspaces(Rows::default()));
    let ids = Ids::of(&scene).await;
    for route in all(&ids) {
        let path = route.path.split('?').next().unwrap();
        let asked = scene.call(Method::OPTIONS, path).send().await;
        assert_eq!(asked.status, 204, "{path}");
        let allow = asked.headers["allow"].to_str().unwrap();
        assert!(allow.contains(route.method.as_str()), "{path}: {allow}");
        for method in [Method::PUT, Method::PATCH, Method::DELETE] {
            let refused = scene.call(method, path).send().await;
            assert_eq!(refused.problem(), (405, "method_not_allowed"), "{path}");
            assert_eq!(refused.headers["allow"], allow, "{path}");
        }
    }
    let nowhere = scene.call(Method::OPTIONS, "/v1/nowhere").send().await;
    assert_eq!(nowhere.problem(), (404, "path_not_found"));
}

#[tokio::test]
async fn the_document_is_served() {
    let scene = Scene::new();
    let served = scene.get("/v1/openapi.json").send().await;
    assert_eq!(served.body, *PARSED);
}

async fn pages(scene: &Scene, path: &str) -> Vec<Value> {
    let separator = if path.contains('?') { '&' } else { '?' };
    let mut items = Vec::new();
    let mut token = String::new();
    loop {
        let page = scene.get(&format!("{path}{separator}page_size=2{token}")).send().await;
        assert_eq!(page.status, 200, "{}", page.text);
        let page_items = page.body["items"].as_array().unwrap();
        assert!(page_items.len() <= 2);
        items.extend(page_items.iter().cloned());
        let Some(next) = page.body["next_page_token"].as_str() else { return items };
        "&page_token=".clone_into(&mut token);
        for byte in next.bytes() {
            write!(token, "%{byte:02x}").unwrap();
        }
    }
}

#[tokio::test]
async fn a_list_continues_where_a_page_ends() {
    let scene = Scene::new();
    for name in ["c", "a b", "B+", "\u{e4}", "e&f=g"] {
        scene.issue(name).await;
    }
    let names = |items: &[Value]| -> Vec<String> {
        items.iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
    };
    let all = pages(&scene, "/v1/credentials").await;
    assert_eq!(names(&all), ["a b", "B+", "c", "e&f=g", "primary", "\u{e4}"]);
    let apps = pages(&scene, "/v1/credentials?kind=app&workspace=acme%2Fshop&status=active").await;
    assert_eq!(apps.len(), 5);
    let beginning = pages(&scene, "/v1/credentials?name_starts_with=%20b").await;
    assert_eq!(names(&beginning), ["B+"]);
    let events = pages(&scene, "/v1/events").await;
    assert_eq!(events.len(), 6);
    assert_eq!(events[0]["action"]["is"], "issued");
    let of_one = format!("/v1/events?credential={}", all[0]["id"].as_str().unwrap());
    assert_eq!(pages(&scene, &of_one).await.len(), 1);
    assert_eq!(pages(&scene, "/v1/workspaces").await.len(), 1);
}

#[tokio::test]
async fn imported_keys_that_were_not_used_are_listed() {
    let scene = Scene::new();
    scene.issue("native").await;
    let world = &scene.world;
    let row =
        |called: &str, number: u32| ImportRow::new("old", name(called), format!("{number:064}"));
    let hour = Duration::from_hours(1);
    let rows = [
        row("never", 1),
        row("before", 2).last_used(world.now().saturating_sub(hour)),
        row("now", 3).last_used(world.now()),
    ];
    let operator = operator().acting_for(account());
    world.keyward.manager(&operator).import(Import::new(shop(), rows)).await.unwrap();
    for (since, expected) in [
        (world.now().saturating_sub(hour), vec!["never"]),
        (world.now(), vec!["before", "never"]),
        (world.now().saturating_add(hour), vec!["before", "never", "now"]),
    ] {
        let path = format!("/v1/credentials?imported_unused_since={since}");
        let items = pages(&scene, &path).await;
        let names: Vec<_> = items.iter().map(|item| item["name"].as_str().unwrap()).collect();
        assert_eq!(names, expected);
    }
}

#[tokio::test]
async fn an_unknown_parameter_or_a_wrong_one_is_refused() {
    let scene = Scene::new();
    for (path, places) in [
        ("/v1/credentials?knid=app", vec![("knid", "unknown")]),
        ("/v1/credentials?kind=app&kind=app", vec![("kind", "duplicate")]),
        ("/v1/credentials?kind=A&status=gone", vec![("kind", "invalid"), ("status", "invalid")]),
        ("/v1/credentials?imported_unused_since=30", vec![("imported_unused_since", "invalid")]),
        ("/v1/credentials?page_size=0", vec![("page_size", "invalid")]),
        ("/v1/credentials?page_size=1001", vec![("page_size", "invalid")]),
        ("/v1/credentials?page_size=-1", vec![("page_size", "invalid")]),
        ("/v1/credentials?page_size=", vec![("page_size", "invalid")]),
        ("/v1/credentials?page_token=guess", vec![("page_token", "invalid")]),
        ("/v1/events?page_token=guess", vec![("page_token", "invalid")]),
        ("/v1/account?verbose", vec![("verbose", "unknown")]),
        ("/v1/allowlist", vec![("workspace", "required")]),
        ("/v1/integrations/snippet", vec![("workspace", "required"), ("integration", "required")]),
        ("/v1/openapi.json?v=2", vec![("v", "unknown")]),
    ] {
        let refused = scene.get(path).send().await;
        assert_eq!(refused.problem(), (400, "invalid_parameters"), "{path}");
        assert_eq!(refused.places(), places, "{path}");
    }
    for path in ["/v1/credentials?kind=%", "/v1/credentials?%FF=1", "/v1/account?a=%C3"] {
        let refused = scene.get(path).send().await;
        assert_eq!(refused.problem(), (400, "malformed_query"), "{path}");
    }
    let elsewhere = scene.get("/v1/allowlist?workspace=nowhere").send().await;
    assert_eq!(elsewhere.problem(), (404, "workspace_not_found"));
    assert_eq!(elsewhere.places(), [("workspace", "workspace_not_found")]);
}

/// A client that lost the answer to a change looks for the event of its operation.
#[tokio::test]
async fn an_event_is_found_by_its_operation() {
    let scene = Scene::new();
    scene.issue("backend").await;
    let listed = scene.get("/v1/events").send().await;
    let mut event = listed.body["items"][0].clone();
    let path = format!("/v1/events/{}", event["operation"].as_str().unwrap());
    event.as_object_mut().unwrap().remove("is");
    assert_eq!(scene.get(&path).send().await.body, event);
    for unknown in ["00000000000000000000000000000001", "x", "%20"] {
        let unknown = scene.get(&format!("/v1/events/{unknown}")).send().await;
        assert_eq!(unknown.problem(), (404, "event_not_found"));
    }
}

#[tokio::test]
async fn a_snippet_has_the_public_id() {
    let scene = Scene::new();
    let path = "/v1/integrations/snippet?workspace=acme%2Fshop&integration=";
    let unconnected = scene.get(&format!("{path}segment")).send().await;
    assert_eq!(unconnected.problem(), (409, "not_connected"));
    let admin = admin();
    let manager = scene.world.keyward.manager(&admin);
    manager.connect(&shop(), "segment".parse().unwrap(), None).await.unwrap();
    let snippet = scene.get(&format!("{path}segment")).send().await;
    let primary = scene.primary().await;
    assert_eq!(snippet.body, json!({ "snippet": format!("site = {primary}") }));
    let unknown = scene.get(&format!("{path}nothing")).send().await;
    assert_eq!(unknown.problem(), (422, "unknown_integration"));
}
