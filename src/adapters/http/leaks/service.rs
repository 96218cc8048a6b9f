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
use super::drill::DrillKey;
use super::keys::{AlertKeys, Found};
use super::leak::{Leak, LeakHost};
use crate::adapters::http::body::AnswerBody;
use crate::adapters::http::request_body::{Unread, read};
use crate::domain::{LeakResponse, Operator};
use crate::secrets::AlertKey;
use crate::shell::{Keyward, LeakOutcome, ManageError, RecordType, UnavailableReason};

/// The maximum size of an alert.
const BODY_LIMIT: usize = 1024 * 1024;

/// The header with the id of the key that signed.
const KEY_ID: &str = "github-public-key-identifier";
/// The header with the signature.
const SIGNATURE: &str = "github-public-key-signature";

/// The endpoint for GitHub's alerts about leaked keys: see [the module](crate::http::leaks).
pub struct LeakAlerts<H> {
    handler: Arc<AlertHandler<H>>,
    drill: Option<DrillKey>,
}

struct AlertHandler<H> {
    keyward: Keyward,
    operator: Operator,
    /// Shared with the fetch of the public keys, which outlives the request that began it.
    host: Arc<H>,
    keys: AlertKeys,
}

/// The signer of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Signer {
    GitHub,
    /// The operator, for a drill.
    Drill,
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
        let (host, keys) = (Arc::new(host), AlertKeys::default());
        let handler = AlertHandler { keyward, operator, host, keys };
        Self { handler: Arc::new(handler), drill: None }
    }

    /// Also accepts the alerts of leak drills, which are signed by the private key for `public_key` and name the key id
    /// [`Operator::LEAK_DRILL`]. Off by default.
    ///
    /// An alert of a drill can stop only the first secret of a credential that the operator [`Operator::LEAK_DRILL`] issued. Only
    /// code with the master keys can act as an operator: an admin or member with the same id has another role, which is stored with
    /// the credential and protected by its tag. Any other text is answered with `false_positive`. The response is always
    /// [`LeakResponse::Stop`], even if the account chose only a report.
    ///
    /// ```
    /// # use std::error::Error;
    /// use keyward::http::leaks::{LeakAlerts, LeakHost};
    /// use keyward::{ActorId, Keyward, Operator};
    ///
    /// fn alerts<H: LeakHost>(keyward: Keyward, host: H, drill_pem: &str) -> Result<LeakAlerts<H>, Box<dyn Error>> {
    ///     let operator = Operator::new(ActorId::new("github-secret-scanning")?);
    ///     Ok(LeakAlerts::new(keyward, operator, host).with_drill(drill_pem.parse()?))
    /// }
    /// ```
    #[must_use]
    pub fn with_drill(mut self, public_key: DrillKey) -> Self {
        self.drill = Some(public_key);
        self
    }
}

impl<H: LeakHost> AlertHandler<H> {
    async fn answer<B: Body + Send>(
        &self,
        request: Request<B>,
        drill: Option<DrillKey>,
    ) -> Result<Vec<u8>, Refused> {
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
        let (key, signer) = self.signer(id, drill.as_ref()).await?;
        if !key.has_signed(&body, signature) {
            return Err(Refused::NotSigned);
        }
        let found = parse(&body).map_err(|no_alert| match no_alert {
            NoAlert::Malformed => Refused::NoAlert,
            NoAlert::TooMany => Refused::TooLarge,
        })?;
        self.respond_to_all(found, signer).await
    }

    /// Returns the public key with this id. The id of drills never leads to a fetch while drills are accepted.
    async fn signer(
        &self,
        id: &str,
        drill: Option<&DrillKey>,
    ) -> Result<(AlertKey, Signer), Refused> {
        if let Some(drill) = drill
            && id == Operator::LEAK_DRILL
        {
            return Ok((drill.alert_key().clone(), Signer::Drill));
        }
        let now = self.keyward.reading().monotonic;
        match self.keys.find(id, &self.host, now).await {
            Found::Key(key) => Ok((key, Signer::GitHub)),
            Found::Unknown => Err(Refused::NotSigned),
            Found::Later => Err(Refused::Later),
        }
    }

    /// Responds to each text. A text that could not be decided does not hold up the others: GitHub is asked to send the alert again.
    async fn respond_to_all(
        &self,
        found: Vec<FoundText>,
        signer: Signer,
    ) -> Result<Vec<u8>, Refused> {
        let (mut feedback, mut is_complete) = (Vec::new(), true);
        for text in found {
            match self.respond_to(&text, signer).await {
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

    /// Returns `true` if the text is a key of this service about which the signer may send alerts.
    async fn respond_to(&self, text: &FoundText, signer: Signer) -> Result<bool, ManageError> {
        let Some(key) = self.keyward.trace(&self.operator, &text.token).await? else {
            return Ok(false);
        };
        let actor = self.operator.acting_for(key.account.clone());
        let manager = self.keyward.manager(&actor);
        let response = match signer {
            Signer::GitHub => manager.account().await?.leak_response,
            Signer::Drill => match manager.is_of_drill(&key).await {
                Ok(true) => LeakResponse::Stop,
                Ok(false) | Err(ManageError::NotFound(_)) => return Ok(false),
                Err(error) => return Err(error),
            },
        };
        let leak = Leak { place: text.place(), key, is_drill: signer == Signer::Drill };
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
        let Self { handler, drill } = self.clone();
        Box::pin(async move { Ok(response(handler.answer(request, drill).await)) })
    }
}

impl<H> Clone for LeakAlerts<H> {
    fn clone(&self) -> Self {
        Self { handler: Arc::clone(&self.handler), drill: self.drill.clone() }
    }
}

impl<H> fmt::Debug for LeakAlerts<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LeakAlerts").finish_non_exhaustive()
    }
}
