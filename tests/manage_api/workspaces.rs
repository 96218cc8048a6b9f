//! Workspaces over HTTP, with a host that keeps its own rows.

use std::sync::{Arc, Mutex};

use keyward::manage_api::{HostFuture, WorkspaceRows};
use keyward::{Actor, Name, WorkspaceId};
use serde_json::json;

use crate::routes::SHOP;
use crate::scene::Scene;
use crate::support::{admin, guest, member};

/// A host's rows, as the calls that it got.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    calls: Arc<Mutex<Vec<String>>>,
    /// The id of each new workspace; otherwise one is made from its name.
    id: Option<&'static str>,
    fails: Option<&'static str>,
}

impl Rows {
    pub fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.calls.lock().unwrap())
    }

    fn note<'a, T: Send + 'a>(
        &'a self,
        call: &'static str,
        about: &str,
        value: T,
    ) -> HostFuture<'a, T> {
        self.calls.lock().unwrap().push(format!("{call} {about}"));
        let fails = self.fails == Some(call);
        Box::pin(async move {
            if fails { Err("the host's database is down".into()) } else { Ok(value) }
        })
    }
}

impl WorkspaceRows for Rows {
    fn prepare<'a>(&'a self, actor: &'a Actor, name: &'a Name) -> HostFuture<'a, WorkspaceId> {
        let id = self.id.map_or_else(
            || format!("{}/{}", actor.account(), name.as_str().to_lowercase()),
            str::to_owned,
        );
        self.note("prepare", name.as_str(), WorkspaceId::new(id).unwrap())
    }

    fn created<'a>(&'a self, _: &'a Actor, id: &'a WorkspaceId) -> HostFuture<'a, ()> {
        self.note("created", id.as_str(), ())
    }

    fn discarded<'a>(&'a self, _: &'a Actor, id: &'a WorkspaceId) -> HostFuture<'a, ()> {
        self.note("discarded", id.as_str(), ())
    }

    fn renamed<'a>(
        &'a self,
        _: &'a Actor,
        id: &'a WorkspaceId,
        name: &'a Name,
    ) -> HostFuture<'a, ()> {
        self.note("renamed", &format!("{id} {name}"), ())
    }

    fn removed<'a>(&'a self, _: &'a Actor, id: &'a WorkspaceId) -> HostFuture<'a, ()> {
        self.note("removed", id.as_str(), ())
    }
}

#[tokio::test]
async fn without_a_host_no_workspace_is_created_or_removed() {
    let scene = Scene::new();
    let before = scene.world.dump();
    let path = format!("{SHOP}:remove");
    let removed = scene.post(&path, json!({ "name": "Shop" })).if_match("\"1\"").send().await;
    assert_eq!(removed.problem(), (404, "path_not_found"));
    let created = scene.post("/v1/workspaces", json!({ "name": "Outlet" })).send().await;
    assert_eq!(created.problem(), (405, "method_not_allowed"));
    assert_eq!(created.headers["allow"], "GET, HEAD, OPTIONS");
    scene.world.dump().assert_is(&before, "nothing");
}

#[tokio::test]
async fn the_host_chooses_the_id_and_learns_the_outcome() {
    let rows = Rows::default();
    let scene = Scene::with(|api| api.workspaces(rows.clone()));
    let created = scene.post("/v1/workspaces", json!({ "name": "Outlet" })).send().await;
    assert_eq!(created.status, 201, "{}", created.text);
    assert_eq!(rows.calls(), ["prepare Outlet", "created acme/outlet"]);
    assert_eq!(created.headers["location"], "workspaces/acme%2Foutlet");
    assert_eq!(created.body["first"]["credential"]["name"], "primary");

    let path = "/v1/workspaces/acme%2Foutlet:rename";
    let rename = || scene.post(path, json!({ "name": "Annex" }));
    assert_eq!(rename().send().await.problem(), (428, "precondition_required"));
    assert_eq!(rename().if_match("\"9\"").send().await.problem(), (412, "changed"));
    assert_eq!(rename().by(member()).if_match(created.tag()).send().await.problem().0, 403);
    let renamed = rename().if_match(created.tag()).send().await;
    assert_eq!(renamed.status, 200, "{}", renamed.text);
    assert_eq!(renamed.body["name"], "Annex");
    assert_eq!(rows.calls(), ["renamed acme/outlet Annex"]);
    let events = scene.get("/v1/events?action=renamed&workspace=acme/outlet").send().await;
    assert_eq!(events.body["items"][0]["action"]["to"], "Annex", "{}", events.text);

    let created = renamed;
    let path = "/v1/workspaces/acme%2Foutlet:remove";
    let typed = |name: &str| scene.post(path, json!({ "name": name })).if_match(created.tag());
    assert_eq!(typed("Shop").send().await.problem(), (409, "wrong_typed_name"));
    assert_eq!(typed("annex ").send().await.status, 204);
    assert_eq!(rows.calls(), ["removed acme/outlet"]);
    assert_eq!(typed("Annex").send().await.problem(), (404, "workspace_not_found"));
}

#[tokio::test]
async fn a_refused_workspace_is_discarded() {
    let rows = Rows { id: Some("acme/shop"), ..Rows::default() };
    let scene = Scene::with(|api| api.workspaces(rows.clone()));
    let refused = scene.post("/v1/workspaces", json!({ "name": "Shop" })).send().await;
    assert_eq!(refused.problem(), (409, "workspace_id_taken"));
    assert_eq!(rows.calls(), ["prepare Shop", "discarded acme/shop"]);
}

/// The host prepares no row for an actor without the permission to create one.
#[tokio::test]
async fn the_permission_is_checked_before_the_host_is_asked() {
    let rows = Rows::default();
    let scene = Scene::with(|api| api.workspaces(rows.clone()));
    for actor in [member(), guest()] {
        let call = scene.post("/v1/workspaces", json!({ "name": "Outlet" }));
        assert_eq!(call.by(actor).send().await.problem(), (403, "forbidden"));
    }
    let call = scene.post("/v1/workspaces", json!({ "name": "Outlet" })).if_match("\"7\"");
    assert_eq!(call.by(admin()).send().await.problem(), (412, "changed"));
    assert!(rows.calls().is_empty());
}

#[tokio::test]
async fn a_failure_of_the_host_is_logged_for_the_operator() {
    let rows = Rows { fails: Some("prepare"), ..Rows::default() };
    let scene = Scene::with(|api| api.workspaces(rows.clone()));
    let before = scene.world.dump();
    let failed = scene.post("/v1/workspaces", json!({ "name": "Outlet" })).send().await;
    assert_eq!(failed.problem(), (503, "unavailable"));
    assert!(!failed.text.contains("database"), "{}", failed.text);
    scene.world.dump().assert_is(&before, "nothing");

    // The workspace exists, so the answer reports success.
    let rows = Rows { fails: Some("created"), ..Rows::default() };
    let scene = Scene::with(|api| api.workspaces(rows));
    let created = scene.post("/v1/workspaces", json!({ "name": "Outlet" })).send().await;
    assert_eq!(created.status, 201);
}
