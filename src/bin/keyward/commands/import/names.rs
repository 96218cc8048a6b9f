//! The names of the credentials that the rows of the input have become.

use std::collections::HashMap;

use keyward::kind::KindWord;
use keyward::manage::NameKey;
use keyward::{Name, WorkspaceId};

use super::report::RowPlace;

/// The line of each name. A name belongs to one credential of each kind in a workspace.
#[derive(Default)]
pub(super) struct Names(HashMap<(WorkspaceId, Option<KindWord>, NameKey), u64>);

impl Names {
    pub(super) fn add(&mut self, workspace: &WorkspaceId, place: &RowPlace, name: Option<&Name>) {
        if let Some(name) = name {
            self.0.insert(key(workspace, place, name), place.line);
        }
    }

    /// Returns the line of the row whose credential has this name.
    pub(super) fn line(
        &self,
        workspace: &WorkspaceId,
        place: &RowPlace,
        name: &Name,
    ) -> Option<u64> {
        self.0.get(&key(workspace, place, name)).copied()
    }
}

fn key(
    workspace: &WorkspaceId,
    place: &RowPlace,
    name: &Name,
) -> (WorkspaceId, Option<KindWord>, NameKey) {
    (workspace.clone(), place.kind, NameKey::of(name.as_str()))
}
