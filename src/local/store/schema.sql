-- The state of the embedded Taskcluster. Times are milliseconds since 1970, documents are JSON.

CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE tasks (
    task_id       TEXT PRIMARY KEY,
    task_group_id TEXT NOT NULL,
    task_queue_id TEXT NOT NULL,
    state         TEXT NOT NULL,
    priority      INTEGER NOT NULL,      -- 0 (lowest) to 6 (highest)
    deadline      INTEGER NOT NULL,
    expires       INTEGER NOT NULL,
    pending_since INTEGER,               -- set while the latest run is pending
    taken_until   INTEGER,               -- set while the latest run is claimed
    retries_left  INTEGER NOT NULL,
    definition    TEXT NOT NULL,         -- as `queue.task` answers it
    runs          TEXT NOT NULL
);
CREATE INDEX tasks_by_group ON tasks (task_group_id, task_id COLLATE NOCASE);
CREATE INDEX tasks_pending ON tasks (task_queue_id, priority DESC, pending_since) WHERE pending_since IS NOT NULL;
CREATE INDEX tasks_claimed ON tasks (taken_until) WHERE taken_until IS NOT NULL;
CREATE INDEX tasks_unresolved ON tasks (deadline) WHERE state IN ('unscheduled', 'pending', 'running');

CREATE TABLE task_dependencies (
    dependent TEXT NOT NULL,
    required  TEXT NOT NULL,
    satisfied INTEGER NOT NULL,
    PRIMARY KEY (dependent, required)
) WITHOUT ROWID;
CREATE INDEX dependents ON task_dependencies (required, dependent);

CREATE TABLE task_groups (
    task_group_id TEXT PRIMARY KEY,
    scheduler_id  TEXT NOT NULL,
    expires       INTEGER NOT NULL,
    sealed        INTEGER
) WITHOUT ROWID;

CREATE TABLE artifacts (
    task_id        TEXT NOT NULL,
    run_id         INTEGER NOT NULL,
    name           TEXT NOT NULL,
    storage_type   TEXT NOT NULL,
    content_type   TEXT NOT NULL,
    content_length INTEGER,
    details        TEXT NOT NULL,
    present        INTEGER NOT NULL,
    expires        INTEGER NOT NULL,
    PRIMARY KEY (task_id, run_id, name)
) WITHOUT ROWID;

-- What was uploaded; the bytes are in the file `blobs/<file>`.
CREATE TABLE blobs (
    name             TEXT PRIMARY KEY,
    file             TEXT NOT NULL,
    content_type     TEXT NOT NULL,
    content_encoding TEXT,
    length           INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE objects (
    name       TEXT PRIMARY KEY,
    project_id TEXT NOT NULL,
    upload_id  TEXT,                     -- set until the upload is finished
    expires    INTEGER NOT NULL,
    hashes     TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE task_queues (
    task_queue_id TEXT PRIMARY KEY,
    expires       INTEGER NOT NULL,
    last_active   INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE workers (
    task_queue_id      TEXT NOT NULL,
    worker_group       TEXT NOT NULL,
    worker_id          TEXT NOT NULL,
    first_claim        INTEGER NOT NULL,
    last_active        INTEGER NOT NULL,
    expires            INTEGER NOT NULL,
    quarantine_until   INTEGER NOT NULL,
    quarantine_details TEXT NOT NULL,
    recent_tasks       TEXT NOT NULL,
    PRIMARY KEY (task_queue_id, worker_group, worker_id)
) WITHOUT ROWID;

CREATE TABLE indexed_tasks (
    namespace TEXT NOT NULL,
    name      TEXT NOT NULL,
    rank      REAL NOT NULL,
    task_id   TEXT NOT NULL,
    data      TEXT NOT NULL,
    expires   INTEGER NOT NULL,
    PRIMARY KEY (namespace, name)
) WITHOUT ROWID;

CREATE TABLE index_namespaces (
    parent  TEXT NOT NULL,
    name    TEXT NOT NULL,
    expires INTEGER NOT NULL,
    PRIMARY KEY (parent, name)
) WITHOUT ROWID;

CREATE TABLE hooks (
    hook_group_id TEXT NOT NULL,
    hook_id       TEXT NOT NULL,
    definition    TEXT NOT NULL,
    trigger_token TEXT NOT NULL,
    PRIMARY KEY (hook_group_id, hook_id)
) WITHOUT ROWID;

CREATE TABLE last_fires (
    hook_group_id TEXT NOT NULL,
    hook_id       TEXT NOT NULL,
    task_id       TEXT NOT NULL,
    fired_by      TEXT NOT NULL,
    fired         INTEGER NOT NULL,
    result        TEXT NOT NULL,
    error         TEXT NOT NULL
);
CREATE INDEX last_fires_by_hook ON last_fires (hook_group_id, hook_id, fired);

CREATE TABLE secrets (name TEXT PRIMARY KEY, secret TEXT NOT NULL, expires INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE clients (
    client_id    TEXT PRIMARY KEY,
    access_token TEXT NOT NULL,
    document     TEXT NOT NULL           -- as `auth.client` answers it, but for `expandedScopes`
) WITHOUT ROWID;

CREATE TABLE roles (role_id TEXT PRIMARY KEY, document TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE audit (
    client_id   TEXT NOT NULL,
    action      TEXT NOT NULL,
    entity_type TEXT NOT NULL,
    entity_id   TEXT NOT NULL,
    created     INTEGER NOT NULL
);

CREATE TABLE purge_requests (
    worker_pool_id TEXT NOT NULL,
    cache_name     TEXT NOT NULL,
    before         INTEGER NOT NULL,
    expires        INTEGER NOT NULL,
    PRIMARY KEY (worker_pool_id, cache_name)
) WITHOUT ROWID;
