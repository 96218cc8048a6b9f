//! The encoding of accounts and workspaces.

use crate::domain::account::AccountRecord;
use crate::domain::allowlist::AllowlistEntry;
use crate::domain::integration::Connection;
use crate::domain::workspace::WorkspaceRecord;
use crate::secrets::{Encoding, TagUse};
use crate::values::Network;

use super::{Fields, RecordType, Tagged};

impl Tagged for AccountRecord {
    const USE: TagUse = TagUse::Record;

    fn encoding(&self) -> Encoding {
        let Self { id, incarnation, revision, suspended, unlisted_workspaces, tag: _ } = self;
        Fields::default()
            .text(1, id.as_str())
            .u64(2, revision.get())
            .time_if_set(3, *suspended)
            .text(4, unlisted_workspaces.as_str())
            .bytes(5, incarnation.as_bytes())
            .of(RecordType::Account)
    }
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
            .of(RecordType::Workspace)
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
