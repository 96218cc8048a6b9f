//! People and their events, in tables of the service next to Keyward's tables.

use serde_json::{Map, Value};
use sqlx::postgres::PgPool;
use sqlx::sqlite::SqlitePool;

use keyward::WorkspaceId;

/// The database, which also has Keyward's tables.
#[derive(Debug, Clone)]
pub(crate) enum People {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// The attributes of a person.
pub(crate) type Attributes = Map<String, Value>;

const TABLES: [&str; 3] = [
    "CREATE TABLE IF NOT EXISTS service_workspaces (number BIGINT NOT NULL PRIMARY KEY, name TEXT)",
    "CREATE TABLE IF NOT EXISTS service_people \
     (workspace TEXT NOT NULL, id TEXT NOT NULL, attributes TEXT NOT NULL, PRIMARY KEY (workspace, id))",
    "CREATE TABLE IF NOT EXISTS service_events \
     (workspace TEXT NOT NULL, person TEXT, number BIGINT NOT NULL, event TEXT NOT NULL)",
];

/// Runs one query on either database. They differ in their types but not in this SQL.
macro_rules! on {
    ($people:expr, $pool:ident => $query:expr) => {
        match $people {
            People::Sqlite($pool) => $query,
            People::Postgres($pool) => $query,
        }
    };
}

pub(crate) use on;

impl People {
    pub(crate) async fn create_tables(&self) -> Result<(), sqlx::Error> {
        for table in TABLES {
            on!(self, pool => sqlx::query(table).execute(pool).await.map(drop))?;
        }
        Ok(())
    }

    /// Adds attributes to a person, and creates the person if necessary.
    pub(crate) async fn identify(
        &self,
        workspace: &WorkspaceId,
        id: &str,
        attributes: Attributes,
    ) -> Result<(), sqlx::Error> {
        let mut all = self.attributes(workspace, id).await?.unwrap_or_default();
        all.extend(attributes);
        let text = Value::Object(all).to_string();
        let query = "INSERT INTO service_people (workspace, id, attributes) VALUES ($1, $2, $3) \
             ON CONFLICT (workspace, id) DO UPDATE SET attributes = excluded.attributes";
        on!(self, pool => sqlx::query(query)
            .bind(workspace.as_str())
            .bind(id)
            .bind(text)
            .execute(pool)
            .await
            .map(drop))
    }

    /// Returns the attributes of a person, or `None` if the person does not exist.
    pub(crate) async fn attributes(
        &self,
        workspace: &WorkspaceId,
        id: &str,
    ) -> Result<Option<Attributes>, sqlx::Error> {
        let query = "SELECT attributes FROM service_people WHERE workspace = $1 AND id = $2";
        let found: Option<(String,)> = on!(self, pool => sqlx::query_as(query)
            .bind(workspace.as_str())
            .bind(id)
            .fetch_optional(pool)
            .await)?;
        found.map(|(text,)| parse(&text)).transpose()
    }

    /// Deletes a person and all events of that person.
    pub(crate) async fn forget(
        &self,
        workspace: &WorkspaceId,
        id: &str,
    ) -> Result<(), sqlx::Error> {
        for query in [
            "DELETE FROM service_events WHERE workspace = $1 AND person = $2",
            "DELETE FROM service_people WHERE workspace = $1 AND id = $2",
        ] {
            on!(self, pool => sqlx::query(query)
                .bind(workspace.as_str())
                .bind(id)
                .execute(pool)
                .await
                .map(drop))?;
        }
        Ok(())
    }

    /// Stores an event, of a person or without one.
    pub(crate) async fn track(
        &self,
        workspace: &WorkspaceId,
        person: Option<&str>,
        event: &Attributes,
    ) -> Result<(), sqlx::Error> {
        let query = "INSERT INTO service_events (workspace, person, number, event) \
             SELECT $1, $2, COALESCE(MAX(number), 0) + 1, $3 FROM service_events";
        let text =
            serde_json::to_string(event).map_err(|error| sqlx::Error::Decode(error.into()))?;
        on!(self, pool => sqlx::query(query)
            .bind(workspace.as_str())
            .bind(person)
            .bind(text)
            .execute(pool)
            .await
            .map(drop))
    }

    /// Returns the events of a person, the newest first.
    pub(crate) async fn events(
        &self,
        workspace: &WorkspaceId,
        person: &str,
    ) -> Result<Vec<Attributes>, sqlx::Error> {
        let query = "SELECT event FROM service_events WHERE workspace = $1 AND person = $2 \
             ORDER BY number DESC LIMIT 100";
        let found: Vec<(String,)> = on!(self, pool => sqlx::query_as(query)
            .bind(workspace.as_str())
            .bind(person)
            .fetch_all(pool)
            .await)?;
        found.iter().map(|(text,)| parse(text)).collect()
    }
}

fn parse(text: &str) -> Result<Attributes, sqlx::Error> {
    serde_json::from_str(text).map_err(|error| sqlx::Error::Decode(error.into()))
}
