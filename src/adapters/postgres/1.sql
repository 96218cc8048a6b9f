-- Keyward's tables, version 1, in the schema that the host chose. Text is compared and ordered by bytes. `qualified.rs` adds the
-- schema to every name before this runs.

CREATE DOMAIN keyward_time AS timestamptz
    CHECK (VALUE >= '0001-01-01 00:00:00+00' AND VALUE <= '9999-12-31 23:59:59.999999+00');

CREATE TABLE keyward_accounts (
    id text COLLATE "C" NOT NULL PRIMARY KEY CHECK (octet_length(id) >= 1 AND octet_length(id) <= 128),
    incarnation bytea NOT NULL CHECK (length(incarnation) = 16),
    tag bytea NOT NULL CHECK (length(tag) = 45),
    revision bigint NOT NULL CHECK (revision >= 1),
    suspended keyward_time,
    unlisted_workspaces text COLLATE "C" NOT NULL
        CHECK (unlisted_workspaces = 'open' OR unlisted_workspaces = 'closed'),
    -- The policy. NULL is no rule.
    max_lifetime_seconds bigint CHECK (max_lifetime_seconds >= 1 AND max_lifetime_seconds <= 4294967295),
    expiry text COLLATE "C" CHECK (expiry = 'required'),
    default_expiry_seconds bigint CHECK (default_expiry_seconds >= 1 AND default_expiry_seconds <= 4294967295),
    max_overlap_seconds bigint CHECK (max_overlap_seconds >= 1 AND max_overlap_seconds <= 4294967295),
    max_secret_age_seconds bigint CHECK (max_secret_age_seconds >= 1 AND max_secret_age_seconds <= 4294967295),
    -- At most 1,000 hashes of 16 bytes in ascending order. NULL is none.
    inactive_owners bytea CHECK (
        length(inactive_owners) >= 16 AND length(inactive_owners) <= 16000 AND length(inactive_owners) % 16 = 0
    ),
    -- What is done about a leaked secret. NULL stops it.
    leak_response text COLLATE "C" CHECK (leak_response = 'report'),
    closed keyward_time
);

CREATE TABLE keyward_workspaces (
    id text COLLATE "C" NOT NULL PRIMARY KEY CHECK (octet_length(id) >= 1 AND octet_length(id) <= 128),
    incarnation bytea NOT NULL CHECK (length(incarnation) = 16),
    tag bytea NOT NULL CHECK (length(tag) = 45),
    account text COLLATE "C" NOT NULL,
    account_incarnation bytea NOT NULL CHECK (length(account_incarnation) = 16),
    name text COLLATE "C" NOT NULL CHECK (length(name) >= 1 AND length(name) <= 100),
    name_key text COLLATE "C" NOT NULL,
    created keyward_time NOT NULL,
    removed keyward_time,
    revision bigint NOT NULL CHECK (revision >= 1),
    credentials bigint NOT NULL CHECK (credentials >= 0 AND credentials <= 4294967295),
    permanent bigint NOT NULL CHECK (permanent >= 0 AND permanent <= 4294967295),
    UNIQUE (id, account)
);

CREATE INDEX keyward_workspaces_of_account ON keyward_workspaces (account, name_key, id)
    WHERE removed IS NULL;

-- Removed workspaces whose credentials are not all deleted yet. No statement finds these credentials.
CREATE TABLE keyward_leftovers (
    workspace text COLLATE "C" NOT NULL PRIMARY KEY REFERENCES keyward_workspaces (id)
);

CREATE TABLE keyward_credentials (
    id text COLLATE "C" NOT NULL PRIMARY KEY CHECK (id ~ '^[0-9A-Za-z]{12}$'),
    account text COLLATE "C" NOT NULL,
    workspace text COLLATE "C" NOT NULL,
    workspace_incarnation bytea NOT NULL CHECK (length(workspace_incarnation) = 16),
    tag bytea NOT NULL CHECK (length(tag) = 45),
    kind text COLLATE "C" NOT NULL CHECK (length(kind) >= 2 AND length(kind) <= 16),
    name text COLLATE "C" NOT NULL CHECK (length(name) >= 1 AND length(name) <= 100),
    name_key text COLLATE "C" NOT NULL,
    created keyward_time NOT NULL,
    created_by_role text COLLATE "C" NOT NULL
        CHECK (created_by_role = 'admin' OR created_by_role = 'member' OR created_by_role = 'operator'),
    created_by_id text COLLATE "C" NOT NULL
        CHECK (octet_length(created_by_id) >= 1 AND octet_length(created_by_id) <= 128),
    revision bigint NOT NULL CHECK (revision >= 1),
    generation bigint NOT NULL,
    previous bigint,
    previous_until keyward_time,
    deprecated keyward_time,
    sunset keyward_time,
    suspended keyward_time,
    expires keyward_time,
    -- JSON as Keyward writes it. NULL: all scopes.
    scopes text COLLATE "C",
    -- JSON. NULL: no networks of its own.
    networks text COLLATE "C",
    -- JSON. NULL: no labels.
    labels text COLLATE "C",
    -- A member. NULL: the account.
    owner text COLLATE "C" CHECK (octet_length(owner) >= 1 AND octet_length(owner) <= 128),
    CHECK ((previous IS NULL) = (previous_until IS NULL)),
    CHECK (sunset IS NULL OR deprecated IS NOT NULL),
    UNIQUE (workspace, kind, name_key),
    FOREIGN KEY (workspace, account) REFERENCES keyward_workspaces (id, account)
);

CREATE INDEX keyward_credentials_of_workspace
    ON keyward_credentials (workspace, name_key, id);
-- The names that are not ASCII. A new ASCII name is compared only with these.
CREATE INDEX keyward_credentials_beyond_ascii
    ON keyward_credentials (workspace, kind, name_key, id)
    WHERE octet_length(name_key) <> length(name_key);
CREATE INDEX keyward_credentials_of_account
    ON keyward_credentials (account, name_key, id);
CREATE INDEX keyward_credentials_of_owner
    ON keyward_credentials (account, owner, name_key, id) WHERE owner IS NOT NULL;

CREATE TABLE keyward_generations (
    credential text COLLATE "C" NOT NULL REFERENCES keyward_credentials (id) ON DELETE CASCADE,
    number bigint NOT NULL CHECK (number >= 1 AND number <= 4294967295),
    brand text COLLATE "C" NOT NULL CHECK (length(brand) >= 2 AND length(brand) <= 16),
    created keyward_time NOT NULL,
    slow_hash text COLLATE "C" NOT NULL
        CHECK (starts_with(slow_hash, '$argon2id$') AND length(slow_hash) <= 256),
    digest bytea NOT NULL CHECK (length(digest) = 41),
    seal bytea CHECK (length(seal) = 92),
    PRIMARY KEY (credential, number)
);

ALTER TABLE keyward_credentials
    ADD FOREIGN KEY (id, generation) REFERENCES keyward_generations (credential, number)
        DEFERRABLE INITIALLY DEFERRED,
    ADD FOREIGN KEY (id, previous) REFERENCES keyward_generations (credential, number)
        DEFERRABLE INITIALLY DEFERRED;

-- Last-used times. They have their own table because they are written far more often than anything else, and a narrow row is
-- written twice as fast as a wide one. Each page has free space, so that an update writes no index (HOT).
CREATE TABLE keyward_uses (
    credential text COLLATE "C" NOT NULL,
    generation bigint NOT NULL,
    at keyward_time,
    PRIMARY KEY (credential, generation),
    FOREIGN KEY (credential, generation)
        REFERENCES keyward_generations (credential, number) ON DELETE CASCADE
) WITH (fillfactor = 50);

-- The networks from which a credential passed, and the last day of each, in days since 1970-01-01. At most 16 a credential,
-- and none unless the host turns it on. They decide nothing.
CREATE TABLE keyward_used_networks (
    credential text COLLATE "C" NOT NULL REFERENCES keyward_credentials (id) ON DELETE CASCADE,
    network text COLLATE "C" NOT NULL CHECK (network ~ '/(24|48)$'),
    day bigint NOT NULL CHECK (day >= -719162 AND day <= 2932896),
    PRIMARY KEY (credential, network)
);

CREATE INDEX keyward_used_networks_of_day ON keyward_used_networks (day);

-- No foreign key to the credential: the rules decide which credential can be connected, and a store does not repeat rules.
CREATE TABLE keyward_integrations (
    workspace text COLLATE "C" NOT NULL REFERENCES keyward_workspaces (id),
    integration_key text COLLATE "C" NOT NULL,
    integration text COLLATE "C" NOT NULL,
    place bigint NOT NULL,
    credential text COLLATE "C" NOT NULL,
    connected keyward_time NOT NULL,
    PRIMARY KEY (workspace, integration_key)
);

CREATE TABLE keyward_allowlist (
    workspace text COLLATE "C" NOT NULL REFERENCES keyward_workspaces (id),
    network cidr NOT NULL,
    place bigint NOT NULL,
    added keyward_time NOT NULL,
    PRIMARY KEY (workspace, network)
);

CREATE TABLE keyward_events (
    number bigint NOT NULL PRIMARY KEY CHECK (number >= 1),
    operation bytea NOT NULL CHECK (length(operation) = 16),
    at keyward_time NOT NULL,
    account text COLLATE "C" NOT NULL,
    workspace text COLLATE "C",
    credential text COLLATE "C" CHECK (credential IS NULL OR workspace IS NOT NULL),
    by_role text COLLATE "C" NOT NULL
        CHECK (by_role = 'admin' OR by_role = 'member' OR by_role = 'operator'),
    by_id text COLLATE "C" NOT NULL,
    action jsonb NOT NULL,
    outline_tag bytea NOT NULL CHECK (length(outline_tag) = 45),
    tag bytea NOT NULL CHECK (length(tag) = 45)
);

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
    id smallint NOT NULL PRIMARY KEY CHECK (id = 1),
    number bigint NOT NULL CHECK (number >= 0),
    operation bytea CHECK (length(operation) = 16),
    id_key bytea NOT NULL DEFAULT uuid_send(gen_random_uuid()) CHECK (length(id_key) = 16),
    CHECK ((number = 0) = (operation IS NULL))
);

INSERT INTO keyward_position (id, number, operation) VALUES (1, 0, NULL);

-- Two rows: 1 is written by a synchronous commit, and 2 says what such a commit has confirmed. `at` is in microseconds, by the
-- clock of the server of that timeline.
CREATE TABLE keyward_heartbeat (
    id smallint NOT NULL PRIMARY KEY CHECK (id = 1 OR id = 2),
    at bigint NOT NULL,
    timeline text COLLATE "C" NOT NULL
) WITH (fillfactor = 50);

INSERT INTO keyward_heartbeat (id, at, timeline) VALUES (1, 0, ''), (2, 0, '');
