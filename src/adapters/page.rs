//! The page "Manage API credentials" (feature `page`).
//!
//! Mount it under a path of your choice, behind your own login. The login puts an [`Actor`](crate::Actor) into the extensions of
//! each request. Without one, each answer is 500, and the log says what to add.
//!
//! ```
//! use axum::Router;
//! use axum::extract::Request;
//! use axum::middleware::{Next, from_fn};
//! use axum::response::Response;
//! use keyward::page::Page;
//! use keyward::{AccountId, Actor, ActorId, Keyward};
//! use tower::ServiceBuilder;
//!
//! async fn login(mut request: Request, next: Next) -> Response {
//!     // Here, authenticate the person who sends the request.
//!     if let (Ok(account), Ok(person)) = (AccountId::new("acme"), ActorId::new("ada@acme.test")) {
//!         request.extensions_mut().insert(Actor::admin(account, person));
//!     }
//!     next.run(request).await
//! }
//!
//! fn service(keyward: Keyward) -> Router {
//!     let page = ServiceBuilder::new().layer(from_fn(login)).service(Page::new(keyward));
//!     Router::new().nest_service("/settings/api-credentials", page)
//! }
//! ```
//!
//! # Behaviour
//!
//! - The page works without JavaScript. The script only copies, shows local times and wipes secrets.
//! - A secret is only in the answer (200) to the form that issued, rotated or revealed it. The answer to every other successful form
//!   is 303. `GET` and `HEAD` change nothing.
//! - A form that is sent twice makes one secret. The second answer says so and offers to replace the secret if it was never used.
//! - A form is refused if the record was changed after its reader opened the form. The answer names the other actor and their change.
//! - A form from another site is refused: the browser must say that it has the same origin (`Sec-Fetch-Site`, or `Origin` where
//!   that header is absent). This also works over plain HTTP.
//! - Actors without permission see that they have none. The id of a record of another account is answered 404, like an unknown id.
//!
//! # Paths
//!
//! The page takes its prefix from axum's `OriginalUri`. Set it with [`Page::at`] if a proxy, or a router other than axum's, strips a
//! part of the path.
//!
//! # Content-Security-Policy
//!
//! As a document of its own, the page sends a strict policy. With [`Page::layout`], the page is a part of your document, and sends
//! only `frame-ancestors 'none'`. Your policy must then allow the page's stylesheet and script (`style-src 'self'`,
//! `script-src 'self'`) and its forms (`form-action 'self'`). Scripts of your document can read the secrets that the page shows.
//!
//! # Colours
//!
//! Override these custom properties of `.keyward` in a stylesheet of your document: `--kw-accent`, `--kw-accent-text`, `--kw-text`,
//! `--kw-muted`, `--kw-background`, `--kw-surface`, `--kw-border`, `--kw-danger`, `--kw-warning` and `--kw-success`. Each has a
//! value for light and for dark.

mod actions;
mod add;
mod allowlist;
mod assets;
mod credential;
mod dry_run;
mod expiry;
mod failure;
mod fields;
mod grants;
mod history;
mod integrations;
mod leaked;
mod list;
mod page_request;
mod parts;
mod policy;
mod reply;
mod routes;
mod secret;
mod states;
mod texts;
mod time_text;
mod view;
mod workspaces;

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use askama::Template;
use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, RETRY_AFTER, VARY,
};
use http::request::Parts as Head;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body::Body;
use tower_service::Service;

use crate::adapters::http::ClientAddress;
use crate::adapters::web::{
    Allowed, CrossSiteRule, Received, Refused, Serving, Settings, WebService, serve,
};
use crate::domain::ActorRef;
use crate::shell::Keyward;

use self::assets::Asset;
use self::failure::Failure;
use self::page_request::{PageRequest, prefix};
use self::parts::Parts;
use self::reply::{Reply, Screen};
use self::routes::{Route, Urls};

pub use self::parts::Fragment;
pub use self::texts::Texts;
pub use crate::adapters::web::{HostFuture, OriginError, WebBody, WorkspaceRows};

/// The policy of the page as a document of its own.
const DOCUMENT_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; form-action 'self'; base-uri 'none'; \
     frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
);
/// The policy of the page in the host's document.
const FRAGMENT_POLICY: HeaderValue = HeaderValue::from_static("frame-ancestors 'none'");

/// The page as a `tower` service. The [module](self) describes it.
#[derive(Debug, Clone)]
pub struct Page(Parts);

impl Page {
    /// Creates the page.
    #[must_use]
    pub fn new(keyward: Keyward) -> Self {
        Self(Parts::new(keyward))
    }

    /// Sets the prefix under which browsers reach the page, such as `/settings/api-credentials`. Without it, the prefix is the
    /// part of the path that axum's routers stripped.
    #[must_use]
    pub fn at(mut self, prefix: &str) -> Self {
        self.0.settings.set_prefix(prefix);
        self
    }

    /// Accepts forms from pages of another origin, such as `https://admin.acme.test`.
    ///
    /// # Errors
    ///
    /// [`OriginError`] if the text is not an origin.
    pub fn trusted_origin(mut self, origin: &str) -> Result<Self, OriginError> {
        self.0.settings.trust(origin)?;
        Ok(self)
    }

    /// Requires a fresh login before a secret is shown or something is deleted. `is_fresh` returns `true` if the request's login is
    /// fresh enough. It is called before the form is shown, and again when the form is sent. If the login is not fresh, the actor
    /// is sent to the URL that `sign_in` returns. Its argument is the path to return to.
    #[must_use]
    pub fn require_fresh_login(
        mut self,
        is_fresh: impl Fn(&Head) -> bool + Send + Sync + 'static,
        sign_in: impl Fn(&str) -> String + Send + Sync + 'static,
    ) -> Self {
        self.0.settings.require_fresh_login(is_fresh);
        self.0.sign_in = Some(Arc::new(sign_in));
        self
    }

    /// Sets the function that names actors on the page. For `None`, the page shows the actor's id. The function must not block: take
    /// the names from a cache.
    #[must_use]
    pub fn actor_names(
        mut self,
        name: impl Fn(&ActorRef) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.0.names = Some(Arc::new(name));
        self
    }

    /// Sets the sentences of the page, for another language.
    #[must_use]
    pub fn texts(mut self, texts: impl Texts) -> Self {
        self.0.texts = Arc::new(texts);
        self
    }

    /// Shows the page in your own document. The function returns the whole document around [`Fragment::body`].
    ///
    /// ```
    /// # fn page(keyward: keyward::Keyward) -> keyward::page::Page {
    /// keyward::page::Page::new(keyward).layout(|page, _request| {
    ///     // The title contains a name of a customer: escape it as your template engine does.
    ///     let title = page.title.replace('&', "&amp;").replace('<', "&lt;");
    ///     format!(
    ///         "<!doctype html><html lang=\"{}\"><head><title>{title}</title>\
    ///          <link rel=\"stylesheet\" href=\"{}\"><script src=\"{}\" defer></script></head>\
    ///          <body><header>Acme</header>{}</body></html>",
    ///         page.lang, page.style, page.script, page.body
    ///     )
    /// })
    /// # }
    /// ```
    #[must_use]
    pub fn layout(
        mut self,
        document: impl Fn(&Fragment<'_>, &Head) -> String + Send + Sync + 'static,
    ) -> Self {
        self.0.layout = Some(Arc::new(document));
        self
    }

    /// Lets admins create, rename and remove workspaces on the page. `host` chooses the ids and changes your own rows.
    #[must_use]
    pub fn workspaces(mut self, host: impl WorkspaceRows) -> Self {
        self.0.settings.set_workspaces(host);
        self
    }

    /// Sets how the browser's address is found. It is shown beside an allowlist. If the request's extensions do not contain the
    /// peer's address, the page shows no address.
    #[must_use]
    pub fn client_address(mut self, address: ClientAddress) -> Self {
        self.0.client_address = address;
        self
    }

    /// Sets the address of your API, for the `curl` line next to a new key.
    #[must_use]
    pub fn api_url(mut self, url: &str) -> Self {
        self.0.api_url = url.into();
        self
    }

    async fn reply(ask: &PageRequest, route: Route) -> Result<Reply, Failure> {
        match route {
            Route::List => list::list(ask).await,
            Route::Add => add::add(ask).await,
            Route::Credential(id) => {
                credential::credential(ask, id, StatusCode::OK, None, Vec::new()).await
            }
            Route::Act(id, act) => actions::act(ask, id, act).await,
            Route::Allowlist => allowlist::overview(ask, StatusCode::OK, Vec::new()).await,
            Route::AllowlistPreview => allowlist::preview(ask).await,
            Route::AllowlistConfirm => allowlist::confirm(ask).await,
            Route::Unlisted => allowlist::unlisted(ask).await,
            Route::Integrations => integrations::overview(ask, StatusCode::OK, Vec::new()).await,
            Route::Connect => integrations::connect(ask).await,
            Route::Disconnect => integrations::disconnect(ask).await,
            Route::History => history::history(ask).await,
            Route::Workspaces => workspaces::overview(ask).await,
            Route::CreateWorkspace => workspaces::create(ask).await,
            Route::RenameWorkspace => workspaces::rename(ask).await,
            Route::RemoveWorkspace => workspaces::remove(ask).await,
            Route::Policy => policy::policy(ask).await,
            Route::PolicyPreview => policy::preview(ask).await,
            Route::PolicyEffect => policy::effect(ask).await,
            Route::ApplyPolicy => policy::apply(ask).await,
            Route::Member => policy::member(ask).await,
            Route::LeakResponse => policy::leak_response(ask).await,
            Route::Leaked => leaked::find(ask).await,
            Route::StopLeaked => leaked::stop(ask).await,
            Route::Asset(_) => Err(Failure::NotFound),
        }
    }

    /// Returns where the actor signs in again, if the host asks for it.
    fn sign_in(&self, ask: &PageRequest, route: Route) -> Option<Reply> {
        if !route.needs_fresh_login() || !self.0.settings.needs_fresh_login(&ask.request.parts) {
            return None;
        }
        let here = format!("{}{}", ask.urls.0, ask.request.path);
        let sign_in = self.0.sign_in.as_ref().map(|sign_in| sign_in(&here));
        match sign_in {
            Some(url) if !ask.is_form() => Some(Reply::SeeOther(url)),
            sign_in => Some(Reply::Screen(states::fresh_login(ask, sign_in))),
        }
    }

    /// Returns the response with a screen, in a document of its own or of the host.
    fn document(&self, screen: &Screen, urls: &Urls, head: &Head) -> Response<Bytes> {
        let (lang, dir) = (self.0.texts.lang(), self.0.texts.dir());
        let (style, script) = (urls.style(), urls.script());
        let fragment = Fragment {
            title: &screen.title,
            lang: &lang,
            dir: &dir,
            style: &style,
            script: &script,
            body: &screen.body,
        };
        let (html, policy) = match &self.0.layout {
            Some(layout) => (layout(&fragment, head), FRAGMENT_POLICY),
            None => (Document::of(&fragment).render().unwrap_or_default(), DOCUMENT_POLICY),
        };
        written(screen, html, policy)
    }

    /// Returns the response with a screen, in a document of its own without a stylesheet.
    fn bare(&self, screen: &Screen) -> Response<Bytes> {
        let (lang, dir) = (self.0.texts.lang(), self.0.texts.dir());
        let Screen { title, body, .. } = screen;
        let document = Document { lang: &lang, dir: &dir, title, style: "", script: "", body };
        written(screen, document.render().unwrap_or_default(), DOCUMENT_POLICY)
    }
}

fn written(screen: &Screen, html: String, policy: HeaderValue) -> Response<Bytes> {
    let mut response = Response::new(html.into());
    *response.status_mut() = screen.status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    if let Some(seconds) = screen.retry_after {
        headers.insert(RETRY_AFTER, seconds.into());
    }
    response
}

/// The page as a document of its own.
#[derive(Template)]
#[template(path = "document.html")]
struct Document<'a> {
    lang: &'a str,
    dir: &'a str,
    title: &'a str,
    style: &'a str,
    script: &'a str,
    body: &'a str,
}

impl<'a> Document<'a> {
    const fn of(fragment: &Fragment<'a>) -> Self {
        let Fragment { title, lang, dir, style, script, body } = *fragment;
        Self { lang, dir, title, style, script, body }
    }
}

fn asset(asset: &'static Asset) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(asset.content.as_bytes()));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
    // The name contains the hash of the content. `private`, because it is behind a login.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, max-age=31536000, immutable"));
    headers.insert(VARY, HeaderValue::from_static("Cookie"));
    response
}

impl WebService for Page {
    const RULE: CrossSiteRule = CrossSiteRule::Page;
    const NAME: &'static str = "Page";

    fn settings(&self) -> &Settings {
        &self.0.settings
    }

    fn allowed(&self, path: &str) -> Option<Allowed> {
        Route::of(path).map(Route::allowed)
    }

    async fn answer(&self, request: Received) -> Response<Bytes> {
        let route = Route::of(&request.path);
        if let Some(Route::Asset(file)) = route {
            return asset(file);
        }
        let ask = PageRequest::new(self.0.clone(), request);
        let reply = match route {
            Some(route) => match self.sign_in(&ask, route) {
                Some(reply) => Ok(reply),
                None => Self::reply(&ask, route).await,
            },
            None => Err(Failure::NotFound),
        };
        let screen = match reply {
            Ok(Reply::Screen(screen)) => screen,
            Ok(Reply::SeeOther(to)) => match HeaderValue::from_str(&to) {
                Ok(to) => {
                    let mut response = Response::new(Bytes::new());
                    *response.status_mut() = StatusCode::SEE_OTHER;
                    response.headers_mut().insert(LOCATION, to);
                    return response;
                }
                Err(_) => states::failed(&ask, &Failure::NotFound),
            },
            Err(failure) => states::failed(&ask, &failure),
        };
        self.document(&screen, &ask.urls, &ask.request.parts)
    }

    fn refusal(&self, refused: Refused, head: &Head) -> Response<Bytes> {
        let screen = states::refused(&*self.0.texts, refused);
        if refused == Refused::NoActor {
            // The stylesheet and the host's own parts need an actor too.
            return self.bare(&screen);
        }
        self.document(&screen, &Urls(prefix(&self.0, head)), head)
    }
}

impl<B: Body + Send + 'static> Service<Request<B>> for Page {
    type Response = Response<WebBody>;
    type Error = Infallible;
    type Future = Serving;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Serving {
        serve(self.clone(), request)
    }
}
