//! Records as rows: whole pages of them, for a copy.

use crate::domain::{AccountRecord, CredentialRecord, Event, WorkspaceRecord};
use crate::secrets::{RecordTag, Seal};
use crate::store::StoreError;
use crate::values::{CredentialId, OperationId, WorkspaceId};

use super::batch::{Batch, Casts, Cell, insert};
use super::error::stored;
use super::event_row::action_text;
use super::header_row::integration_key;

pub(super) fn accounts<'r>(
    casts: &Casts,
    records: &'r [AccountRecord],
) -> Result<Vec<Batch<'r>>, StoreError> {
    let row = |record: &'r AccountRecord| {
        Ok([
            record.id.as_str().into(),
            stored(record.revision.get())?.into(),
            record.suspended.into(),
            record.unlisted_workspaces.as_str().into(),
            bytes(&record.incarnation),
            tag(&record.tag),
        ])
    };
    let rows: Vec<[Cell<'_>; 6]> = records.iter().map(row).collect::<Result<_, StoreError>>()?;
    let into = "keyward_accounts (id, revision, suspended, unlisted_workspaces, incarnation, tag)";
    Ok(insert(casts, into, rows, ""))
}

/// Workspaces with their lists.
pub(super) fn workspaces<'r>(
    casts: &Casts,
    records: &'r [WorkspaceRecord],
) -> Result<Vec<Batch<'r>>, StoreError> {
    let row = |record: &'r WorkspaceRecord| {
        Ok([
            record.id.as_str().into(),
            record.account.as_str().into(),
            record.name.as_str().into(),
            record.name.key().as_str().to_owned().into(),
            record.created.into(),
            record.removed.into(),
            stored(record.revision.get())?.into(),
            record.credentials.into(),
            record.permanent.into(),
            bytes(&record.incarnation),
            bytes(&record.account_incarnation),
            tag(&record.tag),
        ])
    };
    let rows: Vec<[Cell<'_>; 12]> = records.iter().map(row).collect::<Result<_, StoreError>>()?;
    let into = "keyward_workspaces \
        (id, account, name, name_key, created, removed, revision, credentials, permanent, \
        incarnation, account_incarnation, tag)";
    let mut batches = insert(casts, into, rows, "");
    batches.extend(integrations(casts, records));
    batches.extend(allowlists(casts, records));
    Ok(batches)
}

fn integrations<'r>(casts: &Casts, records: &'r [WorkspaceRecord]) -> Vec<Batch<'r>> {
    let rows = records.iter().flat_map(|record| {
        (0_i64..).zip(&record.integrations).map(|(place, connection)| {
            [
                record.id.as_str().into(),
                integration_key(&connection.integration).into(),
                connection.integration.to_string().into(),
                place.into(),
                connection.credential.as_str().to_owned().into(),
                connection.connected.into(),
            ]
        })
    });
    let into = "keyward_integrations \
        (workspace, integration_key, integration, place, credential, connected)";
    insert(casts, into, rows.collect(), "")
}

fn allowlists<'r>(casts: &Casts, records: &'r [WorkspaceRecord]) -> Vec<Batch<'r>> {
    let rows = records.iter().flat_map(|record| {
        (0_i64..).zip(&record.allowlist).map(|(place, entry)| {
            [
                record.id.as_str().into(),
                Cell::Network(entry.network.to_string()),
                place.into(),
                entry.added.into(),
            ]
        })
    });
    insert(casts, "keyward_allowlist (workspace, network, place, added)", rows.collect(), "")
}

/// Credentials with their secrets and last-used times.
pub(super) fn credentials<'r>(
    casts: &Casts,
    records: &'r [CredentialRecord],
) -> Result<Vec<Batch<'r>>, StoreError> {
    let row = |record: &'r CredentialRecord| {
        let (previous, deprecation) = (record.previous.as_ref(), record.deprecation);
        Ok([
            record.id.as_str().into(),
            record.account.as_str().into(),
            record.workspace.as_str().into(),
            record.kind.as_str().into(),
            record.name.as_str().into(),
            record.name.key().as_str().to_owned().into(),
            record.created.into(),
            record.created_by.role.as_str().into(),
            record.created_by.id.as_str().into(),
            stored(record.revision.get())?.into(),
            record.current.number.get().into(),
            previous.map(|previous| previous.generation.number.get()).into(),
            previous.map(|previous| previous.until).into(),
            deprecation.map(|deprecation| deprecation.since).into(),
            deprecation.and_then(|deprecation| deprecation.sunset).into(),
            record.suspended.into(),
            record.expires.into(),
            bytes(&record.workspace_incarnation),
            tag(&record.tag),
        ])
    };
    let rows: Vec<[Cell<'_>; 19]> = records.iter().map(row).collect::<Result<_, StoreError>>()?;
    let into = "keyward_credentials (id, account, workspace, kind, name, name_key, created, \
        created_by_role, created_by_id, revision, generation, previous, previous_until, deprecated, sunset, suspended, expires, \
        workspace_incarnation, tag)";
    let mut batches = insert(casts, into, rows, "");
    batches.extend(secrets(casts, records));
    Ok(batches)
}

fn secrets<'r>(casts: &Casts, records: &'r [CredentialRecord]) -> Vec<Batch<'r>> {
    let generations = || {
        let of = |record: &'r CredentialRecord| {
            record.generations().map(|generation| (record.id.as_str(), generation))
        };
        records.iter().flat_map(of)
    };
    let rows = generations().map(|(id, generation)| {
        [
            id.into(),
            generation.number.get().into(),
            generation.brand.as_str().to_owned().into(),
            generation.created.into(),
            generation.slow_hash.as_str().into(),
            generation.digest.to_bytes().to_vec().into(),
            generation.seal.as_ref().map(Seal::as_bytes).map(<[u8; Seal::LENGTH]>::as_slice).into(),
        ]
    });
    let into = "keyward_generations (credential, number, brand, created, slow_hash, digest, seal)";
    let mut batches = insert(casts, into, rows.collect(), "");
    let rows = generations().map(|(id, generation)| {
        [id.into(), generation.number.get().into(), generation.last_used.into()]
    });
    let into = "keyward_uses (credential, generation, at)";
    batches.extend(insert(casts, into, rows.collect(), ""));
    batches
}

fn tag<'r>(tag: &RecordTag) -> Cell<'r> {
    tag.to_bytes().to_vec().into()
}

fn bytes(id: &OperationId) -> Cell<'_> {
    id.as_bytes().as_slice().into()
}

pub(super) fn events<'r>(
    casts: &Casts,
    records: &'r [Event],
) -> Result<Vec<Batch<'r>>, StoreError> {
    let row = |event: &'r Event| {
        Ok([
            stored(event.number)?.into(),
            event.operation.as_bytes().as_slice().into(),
            event.at.into(),
            event.account.as_str().into(),
            event.subject.workspace().map(WorkspaceId::as_str).into(),
            event.subject.credential().map(CredentialId::as_str).into(),
            event.by.role.as_str().into(),
            event.by.id.as_str().into(),
            Cell::Json(action_text(&event.action)?),
            tag(&event.tags.outline),
            tag(&event.tags.whole),
        ])
    };
    let rows: Vec<[Cell<'_>; 11]> = records.iter().map(row).collect::<Result<_, StoreError>>()?;
    let into = "keyward_events \
        (number, operation, at, account, workspace, credential, by_role, by_id, action, \
        outline_tag, tag)";
    Ok(insert(casts, into, rows, ""))
}
