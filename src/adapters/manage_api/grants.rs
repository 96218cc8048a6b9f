//! The JSON forms of scopes, networks, labels and owners. Each error names the rule, and never repeats what was sent.

use serde_json::{Map, Value};

use crate::domain::Owner;
use crate::values::{
    ActorId, CredentialNetworks, Label, Labels, Network, ScopeName, ScopeSetError, Scopes,
    contains_key,
};

use super::input::{Field, Text, Unread};

const SCOPES: &str = "all, none, or an array of names";
const NO_SCOPE: &str =
    "a set of scopes has at least one name: write none for a credential without scopes";
const OWNER: &str = "an object with is: account, or is: member and the member's id";

impl Field for Scopes {
    fn read(value: Value) -> Result<Self, Unread> {
        match value.as_str() {
            Some("all") => return Ok(Self::All),
            Some("none") => return Ok(Self::none()),
            Some(_) => return Err(Unread::invalid(format!("expected {SCOPES}"))),
            None if !value.is_array() => return Err(Unread::wrong_type(SCOPES)),
            None => {}
        }
        let names = Vec::<Text<ScopeName>>::read(value)?.into_iter().map(|Text(name)| name);
        Self::only(names).map_err(|error| match error {
            ScopeSetError::Empty => Unread::invalid(NO_SCOPE),
            other @ ScopeSetError::TooMany => Unread::invalid(other.to_string()),
        })
    }
}

impl Field for CredentialNetworks {
    fn read(value: Value) -> Result<Self, Unread> {
        let networks = Vec::<Text<Network>>::read(value)?.into_iter().map(|Text(network)| network);
        Self::new(networks).map_err(|error| Unread::invalid(error.to_string()))
    }
}

impl Field for Labels {
    /// The place of a wrong label is the whole field, because a name can be a key that was pasted by mistake.
    fn read(value: Value) -> Result<Self, Unread> {
        let Value::Object(pairs) = value else { return Err(Unread::wrong_type("an object")) };
        let label = |(name, value): (String, Value)| {
            let Value::String(value) = value else {
                return Err(Unread::wrong_type("an object whose values are strings"));
            };
            Label::new(name, value).map_err(|error| Unread::invalid(error.to_string()))
        };
        let labels = pairs.into_iter().map(label).collect::<Result<Vec<_>, _>>()?;
        Self::new(labels).map_err(|error| Unread::invalid(error.to_string()))
    }
}

impl Field for Owner {
    fn read(value: Value) -> Result<Self, Unread> {
        let Value::Object(mut fields) = value else { return Err(Unread::wrong_type(OWNER)) };
        let mut text = |name| text_of(&mut fields, name);
        let (is, id) = (text("is")?, text("id")?);
        match (is.as_deref(), id) {
            _ if !fields.is_empty() => Err(Unread::invalid(format!("expected {OWNER}"))),
            (Some("account"), None) => Ok(Self::Account),
            (Some("member"), Some(id)) => member(&id).map(|id| Self::Member { id }),
            _ => Err(Unread::invalid(format!("expected {OWNER}"))),
        }
    }
}

fn text_of(fields: &mut Map<String, Value>, name: &str) -> Result<Option<String>, Unread> {
    match fields.remove(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Unread::wrong_type(OWNER)),
    }
}

/// Reads the id of a member. A key in its place is refused, because owners are shown in lists and in the history.
pub(super) fn member(text: &str) -> Result<ActorId, Unread> {
    if contains_key(text) {
        return Err(Unread::invalid("the id of a member must not contain a key: enter the id"));
    }
    ActorId::new(text).map_err(|error| Unread::invalid(error.to_string()))
}
