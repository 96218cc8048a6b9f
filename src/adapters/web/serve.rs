//! The checks of a request in their order, in front of the handlers.

use std::convert::Infallible;
use std::pin::Pin;

use bytes::Bytes;
use http::request::Parts;
use http::{Method, Request, Response};
use http_body::Body;

use crate::adapters::http::drain::{Delivery, DrainLimits, Draining};
use crate::adapters::http::request_body::{self, Unread};
use crate::domain::Actor;

use super::answer::{Refused, finish, options};
use super::body::WebBody;
use super::origin::{CrossSiteRule, check};
use super::received::{Allowed, Received, below, is_read};
use super::settings::Settings;

/// The maximum size of a request's body.
const BODY_LIMIT: usize = 64 * 1024;

/// The handlers of the management API or of the page.
pub(in crate::adapters) trait WebService: Send + Sync + 'static {
    /// The rule that decides whether another site could have sent a change.
    const RULE: CrossSiteRule;
    /// The name of the service's type, for the log.
    const NAME: &'static str;

    fn settings(&self) -> &Settings;

    /// Returns the methods of a path below the prefix, or `None` if there is no such path.
    fn allowed(&self, path: &str) -> Option<Allowed>;

    /// Answers a request that passed the checks.
    fn answer(&self, request: Received) -> impl Future<Output = Response<Bytes>> + Send;

    /// Writes the answer to a refused request. The caller adds the common headers, and `Allow`.
    fn refusal(&self, refused: Refused, head: &Parts) -> Response<Bytes>;
}

/// The future of an answer.
pub(in crate::adapters) type Serving =
    Pin<Box<dyn Future<Output = Result<Response<WebBody>, Infallible>> + Send>>;

/// Answers a request.
pub(in crate::adapters) fn serve<S, B>(service: S, request: Request<B>) -> Serving
where
    S: WebService,
    B: Body + Send + 'static,
{
    Box::pin(async move {
        let (parts, body) = request.into_parts();
        let method = parts.method.clone();
        Ok(finish(&method, answer(&service, parts, Box::pin(body)).await))
    })
}

async fn answer<S: WebService, B: Body + Send>(
    service: &S,
    parts: Parts,
    mut body: Pin<Box<B>>,
) -> Response<Bytes> {
    let untouched = Delivery::of(&parts, true);
    let (actor, path) = match admit(service, &parts) {
        Ok(Admitted::Request { actor, path }) => (actor, path),
        Ok(Admitted::Options(allowed)) => return drained(options(allowed), untouched, body).await,
        Err(refused) => return drained(refusal(service, refused, &parts), untouched, body).await,
    };
    if is_read(&parts.method) {
        let response = service.answer(Received { actor, path, parts, body: Bytes::new() }).await;
        return drained(response, untouched, body).await;
    }
    match request_body::read(body.as_mut(), BODY_LIMIT).await {
        Ok(body) => service.answer(Received { actor, path, parts, body }).await,
        Err(Unread::TooLarge { is_untouched }) => {
            let delivery = Delivery::of(&parts, is_untouched);
            drained(refusal(service, Refused::BodyTooLarge, &parts), delivery, body).await
        }
        Err(Unread::Broken) => {
            let delivery = Delivery::of(&parts, false);
            drained(refusal(service, Refused::BodyBroken, &parts), delivery, body).await
        }
    }
}

/// What to do with a request.
enum Admitted {
    Request { actor: Actor, path: String },
    Options(Allowed),
}

fn admit<S: WebService>(service: &S, parts: &Parts) -> Result<Admitted, Refused> {
    let Some(actor) = parts.extensions.get::<Actor>() else {
        tracing::error!(
            service = S::NAME,
            "no actor: mount the service behind a login that puts a `keyward::Actor` into each request's extensions"
        );
        return Err(Refused::NoActor);
    };
    let path = below(parts.uri.path(), service.settings().prefix());
    let allowed = service.allowed(path).ok_or(Refused::NotFound)?;
    if parts.method == Method::OPTIONS {
        return Ok(Admitted::Options(allowed));
    }
    if !allowed.contains(&parts.method) {
        return Err(Refused::MethodNotAllowed(allowed));
    }
    if !is_read(&parts.method) {
        let authority = parts.uri.authority().map(http::uri::Authority::as_str);
        check(S::RULE, &parts.headers, authority, &service.settings().trusted)
            .map_err(|_| Refused::CrossSite)?;
    }
    Ok(Admitted::Request { actor: actor.clone(), path: path.to_owned() })
}

fn refusal<S: WebService>(service: &S, refused: Refused, head: &Parts) -> Response<Bytes> {
    let mut response = service.refusal(refused, head);
    if let Refused::MethodNotAllowed(allowed) = refused {
        response.headers_mut().insert(http::header::ALLOW, allowed.header());
    }
    response
}

/// Reads the rest of the body first, because the caller could otherwise lose the answer.
async fn drained<B: Body>(
    mut response: Response<Bytes>,
    delivery: Delivery,
    body: Pin<Box<B>>,
) -> Response<Bytes> {
    let connection = Draining::new(body, delivery, DrainLimits::default()).await;
    connection.announce(response.headers_mut());
    response
}
