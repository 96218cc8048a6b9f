//! The screen of one credential.

use askama::Template;
use http::StatusCode;

use crate::domain::{CredentialStatus, Refusal};
use crate::shell::{Credential, DeletionImpact, HistoryFilter, SecretStatus, UsedNetwork};
use crate::values::{CredentialId, CredentialNetworks, Scopes, Timestamp};

use super::expiry::{choices, date_value};
use super::failure::Failure;
use super::grants::{GrantFields, is_stopped};
use super::list::{ends, no_use_note, status_word};
use super::page_request::PageRequest;
use super::reply::{Reply, Section, chrome, screen};
use super::routes::Act;
use super::texts::capital;
use super::view::{Chrome, FormChoice, Problem, ShownActor, Time};

#[derive(Template)]
#[template(path = "credential.html")]
#[expect(clippy::struct_excessive_bools, reason = "the template asks for each")]
struct Details<'a> {
    c: Chrome<'a>,
    status: String,
    status_word: &'static str,
    lines: Vec<String>,
    kind: String,
    id_label: String,
    id: String,
    workspace: String,
    created: Time,
    created_by: ShownActor,
    last_used: Option<Time>,
    /// The networks from which it passed, if they are shown to the actor.
    networks: Option<Vec<String>>,
    ends: Option<Time>,
    granted: Vec<GrantRow>,
    integrations: Vec<String>,
    history: String,
    secrets: Vec<Secret>,
    overlap_advice: Option<String>,
    no_use_note: String,
    may_manage: bool,
    is_ended: bool,
    is_suspended: bool,
    is_deprecated: bool,
    has_overlap: bool,
    last_permanent: Option<String>,
    add_another: String,
    add_another_text: String,
    revision: String,
    /// The action whose form is open.
    open: &'static str,
    new_name: String,
    expiries: Vec<FormChoice>,
    date: String,
    sunsets: Vec<FormChoice>,
    sunset_date: String,
    rotate: String,
    reveal: Option<String>,
    delete: String,
    end_overlap: String,
    rename: String,
    expiry: String,
    suspend: String,
    resume: String,
    deprecate: String,
    undeprecate: String,
    /// The fields of the scopes, networks, labels and owner.
    grant: GrantFields,
    set_scopes: String,
    set_networks: String,
    set_labels: String,
    set_owner: String,
}

/// A line about the scopes, the networks, the labels or the owner.
struct GrantRow {
    term: String,
    values: Vec<String>,
}

/// A secret of the credential, without its text.
struct Secret {
    number: String,
    standing: String,
    created: Time,
    last_used: Option<Time>,
}

/// Shows a credential. After a refused form, `act` is its action, and the form keeps its values.
pub(super) async fn credential(
    ask: &PageRequest,
    id: CredentialId,
    status: StatusCode,
    act: Option<Act>,
    problems: Vec<Problem>,
) -> Result<Reply, Failure> {
    let impact = ask.manager().deletion_impact(id).await?;
    let workspace = ask.manager().workspace(&impact.credential.workspace).await?;
    let networks = ask.manager().used_networks(id).await?;
    let notice = ask.notice(HistoryFilter::new().credential(id)).await;
    let is_stopped = is_stopped(&ask.manager().inactive_owners().await?, &impact.credential);
    let details = details(ask, impact, workspace.name.to_string(), act, problems, notice);
    let stopped = is_stopped.then(|| format!("{}.", ask.t().owner_inactive()));
    let lines = stopped.into_iter().chain(details.lines).collect();
    let networks = networks.map(|all| used_from(ask, &all));
    let details = Details { lines, networks, ..details };
    screen(status, &details.c, &details)
}

fn details(
    ask: &PageRequest,
    impact: DeletionImpact,
    workspace: String,
    act: Option<Act>,
    problems: Vec<Problem>,
    notice: Option<super::view::Notice>,
) -> Details<'_> {
    let t = ask.t();
    let DeletionImpact { credential, integrations, is_last_permanent, .. } = impact;
    let id = credential.id;
    let spec = ask.kind(credential.kind);
    let is_pair = spec.is_some_and(|spec| spec.shape() == crate::kinds::KeyShape::Pair);
    let is_revealable = spec.is_some_and(crate::kinds::KindSpec::is_shown_again);
    let (noun, url) = (ask.kind_noun(credential.kind), |act| ask.urls.act(id, act));
    let kept = |act_of_field: Act, field: &str, otherwise: String| match act {
        Some(act) if act == act_of_field => ask.form.kept(field),
        _ => otherwise,
    };
    let sunset = credential.deprecation.and_then(|deprecation| deprecation.sunset);
    let chosen = |end: Option<Timestamp>| if end.is_some() { "date" } else { "never" }.to_owned();
    let expiry_chosen = kept(Act::Expiry, "expiry", chosen(credential.expires));
    let sunset_chosen = kept(Act::Deprecate, "sunset", chosen(sunset));
    Details {
        c: chrome(ask, Section::List, credential.name.as_str())
            .with_notice(notice)
            .with_problems(problems),
        status: t.status(credential.status).into_owned(),
        status_word: status_word(credential.status),
        lines: lines(ask, &credential),
        id_label: if is_pair { t.site_id() } else { t.key_id() }.into_owned(),
        id: id.to_string(),
        workspace,
        created: ask.time(credential.created),
        created_by: ask.actor(&credential.created_by),
        last_used: credential.last_used.map(|at| ask.time(at)),
        networks: None,
        ends: ends(&credential).map(|at| ask.time(at)),
        granted: granted(ask, &credential),
        grant: GrantFields::of(ask, &credential, act),
        integrations: integrations.iter().map(|it| ask.integration(it)).collect(),
        history: ask.urls.screen_with("history", &[("credential", id.as_str())]),
        secrets: secrets(ask, &credential),
        overlap_advice: overlap_advice(ask, &credential),
        no_use_note: no_use_note(ask),
        may_manage: ask.may_manage(),
        is_ended: credential.status == CredentialStatus::Ended,
        is_suspended: credential.suspended.is_some(),
        is_deprecated: credential.deprecation.is_some(),
        has_overlap: overlap(&credential).is_some(),
        last_permanent: is_last_permanent.then(|| t.delete_last_permanent(&noun).into_owned()),
        add_another: ask.urls.add_with(credential.workspace.as_str(), credential.kind.as_str()),
        add_another_text: t.delete_last_permanent_add(&noun).into_owned(),
        revision: credential.revision.get().to_string(),
        open: act.map_or("", Act::word),
        new_name: kept(Act::Rename, "name", credential.name.to_string()),
        expiries: choices(ask, &t.expiry_never(), &expiry_chosen),
        date: kept(Act::Expiry, "date", date_value(credential.expires)),
        sunsets: choices(ask, &t.sunset_none(), &sunset_chosen),
        sunset_date: kept(Act::Deprecate, "sunset-date", date_value(sunset)),
        rotate: url(Act::Rotate),
        reveal: is_revealable.then(|| url(Act::Reveal)),
        delete: url(Act::Delete),
        end_overlap: url(Act::EndOverlap),
        rename: url(Act::Rename),
        expiry: url(Act::Expiry),
        suspend: url(Act::Suspend),
        resume: url(Act::Resume),
        deprecate: url(Act::Deprecate),
        undeprecate: url(Act::Undeprecate),
        set_scopes: url(Act::Scopes),
        set_networks: url(Act::Networks),
        set_labels: url(Act::Labels),
        set_owner: url(Act::Owner),
        kind: capital(&noun),
    }
}

fn used_from(ask: &PageRequest, networks: &[UsedNetwork]) -> Vec<String> {
    let text = |seen: &UsedNetwork| {
        ask.t().network_on(&seen.network.to_string(), &seen.day.to_string()).into_owned()
    };
    networks.iter().map(text).collect()
}

fn lines(ask: &PageRequest, credential: &Credential) -> Vec<String> {
    let t = ask.t();
    let suspended = credential.suspended.map(|at| t.suspended_since(&t.time(at)));
    let deprecated = credential.deprecation.map(|deprecation| match deprecation.sunset {
        Some(at) => t.ends_sunset(&t.time(at)),
        None => t.deprecated_no_sunset(),
    });
    let expires = credential.expires.map(|at| t.ends_expiry(&t.time(at)));
    [suspended, deprecated, expires].into_iter().flatten().map(|it| format!("{it}.")).collect()
}

/// Returns the rows for what is set. Unlimited scopes have a row only if the service declares scopes.
fn granted(ask: &PageRequest, credential: &Credential) -> Vec<GrantRow> {
    let t = ask.t();
    let has_vocabulary = ask.parts.keyward.inner().vocabulary().scopes().len() > 0;
    let scopes = match &credential.scopes {
        Scopes::All if has_vocabulary => vec![t.scopes_all().into_owned()],
        Scopes::All => Vec::new(),
        Scopes::Only(set) if set.names().is_empty() => vec![t.scopes_none().into_owned()],
        Scopes::Only(set) => set.names().iter().map(ToString::to_string).collect(),
    };
    let networks = credential.networks.iter().flat_map(CredentialNetworks::as_slice);
    let labels = credential.labels.as_slice().iter().map(ToString::to_string).collect();
    let owner = credential.owner.member().map(ToString::to_string);
    let rows = [
        (t.column_scopes(), scopes),
        (t.column_networks(), networks.map(ToString::to_string).collect()),
        (t.column_labels(), labels),
        (t.column_owner(), owner.into_iter().collect()),
    ];
    rows.into_iter()
        .filter(|(_, values)| !values.is_empty())
        .map(|(term, values)| GrantRow { term: term.into_owned(), values })
        .collect()
}

fn secrets(ask: &PageRequest, credential: &Credential) -> Vec<Secret> {
    let t = ask.t();
    let secret = |generation: &crate::shell::Generation| Secret {
        number: generation.number.to_string(),
        standing: match generation.status {
            SecretStatus::Current => t.secret_current(),
            SecretStatus::OverlapsUntil(at) => t.secret_overlaps(&t.time(at)),
            SecretStatus::EndedAt(at) => t.secret_ended(&t.time(at)),
        }
        .into_owned(),
        created: ask.time(generation.created),
        last_used: generation.last_used.map(|at| ask.time(at)),
    };
    credential.generations.iter().map(secret).collect()
}

/// Returns the end of a running overlap, and the last use of the previous secret.
pub(super) fn overlap(credential: &Credential) -> Option<(Timestamp, Option<Timestamp>)> {
    credential.generations.iter().find_map(|generation| match generation.status {
        SecretStatus::OverlapsUntil(until) => Some((until, generation.last_used)),
        SecretStatus::Current | SecretStatus::EndedAt(_) => None,
    })
}

/// Returns a sentence about whether the previous secret can be ended, if an overlap runs.
pub(super) fn overlap_advice(ask: &PageRequest, credential: &Credential) -> Option<String> {
    let t = ask.t();
    let (_, last_used) = overlap(credential)?;
    let Some(used) = last_used else { return Some(t.old_secret_never().into_owned()) };
    let days = ask.now().since(used).map_or(0, |idle| idle.as_secs() / 86_400);
    Some(match days {
        0 => t.old_secret_busy(&t.time(used)).into_owned(),
        days => t.old_secret_idle(&t.days(days)).into_owned(),
    })
}

/// Returns the id of the field that a refusal of an action is about.
pub(super) fn field_of(act: Act, refusal: &Refusal) -> &'static str {
    match (act, refusal) {
        (Act::Rename, _) => "name",
        (Act::Expiry, Refusal::ExpiryInPast) => "date",
        (Act::Expiry, _) => "expiry",
        (Act::Deprecate, Refusal::SunsetInPast) => "sunset-date",
        (Act::Deprecate, _) => "sunset",
        (Act::Suspend, _) => "suspend",
        (Act::Scopes, _) => "scopes",
        (Act::Networks, _) => "networks",
        (Act::Labels, _) => "labels",
        (Act::Owner, Refusal::InactiveOwner) => "member",
        (Act::Owner, _) => "owner",
        (Act::Rotate, Refusal::OverlapRuns { .. }) => "end",
        (
            Act::Rotate,
            Refusal::OverlapTooLong { .. }
            | Refusal::OverlapBeyondPolicy { .. }
            | Refusal::OverlapTooShort,
        ) => "overlap",
        (Act::Delete, Refusal::WrongTypedName) => "typed",
        _ => "",
    }
}
