//! The encoding of the action of an event.

use crate::domain::event::Action;
use crate::domain::grant::{Grant, Owner};
use crate::values::NetworkSummary;

use super::Fields;
use super::credential::granted;
use super::headers::{network, policy};

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
        Action::Issued { kind, name, expires, grant } => {
            let fields =
                numbered(3).text(2, kind.as_str()).text(3, name.as_str()).time_if_set(4, *expires);
            if grant.is_default() { fields } else { fields.fields(5, &granted(grant)) }
        }
        Action::Imported { credentials } => numbered(53).u32(2, *credentials),
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
        Action::AccountClosed => numbered(51),
        Action::LeakResponseSet { to } => numbered(52).text(2, to.as_str()),
        Action::Leaked { generation, place } => {
            numbered(50).u32(2, generation.get()).text(3, place.source()).text(4, place.url())
        }
        Action::PolicySet { to } => numbered(40).fields(2, &policy(to.fields())),
        Action::MemberDeactivated { member } => numbered(41).text(2, member.as_str()),
        Action::MemberReactivated { member } => numbered(42).text(2, member.as_str()),
        Action::ScopesSet { to } => {
            let grant = Grant { scopes: to.clone(), ..Grant::default() };
            numbered(30).fields(2, &granted(&grant))
        }
        Action::NetworksSet { to } => {
            let grant = Grant { networks: to.clone(), ..Grant::default() };
            numbered(31).fields(2, &granted(&grant))
        }
        Action::LabelsSet { to } => {
            let grant = Grant { labels: to.clone(), ..Grant::default() };
            numbered(32).fields(2, &granted(&grant))
        }
        Action::HandedOver { from, to } => {
            let owned =
                |owner: &Owner| granted(&Grant { owner: owner.clone(), ..Grant::default() });
            numbered(33).fields(2, &owned(from)).fields(3, &owned(to))
        }
        Action::AllowlistReplaced { added, removed } => numbered(26)
            .summary(added)
            .each(4, removed.first().iter().map(network))
            .u32(5, removed.count()),
    }
}

impl Fields {
    /// Adds the named networks and the number of all networks.
    fn summary(self, networks: &NetworkSummary) -> Self {
        self.each(2, networks.first().iter().map(network)).u32(3, networks.count())
    }
}
