//! The management page's operations as JSON, for the admin.
//!
//! A stand-in for the host's own login: whoever holds the token that is printed at start is the admin, from
//! this machine only. A real service makes an `Actor` of the user who is logged in. Nobody gets to be the
//! operator this way.

mod access;
mod credentials;
mod workspace;

use axum::Router;

pub(crate) use self::access::Token;
use super::App;

pub(crate) fn routes() -> Router<App> {
    credentials::routes().merge(workspace::routes())
}
