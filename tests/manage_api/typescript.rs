//! A client in TypeScript, whose types come from the document, drives the whole life of a key.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Output;

use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::routing::get;
use axum::{Extension, Router};
use keyward::http::Guard;
use keyward::manage_api::{DOCUMENT, ManageApi};
use keyward::{Actor, App, Verified};
use tokio::net::TcpListener;

use crate::support::programs::{is_there, npm_install};
use crate::support::{World, admin};

/// Runs a program in the client's folder.
async fn run(
    folder: &Path,
    program: &str,
    arguments: &[&str],
    variables: &[(&str, &str)],
) -> Output {
    let mut command = tokio::process::Command::new(program);
    command.args(arguments).current_dir(folder).envs(variables.iter().copied());
    let output = command.output().await.unwrap();
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

/// Serves the API for an admin, and one route that takes an App key.
async fn serve(world: &World) -> String {
    async fn send(_: Verified<App>) -> &'static str {
        "sent"
    }
    async fn login(
        Extension(actor): Extension<Actor>,
        mut request: Request,
        next: Next,
    ) -> axum::response::Response {
        request.extensions_mut().insert(actor);
        next.run(request).await
    }
    let manage = Router::new()
        .nest_service("/settings/api", ManageApi::new(world.keyward.clone()))
        .layer(from_fn(login))
        .layer(Extension(admin()));
    let router = Router::new()
        .route("/send", get(send))
        .with_state(Guard::new(world.keyward.clone()))
        .merge(manage);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async { axum::serve(listener, service).await });
    base
}

#[tokio::test]
async fn a_typed_client_drives_the_life_of_a_key() {
    if !is_there("node") || !is_there("npm") {
        return;
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/manage_api/typescript");
    npm_install(&folder);
    std::fs::create_dir_all(folder.join("built")).unwrap();
    std::fs::write(folder.join("built/openapi.json"), DOCUMENT).unwrap();
    let generate = [
        "node_modules/openapi-typescript/bin/cli.js",
        "built/openapi.json",
        "-o",
        "built/api.d.ts",
    ];
    run(&folder, "node", &generate, &[]).await;
    run(&folder, "node", &["node_modules/typescript/bin/tsc", "-p", "."], &[]).await;

    let world = World::new();
    world.shop();
    let base = serve(&world).await;
    let (api, service) = (format!("{base}/settings/api"), format!("{base}/send"));
    let ran =
        run(&folder, "node", &["built/life.js"], &[("BASE", &api), ("SERVICE", &service)]).await;
    assert_eq!(String::from_utf8_lossy(&ran.stdout), "the life of a key is complete\n");
}
