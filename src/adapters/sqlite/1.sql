-- Keyward's tables, version 1. Times are microseconds since 1970, UTC.

CREATE TABLE keyward_accounts (
    id TEXT NOT NULL PRIMARY KEY CHECK (length(CAST(id AS BLOB)) BETWEEN 1 AND 128),
    incarnation BLOB NOT NULL CHECK (length(incarnation) = 16),
    tag BLOB NOT NULL CHECK (length(tag) = 45),
    revision INTEGER NOT NULL CHECK (revision >= 1),
    suspended INTEGER CHECK (suspended BETWEEN -62135596800000000 AND 253402300799999999),
    unlisted_workspaces TEXT NOT NULL CHECK (unlisted_workspaces IN ('open', 'closed')),
    -- The policy. NULL is no rule.
    max_lifetime_seconds INTEGER CHECK (max_lifetime_seconds BETWEEN 1 AND 4294967295),
    expiry TEXT CHECK (expiry = 'required'),
    default_expiry_seconds INTEGER CHECK (default_expiry_seconds BETWEEN 1 AND 4294967295),
    max_overlap_seconds INTEGER CHECK (max_overlap_seconds BETWEEN 1 AND 4294967295),
    max_secret_age_seconds INTEGER CHECK (max_secret_age_seconds BETWEEN 1 AND 4294967295),
    -- At most 1,000 hashes of 16 bytes in ascending order. NULL is none.
    inactive_owners BLOB
        CHECK (length(inactive_owners) BETWEEN 16 AND 16000 AND length(inactive_owners) % 16 = 0),
    -- What is done about a leaked secret. NULL stops it.
    leak_response TEXT CHECK (leak_response = 'report'),
    closed INTEGER CHECK (closed BETWEEN -62135596800000000 AND 253402300799999999)
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
    -- JSON as Keyward writes it. NULL: all scopes.
    scopes TEXT,
    -- JSON. NULL: no networks of its own.
    networks TEXT,
    -- JSON. NULL: no labels.
    labels TEXT,
    -- A member. NULL: the account.
    owner TEXT CHECK (length(CAST(owner AS BLOB)) BETWEEN 1 AND 128),
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
-- The names that are not ASCII. A new ASCII name is compared only with these.
CREATE INDEX keyward_credentials_beyond_ascii
    ON keyward_credentials (workspace, kind, name_key, id)
    WHERE length(CAST(name_key AS BLOB)) <> length(name_key);
CREATE INDEX keyward_credentials_of_account
    ON keyward_credentials (account, name_key, id);
CREATE INDEX keyward_credentials_of_owner
    ON keyward_credentials (account, owner, name_key, id) WHERE owner IS NOT NULL;

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

-- Last-used times. They have their own table because they are written far more often than anything else, and a narrow row is
-- written twice as fast as a wide one.
CREATE TABLE keyward_uses (
    credential TEXT NOT NULL,
    generation INTEGER NOT NULL,
    at INTEGER CHECK (at BETWEEN -62135596800000000 AND 253402300799999999),
    PRIMARY KEY (credential, generation),
    FOREIGN KEY (credential, generation)
        REFERENCES keyward_generations (credential, number) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- The networks from which a credential passed, and the last day of each, in days since 1970-01-01. At most 16 a credential,
-- and none unless the host turns it on. They decide nothing.
CREATE TABLE keyward_used_networks (
    credential TEXT NOT NULL REFERENCES keyward_credentials (id) ON DELETE CASCADE,
    network TEXT NOT NULL CHECK (network LIKE '%/24' OR network LIKE '%/48'),
    day INTEGER NOT NULL CHECK (day BETWEEN -719162 AND 2932896),
    PRIMARY KEY (credential, network)
) STRICT, WITHOUT ROWID;

CREATE INDEX keyward_used_networks_of_day ON keyward_used_networks (day);

-- No foreign key to the credential: the rules decide which credential can be connected, and a store does not repeat rules.
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

-- Finds a change by its operation. Unique, because an operation is carried out at most once.
CREATE UNIQUE INDEX keyward_events_of_operation ON keyward_events (operation);
CREATE INDEX keyward_events_of_account ON keyward_events (account, number);
CREATE INDEX keyward_events_of_workspace ON keyward_events (workspace, number)
    WHERE workspace IS NOT NULL;
CREATE INDEX keyward_events_of_credential ON keyward_events (credential, number)
    WHERE credential IS NOT NULL;

-- One row: the number and the operation of the newest event, even if that event was pruned, and the key of the
-- credentials' ids.
CREATE TABLE keyward_position (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    number INTEGER NOT NULL CHECK (number >= 0),
    operation BLOB CHECK (length(operation) = 16),
    id_key BLOB NOT NULL DEFAULT (randomblob(16)) CHECK (length(id_key) = 16),
    CHECK ((number = 0) = (operation IS NULL))
) STRICT;

INSERT INTO keyward_position (id, number, operation) VALUES (1, 0, NULL);
