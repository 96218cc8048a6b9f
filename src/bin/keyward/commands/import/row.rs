//! A row of the input as a row of an import.

use std::fmt::Display;
use std::str::FromStr;

use keyward::imports::ImportRow;
use keyward::kind::KindWord;
use keyward::manage::{CredentialNetworks, Label, Labels, Owner};
use keyward::operate::ImportSettings;
use keyward::scope::{ScopeName, Scopes};
use keyward::{AccountId, ActorId, Name, WorkspaceId};
use serde_json::Value;

use super::fields::{Fields, Given};

/// A row that was read.
pub(super) struct InputRow {
    pub(super) account: AccountId,
    pub(super) workspace: WorkspaceId,
    pub(super) name: Name,
    /// The kind of the credential, if the format is declared.
    pub(super) kind: Option<KindWord>,
    pub(super) row: ImportRow,
}

/// A row that cannot be read. The reason contains no value of the row.
pub(super) struct UnreadableRow {
    pub(super) name: Option<Name>,
    pub(super) why: String,
}

/// Reads a row.
pub(super) fn read(
    fields: Result<Fields, String>,
    declared: &[ImportSettings],
) -> Result<InputRow, UnreadableRow> {
    let mut fields = fields.map_err(|why| UnreadableRow { name: None, why })?;
    let name = named(&mut fields).map_err(|why| UnreadableRow { name: None, why })?;
    read_named(fields, name.clone(), declared)
        .map_err(|why| UnreadableRow { name: Some(name), why })
}

/// Takes the name. If it is the hash, because columns were confused, it must not be shown.
fn named(fields: &mut Fields) -> Result<Name, String> {
    let text = fields.take_required("name")?;
    if fields.is("hash", &text) {
        return Err("`name` is the same as `hash`".to_owned());
    }
    parsed("name", &text)
}

fn read_named(
    mut fields: Fields,
    name: Name,
    declared: &[ImportSettings],
) -> Result<InputRow, String> {
    let account = parsed("account", &fields.take_required("account")?)?;
    let workspace = parsed("workspace", &fields.take_required("workspace")?)?;
    let format = fields.take_required("format")?;
    let kind = kind_of(&mut fields, &format, declared)?;
    let hash = fields.take_required("hash")?;
    let mut row = ImportRow::new(format.as_str(), name.clone(), hash.as_str());
    if let Some(matching) = fields.take_text("matching")?.value() {
        row = row.matching(matching.as_str());
    }
    row = restricted(with_times(row, &mut fields)?, &mut fields)?;
    Ok(InputRow { account, workspace, name, kind, row })
}

/// Returns the kind, which the format decides. Fails if the row has another one.
fn kind_of(
    fields: &mut Fields,
    format: &str,
    declared: &[ImportSettings],
) -> Result<Option<KindWord>, String> {
    let given = optional::<KindWord>(fields, "kind")?.value();
    let declared = declared.iter().find(|declared| declared.format.name() == format);
    let Some(kind) = declared.map(|declared| declared.kind) else { return Ok(None) };
    if given.is_some_and(|given| given != kind) {
        return Err(format!("the keys of the format are of the kind `{kind}`: correct `kind`"));
    }
    Ok(Some(kind))
}

fn with_times(mut row: ImportRow, fields: &mut Fields) -> Result<ImportRow, String> {
    if let Some(at) = optional(fields, "created")?.value() {
        row = row.created(at);
    }
    if let Some(at) = optional(fields, "last_used")?.value() {
        row = row.last_used(at);
    }
    Ok(match optional(fields, "expires")? {
        Given::Absent => row,
        Given::Null => row.no_expiry(),
        Given::Value(at) => row.expires(at),
    })
}

/// Sets what restricts the credential. Null is refused where it could mean both everything and nothing.
fn restricted(mut row: ImportRow, fields: &mut Fields) -> Result<ImportRow, String> {
    match fields.take("disabled") {
        None | Some(Value::Bool(false)) => {}
        Some(Value::Bool(true)) => row = row.disabled(),
        Some(_) => return Err("`disabled` is neither true nor false".to_owned()),
    }
    match fields.take("scopes") {
        None => {}
        Some(value) => row = row.scopes(scopes(value)?),
    }
    match fields.take("networks") {
        None => {}
        Some(Value::String(text)) if text == "any" => {}
        Some(value) => {
            let why = "give a list of networks, or `any`";
            let networks = words("networks", value, why)?;
            row = row.networks(made("networks", CredentialNetworks::new(networks))?);
        }
    }
    if let Some(value) = fields.take("labels") {
        row = row.labels(labels(value)?);
    }
    let owner = optional::<ActorId>(fields, "owner")?.value();
    Ok(row.owner(Owner::from(owner)))
}

fn scopes(value: Value) -> Result<Scopes, String> {
    match value {
        Value::String(text) if text == "all" => return Ok(Scopes::All),
        Value::String(text) if text == "none" => return Ok(Scopes::none()),
        Value::Array(names) if names.is_empty() => return Ok(Scopes::none()),
        _ => {}
    }
    let names: Vec<ScopeName> = words("scopes", value, "give a list of names, `all` or `none`")?;
    made("scopes", Scopes::only(names))
}

fn labels(value: Value) -> Result<Labels, String> {
    let not_labels = || "`labels` is not an object of texts".to_owned();
    let Value::Object(pairs) = value else { return Err(not_labels()) };
    let mut labels = Vec::with_capacity(pairs.len());
    for (name, value) in &pairs {
        let value = value.as_str().ok_or_else(not_labels)?;
        labels.push(made("labels", Label::new(name, value))?);
    }
    made("labels", Labels::new(labels))
}

/// Reads a list of texts.
fn words<T: FromStr<Err: Display>>(field: &str, value: Value, why: &str) -> Result<Vec<T>, String> {
    let Value::Array(items) = value else { return Err(format!("`{field}`: {why}")) };
    let word = |item: &Value| match item.as_str() {
        Some(text) => parsed(field, text),
        None => Err(format!("`{field}`: {why}")),
    };
    items.iter().map(word).collect()
}

/// Reads a text that can be absent or null.
fn optional<T: FromStr<Err: Display>>(
    fields: &mut Fields,
    field: &str,
) -> Result<Given<T>, String> {
    Ok(match fields.take_text(field)? {
        Given::Absent => Given::Absent,
        Given::Null => Given::Null,
        Given::Value(text) => Given::Value(parsed(field, &text)?),
    })
}

fn parsed<T: FromStr<Err: Display>>(field: &str, text: &str) -> Result<T, String> {
    made(field, text.parse())
}

/// Adds the name of the field to the error of a value, which never contains the value.
fn made<T, E: Display>(field: &str, value: Result<T, E>) -> Result<T, String> {
    value.map_err(|error| format!("`{field}`: {error}"))
}
