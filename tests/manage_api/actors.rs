//! All routes, for every actor.

use http::Method;
use keyward::kind::KindWord;
use keyward::{AccountId, Actor, NewWorkspace, Permission, WorkspaceId};
use serde_json::json;

use crate::routes::{Ids, Route, SHOP, all};
use crate::scene::{Reply, Scene};
use crate::support::{account, admin, guest, member, name, operator, outlet, shop, stranger};
use crate::workspaces::Rows;

/// The service with something for every route to act on.
async fn furnished() -> (Scene, Ids) {
    let scene = Scene::with(|api| api.workspaces(Rows::default()));
    let ids = Ids::of(&scene).await;
    let admin = admin();
    let manager = scene.world.keyward.manager(&admin);
    manager.connect(&shop(), "segment".parse().unwrap(), None).await.unwrap();
    let networks = ["198.51.100.0/24", "203.0.113.0/24"].map(|text| text.parse().unwrap());
    manager.allow(&shop(), &networks).await.unwrap();
    (scene, ids)
}

/// Sends the request of a route, with the entity tag that the actor reads, or otherwise the operator.
async fn send(scene: &Scene, route: &Route, actor: Option<Actor>) -> Reply {
    let call = match route.method {
        Method::GET => scene.get(&route.path),
        _ => scene.post(&route.path, route.body.clone()),
    };
    let tag = match &route.tagged {
        Some(path) => {
            let own = scene.get(path).by(actor.clone()).send().await;
            if own.status == 200 {
                Some(own.tag())
            } else {
                let read = scene.get(path).by(operator().acting_for(account())).send().await;
                Some(read.tag())
            }
        }
        None => None,
    };
    let call = match tag {
        Some(tag) => call.if_match(tag),
        None => call,
    };
    call.by(actor).send().await
}

/// The outcome of a request for an actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    NoActor,
    Forbidden,
    /// The record does not exist in the actor's part of the account.
    NotFound,
    /// The rules refuse it with this code, because the actor does not see the record.
    Refused(&'static str),
    /// The operation is carried out.
    Permitted,
}

/// Sends the request of each route, in a scene of its own.
async fn walk(actor: Option<Actor>, expected: impl Fn(&Route) -> Expected) {
    let (_, ids) = furnished().await;
    for place in 0..all(&ids).len() {
        let (scene, ids) = furnished().await;
        let route = all(&ids).remove(place);
        let before = scene.world.dump();
        let reply = send(&scene, &route, actor.clone()).await;
        let shown = format!("{}: {}", route.operation, reply.text);
        match expected(&route) {
            Expected::Permitted => assert!(reply.status.is_success(), "{shown}"),
            Expected::NoActor => assert_eq!(reply.problem(), (500, "no_actor"), "{shown}"),
            Expected::Forbidden => assert_eq!(reply.problem(), (403, "forbidden"), "{shown}"),
            Expected::Refused(code) => assert_eq!(reply.problem().1, code, "{shown}"),
            Expected::NotFound => {
                assert_eq!(reply.status, 404, "{shown}");
                assert!(reply.problem().1.ends_with("_not_found"), "{shown}");
            }
        }
        if route.method == Method::GET || !reply.status.is_success() {
            scene.world.dump().assert_is(&before, &shown);
        }
    }
}

/// The operations that name no record: each acts on what the actor sees.
const ABOUT_NO_RECORD: [&str; 8] = [
    "readDocument",
    "readAccount",
    "listWorkspaces",
    "listCredentials",
    "listEvents",
    "listScopes",
    "handOver",
    "deleteOwned",
];

const fn is_of_the_document(route: &Route) -> bool {
    matches!(route.operation.as_bytes(), b"readDocument")
}

fn is_for_admins(route: &Route) -> bool {
    is_about_members_or_policy(route)
        || ["createWorkspace", "renameWorkspace", "removeWorkspace"].contains(&route.operation)
}

fn is_about_members_or_policy(route: &Route) -> bool {
    [
        "setLeakResponse",
        "setPolicy",
        "previewPolicy",
        "applyPolicy",
        "deactivateMember",
        "reactivateMember",
    ]
    .contains(&route.operation)
}

fn is_for_the_whole_account(route: &Route) -> bool {
    is_for_admins(route) || route.operation == "setUnlistedWorkspaces"
}

fn viewer() -> Actor {
    Actor::member(account(), guest().by().id.clone()).with(Permission::ViewApiCredentials)
}

#[tokio::test]
async fn without_an_actor_nothing_is_answered() {
    walk(None, |_| Expected::NoActor).await;
}

#[tokio::test]
async fn a_member_without_the_permission_sees_and_changes_nothing() {
    walk(Some(guest()), |route| {
        if is_of_the_document(route) { Expected::Permitted } else { Expected::Forbidden }
    })
    .await;
}

#[tokio::test]
async fn a_member_with_the_permission_does_all_but_add_and_remove_workspaces() {
    walk(Some(member()), |route| {
        if is_for_admins(route) { Expected::Forbidden } else { Expected::Permitted }
    })
    .await;
}

/// A viewer sees everything and changes nothing. A reveal is refused too.
#[tokio::test]
async fn a_viewer_only_reads() {
    walk(Some(viewer()), |route| {
        if route.method == Method::GET { Expected::Permitted } else { Expected::Forbidden }
    })
    .await;
}

#[tokio::test]
async fn a_member_limited_to_a_workspace_acts_in_it_only() {
    walk(Some(member().only_workspaces([shop()])), |route| {
        if is_for_the_whole_account(route) { Expected::Forbidden } else { Expected::Permitted }
    })
    .await;
    walk(Some(member().only_workspaces([outlet()])), |route| match route.operation {
        operation if ABOUT_NO_RECORD.contains(&operation) => Expected::Permitted,
        _ if is_for_the_whole_account(route) => Expected::Forbidden,
        _ => Expected::NotFound,
    })
    .await;
}

#[tokio::test]
async fn a_member_limited_to_a_kind_acts_on_it_only() {
    // The integrations, and the credential that is revealed, are of the kind `track`.
    walk(Some(member().only_kinds([KindWord::App])), |route| match route.operation {
        "addToAllowlist"
        | "removeFromAllowlist"
        | "liftAllowlist"
        | "replaceAllowlist"
        | "previewAllowlist"
        | "connectIntegration" => Expected::Forbidden,
        "revealSecret" => Expected::NotFound,
        "readSnippet" | "disconnectIntegration" => Expected::Refused("not_connected"),
        _ if is_for_the_whole_account(route) => Expected::Forbidden,
        _ => Expected::Permitted,
    })
    .await;
}

#[tokio::test]
async fn an_admin_and_the_operator_do_everything() {
    walk(Some(admin()), |_| Expected::Permitted).await;
    walk(Some(operator().acting_for(account())), |_| Expected::Permitted).await;
}

/// The lists of another account do not contain the records, and all else is not found.
#[tokio::test]
async fn an_admin_of_another_account_finds_nothing() {
    walk(Some(stranger()), |route| match route.operation {
        operation if ABOUT_NO_RECORD.contains(&operation) => Expected::Permitted,
        // Changes of the stranger's own account.
        "setUnlistedWorkspaces" | "createWorkspace" => Expected::Permitted,
        _ if is_about_members_or_policy(route) => Expected::Permitted,
        _ => Expected::NotFound,
    })
    .await;
    let (scene, _) = furnished().await;
    for path in ["/v1/workspaces", "/v1/credentials", "/v1/events"] {
        let listed = scene.get(path).by(stranger()).send().await;
        assert_eq!(listed.body, json!({ "items": [], "next_page_token": null }), "{path}");
    }
}

/// Another account's ids are answered exactly as ids that never existed.
#[tokio::test]
async fn an_id_of_another_account_is_answered_as_an_unknown_one() {
    let (scene, ids) = furnished().await;
    let other = WorkspaceId::new("other/shop").unwrap();
    let theirs = stranger();
    let manager = scene.world.keyward.manager(&theirs);
    manager.create_workspace(NewWorkspace::new(other, name("Theirs"))).await.unwrap();
    let tag = scene.tag(&format!("/v1/credentials/{}", ids.app)).await;
    for route in all(&ids) {
        let unknown = Route {
            path: route
                .path
                .replace(&ids.app, "zzzzzzzzzzzz")
                .replace(&ids.primary, "zzzzzzzzzzzz")
                .replace(&ids.operation, "00000000000000000000000000000001")
                .replace("acme%2Fshop", "nowhere")
                .replace("acme/shop", "nowhere"),
            body: serde_json::from_str(&route.body.to_string().replace("acme/shop", "nowhere"))
                .unwrap(),
            tagged: None,
            method: route.method.clone(),
            operation: route.operation,
        };
        let (path, body) = (&route.path, &route.body);
        if unknown.path == *path && unknown.body == *body {
            continue;
        }
        let sent = |path: &str, body: &serde_json::Value| {
            let call = match route.method {
                Method::GET => scene.get(path),
                _ => scene.post(path, body.clone()).if_match(tag.clone()),
            };
            call.by(stranger()).send()
        };
        let (known, unknown) = (sent(path, body).await, sent(&unknown.path, &unknown.body).await);
        assert_eq!(
            (known.status, &known.text),
            (unknown.status, &unknown.text),
            "{}",
            route.operation
        );
    }
}

#[tokio::test]
async fn the_actors_of_a_suspended_account_see_only_that() {
    let (scene, ids) = furnished().await;
    let operator = operator().acting_for(account());
    scene.world.keyward.manager(&operator).suspend_account().await.unwrap();
    for actor in [admin(), member()] {
        for route in all(&ids) {
            let is_open = is_of_the_document(&route);
            let reply = send(&scene, &route, Some(actor.clone())).await;
            if is_open || (actor == member() && is_for_admins(&route)) {
                continue;
            }
            assert_eq!(reply.problem(), (403, "account_suspended"), "{}", route.operation);
        }
    }
    let read = scene.get(SHOP).by(operator).send().await;
    assert_eq!(read.status, 200);
}

/// An actor of an account without any record.
#[tokio::test]
async fn a_new_account_is_empty() {
    let scene = Scene::new();
    let actor = Actor::admin(AccountId::new("new").unwrap(), admin().by().id.clone());
    let account = scene.get("/v1/account").by(actor.clone()).send().await;
    assert_eq!(account.body["revision"], 0);
    assert_eq!(account.tag(), "\"0\"");
    let wish = json!({ "unlisted_workspaces": "closed" });
    let path = "/v1/account:set_unlisted_workspaces";
    let set = scene.post(path, wish).if_match("\"0\"").by(actor).send().await;
    assert_eq!((set.status.as_u16(), &set.body["revision"]), (200, &json!(1)));
}
