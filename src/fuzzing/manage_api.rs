//! Requests to the management API.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body::{Body, Frame};
use serde_json::Value;
use tower_service::Service;

use crate::adapters::MemoryStore;
use crate::adapters::manage_api::{HostFuture, ManageApi, WebBody, WorkspaceRows};
use crate::domain::{Actor, Operator, Permission};
use crate::fuzzing::support::{Counting, block_on, master_key};
use crate::secrets::{MasterKeys, SlowHashParams};
use crate::shell::{Keyward, NewCredential, NewWorkspace};
use crate::store::CredentialStore;
use crate::values::{AccountId, ActorId, ManualClock, Name, WorkspaceId};

/// A request. The first line is a byte that selects the method and the actor, and the path with its query; `{app}` and `{track}` in
/// it are the ids of credentials. The second line is `If-Match`, and the rest is the body.
///
/// Checks:
///
/// - the answer is never 500 or 503, and has the headers of every answer;
/// - a refusal is a problem detail with a stable type and its status, and changes nothing;
/// - a read changes nothing and shows no secret, and a change writes at most one event;
/// - an actor of another account sees no id and no name of this one.
pub fn manage_api(data: &[u8]) {
    let mut parts = data.splitn(3, |byte| *byte == b'\n');
    let Some((selector, path)) = parts.next().and_then(<[u8]>::split_first) else { return };
    let (if_match, body) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let mut scene = Scene::new();
    let path = String::from_utf8_lossy(path);
    let path = path.replace("{app}", &scene.app).replace("{track}", &scene.track);
    let method =
        [Method::GET, Method::POST, Method::POST, Method::HEAD][usize::from(selector % 4)].clone();
    let actor = actor(selector / 4);
    let is_foreign = actor.account().as_str() != "acme";
    let request = Request::builder()
        .method(&method)
        .uri(path)
        .header("content-type", "application/json")
        .header("if-match", if_match)
        .extension(actor)
        .body(Whole(Some(Bytes::copy_from_slice(body))));
    // Not every text is a target or a header. No server passes on such a request.
    let Ok(request) = request else { return };
    let before = scene.position();
    let (answer, text) = scene.send(request);
    let written = scene.position() - before;

    let (status, headers) = (answer.status(), answer.headers());
    assert!(!matches!(status.as_u16(), 500 | 503), "{status} {text}");
    assert_eq!(headers["cache-control"], "no-store");
    let is_read = method != Method::POST;
    if !status.is_success() {
        assert_eq!(written, 0, "{text}");
        if method != Method::HEAD {
            assert_problem(status.as_u16(), &text);
        }
    }
    if is_read {
        assert_eq!(written, 0, "a read changes nothing");
        assert!(!shows_secret(&text), "{text}");
    }
    assert!(written <= 1, "a change writes one event");
    if is_foreign {
        assert!(!text.contains(&scene.app) && !text.contains("Backend"), "{text}");
    }
}

fn assert_problem(status: u16, text: &str) {
    let problem: Value = serde_json::from_str(text).unwrap();
    assert_eq!(problem["status"], status, "{text}");
    assert!(problem["type"].as_str().unwrap().starts_with("urn:keyward:problem:"), "{text}");
}

/// A secret has 43 letters and digits in a row, and nothing else here does.
fn shows_secret(text: &str) -> bool {
    text.split(|letter: char| !letter.is_ascii_alphanumeric()).any(|run| run.len() >= 43)
}

fn actor(which: u8) -> Actor {
    let account = AccountId::new("acme").unwrap();
    let id = ActorId::new("somebody").unwrap();
    match which % 8 {
        0 => Actor::member(account, id),
        1 => Actor::member(account, id).with(Permission::ManageApiCredentials),
        2 => Actor::member(account, id).with(Permission::ViewApiCredentials),
        3 => Actor::admin(AccountId::new("other").unwrap(), id),
        4 => Operator::new(id).acting_for(account),
        _ => Actor::admin(account, id),
    }
}

struct Scene {
    store: MemoryStore,
    api: ManageApi,
    app: String,
    track: String,
}

impl Scene {
    /// A workspace with an App key and a Track set.
    fn new() -> Self {
        let store = MemoryStore::new();
        let keyward = Keyward::builder(store.clone(), MasterKeys::new(master_key()))
            .clock(ManualClock::at("2030-01-01T00:00:00Z".parse().unwrap()))
            .slow_hash(SlowHashParams::dangerous_cheap())
            .hashing_threads(std::num::NonZeroUsize::MIN)
            .randomness(Counting(1))
            .cached_credentials(16)
            .build()
            .unwrap();
        let admin = actor(7);
        let manager = keyward.manager(&admin);
        let shop = || WorkspaceId::new("shop").unwrap();
        let new = NewWorkspace::new(shop(), Name::new("Shop").unwrap());
        let track = block_on(manager.create_workspace(new)).unwrap().first.credential.id;
        let new = NewCredential::new(shop(), Name::new("Backend").unwrap());
        let app = block_on(manager.issue_app_key(new)).unwrap().credential.id;
        let api = ManageApi::new(keyward).workspaces(NoRows);
        Self { store, api, app: app.to_string(), track: track.to_string() }
    }

    fn position(&self) -> u64 {
        block_on(self.store.position()).unwrap().number()
    }

    fn send(&mut self, request: Request<Whole>) -> (Response<()>, String) {
        block_on(async {
            let Ok(answer) = self.api.call(request).await;
            let (head, body) = answer.into_parts();
            (Response::from_parts(head, ()), read(body).await)
        })
    }
}

async fn read(mut body: WebBody) -> String {
    let frame = std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await;
    let data = frame.and_then(|frame| frame.ok()?.into_data().ok()).unwrap_or_default();
    String::from_utf8(data.to_vec()).unwrap()
}

/// A body in one frame.
struct Whole(Option<Bytes>);

impl Body for Whole {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.take().filter(|data| !data.is_empty()).map(Frame::data).map(Ok))
    }
}

/// A host that keeps no rows. Each workspace has its name as its id.
struct NoRows;

impl WorkspaceRows for NoRows {
    fn prepare<'a>(&'a self, _: &'a Actor, name: &'a Name) -> HostFuture<'a, WorkspaceId> {
        let id: String = name.as_str().chars().filter(char::is_ascii_alphanumeric).collect();
        Box::pin(async move { Ok(WorkspaceId::new(format!("w-{id}"))?) })
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
