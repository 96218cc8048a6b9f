//! Answers as JSON.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, ETAG, HeaderName, LOCATION};
use http::{HeaderValue, Response, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};

use crate::domain::Revision;
use crate::shell::Credential;
use crate::store::Page;

use super::conditions::tag;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// An answer to a request that was carried out.
pub(super) struct Reply {
    status: StatusCode,
    body: Bytes,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Reply {
    /// Returns the answer 200 with a view as its body.
    pub(super) fn ok(view: &impl Serialize) -> Self {
        // The views always serialise: their maps have strings as keys.
        let body = serde_json::to_vec(view).unwrap_or_default().into();
        Self { status: StatusCode::OK, body, headers: vec![(CONTENT_TYPE, JSON)] }
    }

    /// Returns the answer 200 with a document that is JSON already.
    pub(super) fn document(text: &'static str) -> Self {
        let body = Bytes::from_static(text.as_bytes());
        Self { status: StatusCode::OK, body, headers: vec![(CONTENT_TYPE, JSON)] }
    }

    /// Returns the answer 201: something was created.
    pub(super) fn created(view: &impl Serialize) -> Self {
        Self { status: StatusCode::CREATED, ..Self::ok(view) }
    }

    /// Returns the answer 204: something was deleted.
    pub(super) fn gone() -> Self {
        Self { status: StatusCode::NO_CONTENT, body: Bytes::new(), headers: Vec::new() }
    }

    /// Returns the answer with a credential.
    pub(super) fn credential(credential: &Credential) -> Self {
        Self::ok(credential).tagged(credential.revision)
    }

    /// Returns the answer with a page.
    pub(super) fn page<T: Serialize, C: Serialize>(page: &Page<T, C>) -> Self {
        Self::ok(&json!({ "items": page.items, "next_page_token": page.next }))
    }

    /// Returns the answer with a list that is a part of a workspace.
    pub(super) fn list(items: &Value, revision: Revision) -> Self {
        Self::ok(&json!({ "items": items })).tagged(revision)
    }

    /// Adds the entity tag.
    pub(super) fn tagged(mut self, revision: Revision) -> Self {
        self.headers.push((ETAG, tag(revision)));
        self
    }

    /// Adds the address of what was created, relative to the address of the request.
    pub(super) fn located(mut self, address: &str) -> Self {
        self.headers.extend(HeaderValue::from_str(address).ok().map(|address| (LOCATION, address)));
        self
    }

    pub(super) fn response(self) -> Response<Bytes> {
        let mut response = Response::new(self.body);
        *response.status_mut() = self.status;
        response
            .headers_mut()
            .extend(self.headers.into_iter().map(|(name, value)| (Some(name), value)));
        response
    }
}
