//! Adding a credential.

use askama::Template;
use http::StatusCode;

use crate::adapters::http::management_failure::status_of;
use crate::domain::{Grant, Refusal};
use crate::kinds::{KeyLocation, KeyShape, KindSpec};
use crate::shell::{CredentialFilter, ManageError, NewCredential};
use crate::store::PageItem;
use crate::values::{KindWord, Name, WorkspaceId};

use super::expiry::{self, End};
use super::failure::Failure;
use super::grants::{self, GrantFields};
use super::page_request::PageRequest;
use super::reply::{Reply, Section, chrome, screen};
use super::secret;
use super::texts::capital;
use super::view::{Chrome, FormChoice, Problem, isolated, workspace_choices};

/// The fields that most readers leave as they are.
const FURTHER: [&str; 4] = ["networks", "labels", "owner", "member"];

/// The choice of the expiry that the policy of the account determines.
const DEFAULT: &str = "default";

#[derive(Template)]
#[template(path = "add.html")]
struct Add<'a> {
    c: Chrome<'a>,
    action: String,
    list: String,
    operation: String,
    name: String,
    workspaces: Vec<FormChoice>,
    kinds: Vec<FormChoice>,
    expiries: Vec<FormChoice>,
    date: String,
    grant: GrantFields,
    /// `true` if one of the further fields has a value or a problem.
    is_further_open: bool,
}

pub(super) async fn add(ask: &PageRequest) -> Result<Reply, Failure> {
    if ask.is_form() {
        return issue(ask).await;
    }
    ask.must_manage()?;
    let operation = ask.new_operation()?;
    form(ask, StatusCode::OK, operation, Vec::new()).await
}

async fn form(
    ask: &PageRequest,
    status: StatusCode,
    operation: String,
    problems: Vec<Problem>,
) -> Result<Reply, Failure> {
    let t = ask.t();
    let given = ask.given();
    let workspaces = ask.workspaces().await?;
    let policy = ask.manager().account().await?.policy;
    let has_default = policy.fields().default_expiry_seconds.is_some();
    let expiry = match given.get("expiry") {
        "" if has_default => DEFAULT,
        "" => "never",
        given => given,
    };
    let default = has_default.then(|| FormChoice::new(DEFAULT, t.expiry_default(), expiry));
    let expiries = expiry::choices(ask, &t.expiry_never(), expiry);
    let workspace = given.get("workspace");
    let kind = match (given.get("kind"), kinds(ask).next()) {
        ("", Some(first)) => first.word().to_string(),
        (kind, _) => kind.to_owned(),
    };
    let add = Add {
        action: ask.urls.add(),
        list: ask.urls.list(),
        operation,
        name: given.kept("name"),
        workspaces: workspace_choices(&workspaces, workspace),
        kinds: kinds(ask).map(|spec| kind_choice(ask, spec, &kind)).collect(),
        expiries: default.into_iter().chain(expiries).collect(),
        date: given.kept("date"),
        is_further_open: FURTHER.iter().any(|field| !matches!(given.get(field), "" | "account"))
            || FURTHER.iter().any(|field| problems.iter().any(|problem| problem.field == *field)),
        c: chrome(ask, Section::List, &t.add_heading()).with_problems(problems),
        grant: GrantFields::given(ask, given),
    };
    screen(status, &add.c, &add)
}

/// Returns the kinds within the limits of the actor.
fn kinds(ask: &PageRequest) -> impl Iterator<Item = &KindSpec> {
    ask.parts.keyward.kinds().filter(|spec| ask.request.actor.includes_kind(spec.word()))
}

fn kind_choice(ask: &PageRequest, spec: &KindSpec, chosen: &str) -> FormChoice {
    let t = ask.t();
    let form = match (spec.shape(), spec.presented()) {
        (KeyShape::Pair, KeyLocation::Basic { .. }) => t.kind_pair(),
        (KeyShape::Pair, KeyLocation::Header { name }) => t.kind_pair_header(name),
        (KeyShape::Pair, KeyLocation::Bearer { .. }) => t.kind_pair_header("Authorization"),
        (KeyShape::Token, KeyLocation::Header { name }) => t.kind_header(name),
        (KeyShape::Token, KeyLocation::Bearer { .. } | KeyLocation::Basic { .. }) => {
            t.kind_bearer()
        }
    };
    let shown = if spec.is_shown_again() { t.kind_shown_again() } else { t.kind_shown_once() };
    let mut choice = FormChoice::new(spec.word().as_str(), spec.singular(), chosen);
    choice.note = format!("{form} {shown}");
    choice
}

/// The fields of the form, as values.
struct WantedCredential {
    name: Name,
    workspace: WorkspaceId,
    kind: KindWord,
    /// `None` for the default of the account.
    end: Option<End>,
    grant: Grant,
}

fn read(ask: &PageRequest) -> Result<WantedCredential, Vec<Problem>> {
    let t = ask.t();
    let name = read_name(ask, "name");
    let workspace = WorkspaceId::new(ask.form.get("workspace"))
        .map_err(|_| Problem::new("workspace", t.choose_workspace()));
    let kind = ask.form.get("kind").parse::<KindWord>().ok();
    let kind = kind.filter(|word| ask.parts.keyward.kinds().any(|spec| spec.word() == *word));
    let kind = kind.ok_or_else(|| Problem::new("kind", t.choose_kind()));
    let end = match ask.form.get("expiry") {
        DEFAULT => Ok(None),
        _ => expiry::read(ask, "expiry", "date").map(Some),
    };
    let grant = read_grant(ask);
    match (name, workspace, kind, end, grant) {
        (Ok(name), Ok(workspace), Ok(kind), Ok(end), Ok(grant)) => {
            Ok(WantedCredential { name, workspace, kind, end, grant })
        }
        (name, workspace, kind, end, grant) => {
            let problems = [name.err(), workspace.err(), kind.err(), end.err()];
            let problems = problems.into_iter().flatten();
            Err(problems.chain(grant.err().into_iter().flatten()).collect())
        }
    }
}

fn read_grant(ask: &PageRequest) -> Result<Grant, Vec<Problem>> {
    let scopes = grants::read_scopes(ask).map_err(|problem| vec![problem]);
    let networks = grants::read_networks(ask);
    let labels = grants::read_labels(ask);
    let owner = grants::read_owner(ask).map_err(|problem| vec![problem]);
    match (scopes, networks, labels, owner) {
        (Ok(scopes), Ok(networks), Ok(labels), Ok(owner)) => {
            Ok(Grant { scopes, networks, labels, owner })
        }
        (scopes, networks, labels, owner) => {
            let problems = [scopes.err(), networks.err(), labels.err(), owner.err()];
            Err(problems.into_iter().flatten().flatten().collect())
        }
    }
}

/// Reads a name from the form.
pub(super) fn read_name(ask: &PageRequest, field: &str) -> Result<Name, Problem> {
    Name::new(ask.form.get(field)).map_err(|error| {
        let text = ask.t().name_invalid(&capital(&error.to_string())).into_owned();
        Problem::new(field, text)
    })
}

async fn issue(ask: &PageRequest) -> Result<Reply, Failure> {
    let operation = ask.operation()?.to_owned();
    let wanted = match read(ask) {
        Ok(wanted) => wanted,
        Err(problems) => {
            return form(ask, StatusCode::UNPROCESSABLE_ENTITY, operation, problems).await;
        }
    };
    let mut new = NewCredential::new(wanted.workspace.clone(), wanted.name.clone())
        .granted(wanted.grant.clone())
        .operation(operation.clone());
    new = match wanted.end {
        None => new,
        Some(End::Never) => new.no_expiry(),
        Some(End::At(at)) => new.expires(at),
    };
    match ask.manager().issue_of(wanted.kind, new).await {
        Ok(issued) => {
            let title = secret::title(ask, &issued.credential);
            secret::show(ask, &issued.credential, &issued.secret, &title, Vec::new())
        }
        Err(ManageError::Repeated(again)) => secret::repeated(ask, &again),
        Err(ManageError::Refused(Refusal::OperationReused)) => {
            let problem = Problem::new("", ask.t().form_reused());
            let operation = ask.new_operation()?;
            form(ask, StatusCode::CONFLICT, operation, vec![problem]).await
        }
        Err(error @ ManageError::Refused(_)) => {
            let mut problem = Problem::new(field_of(&error), ask.error(&error));
            problem.link = namesake(ask, &error, &wanted.workspace, wanted.kind).await;
            form(ask, status_of(&error), operation, vec![problem]).await
        }
        Err(error) => Err(error.into()),
    }
}

/// Returns the field that a refusal is about.
fn field_of(error: &ManageError) -> &'static str {
    match error {
        ManageError::Refused(Refusal::NameTaken { .. } | Refusal::LooksAlike { .. }) => "name",
        ManageError::Refused(Refusal::ExpiryInPast) => "date",
        ManageError::Refused(Refusal::UnknownScope { .. } | Refusal::AboveCeiling { .. }) => {
            "scopes"
        }
        ManageError::Refused(Refusal::InactiveOwner) => "member",
        ManageError::Refused(
            Refusal::ExpiryRequired
            | Refusal::LifetimeTooLong { .. }
            | Refusal::SecretTooOld { .. },
        ) => "expiry",
        _ => "",
    }
}

/// Returns a link to the credential that has the name of the form, or one that looks like it.
pub(super) async fn namesake(
    ask: &PageRequest,
    error: &ManageError,
    workspace: &WorkspaceId,
    kind: KindWord,
) -> Option<(String, String)> {
    let name = match error {
        ManageError::Refused(Refusal::NameTaken { .. }) => read_name(ask, "name").ok()?,
        ManageError::Refused(Refusal::LooksAlike { other, .. }) => other.clone(),
        _ => return None,
    };
    // In the order of names, the name itself comes before those that begin with it.
    let filter = CredentialFilter::new().workspace(workspace.clone()).kind(kind);
    let page = ask.manager().credentials(filter.name_starts_with(name.as_str())).await.ok()?;
    let mut records = page.items.into_iter().filter_map(PageItem::record);
    let found = records.find(|credential| credential.name.key() == name.key())?;
    let text = ask.t().name_taken_link(&isolated(found.name.as_str())).into_owned();
    Some((ask.urls.credential(found.id), text))
}
