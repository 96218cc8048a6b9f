//! The host's own rows of workspaces.

use std::error::Error;
use std::pin::Pin;

use crate::domain::Actor;
use crate::shell::{CreatedWorkspace, Issued, ManageError, Manager, NewWorkspace};
use crate::values::{Name, WorkspaceId};

/// The future of a host's method.
pub type HostFuture<'a, T> =
    Pin<Box<dyn Future<Output = Result<T, Box<dyn Error + Send + Sync>>> + Send + 'a>>;

/// Keeps the host's own rows of workspaces consistent with Keyward's. Without one, workspaces can be neither created, renamed nor
/// removed over HTTP.
///
/// Keyward checks the actor's permission before it calls a method. If a method fails, the error is logged. Only a failure of
/// [`prepare`](Self::prepare) is answered 503, because the other methods are called after the change was made or refused.
pub trait WorkspaceRows: Send + Sync + 'static {
    /// Chooses the id of a new workspace and prepares the host's own row. The id must never have been used before.
    fn prepare<'a>(&'a self, actor: &'a Actor, name: &'a Name) -> HostFuture<'a, WorkspaceId>;

    /// Called after the prepared workspace was created.
    fn created<'a>(&'a self, actor: &'a Actor, id: &'a WorkspaceId) -> HostFuture<'a, ()>;

    /// Called after the prepared workspace was refused: discard the row.
    ///
    /// Neither this nor [`created`](Self::created) is called if the outcome is [unknown](crate::ManageError::Unknown), or if the process
    /// stops in the meantime. A row can therefore stay prepared: look later with [`Manager::workspace`](crate::Manager::workspace)
    /// whether its workspace exists.
    fn discarded<'a>(&'a self, actor: &'a Actor, id: &'a WorkspaceId) -> HostFuture<'a, ()>;

    /// Called after a workspace was renamed.
    fn renamed<'a>(
        &'a self,
        actor: &'a Actor,
        id: &'a WorkspaceId,
        name: &'a Name,
    ) -> HostFuture<'a, ()>;

    /// Called after a workspace was removed.
    fn removed<'a>(&'a self, actor: &'a Actor, id: &'a WorkspaceId) -> HostFuture<'a, ()>;
}

/// Why a workspace was not created.
#[derive(Debug)]
pub(in crate::adapters) enum NotCreated {
    /// The host could not prepare its row. The error is logged.
    Unprepared,
    Failed(ManageError),
}

impl From<ManageError> for NotCreated {
    fn from(error: ManageError) -> Self {
        Self::Failed(error)
    }
}

/// Creates a workspace for an actor, together with the host's row. `manager` is the actor's.
pub(in crate::adapters) async fn create(
    host: &dyn WorkspaceRows,
    actor: &Actor,
    manager: Manager<'_>,
    name: Name,
    operation: Option<&str>,
) -> Result<CreatedWorkspace<Option<Issued>>, NotCreated> {
    // Check the permission, and look for an earlier call of this operation, before the host prepares anything.
    if let Some(made) = manager.may_add_workspace(operation, &name).await? {
        return Ok(made);
    }
    let id = host.prepare(actor, &name).await.map_err(|error| {
        tracing::error!(%error, "the host could not prepare a workspace");
        NotCreated::Unprepared
    })?;
    let mut new = NewWorkspace::new(id.clone(), name);
    if let Some(operation) = operation {
        new = new.operation(operation);
    }
    match manager.add_workspace(new).await {
        Ok(created) => {
            report("created", &id, host.created(actor, &id).await);
            Ok(created)
        }
        Err(error) => {
            if !matches!(error, ManageError::Unknown { .. }) {
                report("discarded", &id, host.discarded(actor, &id).await);
            }
            Err(error.into())
        }
    }
}

/// Renames a workspace for an actor, together with the host's row. `manager` is the actor's.
pub(in crate::adapters) async fn rename(
    host: &dyn WorkspaceRows,
    actor: &Actor,
    manager: Manager<'_>,
    id: &WorkspaceId,
    name: Name,
) -> Result<(), ManageError> {
    manager.rename_workspace(id, name.clone()).await?;
    report("renamed", id, host.renamed(actor, id, &name).await);
    Ok(())
}

/// Removes a workspace for an actor, together with the host's row. `manager` is the actor's.
pub(in crate::adapters) async fn remove(
    host: &dyn WorkspaceRows,
    actor: &Actor,
    manager: Manager<'_>,
    id: &WorkspaceId,
    typed_name: &str,
) -> Result<(), ManageError> {
    manager.remove_workspace(id, typed_name).await?;
    report("removed", id, host.removed(actor, id).await);
    Ok(())
}

/// The change is committed, so the caller is not told of a failure of the host.
fn report(
    outcome: &'static str,
    workspace: &WorkspaceId,
    told: Result<(), Box<dyn Error + Send + Sync>>,
) {
    if let Err(error) = told {
        tracing::error!(%workspace, outcome, %error, "the host could not update its row of a workspace: correct the row by hand");
    }
}
