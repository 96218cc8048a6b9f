-- Keyward's tables, version 1. Times are microseconds since 1970, UTC.

CREATE TABLE keyward_accounts (
    id TEXT NOT NULL PRIMARY KEY CHECK (length(CAST(id AS BLOB)) BETWEEN 1 AND 128),
    incarnation BLOB NOT NULL CHECK (length(incarnation) = 16),
    tag BLOB NOT NULL CHECK (length(tag) = 45),
    revision INTEGER NOT NULL CHECK (revision >= 1),
    suspended INTEGER CHECK (suspended BETWEEN -62135596800000000 AND 253402300799999999),
    unlisted_workspaces TEXT NOT NULL CHECK (unlisted_workspaces IN ('open', 'closed'))
) STRICT, WITHOUT ROWID;

CREATE TABLE keyward_workspaces (
    id TEXT NOT NULL PRIMARY KEY CHECK (length(CAST(id AS BLOB)) BETWEEN 1 AND 128),
    incarnation BLOB NOT NULL CHECK (length(incarnation) = 16),
    tag BLOB NOT NULL CHECK (length(tag) = 45),
    account TEXT NOT NULL,
    account_incarnation BLOB NOT NULL CHECK (length(account_incarnation) = 16),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    name_key TEXT NOT NULL,
    created INTEGER NOT NULL CHECK (created BETWEEN -62135596800000000 AND 253402300799999999),
    removed INTEGER CHECK (removed BETWEEN -62135596800000000 AND 253402300799999999),
    revision INTEGER NOT NULL CHECK (revision >= 1),
    credentials INTEGER NOT NULL CHECK (credentials BETWEEN 0 AND 4294967295),
    permanent INTEGER NOT NULL CHECK (permanent BETWEEN 0 AND 4294967295),
    UNIQUE (id, account)
) STRICT, WITHOUT ROWID;

CREATE INDEX keyward_workspaces_of_account ON keyward_workspaces (account, name_key, id)
    WHERE removed IS NULL;

-- Removed workspaces whose credentials are not all deleted yet. No statement finds these credentials.
CREATE TABLE keyward_leftovers (
    workspace TEXT NOT NULL PRIMARY KEY REFERENCES keyward_workspaces (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE keyward_credentials (
    id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 12 AND id NOT GLOB '*[^0-9A-Za-z]*'),
    account TEXT NOT NULL,
    workspace TEXT NOT NULL,
    workspace_incarnation BLOB NOT NULL CHECK (length(workspace_incarnation) = 16),
    tag BLOB NOT NULL CHECK (length(tag) = 45),
    kind TEXT NOT NULL CHECK (length(kind) BETWEEN 2 AND 16),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    name_key TEXT NOT NULL,
    created INTEGER NOT NULL CHECK (created BETWEEN -62135596800000000 AND 253402300799999999),
    created_by_role TEXT NOT NULL CHECK (created_by_role IN ('admin', 'member', 'operator')),
    created_by_id TEXT NOT NULL CHECK (length(CAST(created_by_id AS BLOB)) BETWEEN 1 AND 128),
    revision INTEGER NOT NULL CHECK (revision >= 1),
    generation INTEGER NOT NULL,
    previous INTEGER,
    previous_until INTEGER
        CHECK (previous_until BETWEEN -62135596800000000 AND 253402300799999999),
    deprecated INTEGER CHECK (deprecated BETWEEN -62135596800000000 AND 253402300799999999),
    sunset INTEGER CHECK (sunset BETWEEN -62135596800000000 AND 253402300799999999),
    suspended INTEGER CHECK (suspended BETWEEN -62135596800000000 AND 253402300799999999),
    expires INTEGER CHECK (expires BETWEEN -62135596800000000 AND 253402300799999999),
    CHECK ((previous IS NULL) = (previous_until IS NULL)),
    CHECK (sunset IS NULL OR deprecated IS NOT NULL),
    UNIQUE (workspace, kind, name_key),
    FOREIGN KEY (workspace, account) REFERENCES keyward_workspaces (id, account),
    FOREIGN KEY (id, generation) REFERENCES keyward_generations (credential, number)
        DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (id, previous) REFERENCES keyward_generations (credential, number)
        DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

CREATE INDEX keyward_credentials_of_workspace
    ON keyward_credentials (workspace, name_key, id);
-- The names that are not ASCII. Each new ASCII name is compared with them.
CREATE INDEX keyward_credentials_beyond_ascii
    ON keyward_credentials (workspace, kind, name_key, id)
    WHERE length(CAST(name_key AS BLOB)) <> length(name_key);
CREATE INDEX keyward_credentials_of_account
    ON keyward_credentials (account, name_key, id);

CREATE TABLE keyward_generations (
    credential TEXT NOT NULL REFERENCES keyward_credentials (id) ON DELETE CASCADE,
    number INTEGER NOT NULL CHECK (number BETWEEN 1 AND 4294967295),
    brand TEXT NOT NULL CHECK (length(brand) BETWEEN 2 AND 16),
    created INTEGER NOT NULL CHECK (created BETWEEN -62135596800000000 AND 253402300799999999),
    slow_hash TEXT NOT NULL CHECK (slow_hash LIKE '$argon2id$%' AND length(slow_hash) <= 256),
    digest BLOB NOT NULL CHECK (length(digest) = 41),
    seal BLOB CHECK (length(seal) = 92),
    PRIMARY KEY (credential, number)
) STRICT, WITHOUT ROWID;

-- Last-used times, apart: they are written far more often than all else, and a narrow row is written
-- twice as fast as a wide one.
CREATE TABLE keyward_uses (
    credential TEXT NOT NULL,
    generation INTEGER NOT NULL,
    at INTEGER CHECK (at BETWEEN -62135596800000000 AND 253402300799999999),
    PRIMARY KEY (credential, generation),
    FOREIGN KEY (credential, generation)
        REFERENCES keyward_generations (credential, number) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- Which credential may be chosen is for the rules to say, which a store does not repeat: no reference.
CREATE TABLE keyward_integrations (
    workspace TEXT NOT NULL REFERENCES keyward_workspaces (id),
    integration_key TEXT NOT NULL,
    integration TEXT NOT NULL,
    place INTEGER NOT NULL,
    credential TEXT NOT NULL,
    connected INTEGER NOT NULL
        CHECK (connected BETWEEN -62135596800000000 AND 253402300799999999),
    PRIMARY KEY (workspace, integration_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE keyward_allowlist (
    workspace TEXT NOT NULL REFERENCES keyward_workspaces (id),
    network TEXT NOT NULL,
    place INTEGER NOT NULL,
    added INTEGER NOT NULL CHECK (added BETWEEN -62135596800000000 AND 253402300799999999),
    PRIMARY KEY (workspace, network)
) STRICT, WITHOUT ROWID;

CREATE TABLE keyward_events (
    number INTEGER NOT NULL PRIMARY KEY CHECK (number >= 1),
    operation BLOB NOT NULL CHECK (length(operation) = 16),
    at INTEGER NOT NULL CHECK (at BETWEEN -62135596800000000 AND 253402300799999999),
    account TEXT NOT NULL,
    workspace TEXT,
    credential TEXT CHECK (credential IS NULL OR workspace IS NOT NULL),
    by_role TEXT NOT NULL CHECK (by_role IN ('admin', 'member', 'operator')),
    by_id TEXT NOT NULL,
    action TEXT NOT NULL CHECK (json_valid(action)),
    outline_tag BLOB NOT NULL CHECK (length(outline_tag) = 45),
    tag BLOB NOT NULL CHECK (length(tag) = 45)
) STRICT;

-- For the look-up of a change by its operation, which is made once.
CREATE UNIQUE INDEX keyward_events_of_operation ON keyward_events (operation);
CREATE INDEX keyward_events_of_account ON keyward_events (account, number);
CREATE INDEX keyward_events_of_workspace ON keyward_events (workspace, number)
    WHERE workspace IS NOT NULL;
CREATE INDEX keyward_events_of_credential ON keyward_events (credential, number)
    WHERE credential IS NOT NULL;

-- One row: the number and the operation of the newest event, pruned or not.
CREATE TABLE keyward_position (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    number INTEGER NOT NULL CHECK (number >= 0),
    operation BLOB CHECK (length(operation) = 16),
    CHECK ((number = 0) = (operation IS NULL))
) STRICT;

INSERT INTO keyward_position (id, number, operation) VALUES (1, 0, NULL);
