//! Rows that were changed in the database, by somebody who has no key to make a tag.

use keyward::history::{Action, Subject};
use keyward::store::{
    Change, CredentialEdit, CredentialRecord, CredentialStore, EventTags, HeaderChange, ListChange,
};
use keyward::{CredentialId, MemoryStore, OperationId, WorkspaceId, time::Timestamp};

use super::{admin, block_on};

/// Writes a row as no operation would: the old one away, the changed one in.
pub fn tamper(
    store: &MemoryStore,
    at: Timestamp,
    id: CredentialId,
    change: impl FnOnce(&mut CredentialRecord),
) {
    let before = block_on(store.credential(id)).unwrap().unwrap();
    let mut after = before.clone();
    change(&mut after);
    write(store, at, &before.workspace, CredentialEdit::Delete(id));
    let place = block_on(store.workspace(&after.workspace)).unwrap();
    let place = place.map_or(before.workspace, |place| place.id);
    write(store, at, &place, CredentialEdit::Insert(after));
}

/// Commits an edit under the header that is stored.
pub fn write(store: &MemoryStore, at: Timestamp, workspace: &WorkspaceId, edit: CredentialEdit) {
    let header = block_on(store.workspace(workspace)).unwrap().unwrap();
    let number = block_on(store.position()).unwrap().number();
    // The header is unchanged: a database writer has no key to make its tag.
    let record = header.clone();
    let change = Change {
        header: HeaderChange::Workspace {
            read_at: header.revision,
            record,
            integrations: ListChange::Same,
            allowlist: ListChange::Same,
        },
        created_account: None,
        unchanged: Vec::new(),
        read_credentials: Vec::new(),
        credentials: vec![edit],
        at,
        subject: Subject::Workspace(workspace.clone()),
        by: admin().by().clone(),
        action: Action::Revealed,
        operation: OperationId::from_bytes(u128::from(number).to_be_bytes()),
        tags: EventTags::NONE,
    };
    block_on(store.commit(&change)).unwrap();
}
