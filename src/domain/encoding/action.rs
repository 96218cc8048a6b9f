//! The encoding of the action of an event.

use crate::domain::event::Action;
use crate::values::NetworkSummary;

use super::Fields;
use super::headers::network;

/// Returns the fields of an action: its number, and the values of its variant.
pub(super) fn action(action: &Action) -> Fields {
    let numbered = |number: u8| Fields::default().bytes(1, &[number]);
    match action {
        Action::WorkspaceCreated { name, first } => {
            let named = numbered(1).text(2, name.as_str());
            match first {
                Some(first) => named.bytes(3, first.as_bytes()),
                None => named,
            }
        }
        Action::WorkspaceRemoved { name, credentials } => {
            numbered(2).text(2, name.as_str()).u32(3, *credentials)
        }
        Action::Issued { kind, name, expires } => {
            numbered(3).text(2, kind.as_str()).text(3, name.as_str()).time_if_set(4, *expires)
        }
        Action::Revealed => numbered(4),
        Action::Renamed { from, to } => numbered(5).text(2, from.as_str()).text(3, to.as_str()),
        Action::Deprecated { sunset } => numbered(6).time_if_set(2, *sunset),
        Action::Undeprecated => numbered(7),
        Action::Suspended => numbered(8),
        Action::Resumed => numbered(9),
        Action::ExpirySet { at } => numbered(10).time(2, *at),
        Action::ExpiryCleared => numbered(11),
        Action::Rotated { generation, overlap_until, asked_until } => numbered(12)
            .u32(2, generation.get())
            .time_if_set(3, *overlap_until)
            .time_if_set(4, *asked_until),
        Action::OverlapEnded { generation } => numbered(13).u32(2, generation.get()),
        Action::Deleted { kind, name } => {
            numbered(14).text(2, kind.as_str()).text(3, name.as_str())
        }
        Action::Connected { integration, credential } => {
            numbered(15).text(2, &integration.to_string()).bytes(3, credential.as_bytes())
        }
        Action::Disconnected { integration } => numbered(16).text(2, &integration.to_string()),
        Action::Allowed { networks } => numbered(17).summary(networks),
        Action::Disallowed { networks } => numbered(18).summary(networks),
        Action::Lifted { entries } => numbered(19).u32(2, *entries),
        Action::UnlistedWorkspacesSet { to } => numbered(20).text(2, to.as_str()),
        Action::AccountSuspended => numbered(21),
        Action::AccountResumed => numbered(22),
        Action::Replaced { unused, generation } => {
            numbered(23).u32(2, unused.get()).u32(3, generation.get())
        }
        Action::Recounted { credentials, permanent } => {
            numbered(24).u32(2, *credentials).u32(3, *permanent)
        }
        Action::Repaired => numbered(25),
    }
}

impl Fields {
    /// Adds the named networks and the number of all networks.
    fn summary(self, networks: &NetworkSummary) -> Self {
        self.each(2, networks.first().iter().map(network)).u32(3, networks.count())
    }
}
