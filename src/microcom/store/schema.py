"""The schema, as numbered steps that only go forward.

Times are microseconds since 1970 (UTC); JSON is text. ``{int}``, ``{serial}``, ``{end}`` and
``{packed}`` (the end of a table that is nothing but its key) are what the two engines spell
differently.
"""

from __future__ import annotations

STEP_1 = (
    """CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) {end}""",
    """CREATE TABLE app (
        world TEXT NOT NULL,
        name TEXT NOT NULL,
        platform TEXT NOT NULL,
        client_id TEXT NOT NULL,
        state TEXT NOT NULL DEFAULT 'active',
        reason TEXT,
        until {int},
        broken_until {int} NOT NULL DEFAULT 0,
        broken_count {int} NOT NULL DEFAULT 0,
        PRIMARY KEY (world, name)
    ) {end}""",
    """CREATE TABLE account (
        world TEXT NOT NULL,
        name TEXT NOT NULL,
        platform TEXT NOT NULL,
        client TEXT,
        app TEXT NOT NULL,
        project TEXT NOT NULL,
        handle TEXT NOT NULL,
        remote_id TEXT,
        known TEXT,
        lane TEXT,
        zone TEXT NOT NULL,
        settings TEXT NOT NULL,
        file TEXT NOT NULL,
        digest TEXT NOT NULL,
        state TEXT NOT NULL DEFAULT 'active',
        reason TEXT,
        until {int},
        token_version {int} NOT NULL DEFAULT 0,
        PRIMARY KEY (world, name)
    ) {end}""",
    """CREATE TABLE lane (
        name TEXT PRIMARY KEY,
        world TEXT NOT NULL,
        epoch {int} NOT NULL DEFAULT 0,
        owner TEXT NOT NULL DEFAULT '',
        holder TEXT NOT NULL DEFAULT '',
        lease_until {int} NOT NULL DEFAULT 0,
        next_at {int},
        rest_until {int} NOT NULL DEFAULT 0,
        clock_offset {int}
    ) {end}""",
    """CREATE INDEX lane_next ON lane (next_at) WHERE next_at IS NOT NULL""",
    """CREATE TABLE snapshot (digest TEXT PRIMARY KEY, body TEXT NOT NULL) {end}""",
    """CREATE TABLE delivery (
        id {serial},
        world TEXT NOT NULL,
        project TEXT NOT NULL,
        post TEXT NOT NULL,
        campaign TEXT,
        account TEXT NOT NULL,
        community TEXT NOT NULL,
        kind TEXT NOT NULL,
        platform TEXT NOT NULL,
        client TEXT,
        lane TEXT NOT NULL,
        snapshot TEXT NOT NULL,
        key TEXT,
        state TEXT NOT NULL,
        reason TEXT,
        revision {int} NOT NULL DEFAULT 1,
        attempt {int} NOT NULL DEFAULT 1,
        tries {int} NOT NULL DEFAULT 0,
        stopping {int} NOT NULL DEFAULT 0,
        retried_at {int} NOT NULL DEFAULT 0,
        due_at {int} NOT NULL,
        zone TEXT NOT NULL,
        wake_at {int},
        created_at {int} NOT NULL,
        published_at {int},
        remote_id TEXT,
        url TEXT,
        cost {int}
    ) {end}""",
    """CREATE INDEX delivery_wake ON delivery (lane, account, wake_at)
        WHERE wake_at IS NOT NULL""",
    """CREATE INDEX delivery_due ON delivery (state, due_at)""",
    """CREATE INDEX delivery_same ON delivery (account, snapshot, created_at)""",
    """CREATE UNIQUE INDEX delivery_key ON delivery (world, key, account, community)
        WHERE key IS NOT NULL""",
    """CREATE TABLE kept (
        delivery {int} NOT NULL,
        attempt {int} NOT NULL,
        step TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        status {int} NOT NULL,
        reply TEXT NOT NULL,
        sealed TEXT,
        at {int} NOT NULL,
        PRIMARY KEY (delivery, attempt, step)
    ) {end}""",
    """CREATE TABLE mark (
        id {serial},
        delivery {int} NOT NULL,
        attempt {int} NOT NULL,
        step TEXT NOT NULL,
        send {int} NOT NULL,
        world TEXT NOT NULL,
        account TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        evidence TEXT NOT NULL,
        remote_path TEXT,
        opens {int} NOT NULL,
        epoch {int} NOT NULL,
        owner TEXT NOT NULL,
        marked_at {int} NOT NULL,
        deadline_at {int} NOT NULL,
        state TEXT NOT NULL DEFAULT 'open',
        cause TEXT,
        closed_at {int},
        UNIQUE (delivery, attempt, step, send)
    ) {end}""",
    """CREATE UNIQUE INDEX mark_open ON mark (delivery, step) WHERE state = 'open'""",
    """CREATE INDEX mark_opens ON mark (world, account, marked_at) WHERE opens = 1""",
    """CREATE TABLE answer (
        mark {int} PRIMARY KEY,
        status {int} NOT NULL,
        reply TEXT NOT NULL,
        remote_id TEXT,
        source TEXT NOT NULL,
        at {int} NOT NULL
    ) {end}""",
    """CREATE TABLE part (
        lane TEXT NOT NULL,
        remote_id TEXT NOT NULL,
        delivery {int} NOT NULL,
        step TEXT NOT NULL,
        at {int} NOT NULL,
        PRIMARY KEY (lane, remote_id)
    ) {end}""",
    """CREATE INDEX part_delivery ON part (delivery)""",
    """CREATE TABLE event (
        id {serial},
        at {int} NOT NULL,
        actor TEXT NOT NULL,
        version TEXT NOT NULL,
        delivery {int},
        account TEXT,
        kind TEXT NOT NULL,
        data TEXT NOT NULL
    ) {end}""",
    """CREATE INDEX event_delivery ON event (delivery) WHERE delivery IS NOT NULL""",
)

STEP_2 = (
    """CREATE TABLE media (
        sha256 TEXT NOT NULL,
        delivery {int} NOT NULL,
        PRIMARY KEY (sha256, delivery)
    ) {end}""",
    """CREATE TABLE lookup (
        world TEXT NOT NULL,
        account TEXT NOT NULL,
        step TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        status {int} NOT NULL,
        reply TEXT NOT NULL,
        until {int} NOT NULL,
        PRIMARY KEY (world, account, step)
    ) {end}""",
)

STEP_3 = (
    """CREATE TABLE secret (name TEXT PRIMARY KEY) {end}""",
    """CREATE TABLE token (
        name TEXT PRIMARY KEY,
        platform TEXT NOT NULL,
        client_id TEXT NOT NULL,
        kind TEXT,
        version {int} NOT NULL,
        slot TEXT NOT NULL,
        scopes TEXT,
        issued_at {int} NOT NULL,
        expires_at {int},
        refresh_expires_at {int},
        renewable {int} NOT NULL,
        renew_at {int},
        asking TEXT NOT NULL DEFAULT '',
        asked_until {int} NOT NULL DEFAULT 0,
        refused TEXT
    ) {end}""",
    """CREATE INDEX token_renew ON token (renew_at) WHERE renew_at IS NOT NULL""",
)

STEP_4 = (
    """ALTER TABLE mark ADD COLUMN clock_offset {int} NOT NULL DEFAULT 0""",
    """ALTER TABLE account ADD COLUMN failures {int} NOT NULL DEFAULT 0""",
    """CREATE TABLE allowance (
        world TEXT NOT NULL,
        holder TEXT NOT NULL,
        bucket TEXT NOT NULL,
        remaining {int} NOT NULL,
        until {int} NOT NULL,
        PRIMARY KEY (world, holder, bucket)
    ) {end}""",
)

STEP_5 = (
    """CREATE TABLE planned (
        delivery {int} PRIMARY KEY,
        occurrence TEXT NOT NULL DEFAULT '',
        source TEXT,
        at_words TEXT,
        decided_by TEXT,
        decided_at {int}
    ) {end}""",
    """CREATE INDEX delivery_post ON delivery (world, project, post)""",
    """CREATE INDEX delivery_times ON delivery (world, account, due_at)""",
)

STEP_6 = (
    """ALTER TABLE lane ADD COLUMN client TEXT NOT NULL DEFAULT ''""",
    """UPDATE lane SET client = coalesce(
        (SELECT min(client) FROM account WHERE account.lane = lane.name), '')""",
    """CREATE INDEX lane_turn ON lane (client, next_at) WHERE next_at IS NOT NULL""",
    """CREATE INDEX account_lane ON account (lane)""",
)

STEP_7 = (
    """ALTER TABLE mark ADD COLUMN clock_most {int} NOT NULL DEFAULT 0""",
    """UPDATE mark SET clock_most = clock_offset""",
)

STEP_8 = (
    """CREATE TABLE alike (
        mark {int} NOT NULL,
        due_at {int} NOT NULL,
        delivery {int} NOT NULL,
        PRIMARY KEY (mark, due_at, delivery)
    ) {packed}""",
)

STEP_9 = ("""ALTER TABLE account ADD COLUMN late_until {int} NOT NULL DEFAULT 0""",)

STEP_10 = (
    """CREATE INDEX delivery_client ON delivery (client, state, due_at)
        WHERE client IS NOT NULL""",
    """CREATE INDEX delivery_campaign ON delivery (campaign, state, due_at)
        WHERE campaign IS NOT NULL""",
    """CREATE INDEX planned_source ON planned (source) WHERE source IS NOT NULL""",
    """CREATE INDEX event_account ON event (account, id) WHERE account IS NOT NULL""",
    """CREATE INDEX account_stopped ON account (world, state) WHERE state <> 'active'""",
)

STEP_11 = (
    """ALTER TABLE account ADD COLUMN standing TEXT""",
    """ALTER TABLE account ADD COLUMN as_of {int} NOT NULL DEFAULT 0""",
    """ALTER TABLE account ADD COLUMN adopted_at {int} NOT NULL DEFAULT 0""",
    """ALTER TABLE delivery ADD COLUMN elsewhere {int} NOT NULL DEFAULT 0""",
    """ALTER TABLE mark ADD COLUMN elsewhere {int} NOT NULL DEFAULT 0""",
    """CREATE TABLE withheld (
        delivery {int} PRIMARY KEY,
        state TEXT NOT NULL,
        reason TEXT,
        wake_at {int},
        as_of {int} NOT NULL
    ) {end}""",
    """CREATE INDEX account_unadopted ON account (world, name) WHERE standing IS NOT NULL""",
)

STEP_12 = ("""CREATE TABLE sealed (name TEXT PRIMARY KEY, value TEXT NOT NULL) {end}""",)

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    *(STEP_1, STEP_2, STEP_3, STEP_4),
    *(STEP_5, STEP_6, STEP_7, STEP_8, STEP_9),
    *(STEP_10, STEP_11, STEP_12),
)
"""Step n brings a database from version n - 1 to version n."""
