//! Layer 2: what differs between kinds of credentials, as data. Nothing outside of this module decides by the
//! word of a kind.

mod integrations;
mod presets;
mod registry;
mod spec;

pub(crate) use self::integrations::Integrations;
pub use self::integrations::{IntegrationSpec, IntegrationsError};
pub use self::presets::{AcceptedKind, AnyKind, App, Kind, Track};
pub(crate) use self::presets::{INTEGRATIONS, is_accepted};
pub use self::registry::KindsError;
pub(crate) use self::registry::{DEFAULT, Kinds, Minimum};
pub use self::spec::{KeyLocation, KeyShape, KindSpec, Shown};
