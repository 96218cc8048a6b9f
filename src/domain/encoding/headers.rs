//! The encoding of accounts and workspaces.

use crate::domain::account::AccountRecord;
use crate::domain::account_policy::{AccountPolicy, PolicyFields};
use crate::domain::allowlist::AllowlistEntry;
use crate::domain::inactive_owners::InactiveOwners;
use crate::domain::integration::Connection;
use crate::domain::leak_response::LeakResponse;
use crate::domain::workspace::WorkspaceRecord;
use crate::secrets::{Encoding, TagUse};
use crate::values::{Network, Timestamp};

use super::{EncodedType, Fields, Tagged};

/// The version of accounts with a policy, inactive owners, another response to leaks, or an end.
const WITH_RULES: u8 = 2;

impl Tagged for AccountRecord {
    const NEWEST: u8 = WITH_RULES;

    const USE: TagUse = TagUse::Record;

    fn encoding(&self) -> Encoding {
        let Self {
            id,
            incarnation,
            revision,
            suspended,
            unlisted_workspaces,
            policy,
            inactive_owners,
            leak_response,
            closed,
            tag: _,
        } = self;
        let fields = Fields::default()
            .text(1, id.as_str())
            .u64(2, revision.get())
            .time_if_set(3, *suspended)
            .text(4, unlisted_workspaces.as_str())
            .bytes(5, incarnation.as_bytes());
        let later = later_account_fields(*policy, inactive_owners, *leak_response, *closed);
        match later {
            Some(later) => fields.and(later).of_version(WITH_RULES, EncodedType::Account),
            None => fields.of(EncodedType::Account),
        }
    }
}

/// Returns the fields of the second version of an account, or `None` if it uses none of them.
fn later_account_fields(
    policy: AccountPolicy,
    inactive_owners: &InactiveOwners,
    leak_response: LeakResponse,
    closed: Option<Timestamp>,
) -> Option<Fields> {
    let fields = Fields::default();
    let fields = if policy == AccountPolicy::NONE {
        fields
    } else {
        fields.fields(6, &self::policy(policy.fields()))
    };
    let fields = if inactive_owners.is_empty() {
        fields
    } else {
        fields.bytes(7, &inactive_owners.to_bytes())
    };
    let fields = match leak_response {
        LeakResponse::Stop => fields,
        LeakResponse::Report => fields.text(8, leak_response.as_str()),
    };
    let fields = fields.time_if_set(9, closed);
    (!fields.is_empty()).then_some(fields)
}

/// Returns the rules of an account. A rule that is not set is left out.
pub(super) fn policy(fields: PolicyFields) -> Fields {
    let PolicyFields {
        max_lifetime_seconds,
        expiry_required,
        default_expiry_seconds,
        max_overlap_seconds,
        max_secret_age_seconds,
    } = fields;
    let required = if expiry_required { Some(1) } else { None };
    Fields::default()
        .u32_if_set(1, max_lifetime_seconds)
        .u32_if_set(2, required)
        .u32_if_set(3, default_expiry_seconds)
        .u32_if_set(4, max_overlap_seconds)
        .u32_if_set(5, max_secret_age_seconds)
}

impl Tagged for WorkspaceRecord {
    const USE: TagUse = TagUse::Record;

    fn encoding(&self) -> Encoding {
        let Self {
            id,
            incarnation,
            account,
            account_incarnation,
            name,
            created,
            removed,
            revision,
            credentials,
            permanent,
            integrations,
            allowlist,
            tag: _,
        } = self;
        Fields::default()
            .text(1, id.as_str())
            .text(2, account.as_str())
            .text(3, name.as_str())
            .time(4, *created)
            .time_if_set(5, *removed)
            .u64(6, revision.get())
            .u32(7, *credentials)
            .u32(8, *permanent)
            .each(9, integrations.iter().map(connection))
            .each(10, allowlist.iter().map(entry))
            .bytes(11, incarnation.as_bytes())
            .bytes(12, account_incarnation.as_bytes())
            .of(EncodedType::Workspace)
    }
}

fn connection(connection: &Connection) -> Fields {
    let Connection { integration, credential, connected } = connection;
    Fields::default()
        .text(1, &integration.to_string())
        .bytes(2, credential.as_bytes())
        .time(3, *connected)
}

fn entry(AllowlistEntry { network, added }: &AllowlistEntry) -> Fields {
    self::network(network).time(2, *added)
}

/// Returns the canonical text of a network as a field.
pub(super) fn network(network: &Network) -> Fields {
    Fields::default().text(1, &network.to_string())
}
