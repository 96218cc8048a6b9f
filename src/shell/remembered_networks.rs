//! Whether the networks from which credentials passed are remembered, and which actors see them.

use crate::domain::Actor;

/// The actors who see the networks from which credentials passed. Addresses are personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NetworkViewers {
    /// Actors who can manage credentials.
    Managers,
    /// Also actors who can only view credentials.
    Viewers,
}

impl NetworkViewers {
    pub(super) const fn includes(self, actor: &Actor) -> bool {
        match self {
            Self::Managers => actor.can_manage(),
            Self::Viewers => actor.can_view(),
        }
    }
}
