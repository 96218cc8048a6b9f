//! What the management API and the management page share: the actor, the path, the body, and the cross-site check of a request,
//! and the headers of an answer.

mod answer;
mod body;
mod origin;
mod received;
mod serve;
mod settings;
pub(in crate::adapters) mod workspace_rows;

pub(in crate::adapters) use self::answer::Refused;
pub use self::body::WebBody;
pub(in crate::adapters) use self::origin::CrossSiteRule;
pub use self::origin::OriginError;
pub(in crate::adapters) use self::received::{Allowed, Received};
pub(in crate::adapters) use self::serve::{Serving, WebService, serve};
pub(in crate::adapters) use self::settings::Settings;
pub use self::workspace_rows::{HostFuture, WorkspaceRows};
