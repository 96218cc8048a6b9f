//! Every route of the document, for the walks.

use http::Method;
use serde_json::{Value, json};

use crate::document::operations;
use crate::scene::Scene;

/// A request of each operation, as an admin of `acme` would send it with success.
pub struct Route {
    pub operation: &'static str,
    pub method: Method,
    pub path: String,
    pub body: Value,
    /// The path whose entity tag a change needs.
    pub tagged: Option<String>,
}

/// The operations by POST that do not need an entity tag, except for the reveal.
pub const WITHOUT_TAG: [&str; 7] = [
    "issueCredential",
    "createWorkspace",
    "previewAllowlist",
    "previewPolicy",
    "applyPolicy",
    "handOver",
    "deleteOwned",
];

/// The parts of the requests that depend on the scene.
pub struct Ids {
    pub app: String,
    pub primary: String,
    pub operation: String,
}

impl Ids {
    pub async fn of(scene: &Scene) -> Self {
        let app = scene.issue("backend").await;
        let primary = scene.primary().await.to_string();
        let events = scene.get("/v1/events").send().await;
        let operation = events.body["items"][0]["operation"].as_str().unwrap().to_owned();
        Self { app, primary, operation }
    }
}

pub const SHOP: &str = "/v1/workspaces/acme%2Fshop";

/// One request for each operation of the document.
pub fn all(ids: &Ids) -> Vec<Route> {
    operations().into_iter().map(|(path, method, it)| route(path, method, it, ids)).collect()
}

fn route(path: &'static str, method: Method, operation: &'static Value, ids: &Ids) -> Route {
    let id = operation["operationId"].as_str().unwrap();
    let credential = if id == "revealSecret" { &ids.primary } else { &ids.app };
    let mut concrete = path
        .replace("{credential}", credential)
        .replace("{workspace}", "acme%2Fshop")
        .replace("{operation}", &ids.operation);
    let shop = "acme/shop";
    let body = match id {
        "setUnlistedWorkspaces" => json!({ "unlisted_workspaces": "closed" }),
        "setLeakResponse" => json!({ "leak_response": "report" }),
        "setPolicy" => json!({ "max_overlap_seconds": 7_200 }),
        "deactivateMember" | "reactivateMember" | "deleteOwned" => json!({ "member": "bob" }),
        "handOver" => json!({ "from": { "is": "member", "id": "bob" }, "to": { "is": "account" } }),
        "previewPolicy" => json!({ "max_lifetime_seconds": 60 }),
        "createWorkspace" => json!({ "name": "Outlet" }),
        "renameWorkspace" => json!({ "name": "Boutique" }),
        "removeWorkspace" => json!({ "name": "Shop" }),
        "issueCredential" => json!({ "workspace": shop, "kind": "app", "name": "another" }),
        "rotateCredential" => json!({ "overlap_seconds": 3600 }),
        "replaceUnusedSecret" => json!({ "generation": 1 }),
        "renameCredential" => json!({ "name": "reports" }),
        "setScopes" => json!({ "scopes": "none" }),
        "setNetworks" => json!({ "networks": ["203.0.113.0/24"] }),
        "setLabels" => json!({ "labels": { "env": "test" } }),
        "setOwner" => json!({ "owner": { "is": "member", "id": "bob" } }),
        "deprecateCredential" => json!({ "sunset": null }),
        "setExpiry" => json!({ "expires": "2031-01-01T00:00:00Z" }),
        "deleteCredential" => json!({ "name": "backend" }),
        "addToAllowlist" => json!({ "workspace": shop, "networks": ["192.0.2.0/24"] }),
        "removeFromAllowlist" | "replaceAllowlist" => {
            json!({ "workspace": shop, "networks": ["203.0.113.0/24"] })
        }
        "previewAllowlist" => {
            json!({ "workspace": shop, "change": "replace", "networks": ["203.0.113.0/24"] })
        }
        "liftAllowlist" => json!({ "workspace": shop }),
        "connectIntegration" => {
            json!({ "workspace": shop, "integration": "api", "credential": null })
        }
        "disconnectIntegration" => json!({ "workspace": shop, "integration": "segment" }),
        _ => json!({}),
    };
    match id {
        "listAllowlist" | "listIntegrations" => concrete += "?workspace=acme/shop",
        "readSnippet" => concrete += "?workspace=acme/shop&integration=segment",
        _ => {}
    }
    let tagged = if method == Method::GET || WITHOUT_TAG.contains(&id) {
        None
    } else if path.starts_with("/v1/credentials/") {
        Some(format!("/v1/credentials/{credential}"))
    } else if path.starts_with("/v1/account") {
        Some("/v1/account".to_owned())
    } else {
        Some(SHOP.to_owned())
    };
    Route { operation: id, method, path: concrete, body, tagged }
}
