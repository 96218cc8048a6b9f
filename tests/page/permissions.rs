//! Every route for every actor.

use keyward::{Actor, kind::KindWord};

use crate::scene::Scene;
use crate::support::{
    account, admin, block_on, guest, member, operator, outlet, shop, stranger, viewer,
};

/// An actor, and the statuses of its reads and of its changes.
struct Row {
    who: &'static str,
    actor: Option<Actor>,
    reads: u16,
    changes: &'static [u16],
}

/// Every read of a record of `shop`.
fn reads(id: &str) -> Vec<String> {
    vec![
        format!("/credentials/{id}"),
        "/?workspace=acme%2Fshop".to_owned(),
        "/allowlist?edit=acme%2Fshop".to_owned(),
        "/integrations?workspace=acme%2Fshop".to_owned(),
    ]
}

/// Every change of `shop`, with a form that an admin's would be.
fn changes(id: &str) -> Vec<(String, String)> {
    let credential = |act: &str, fields: &str| {
        (format!("/credentials/{id}/{act}"), format!("revision=1&{fields}"))
    };
    let operation = "operation=0123456789abcdef0123456789abcdef";
    vec![
        (
            "/add".to_owned(),
            format!("{operation}&name=new&workspace=acme%2Fshop&kind=app&expiry=never"),
        ),
        credential("rename", "name=other"),
        credential("rotate", &format!("{operation}&overlap=0")),
        credential("replace", "generation=1"),
        credential("reveal", ""),
        credential("end-overlap", ""),
        credential("deprecate", "sunset=never"),
        credential("undeprecate", ""),
        credential("suspend", ""),
        credential("resume", ""),
        credential("expiry", "expiry=never"),
        credential("scopes", "scopes=none"),
        credential("networks", "networks=10.0.0.0%2F8"),
        credential("labels", "labels=a%3Db"),
        credential("owner", "owner=member&member=bob"),
        credential("delete", "typed=Backend"),
        (
            "/allowlist/confirm".to_owned(),
            "workspace=acme%2Fshop&revision=2&networks=10.0.0.0/8".to_owned(),
        ),
        (
            "/integrations/connect".to_owned(),
            "workspace=acme%2Fshop&revision=2&integration=segment".to_owned(),
        ),
        (
            "/integrations/disconnect".to_owned(),
            "workspace=acme%2Fshop&revision=2&integration=segment".to_owned(),
        ),
    ]
}

fn suspended(scene: &Scene) {
    let support = operator().acting_for(account());
    block_on(scene.world.keyward.manager(&support).suspend_account()).unwrap();
}

#[test]
fn each_route_is_closed_to_each_actor_who_may_not() {
    let rows = || {
        vec![
            Row { who: "no actor", actor: None, reads: 500, changes: &[500] },
            Row { who: "guest", actor: Some(guest()), reads: 403, changes: &[403] },
            Row { who: "viewer", actor: Some(viewer()), reads: 200, changes: &[403] },
            Row {
                who: "limited to another workspace",
                actor: Some(member().only_workspaces([outlet()])),
                reads: 404,
                changes: &[404],
            },
            Row { who: "stranger", actor: Some(stranger()), reads: 404, changes: &[404] },
        ]
    };
    let scene = Scene::new();
    let id = scene.world.app_key("Backend").credential.id.to_string();
    let before = scene.world.dump();
    for Row { who, actor, reads: expected, changes: refused } in rows() {
        let scene = scene.by(actor);
        for path in reads(&id) {
            assert_eq!(scene.get(&path).status.as_u16(), expected, "{who} reads {path}");
        }
        for (path, body) in changes(&id) {
            let reply = scene.post(&path, &body);
            let status = reply.status.as_u16();
            assert!(refused.contains(&status), "{who} sends {path}: {status} {}", reply.text());
            assert!(!reply.html.contains("data-secret"), "{who} sends {path}");
        }
        let status =
            scene.post("/allowlist/unlisted", "revision=1&unlisted=closed").status.as_u16();
        // The stranger's own account is empty, and its revision is another.
        assert!([403, 412, 500].contains(&status), "{who} changes the account: {status}");
        scene.world.dump().assert_is(&before, who);
    }
}

#[test]
fn an_authorised_actor_can_do_each_operation() {
    let support = operator().acting_for(account());
    let limited = member().only_workspaces([shop()]);
    for (who, actor) in
        [("admin", admin()), ("member", member()), ("operator", support), ("limited", limited)]
    {
        let scene = Scene::new();
        drop(scene.world.track_set("second"));
        let id = scene.world.app_key("Backend").credential.id.to_string();
        let scene = scene.by(actor);
        for path in reads(&id) {
            assert_eq!(scene.get(&path).status.as_u16(), 200, "{who} reads {path}");
        }
        for (path, body) in changes(&id) {
            // Some come too late after the earlier ones; none is refused for the actor's sake.
            let status = scene.post(&path, &body).status.as_u16();
            assert!(![403, 404, 500].contains(&status), "{who} sends {path}: {status}");
        }
    }
}

#[test]
fn an_actor_limited_to_a_kind_finds_only_that_kind() {
    let scene = Scene::new();
    let app = scene.world.app_key("Backend").credential.id;
    let track = scene.primary();
    let limited = scene.by(member().only_kinds([KindWord::App]));
    limited.get(&format!("/credentials/{app}")).is(200);
    limited.get(&format!("/credentials/{track}")).is(404);
    assert!(!limited.get("/").text().contains("primary"));
    assert!(!limited.get("/add").text().contains("Track set"));
    assert!(!limited.get("/allowlist").html.contains("method=\"post\""));
}

#[test]
fn a_suspended_account_is_closed_to_all_but_the_operator() {
    let scene = Scene::new();
    let id = scene.world.app_key("Backend").credential.id.to_string();
    suspended(&scene);
    let before = scene.world.dump();
    for path in reads(&id) {
        scene.get(&path).is(403).says("The account is suspended");
    }
    for (path, body) in changes(&id) {
        scene.post(&path, &body).is(403).says("The account is suspended");
    }
    scene.world.dump().assert_is(&before, "suspended");
}

#[test]
fn get_and_head_change_nothing_on_any_route() {
    let scene = Scene::new();
    let id = scene.world.app_key("Backend").credential.id.to_string();
    let before = scene.world.dump();
    let paths = reads(&id).into_iter().chain(changes(&id).into_iter().map(|(path, _)| path));
    for path in paths.chain(["/history".to_owned(), "/workspaces".to_owned()]) {
        for method in ["GET", "HEAD"] {
            let uri = format!("{}{path}", crate::scene::PREFIX);
            let request = http::Request::builder().method(method).uri(uri);
            let reply = scene.send(request, String::new());
            assert!([200, 303].contains(&reply.status.as_u16()), "{method} {path}");
            assert!(!reply.html.contains("data-secret"), "{method} {path}");
            assert!(method == "GET" || reply.html.is_empty());
        }
    }
    scene.world.dump().assert_is(&before, "reads");
}
