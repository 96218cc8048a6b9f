//! The management operations as JSON, for the admin.
//!
//! The management token replaces the login of a real service. It is printed at start and works only from this machine. A real
//! service makes an `Actor` for the user who is logged in. Do not create an operator this way.

mod access;
mod credentials;
mod workspace;

use axum::Router;

pub(crate) use self::access::Token;
use super::App;

pub(crate) fn routes() -> Router<App> {
    credentials::routes().merge(workspace::routes())
}
