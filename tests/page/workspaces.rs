//! Workspaces: their counts, and creating and removing them with a host.

use std::sync::{Arc, Mutex};

use keyward::page::{HostFuture, WorkspaceRows};
use keyward::{Actor, Name, WorkspaceId};

use crate::scene::Scene;
use crate::support::member;

/// A host's rows, as the calls that it got.
#[derive(Debug, Clone, Default)]
struct Rows(Arc<Mutex<Vec<String>>>);

impl Rows {
    fn note<'a, T: Send + 'a>(&'a self, call: String, value: T) -> HostFuture<'a, T> {
        self.0.lock().unwrap().push(call);
        Box::pin(async move { Ok(value) })
    }
}

impl WorkspaceRows for Rows {
    fn prepare<'a>(&'a self, _: &'a Actor, name: &'a Name) -> HostFuture<'a, WorkspaceId> {
        let id = WorkspaceId::new(format!("acme/{}", name.as_str().to_lowercase())).unwrap();
        self.note(format!("prepare {name}"), id)
    }

    fn created<'a>(&'a self, _: &'a Actor, id: &'a WorkspaceId) -> HostFuture<'a, ()> {
        self.note(format!("created {id}"), ())
    }

    fn discarded<'a>(&'a self, _: &'a Actor, id: &'a WorkspaceId) -> HostFuture<'a, ()> {
        self.note(format!("discarded {id}"), ())
    }

    fn renamed<'a>(
        &'a self,
        _: &'a Actor,
        id: &'a WorkspaceId,
        name: &'a Name,
    ) -> HostFuture<'a, ()> {
        self.note(format!("renamed {id} {name}"), ())
    }

    fn removed<'a>(&'a self, _: &'a Actor, id: &'a WorkspaceId) -> HostFuture<'a, ()> {
        self.note(format!("removed {id}"), ())
    }
}

#[test]
fn without_a_host_workspaces_are_only_counted() {
    let scene = Scene::new();
    drop(scene.world.app_key("Backend"));
    let page = scene.get("/workspaces");
    page.says("Shop").says("2 credentials").says("0 addresses and networks").says("0 integrations");
    assert!(!page.html.contains("/workspaces/"), "{}", page.html);
    scene.get("/workspaces/create").is(404);
    scene.post("/workspaces/rename", "workspace=acme%2Fshop&name=Outlet&revision=2").is(404);
    scene.post("/workspaces/remove", "workspace=acme%2Fshop&typed=Shop&revision=2").is(404);
}

#[test]
fn a_workspace_is_created_with_its_first_set_and_removed_by_its_typed_name() {
    let rows = Rows::default();
    let scene = Scene::with(|page| page.workspaces(rows.clone()));
    let form = scene.get("/workspaces/create").form("/create");
    let shown = scene.submit(&form.clone().set("name", "Outlet"));
    shown.is(200).says("Workspace “Outlet” was created with this first credential.");
    assert!(!shown.secret().is_empty());
    // The same form again: nothing is created, and the secret that nobody used can be replaced.
    let again = scene.submit(&form.clone().set("name", "Outlet"));
    again.is(409).says("It was carried out once, for “primary”.");
    assert!(!again.html.contains(&shown.secret()));
    scene.submit(&again.form("/replace")).is(200);
    scene
        .submit(&form.clone().set("name", "Other"))
        .is(409)
        .says("already used for something else");
    scene.submit(&form.set("name", "")).is(422);
    scene.submit(&scene.get("/workspaces/create").form("/create").set("name", "Outlet")).is(409);
    let form = scene.get("/workspaces/rename?workspace=acme%2Foutlet").form("/rename");
    scene.submit(&form.clone().set("name", "")).is(422);
    scene.change(&form.clone().set("name", "Annex")).says("from “Outlet” to “Annex”");
    scene.submit(&form.set("name", "Wing")).is(412).says("Somebody changed it");
    let page = scene.get("/workspaces/remove?workspace=acme%2Foutlet");
    page.says("It has 1 credential. Its keys stop working at once.");
    scene.submit(&page.form("/remove").set("typed", "Shop")).is(409);
    scene.change(&page.form("/remove").set("typed", "annex")).says("Done: Removed the workspace");
    let calls = rows.0.lock().unwrap().clone();
    let expected = [
        "prepare Outlet",
        "created acme/outlet",
        "prepare Outlet",
        "discarded acme/outlet",
        "renamed acme/outlet Annex",
        "removed acme/outlet",
    ];
    assert_eq!(calls, expected);
}

#[test]
fn a_member_creates_no_workspace() {
    let rows = Rows::default();
    let scene = Scene::with(|page| page.workspaces(rows.clone())).by(member());
    assert!(!scene.get("/workspaces").html.contains("/workspaces/create"));
    scene.get("/workspaces/create").is(404);
    scene.post("/workspaces/create", "name=Outlet").is(404);
    scene.post("/workspaces/rename", "workspace=acme%2Fshop&name=Outlet&revision=1").is(404);
    assert!(rows.0.lock().unwrap().is_empty());
}
