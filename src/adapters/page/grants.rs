//! The fields of the scopes, networks, labels and owner of a credential: what they show, and what is read from them.

use crate::domain::{InactiveOwners, Owner};
use crate::shell::{Credential, ManageError, Manager};
use crate::values::{
    ActorId, CredentialId, CredentialNetworks, Label, LabelError, Labels, Network, ScopeName,
    Scopes, contains_key,
};

use super::fields::{FormFields, may_hold_key};
use super::page_request::PageRequest;
use super::routes::Act;
use super::texts::capital;
use super::view::{FormChoice, Problem};

/// The most lines that are read. More than a credential can have, so that the refusal names the rule.
const LINES: usize = 1_000;

/// The values that the fields show.
pub(super) struct GrantFields {
    /// Empty if the service declares no scopes.
    pub(super) scopes: Vec<FormChoice>,
    pub(super) scope_boxes: Vec<FormChoice>,
    pub(super) networks: String,
    pub(super) labels: String,
    pub(super) owners: Vec<FormChoice>,
    pub(super) member: String,
}

impl GrantFields {
    /// Shows what a form or a query has given.
    pub(super) fn given(ask: &PageRequest, given: &FormFields) -> Self {
        let boxes: Vec<&str> = given.all("scope").collect();
        Self {
            scopes: scope_choices(ask, given.get("scopes")),
            scope_boxes: scope_boxes(ask, |name| boxes.contains(&name)),
            networks: given.kept("networks"),
            labels: given.kept("labels"),
            owners: owner_choices(ask, given.get("owner")),
            member: given.kept("member"),
        }
    }

    /// Shows what a credential has. The fields of a form that was refused show what it gave.
    pub(super) fn of(ask: &PageRequest, credential: &Credential, refused: Option<Act>) -> Self {
        let given = Self::given(ask, &ask.form);
        let is = |act| refused == Some(act);
        let Self { mut scopes, scope_boxes, networks, labels, owners, member } =
            Self::stored(ask, credential);
        let scope_boxes = if is(Act::Scopes) {
            scopes = given.scopes;
            given.scope_boxes
        } else {
            scope_boxes
        };
        let (owners, member) =
            if is(Act::Owner) { (given.owners, given.member) } else { (owners, member) };
        if !scopes.is_empty() {
            let chosen = if is(Act::Scopes) { ask.form.get("scopes") } else { chosen(credential) };
            let none = FormChoice::new("none", ask.t().scopes_none(), chosen);
            scopes.insert(scopes.len() - 1, none);
        }
        Self {
            scopes,
            scope_boxes,
            networks: if is(Act::Networks) { given.networks } else { networks },
            labels: if is(Act::Labels) { given.labels } else { labels },
            owners,
            member,
        }
    }

    fn stored(ask: &PageRequest, credential: &Credential) -> Self {
        let networks = credential.networks.iter().flat_map(CredentialNetworks::as_slice);
        let labels = credential.labels.as_slice().iter();
        let member = credential.owner.member().map(ToString::to_string);
        let has = |name: &str| match &credential.scopes {
            Scopes::All => false,
            Scopes::Only(set) => set.names().iter().any(|known| known.as_str() == name),
        };
        Self {
            scopes: scope_choices(ask, chosen(credential)),
            scope_boxes: scope_boxes(ask, has),
            networks: lines(networks),
            labels: lines(labels),
            owners: owner_choices(ask, if member.is_some() { "member" } else { "account" }),
            member: member.unwrap_or_default(),
        }
    }
}

fn lines<T: ToString>(values: impl Iterator<Item = T>) -> String {
    values.map(|value| value.to_string()).collect::<Vec<_>>().join("\n")
}

/// Returns the choice that the scopes of a credential are.
fn chosen(credential: &Credential) -> &'static str {
    match &credential.scopes {
        Scopes::All => "all",
        Scopes::Only(set) if set.names().is_empty() => "none",
        Scopes::Only(_) => "some",
    }
}

/// Returns the presets and the two other choices, within the limits of the actor.
fn scope_choices(ask: &PageRequest, chosen: &str) -> Vec<FormChoice> {
    let (t, vocabulary) = (ask.t(), ask.parts.keyward.inner().vocabulary());
    if vocabulary.scopes().len() == 0 {
        return Vec::new();
    }
    let ceiling = ask.request.actor.scopes();
    let presets = vocabulary.presets().iter();
    let presets = presets.filter(|preset| ceiling.contain(&Scopes::from(**preset)));
    let mut choices: Vec<_> = presets
        .map(|preset| {
            let mut choice =
                FormChoice::new(format!("preset:{}", preset.title()), preset.title(), chosen);
            choice.note = preset.scopes().join(", ");
            choice
        })
        .collect();
    if ceiling.is_all() {
        choices.push(FormChoice::new("all", t.scopes_all(), chosen));
    }
    // The boxes follow it.
    choices.push(FormChoice::new("some", t.scopes_some(), chosen));
    choices
}

/// Returns a box for each scope within the limits of the actor.
fn scope_boxes(ask: &PageRequest, is_chosen: impl Fn(&str) -> bool) -> Vec<FormChoice> {
    let ceiling = ask.request.actor.scopes();
    let scopes = ask.parts.keyward.inner().vocabulary().scopes();
    scopes
        .filter(|(name, _)| ceiling.contains(name))
        .map(|(name, sentence)| {
            let name = name.as_str();
            let chosen = if is_chosen(name) { name } else { "" };
            let mut choice = FormChoice::new(name, sentence, chosen);
            name.clone_into(&mut choice.note);
            choice
        })
        .collect()
}

fn owner_choices(ask: &PageRequest, chosen: &str) -> Vec<FormChoice> {
    let chosen = if chosen.is_empty() { "account" } else { chosen };
    vec![
        FormChoice::new("account", ask.t().owner_account(), chosen),
        FormChoice::new("member", ask.t().owner_member(), chosen),
    ]
}

pub(super) fn read_scopes(ask: &PageRequest) -> Result<Scopes, Problem> {
    let vocabulary = ask.parts.keyward.inner().vocabulary();
    let chosen = ask.form.get("scopes");
    let missing = || Problem::new("scopes", ask.t().choose_scopes());
    // Without scopes, the form has no such field.
    let has_field = vocabulary.scopes().len() > 0;
    if chosen == "all" || (chosen.is_empty() && !has_field) {
        return Ok(Scopes::All);
    }
    if let Some(title) = chosen.strip_prefix("preset:") {
        let preset = vocabulary.presets().iter().find(|preset| preset.title() == title);
        return preset.map(|preset| Scopes::from(*preset)).ok_or_else(missing);
    }
    let names = ask.form.all("scope").map(ScopeName::new).collect::<Result<Vec<_>, _>>();
    match (chosen, names) {
        ("none", _) => Ok(Scopes::none()),
        ("some", Ok(names)) => Scopes::only(names).map_err(|_| missing()),
        _ => Err(missing()),
    }
}

/// Reads the lines of a field, each as a value.
fn read_lines<T>(
    ask: &PageRequest,
    field: &str,
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<Vec<T>, Vec<Problem>> {
    let (mut values, mut problems) = (Vec::new(), Vec::new());
    let all = ask.form.get(field).lines().map(str::trim).filter(|line| !line.is_empty());
    for line in all.take(LINES) {
        match read(line) {
            Ok(value) => values.push(value),
            Err(error) => {
                let shown = if may_hold_key(line) { "…" } else { line };
                problems.push(Problem::new(field, ask.t().bad_line(shown, &error)));
            }
        }
    }
    if problems.is_empty() { Ok(values) } else { Err(problems) }
}

/// Reads the networks, one on each line. None is no restriction.
pub(super) fn read_networks(ask: &PageRequest) -> Result<Option<CredentialNetworks>, Vec<Problem>> {
    let read = |line: &str| line.parse::<Network>().map_err(|error| error.to_string());
    let networks = read_lines(ask, "networks", read)?;
    if networks.is_empty() {
        return Ok(None);
    }
    let networks = CredentialNetworks::new(networks);
    networks.map(Some).map_err(|error| vec![sentence("networks", &error.to_string())])
}

/// Reads the labels, one on each line.
pub(super) fn read_labels(ask: &PageRequest) -> Result<Labels, Vec<Problem>> {
    let read = |line: &str| {
        let Some((name, value)) = line.split_once('=') else {
            return Err(ask.t().label_form().into_owned());
        };
        let label: Result<Label, LabelError> = Label::new(name.trim(), value.trim());
        label.map_err(|error| error.to_string())
    };
    let labels = Labels::new(read_lines(ask, "labels", read)?);
    labels.map_err(|error| vec![sentence("labels", &error.to_string())])
}

/// Reads the id of a member. A key in place of an id is refused, because the id is shown in lists and in the history.
pub(super) fn read_member(ask: &PageRequest) -> Option<ActorId> {
    let text = ask.form.get("member");
    ActorId::new(text).ok().filter(|_| !contains_key(text))
}

/// Reads the owner.
pub(super) fn read_owner(ask: &PageRequest) -> Result<Owner, Problem> {
    match ask.form.get("owner") {
        "" | "account" => Ok(Owner::Account),
        "member" => {
            let missing = || Problem::new("member", ask.t().member_missing());
            Ok(Owner::Member { id: read_member(ask).ok_or_else(missing)? })
        }
        _ => Err(Problem::new("owner", ask.t().choose_owner())),
    }
}

fn sentence(field: &str, error: &str) -> Problem {
    Problem::new(field, format!("{}.", capital(error)))
}

/// Returns `true` if the owner of the credential is inactive.
pub(super) fn is_stopped(inactive: &InactiveOwners, credential: &Credential) -> bool {
    let member = credential.owner.member();
    member.is_some_and(|member| inactive.includes(&credential.account, member))
}

/// Returns `true` if the form has the field that the action sets. A text field is in each form of the page, also if it is empty. Without
/// this check, a form without the field would lift the networks or remove the labels.
pub(super) fn has_field(ask: &PageRequest, act: Act) -> bool {
    match act {
        Act::Networks => ask.form.has("networks"),
        Act::Labels => ask.form.has("labels"),
        // A form without a choice gets its problem when it is read.
        _ => true,
    }
}

/// Sets what one of the forms is about.
pub(super) async fn set(
    ask: &PageRequest,
    manager: &Manager<'_>,
    id: CredentialId,
    act: Act,
) -> Result<Result<Credential, ManageError>, Vec<Problem>> {
    Ok(match act {
        Act::Networks => match read_networks(ask)? {
            Some(networks) => manager.set_networks(id, networks).await,
            None => manager.lift_networks(id).await,
        },
        Act::Labels => manager.set_labels(id, read_labels(ask)?).await,
        Act::Owner if ask.form.get("owner").is_empty() => {
            return Err(vec![Problem::new("owner", ask.t().choose_owner())]);
        }
        Act::Owner => {
            let owner = read_owner(ask).map_err(|problem| vec![problem])?;
            manager.set_owner(id, owner).await
        }
        _ if ask.form.get("scopes").is_empty() => {
            return Err(vec![Problem::new("scopes", ask.t().choose_scopes())]);
        }
        _ => {
            let scopes = read_scopes(ask).map_err(|problem| vec![problem])?;
            manager.set_scopes(id, scopes).await
        }
    })
}
