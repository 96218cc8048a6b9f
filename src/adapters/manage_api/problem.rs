//! Refusals as problem details (RFC 9457).

use bytes::Bytes;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
use serde_json::{Map, Value, json};

use crate::adapters::http::management_failure::{UNAVAILABLE, logged_status_of, retry_after};
use crate::adapters::web::Refused;
use crate::adapters::web::workspace_rows::NotCreated;
use crate::domain::Refusal;
use crate::shell::{ManageError, RecordType};

/// A refusal. It contains nothing that the caller sent, except for networks, names of scopes, and short names of unknown fields.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    wrong: Vec<Wrong>,
    /// Further members of the problem details.
    more: Map<String, Value>,
    /// In seconds.
    retry_after: Option<u64>,
}

/// A part of the request that is wrong.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) place: Place,
    pub(super) code: &'static str,
    pub(super) detail: String,
}

/// The place of a wrong part.
#[derive(Debug)]
pub(super) enum Place {
    /// The whole body.
    Body,
    /// A field of the body, or a place within one, as a JSON pointer without the first slash.
    Field(String),
    /// A parameter of the query.
    Parameter(String),
    /// A header.
    Header(&'static str),
}

/// The longest name of an unknown field that an answer repeats. A secret has 43 characters, and can be pasted where a name belongs.
const LONGEST_NAME: usize = 32;

impl Place {
    /// Returns the member that names the place. A long name is left out.
    fn member(&self) -> (&'static str, String) {
        let short =
            |name: &String| if name.len() > LONGEST_NAME { String::new() } else { name.clone() };
        match self {
            Self::Body => ("pointer", "#".to_owned()),
            Self::Field(name) => ("pointer", format!("#/{}", short(name))),
            Self::Parameter(name) => ("parameter", short(name)),
            Self::Header(name) => ("header", (*name).to_owned()),
        }
    }
}

impl Problem {
    fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        let (wrong, more) = (Vec::new(), Map::new());
        Self { status, code, detail: detail.into(), wrong, more, retry_after: None }
    }

    pub(super) fn refused(refused: Refused) -> Self {
        let (code, detail) = match refused {
            Refused::NoActor => ("no_actor", "The server is not set up to manage credentials."),
            Refused::NotFound => ("path_not_found", "The path does not exist."),
            Refused::MethodNotAllowed(_) => {
                ("method_not_allowed", "The path does not allow this method: see the header Allow.")
            }
            Refused::CrossSite => ("cross_site", "Another site sent this request."),
            Refused::BodyTooLarge => ("body_too_large", "The body is larger than 64 KiB."),
            Refused::BodyBroken => {
                ("body_broken", "The body was not received completely: send the request again.")
            }
        };
        Self::new(refused.status(), code, detail)
    }

    pub(super) fn not_found(record: RecordType) -> Self {
        ManageError::NotFound(record).into()
    }

    pub(super) fn event_not_found() -> Self {
        let detail = "There is no such event: the change was not made, or its event was deleted.";
        Self::new(StatusCode::NOT_FOUND, "event_not_found", detail)
    }

    pub(super) fn fresh_login_required() -> Self {
        let detail = "This needs a fresh login: log in again, and repeat the request.";
        Self::new(StatusCode::FORBIDDEN, "fresh_login_required", detail)
    }

    pub(super) fn not_json() -> Self {
        let detail = "The body must be JSON: send Content-Type: application/json.";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_json", detail).with(
            Place::Header("Content-Type"),
            "invalid",
            "must be application/json",
        )
    }

    pub(super) fn malformed_body(line: usize, column: usize) -> Self {
        let detail = format!("The body is not JSON in UTF-8: see line {line}, column {column}.");
        Self::new(StatusCode::BAD_REQUEST, "malformed_body", detail)
    }

    pub(super) fn malformed_query() -> Self {
        let detail = "The query is not percent-encoded UTF-8.";
        Self::new(StatusCode::BAD_REQUEST, "malformed_query", detail)
    }

    pub(super) fn invalid_fields(wrong: Vec<Wrong>) -> Self {
        let detail = "Fields of the body are wrong: see errors.";
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        Self { wrong, ..Self::new(status, "invalid_fields", detail) }
    }

    pub(super) fn invalid_parameters(wrong: Vec<Wrong>) -> Self {
        let detail = "Parameters of the query are wrong: see errors.";
        Self { wrong, ..Self::new(StatusCode::BAD_REQUEST, "invalid_parameters", detail) }
    }

    pub(super) fn invalid_header(name: &'static str, detail: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_header", "A header is wrong: see errors.").with(
            Place::Header(name),
            "invalid",
            detail,
        )
    }

    pub(super) fn precondition_required() -> Self {
        let detail = "A change needs the ETag of what you read: send it as If-Match.";
        Self::new(StatusCode::PRECONDITION_REQUIRED, "precondition_required", detail).with(
            Place::Header("If-Match"),
            "required",
            "this header is required",
        )
    }

    /// Names a part of the request that is wrong.
    pub(super) fn with(
        mut self,
        place: Place,
        code: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        self.wrong.push(Wrong { place, code, detail: detail.into() });
        self
    }

    /// Points at a part of the request if this is the problem with this code.
    pub(super) fn points_at(self, code: &'static str, place: Place) -> Self {
        if self.code != code {
            return self;
        }
        let detail = self.detail.clone();
        self.with(place, code, detail)
    }

    /// Points at another part of the request if this is the problem with this code.
    pub(super) fn points_instead_at(mut self, code: &'static str, place: Place) -> Self {
        if let Some(wrong) = self.wrong.iter_mut().find(|wrong| wrong.code == code) {
            wrong.place = place;
        }
        self
    }

    pub(super) fn response(self) -> Response<Bytes> {
        let mut body = json!({
            "type": format!("urn:keyward:problem:{}", self.code),
            "title": self.status.canonical_reason().unwrap_or_default(),
            "status": self.status.as_u16(),
            "code": self.code,
            "detail": self.detail,
        });
        if let Some(members) = body.as_object_mut() {
            if !self.wrong.is_empty() {
                members.insert("errors".to_owned(), self.wrong.iter().map(Wrong::shown).collect());
            }
            members.extend(self.more);
        }
        let mut response = Response::new(body.to_string().into());
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}

impl Wrong {
    fn shown(&self) -> Value {
        let (member, place) = self.place.member();
        json!({ member: place, "code": self.code, "detail": self.detail })
    }
}

impl From<NotCreated> for Problem {
    fn from(error: NotCreated) -> Self {
        match error {
            NotCreated::Unprepared => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", UNAVAILABLE)
            }
            NotCreated::Failed(error) => error.into(),
        }
    }
}

impl From<ManageError> for Problem {
    /// The text of an error of the server is for the operator: it is logged, and the caller is asked to retry.
    fn from(error: ManageError) -> Self {
        let status = logged_status_of(&error);
        let retry_after = retry_after(&error);
        let problem = match &error {
            ManageError::Unknown { operation, .. } => {
                let detail =
                    "The change may or may not have been made: read the event of this operation.";
                let mut problem = Self::new(status, error.code(), detail);
                problem.more.insert("operation".to_owned(), json!(operation));
                problem
            }
            _ if status.is_server_error() => Self::new(status, "unavailable", UNAVAILABLE),
            ManageError::Repeated(repeated) => {
                let mut problem = Self::new(status, error.code(), error.to_string());
                problem.more.insert("repeated".to_owned(), json!(repeated));
                problem
            }
            ManageError::Refused(refusal) => {
                let mut problem = Self::new(status, error.code(), error.to_string());
                problem.more = members(refusal);
                match place(refusal) {
                    Some(place) => problem.with(place, refusal.code(), refusal.to_string()),
                    None => problem,
                }
            }
            _ => Self::new(status, error.code(), error.to_string()),
        };
        Self { retry_after, ..problem }
    }
}

/// Returns what a program needs in order to go on.
fn members(refusal: &Refusal) -> Map<String, Value> {
    let (name, value) = match refusal {
        Refusal::Changed { now } => ("revision", json!(now)),
        Refusal::InUse { integrations } => ("integrations", json!(integrations)),
        Refusal::OverlapRuns { until } => ("overlap_until", json!(until)),
        Refusal::OverlapTooLong { limit } | Refusal::OverlapBeyondPolicy { limit } => {
            ("limit_seconds", json!(limit.as_secs()))
        }
        Refusal::LifetimeTooLong { limit, until } | Refusal::SecretTooOld { limit, until } => {
            let members = [("limit_seconds", json!(limit.as_secs())), ("until", json!(until))];
            return members.map(|(name, value)| (name.to_owned(), value)).into_iter().collect();
        }
        Refusal::TooMany { limit, .. } | Refusal::TooManyWorkspaces { limit } => {
            ("limit", json!(limit))
        }
        Refusal::TooManyInactiveOwners { limit } => ("limit", json!(limit)),
        Refusal::UnknownScope { nearest, .. } => ("nearest", json!(nearest)),
        Refusal::ChoiceRequired { candidates, .. } => {
            let shown = candidates.iter().map(|(id, name)| json!({ "id": id, "name": name }));
            ("candidates", shown.collect())
        }
        _ => return Map::new(),
    };
    Map::from_iter([(name.to_owned(), value)])
}

/// Returns the part of the request that a refusal is about.
fn place(refusal: &Refusal) -> Option<Place> {
    let field = |name: &str| Some(Place::Field(name.to_owned()));
    match refusal {
        Refusal::Changed { .. } => Some(Place::Header("If-Match")),
        Refusal::OperationReused => Some(Place::Header("Idempotency-Key")),
        Refusal::NameTaken { .. } | Refusal::LooksAlike { .. } | Refusal::WrongTypedName => {
            field("name")
        }
        Refusal::SunsetInPast => field("sunset"),
        Refusal::ExpiryInPast
        | Refusal::ExpiryRequired
        | Refusal::LifetimeTooLong { .. }
        | Refusal::SecretTooOld { .. } => field("expires"),
        Refusal::ContradictoryPolicy(error) => field(error.rule()),
        Refusal::OverlapTooShort
        | Refusal::OverlapTooLong { .. }
        | Refusal::OverlapBeyondPolicy { .. } => field("overlap_seconds"),
        Refusal::OverlapRuns { .. } => field("end_overlap"),
        Refusal::NoNetworks => field("networks"),
        Refusal::UnknownScope { .. } => field("scopes"),
        Refusal::NotReplaceable => field("generation"),
        Refusal::TooManyInactiveOwners { .. } => field("member"),
        Refusal::InactiveOwner => field("owner"),
        Refusal::ChoiceRequired { .. } | Refusal::OtherKind { .. } | Refusal::OtherWorkspace => {
            field("credential")
        }
        _ => None,
    }
}
