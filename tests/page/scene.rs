//! A service with the page behind a login.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use http::{HeaderMap, Method, StatusCode};
use http_body_util::BodyExt;
use keyward::manage::CredentialFilter;
use keyward::page::Page;
use keyward::{Actor, CredentialId};
use tower::{ServiceBuilder, ServiceExt};

use crate::html::{self, Form};
use crate::support::{World, admin, block_on};

/// The prefix under which the page is mounted.
pub const PREFIX: &str = "/settings/api-credentials";

pub struct Scene {
    pub world: Arc<World>,
    router: Router,
    pub actor: Option<Actor>,
}

/// An answer.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub html: String,
}

impl Scene {
    /// A service with the workspace `shop`.
    pub fn new() -> Self {
        Self::with(|page| page)
    }

    pub fn with(build: impl FnOnce(Page) -> Page) -> Self {
        let world = World::new();
        world.shop();
        Self::over(world, build)
    }

    pub fn over(world: World, build: impl FnOnce(Page) -> Page) -> Self {
        let page = build(Page::new(world.keyward.clone()));
        // The login of a host: here, the actor is in the extensions already.
        let login = from_fn(async |request: Request, next: Next| next.run(request).await);
        let page = ServiceBuilder::new().layer(login).service(page);
        let router = Router::new().nest_service(PREFIX, page);
        Self { world: Arc::new(world), router, actor: Some(admin()) }
    }

    /// The same service for another actor.
    pub fn by(&self, actor: impl Into<Option<Actor>>) -> Self {
        Self { world: Arc::clone(&self.world), router: self.router.clone(), actor: actor.into() }
    }

    pub fn send(&self, request: http::request::Builder, body: String) -> Reply {
        let mut request = request.body(Body::from(body)).unwrap();
        if let Some(actor) = &self.actor {
            request.extensions_mut().insert(actor.clone());
        }
        block_on(async {
            let response = self.router.clone().oneshot(request).await.unwrap();
            let (parts, body) = response.into_parts();
            let body = body.collect().await.unwrap().to_bytes();
            let html = String::from_utf8(body.to_vec()).unwrap();
            Reply { status: parts.status, headers: parts.headers, html }
        })
    }

    /// Gets a path below the prefix, or a whole link.
    pub fn get(&self, path: &str) -> Reply {
        self.send(Request::builder().uri(whole(path)), String::new())
    }

    pub fn post(&self, path: &str, body: &str) -> Reply {
        let request = Request::builder()
            .method(Method::POST)
            .uri(whole(path))
            .header("host", "acme.test")
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded");
        self.send(request, body.to_owned())
    }

    /// Sends a form.
    pub fn submit(&self, form: &Form) -> Reply {
        if form.is_post {
            self.post(&form.action, &form.body())
        } else {
            self.get(&format!("{}?{}", form.action, form.body()))
        }
    }

    /// Sends a form and follows the redirection that it must have.
    pub fn change(&self, form: &Form) -> Reply {
        let reply = self.submit(form);
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text());
        self.get(reply.location())
    }

    /// The id of the Track set `primary`.
    pub fn primary(&self) -> CredentialId {
        self.called("primary")
    }

    /// The id of the App key `backend`.
    pub fn app(&self) -> CredentialId {
        self.called("backend")
    }

    fn called(&self, name: &str) -> CredentialId {
        let manager = self.world.keyward.manager(self.actor.as_ref().unwrap());
        let page = block_on(manager.credentials(CredentialFilter::default())).unwrap();
        let mut records = page.items.into_iter().filter_map(keyward::store::PageItem::record);
        records.find(|record| record.name.as_str() == name).unwrap().id
    }
}

fn whole(path: &str) -> String {
    if path.starts_with(PREFIX) { path.to_owned() } else { format!("{PREFIX}{path}") }
}

impl Reply {
    pub fn text(&self) -> String {
        html::text(&self.html)
    }

    #[track_caller]
    pub fn says(&self, sentence: &str) -> &Self {
        assert!(self.text().contains(sentence), "{sentence:?} is not in: {}", self.text());
        self
    }

    #[track_caller]
    pub fn is(&self, status: u16) -> &Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        self
    }

    /// The form whose action ends in this path.
    #[track_caller]
    pub fn form(&self, end: &str) -> Form {
        let forms = html::forms(&self.html);
        let found = forms.iter().find(|form| form.action.ends_with(end));
        found.unwrap_or_else(|| panic!("no form {end} in {}", self.html)).clone()
    }

    pub fn location(&self) -> &str {
        self.headers["location"].to_str().unwrap()
    }

    /// The secret that is shown.
    #[track_caller]
    pub fn secret(&self) -> String {
        let at = self.html.find("data-secret").unwrap_or_else(|| panic!("{}", self.text()));
        let rest = &self.html[at..];
        rest[rest.find('>').unwrap() + 1..rest.find('<').unwrap()].to_owned()
    }
}
