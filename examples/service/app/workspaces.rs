//! The service's own rows of workspaces, which the page keeps in step.

use keyward::page::{HostFuture, WorkspaceRows};
use keyward::{Actor, Name, WorkspaceId};

use super::people::{People, on};

impl WorkspaceRows for People {
    /// Numbers are never used twice, because the row of a removed workspace stays.
    fn prepare<'a>(&'a self, actor: &'a Actor, name: &'a Name) -> HostFuture<'a, WorkspaceId> {
        Box::pin(async move {
            let query = "INSERT INTO service_workspaces (number, name) \
                 SELECT COALESCE(MAX(number), 0) + 1, $1 FROM service_workspaces RETURNING number";
            let (number,): (i64,) = on!(self, pool => sqlx::query_as(query)
                .bind(name.as_str())
                .fetch_one(pool)
                .await)?;
            Ok(WorkspaceId::new(format!("{}/{number}", actor.account()))?)
        })
    }

    /// The row was written when it was prepared.
    fn created<'a>(&'a self, _: &'a Actor, _: &'a WorkspaceId) -> HostFuture<'a, ()> {
        Box::pin(async { Ok(()) })
    }

    fn discarded<'a>(&'a self, _: &'a Actor, id: &'a WorkspaceId) -> HostFuture<'a, ()> {
        Box::pin(self.set_name(id, None))
    }

    fn renamed<'a>(
        &'a self,
        _: &'a Actor,
        id: &'a WorkspaceId,
        name: &'a Name,
    ) -> HostFuture<'a, ()> {
        Box::pin(self.set_name(id, Some(name)))
    }

    fn removed<'a>(&'a self, _: &'a Actor, id: &'a WorkspaceId) -> HostFuture<'a, ()> {
        Box::pin(self.set_name(id, None))
    }
}

impl People {
    /// Sets the name of a workspace, or removes it. The first workspace has no number and no row.
    async fn set_name(
        &self,
        id: &WorkspaceId,
        name: Option<&Name>,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let number = id.as_str().rsplit('/').next().and_then(|number| number.parse::<i64>().ok());
        let query = "UPDATE service_workspaces SET name = $1 WHERE number = $2";
        on!(self, pool => sqlx::query(query)
            .bind(name.map(Name::as_str))
            .bind(number)
            .execute(pool)
            .await
            .map(drop))?;
        Ok(())
    }
}
