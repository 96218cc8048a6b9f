//! What the templates show.

use std::collections::BTreeMap;

use crate::shell::Workspace;
use crate::values::WorkspaceId;

use super::texts::Texts;

/// A time: for programs, and for people.
pub(super) struct Time {
    pub(super) iso: String,
    pub(super) text: String,
}

/// The actor of a change.
pub(super) struct ShownActor {
    pub(super) name: String,
    pub(super) role: String,
}

/// A message about a change that was made, with the link of its event.
pub(super) struct Notice {
    pub(super) text: String,
    pub(super) link: Option<String>,
}

/// A problem of a form.
pub(super) struct Problem {
    /// The id of the field; empty for the form as a whole.
    pub(super) field: String,
    pub(super) text: String,
    /// A link that helps, with its text.
    pub(super) link: Option<(String, String)>,
}

impl Problem {
    pub(super) fn new(field: &str, text: impl Into<String>) -> Self {
        Self { field: field.to_owned(), text: text.into(), link: None }
    }
}

/// A choice of a list.
pub(super) struct FormChoice {
    pub(super) value: String,
    pub(super) text: String,
    pub(super) note: String,
    pub(super) is_chosen: bool,
}

impl FormChoice {
    pub(super) fn new(value: impl Into<String>, text: impl Into<String>, chosen: &str) -> Self {
        let value = value.into();
        Self { is_chosen: value == chosen, value, text: text.into(), note: String::new() }
    }
}

/// Returns the choices of a list of workspaces.
pub(super) fn workspace_choices(workspaces: &[Workspace], chosen: &str) -> Vec<FormChoice> {
    let choice = |it: &Workspace| FormChoice::new(it.id.as_str(), it.name.as_str(), chosen);
    workspaces.iter().map(choice).collect()
}

/// The names of workspaces.
pub(super) struct WorkspaceNames(BTreeMap<WorkspaceId, String>);

impl WorkspaceNames {
    pub(super) fn of(workspaces: &[Workspace]) -> Self {
        Self(workspaces.iter().map(|it| (it.id.clone(), it.name.to_string())).collect())
    }

    /// Returns the name of a workspace, or its id if the workspace is not known.
    pub(super) fn name(&self, id: &WorkspaceId) -> String {
        self.0.get(id).cloned().unwrap_or_else(|| id.to_string())
    }
}

/// The parts of the page that all screens share.
pub(super) struct Chrome<'a> {
    pub(super) t: &'a dyn Texts,
    pub(super) title: String,
    pub(super) lang: String,
    pub(super) dir: String,
    pub(super) menu: Vec<MenuItem>,
    pub(super) notice: Option<Notice>,
    pub(super) problems: Vec<Problem>,
    pub(super) errors_heading: String,
}

/// A link of the menu.
pub(super) struct MenuItem {
    pub(super) url: String,
    pub(super) text: String,
    pub(super) is_current: bool,
}

impl Chrome<'_> {
    /// Returns the problem of a field.
    pub(super) fn problem(&self, field: &str) -> Option<&Problem> {
        self.problems.iter().find(|problem| problem.field == field)
    }

    pub(super) fn has(&self, field: &str) -> bool {
        self.problem(field).is_some()
    }
}

/// Returns a name for use within a sentence: right-to-left text does not reorder the sentence.
pub(super) fn isolated(name: &str) -> String {
    if name.is_ascii() { name.to_owned() } else { format!("\u{2068}{name}\u{2069}") }
}
