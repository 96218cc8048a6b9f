//! Steps that were never released, for the tests of migrations. Both databases run them.

use super::version::SchemaStep;

/// A step that adds a column and a table.
pub(in crate::adapters) const PLANS: SchemaStep = SchemaStep {
    version: 2,
    serves_from: 1,
    statements: "ALTER TABLE keyward_accounts ADD COLUMN plan TEXT NOT NULL DEFAULT 'free'; \
                 UPDATE keyward_accounts SET plan = 'paid' WHERE id = 'acme'; \
                 CREATE TABLE keyward_plans (name TEXT NOT NULL PRIMARY KEY)",
};

/// A step that fails at its last statement.
pub(in crate::adapters) const FAILS: SchemaStep = SchemaStep {
    version: 2,
    serves_from: 1,
    statements: "CREATE TABLE keyward_plans (name TEXT NOT NULL PRIMARY KEY); \
                 UPDATE keyward_accounts SET suspended = NULL, unlisted_workspaces = 'closed'; \
                 UPDATE keyward_accounts SET revision = -1",
};

/// The rows of a schema before the steps run. `@` is an incarnation and `#` a tag; each database has its own literal for them.
pub(in crate::adapters) const ROWS: &str = "INSERT INTO keyward_accounts (id, revision, unlisted_workspaces, incarnation, tag) \
     VALUES ('acme', 3, 'open', @, #), ('other', 1, 'closed', @, #)";
