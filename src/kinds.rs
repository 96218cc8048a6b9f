//! Layer 2: the differences between kinds of credentials, as data. No code outside this module branches on the word of a kind.

mod integration_spec;
mod integrations;
mod kind;
mod presets;
mod registry;
mod spec;

pub use self::integration_spec::IntegrationSpec;
pub(crate) use self::integrations::Integrations;
pub use self::integrations::IntegrationsError;
pub(crate) use self::kind::is_accepted;
pub use self::kind::{AcceptedKind, AnyKind, Kind};
pub(crate) use self::presets::INTEGRATIONS;
pub use self::presets::{App, Track};
pub use self::registry::KindsError;
pub(crate) use self::registry::{DEFAULT, Kinds, Minimum};
pub use self::spec::{KeyLocation, KeyShape, KindSpec};
