//! Why a screen cannot be shown.

use crate::shell::ManageError;

/// Why there is no screen.
pub(super) enum Failure {
    Manage(Box<ManageError>),
    NotFound,
    /// The form lacks a field that the page writes itself.
    BadRequest,
    /// A part of the form was carried out before this error. `done` names the workspaces.
    Partly {
        error: Box<ManageError>,
        done: String,
    },
    /// The host's own row of a workspace could not be prepared. The error is logged.
    Host,
    /// The template could not be rendered.
    Render(askama::Error),
}

impl From<ManageError> for Failure {
    fn from(error: ManageError) -> Self {
        Self::Manage(Box::new(error))
    }
}

impl From<askama::Error> for Failure {
    fn from(error: askama::Error) -> Self {
        Self::Render(error)
    }
}
