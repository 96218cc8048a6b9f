//! The `tower` service.

use std::convert::Infallible;
use std::fmt;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body::Body;

use super::alert::{Feedback, FoundText, NoAlert, parse};
use super::keys::{AlertKeys, Found};
use super::leak::{Leak, LeakHost};
use crate::adapters::http::body::AnswerBody;
use crate::adapters::http::request_body::{Unread, read};
use crate::domain::Operator;
use crate::shell::{Keyward, LeakOutcome, ManageError, RecordType, UnavailableReason};

/// The maximum size of an alert.
const BODY_LIMIT: usize = 1024 * 1024;

/// The header with the id of the key that signed.
const KEY_ID: &str = "github-public-key-identifier";
/// The header with the signature.
const SIGNATURE: &str = "github-public-key-signature";

/// The endpoint for GitHub's alerts about leaked keys: see [the module](crate::http::leaks).
pub struct LeakAlerts<H>(Arc<AlertHandler<H>>);

struct AlertHandler<H> {
    keyward: Keyward,
    operator: Operator,
    host: H,
    keys: AlertKeys,
}

/// Why a request is not answered with labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refused {
    Method,
    NotSigned,
    TooLarge,
    NoAlert,
    Later,
}

impl<H: LeakHost> LeakAlerts<H> {
    /// Creates the endpoint. The history names `operator` as the actor of what it does.
    pub fn new(keyward: Keyward, operator: Operator, host: H) -> Self {
        Self(Arc::new(AlertHandler { keyward, operator, host, keys: AlertKeys::default() }))
    }
}

impl<H: LeakHost> AlertHandler<H> {
    async fn answer<B: Body + Send>(&self, request: Request<B>) -> Result<Vec<u8>, Refused> {
        let (parts, body) = request.into_parts();
        if parts.method != Method::POST {
            return Err(Refused::Method);
        }
        let id = single(&parts.headers, KEY_ID).ok_or(Refused::NotSigned)?;
        let signature = single(&parts.headers, SIGNATURE).ok_or(Refused::NotSigned)?;
        let body = read(pin!(body), BODY_LIMIT).await.map_err(|unread| match unread {
            Unread::TooLarge { .. } => Refused::TooLarge,
            Unread::Broken => Refused::NoAlert,
        })?;
        let now = self.keyward.reading().monotonic;
        let key = match self.keys.find(id, &self.host, now).await {
            Found::Key(key) => key,
            Found::Unknown => return Err(Refused::NotSigned),
            Found::Later => return Err(Refused::Later),
        };
        if !key.has_signed(&body, signature) {
            return Err(Refused::NotSigned);
        }
        let found = parse(&body).map_err(|no_alert| match no_alert {
            NoAlert::Malformed => Refused::NoAlert,
            NoAlert::TooMany => Refused::TooLarge,
        })?;
        self.respond_to_all(found).await
    }

    /// Responds to each text. A text that could not be decided does not hold up the others: GitHub is asked to send the alert again.
    async fn respond_to_all(&self, found: Vec<FoundText>) -> Result<Vec<u8>, Refused> {
        let (mut feedback, mut is_complete) = (Vec::new(), true);
        for text in found {
            match self.respond_to(&text).await {
                Ok(is_ours) => feedback.push(Feedback::new(&text, is_ours)),
                // Anyone can publish such a text, so it must not hold up the alert. It gets no label.
                Err(ManageError::Unavailable(unavailable))
                    if unavailable.reason() == UnavailableReason::UnregisteredKind => {}
                Err(error) => {
                    is_complete = false;
                    tracing::error!(%error, "could not respond to a leaked key: wait for the next alert, or rotate the credential by hand");
                }
            }
        }
        if !is_complete {
            return Err(Refused::Later);
        }
        serde_json::to_vec(&feedback).map_err(|_| Refused::Later)
    }

    /// Returns `true` if the text is a key of this service.
    async fn respond_to(&self, text: &FoundText) -> Result<bool, ManageError> {
        let Some(key) = self.keyward.trace(&self.operator, &text.token).await? else {
            return Ok(false);
        };
        let leak = Leak { place: text.place(), key };
        let actor = self.operator.acting_for(leak.key.account.clone());
        let manager = self.keyward.manager(&actor);
        let response = manager.account().await?.leak_response;
        let outcome = match manager.respond_to_leak(&leak.key, &leak.place, response).await {
            // It was deleted since, or is about to be.
            Err(ManageError::NotFound(RecordType::Credential) | ManageError::AccountClosed) => {
                LeakOutcome::NotLive
            }
            outcome => outcome?,
        };
        self.host.acted(&leak, outcome).await;
        Ok(true)
    }
}

/// Returns the value of a header that occurs once.
fn single<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let (first, second) = (values.next()?, values.next());
    if second.is_some() { None } else { first.to_str().ok() }
}

/// Writes the answer. A refusal says nothing but its status.
fn response(answer: Result<Vec<u8>, Refused>) -> Response<AnswerBody<String>> {
    let (status, body) = match answer {
        Ok(body) => (StatusCode::OK, body),
        Err(Refused::Method) => (StatusCode::METHOD_NOT_ALLOWED, Vec::new()),
        Err(Refused::NotSigned) => (StatusCode::UNAUTHORIZED, Vec::new()),
        Err(Refused::TooLarge) => (StatusCode::PAYLOAD_TOO_LARGE, Vec::new()),
        Err(Refused::NoAlert) => (StatusCode::BAD_REQUEST, Vec::new()),
        Err(Refused::Later) => (StatusCode::SERVICE_UNAVAILABLE, Vec::new()),
    };
    let mut response = Response::new(AnswerBody::ours(Bytes::from(body)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    match status {
        StatusCode::OK => {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        StatusCode::METHOD_NOT_ALLOWED => {
            headers.insert(ALLOW, HeaderValue::from_static("POST"));
        }
        StatusCode::SERVICE_UNAVAILABLE => {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("60"));
        }
        _ => {}
    }
    response
}

impl<H: LeakHost, B: Body + Send + 'static> tower_service::Service<Request<B>> for LeakAlerts<H> {
    type Response = Response<AnswerBody<String>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let inner = Arc::clone(&self.0);
        Box::pin(async move { Ok(response(inner.answer(request).await)) })
    }
}

impl<H> Clone for LeakAlerts<H> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<H> fmt::Debug for LeakAlerts<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LeakAlerts").finish_non_exhaustive()
    }
}
