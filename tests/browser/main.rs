//! The page in a real browser: Debian's chromium, driven by playwright. `KEYWARD_BROWSER=full` visits every state in every colour
//! scheme and width and writes screenshots; the short form visits every state in one.

#![cfg(unix)]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]
#![allow(unreachable_pub, reason = "nothing depends on a test")]

#[path = "../support/mod.rs"]
mod support;

mod log;
mod servers;
mod stores;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::extract::{OriginalUri, Query, Request};
use axum::middleware::{Next, from_fn};
use axum::response::Html;
use axum::routing::{get, post};
use keyward::page::{HostFuture, Page, WorkspaceRows};
use keyward::{AccountId, Actor, Name, WorkspaceId};
use support::programs::{is_there, npm_install};
use support::{admin, guest, operator, stranger, viewer};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_screen_works_in_a_browser() {
    if !(is_there("chromium") && is_there("npm")) {
        return;
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
    npm_install(&root);
    let screenshots = Path::new(env!("CARGO_TARGET_TMPDIR")).join("screenshots");
    let log = log::listen();
    let router = site().await;
    let plain = servers::plain(router.clone()).await;
    let secure = servers::secure(router).await;
    let mut node = tokio::process::Command::new("node");
    node.arg("main.mjs").current_dir(&root).env("SCREENSHOTS", &screenshots);
    node.env("PORT", plain.to_string()).env("SECURE_PORT", secure.to_string());
    assert!(node.status().await.unwrap().success(), "the browser found a fault");
    log.assert_without_secrets();
}

/// The page for several actors, each under a prefix of its own, and under every kind of mount.
async fn site() -> Router {
    let stores::Stored { store, key } = stores::furnished().await;
    let keyward = stores::service(store.clone(), &key).build().unwrap();
    let page = || {
        Page::new(keyward.clone())
            .workspaces(Rows)
            .actor_names(|by| (by.id.as_str() == "ada@acme.test").then(|| "Ada Lovelace".into()))
    };
    let suspended = Actor::admin(AccountId::new("late").unwrap(), admin().by().id.clone());
    let support = operator().acting_for(suspended.account().clone());
    keyward.manager(&support).suspend_account().await.unwrap();
    // Names that try to break out of the page. The account is empty until the browser fills it.
    let hostile = Actor::admin(AccountId::new("hostile").unwrap(), admin().by().id.clone());
    let called = "<img src=x onerror=alert(1)> \"'{{7*7}} \u{5e9}\u{5dc}\u{5d5}\u{5dd}";
    let strict = "default-src 'none'; style-src 'self'; script-src 'self'; form-action 'self'";
    let layout = move |page: &keyward::page::Fragment<'_>, _: &http::request::Parts| {
        format!(
            "<!doctype html><html lang=en><head><title>Acme</title>\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{strict}\">\
             <meta name=viewport content=\"width=device-width\"><link rel=stylesheet href=\"{}\">\
             <script src=\"{}\" defer></script></head><body><header>Acme</header>{}</body></html>",
            page.style, page.script, page.body
        )
    };
    // A proxy in front of the service that strips a part of the path: nothing in the request names it.
    let stripped = from_fn(async |mut request: Request, next: Next| {
        request.extensions_mut().remove::<OriginalUri>();
        next.run(request).await
    });
    let behind_proxy = by(page().at("/outside/page"), Some(admin())).layer(stripped);
    let twice = Router::new().nest_service("/b", by_layer(page(), admin()));
    let full = stores::full(&store, &key);
    let fresh = page().require_fresh_login(|head| head.method != "POST", |_| "/".to_owned());
    Router::new()
        .nest_service("/admin", by(page(), Some(admin())))
        .nest_service("/viewer", by(page(), Some(viewer())))
        .nest_service("/guest", by(page(), Some(guest())))
        .nest_service("/empty", by(page(), Some(stranger())))
        .nest_service("/suspended", by(page(), Some(suspended)))
        .nest_service("/nobody", by(page(), None))
        .nest_service(
            "/hostile",
            by(page().actor_names(move |_| Some(called.to_owned())), Some(hostile)),
        )
        .nest_service("/layout", by(page().layout(layout), Some(admin())))
        .nest_service("/down", by(Page::new(stores::broken()), Some(admin())))
        .nest_service("/busy", by(Page::new(stores::conflicting(&store, &key)), Some(admin())))
        .nest_service("/half", by(Page::new(stores::read_only(&store, &key)), Some(admin())))
        .nest_service("/lost", by(Page::new(stores::lost(&store, &key)), Some(admin())))
        .nest_service("/late", by(Page::new(stores::late(&store, &key)), Some(admin())))
        .nest_service("/full", by(Page::new(full.clone()), Some(admin())))
        .route("/fill", post(move || fill(full.clone())))
        .nest_service("/large", by(Page::new(stores::large().await), Some(admin())))
        .nest_service("/rtl", by(page().texts(RightToLeft), Some(admin())))
        .nest_service("/fresh", by(fresh, Some(admin())))
        .nest_service("/slash/", by_layer(page(), admin()))
        .nest("/twice", twice)
        .nest_service("/outside/page", behind_proxy)
        .route("/frame", get(|| async { Html("<iframe src=\"/admin/\" title=\"page\"></iframe>") }))
        .route("/attack", get(attack))
        .fallback_service(by_layer(page(), admin()))
}

async fn fill(keyward: keyward::Keyward) {
    stores::fill(&keyward).await;
}

/// A page of an attacker, with a form that would preview an allowlist. `to` is the page's address.
async fn attack(Query(asked): Query<std::collections::BTreeMap<String, String>>) -> Html<String> {
    let form = format!(
        "<form method=post action=\"{}/allowlist/preview\"><input name=edit value=acme/shop>\
         <input name=entries value=203.0.113.7><button>Send</button></form>",
        asked["to"]
    );
    Html(if asked.contains_key("null") {
        // The origin of a document in a sandbox is `null`.
        format!("<iframe sandbox=\"allow-forms\" srcdoc='{form}'></iframe>")
    } else {
        form
    })
}

/// The page behind a login of this actor that is a layer, so that the router strips the prefix.
fn by_layer(
    page: Page,
    actor: Actor,
) -> impl tower::Service<
    Request,
    Response = axum::response::Response,
    Error = std::convert::Infallible,
    Future: Send,
> + Clone
+ Send
+ Sync
+ 'static {
    let login = from_fn(move |mut request: Request, next: Next| {
        let actor = actor.clone();
        async move {
            request.extensions_mut().insert(actor);
            next.run(request).await
        }
    });
    tower::ServiceBuilder::new().layer(login).service(page)
}

/// The page behind a login of this actor.
fn by(page: Page, actor: Option<Actor>) -> Router {
    let actor = Arc::new(actor);
    let login = from_fn(move |mut request: Request, next: Next| {
        let actor = Arc::clone(&actor);
        async move {
            if let Some(actor) = &*actor {
                request.extensions_mut().insert(actor.clone());
            }
            next.run(request).await
        }
    });
    Router::new().fallback_service(page).layer(login)
}

/// The English texts, in a page that runs from right to left.
struct RightToLeft;

impl keyward::page::Texts for RightToLeft {
    fn dir(&self) -> std::borrow::Cow<'static, str> {
        "rtl".into()
    }
}

/// A host that keeps no rows.
struct Rows;

impl WorkspaceRows for Rows {
    fn prepare<'a>(&'a self, actor: &'a Actor, _: &'a Name) -> HostFuture<'a, WorkspaceId> {
        static PREPARED: AtomicU64 = AtomicU64::new(1);
        let number = PREPARED.fetch_add(1, Ordering::Relaxed);
        Box::pin(async move { Ok(WorkspaceId::new(format!("{}/{number}", actor.account()))?) })
    }

    fn created<'a>(&'a self, _: &'a Actor, _: &'a WorkspaceId) -> HostFuture<'a, ()> {
        Box::pin(async { Ok(()) })
    }

    fn discarded<'a>(&'a self, _: &'a Actor, _: &'a WorkspaceId) -> HostFuture<'a, ()> {
        Box::pin(async { Ok(()) })
    }

    fn renamed<'a>(&'a self, _: &'a Actor, _: &'a WorkspaceId, _: &'a Name) -> HostFuture<'a, ()> {
        Box::pin(async { Ok(()) })
    }

    fn removed<'a>(&'a self, _: &'a Actor, _: &'a WorkspaceId) -> HostFuture<'a, ()> {
        Box::pin(async { Ok(()) })
    }
}
