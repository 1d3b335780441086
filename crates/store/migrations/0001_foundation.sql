-- The foundation. Moments are microseconds since 1970 in UTC; JSON is text; ids are UUIDv7 made by the application.

-- Configuration -----------------------------------------------------------------------------------------------------

-- The settings, and the version of the whole configuration. One row.
CREATE TABLE organisation (
    one {{int}} PRIMARY KEY CHECK (one = 1),
    version {{int}} NOT NULL,
    body TEXT NOT NULL
) {{strict}};
INSERT INTO organisation (one, version, body) VALUES (1, 0, '{}');

-- Teams, people, schedules, policies, services, integrations: documents, as the core writes them.
CREATE TABLE objects (
    id {{uuid}} NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    slug TEXT NOT NULL,
    body TEXT NOT NULL,
    changed_at {{int}} NOT NULL,
    UNIQUE (kind, slug)
) {{strict}};

-- Integration keys, mail passwords, signing secrets: sealed by the application.
CREATE TABLE secrets (
    name TEXT NOT NULL PRIMARY KEY,
    sealed {{bytes}} NOT NULL
) {{strict}};

-- Who may come in ---------------------------------------------------------------------------------------------------

CREATE TABLE passwords (
    user_id {{uuid}} NOT NULL PRIMARY KEY,
    hash TEXT NOT NULL,
    changed_at {{int}} NOT NULL
) {{strict}};

CREATE TABLE sessions (
    id {{uuid}} NOT NULL PRIMARY KEY,
    user_id {{uuid}} NOT NULL,
    digest {{bytes}} NOT NULL UNIQUE,
    created_at {{int}} NOT NULL,
    seen_at {{int}} NOT NULL,
    expires_at {{int}} NOT NULL,
    agent TEXT NOT NULL
) {{strict}};
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE tokens (
    id {{uuid}} NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    digest {{bytes}} NOT NULL UNIQUE,
    scope TEXT NOT NULL,
    user_id {{uuid}},
    created_at {{int}} NOT NULL,
    used_at {{int}},
    revoked_at {{int}}
) {{strict}};
CREATE INDEX tokens_by_user ON tokens (user_id, id);

-- Codes by which people prove that a contact method is theirs.
CREATE TABLE verifications (
    contact_id {{uuid}} NOT NULL PRIMARY KEY,
    digest {{bytes}} NOT NULL,
    expires_at {{int}} NOT NULL,
    attempts {{int}} NOT NULL
) {{strict}};

-- What was answered to requests of the API that may come again with the same key. No answer while one is carried out.
CREATE TABLE idempotency (
    caller TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint {{bytes}} NOT NULL,
    claimed_at {{int}} NOT NULL,
    status {{int}},
    answer {{bytes}},
    PRIMARY KEY (caller, key)
) {{clustered}};
CREATE INDEX idempotency_by_time ON idempotency (claimed_at);

-- What became of the inbox ------------------------------------------------------------------------------------------

-- Under whose locks segments are appended: the numbers of a lane become visible in their order.
CREATE TABLE tails (
    lane {{int}} NOT NULL PRIMARY KEY
) {{strict}};

-- How far each lane was processed. Lanes keep the order of events that belong together.
CREATE TABLE lanes (
    lane {{int}} NOT NULL PRIMARY KEY,
    processed {{int}} NOT NULL
) {{strict}};

-- What became of the events of each integration in each segment.
CREATE TABLE outcomes (
    integration_id {{uuid}} NOT NULL,
    segment {{int}} NOT NULL,
    processed_at {{int}} NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (integration_id, segment)
) {{clustered}};
CREATE INDEX outcomes_by_segment ON outcomes (segment);

-- Counters of what each integration sent, and the latest rejection for each reason.
CREATE TABLE intake_counts (
    integration_id {{uuid}} NOT NULL PRIMARY KEY,
    events {{int}} NOT NULL,
    last_at {{int}} NOT NULL
) {{strict}};
CREATE TABLE rejections (
    integration_id {{uuid}} NOT NULL,
    reason TEXT NOT NULL,
    count {{int}} NOT NULL,
    last_at {{int}} NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (integration_id, reason)
) {{strict}};

-- Alerts and incidents ----------------------------------------------------------------------------------------------

CREATE TABLE alerts (
    id {{uuid}} NOT NULL PRIMARY KEY,
    service_id {{uuid}} NOT NULL,
    integration_id {{uuid}} NOT NULL,
    dedup_key TEXT NOT NULL,
    -- Its SHA-256: a source's key may be longer than PostgreSQL lets an index have it.
    key_digest {{bytes}} NOT NULL,
    summary TEXT NOT NULL,
    severity {{int}} NOT NULL,
    count {{int}} NOT NULL,
    first_seen {{int}} NOT NULL,
    last_seen {{int}} NOT NULL,
    expires_at {{int}},
    resolved_at {{int}},
    clearing TEXT,
    incident_id {{uuid}},
    placement TEXT,
    content TEXT NOT NULL
) {{strict}};
CREATE UNIQUE INDEX alerts_firing ON alerts (service_id, key_digest) WHERE resolved_at IS NULL;
CREATE INDEX alerts_open ON alerts (id) WHERE resolved_at IS NULL;
CREATE INDEX alerts_by_incident ON alerts (incident_id, id);
CREATE INDEX alerts_resolved ON alerts (resolved_at) WHERE resolved_at IS NOT NULL;

-- The events that an alert was built from: one row for each segment that had any.
CREATE TABLE alert_events (
    alert_id {{uuid}} NOT NULL,
    segment {{int}} NOT NULL,
    positions TEXT NOT NULL,
    PRIMARY KEY (alert_id, segment)
) {{clustered}};
CREATE INDEX alert_events_by_segment ON alert_events (segment);

CREATE TABLE incidents (
    number {{serial}},
    id {{uuid}} NOT NULL UNIQUE,
    service_id {{uuid}} NOT NULL,
    title TEXT NOT NULL,
    status TEXT NOT NULL,
    severity {{int}} NOT NULL,
    urgency TEXT NOT NULL,
    opened_at {{int}} NOT NULL,
    closed_at {{int}},
    -- The SHA-256 of the key that its alerts share.
    group_digest {{bytes}},
    last_alert_at {{int}},
    entries {{int}} NOT NULL,
    head {{bytes}} NOT NULL,
    state TEXT NOT NULL
) {{strict}};
CREATE INDEX incidents_open ON incidents (number) WHERE closed_at IS NULL;
-- With the severity, so that the worst of a service is found without a look at the incidents themselves.
CREATE INDEX incidents_open_by_service ON incidents (service_id, number, severity) WHERE closed_at IS NULL;
-- For lists and counts of what stands in a given way: however much history there is, each is a short walk.
CREATE INDEX incidents_by_standing ON incidents (status, severity, number);
CREATE INDEX incidents_by_service ON incidents (service_id, status, severity, number);
CREATE INDEX incidents_closed ON incidents (closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX incidents_by_group ON incidents (service_id, group_digest, number)
    WHERE closed_at IS NULL AND group_digest IS NOT NULL;

-- The people whom an open incident names: who was ever paged for it, who is on it, whose it is.
CREATE TABLE involved (
    incident_id {{uuid}} NOT NULL,
    user_id {{uuid}} NOT NULL,
    -- A page to them is under way.
    rings {{bool}} NOT NULL,
    PRIMARY KEY (incident_id, user_id)
) {{clustered}};
CREATE INDEX involved_by_user ON involved (user_id, incident_id);

-- Facts -------------------------------------------------------------------------------------------------------------

-- One row for each decision about an incident, chained by hashes.
CREATE TABLE journal (
    incident_id {{uuid}} NOT NULL,
    number {{int}} NOT NULL,
    at {{int}} NOT NULL,
    user_id {{uuid}},
    body TEXT NOT NULL,
    hash {{bytes}} NOT NULL,
    PRIMARY KEY (incident_id, number)
) {{clustered}};
CREATE INDEX journal_by_user ON journal (user_id, at, incident_id, number) WHERE user_id IS NOT NULL;

-- What people did to the installation, chained by hashes.
CREATE TABLE audit (
    number {{int}} NOT NULL PRIMARY KEY,
    at {{int}} NOT NULL,
    user_id {{uuid}},
    body TEXT NOT NULL,
    hash {{bytes}} NOT NULL
) {{strict}};
-- How far the audit log was deleted, and the hash from which the rest of it goes on. One row, once any was.
CREATE TABLE audit_start (
    one {{int}} PRIMARY KEY CHECK (one = 1),
    number {{int}} NOT NULL,
    hash {{bytes}} NOT NULL,
    -- By the application, so that nobody else can move the start.
    signature {{bytes}} NOT NULL
) {{strict}};
CREATE INDEX audit_by_user ON audit (user_id, number) WHERE user_id IS NOT NULL;

-- Time and the outside ----------------------------------------------------------------------------------------------

-- When each lifecycle must be woken: exactly what `next_due` says of its state.
CREATE TABLE timers (
    kind TEXT NOT NULL,
    subject {{uuid}} NOT NULL,
    due_at {{int}} NOT NULL,
    PRIMARY KEY (kind, subject)
) {{clustered}};
CREATE INDEX timers_by_time ON timers (due_at);

-- The delivery ledger, and the outbox: what has a `due_at` is still to be done.
CREATE TABLE deliveries (
    id {{uuid}} NOT NULL PRIMARY KEY,
    incident_id {{uuid}},
    user_id {{uuid}} NOT NULL,
    contact_id {{uuid}} NOT NULL,
    channel TEXT NOT NULL,
    purpose TEXT NOT NULL,
    severity {{int}},
    service_id {{uuid}},
    -- How loud it is: 0 goes first.
    class {{int}} NOT NULL,
    status TEXT NOT NULL,
    attempts {{int}} NOT NULL,
    due_at {{int}},
    created_at {{int}} NOT NULL,
    changed_at {{int}} NOT NULL,
    bundle_id {{uuid}},
    detail TEXT
) {{strict}};
CREATE INDEX deliveries_due ON deliveries (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX deliveries_by_class ON deliveries (class, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX deliveries_held ON deliveries (contact_id, id) WHERE status = 'held';
CREATE INDEX deliveries_by_incident ON deliveries (incident_id, id);
CREATE INDEX deliveries_by_user ON deliveries (user_id, id);
CREATE INDEX deliveries_by_bundle ON deliveries (bundle_id) WHERE bundle_id IS NOT NULL;
CREATE INDEX deliveries_done ON deliveries (status, id) WHERE due_at IS NULL;

CREATE TABLE attempts (
    delivery_id {{uuid}} NOT NULL,
    number {{int}} NOT NULL,
    began_at {{int}} NOT NULL,
    ended_at {{int}},
    maybe_repeated {{bool}} NOT NULL,
    outcome TEXT,
    PRIMARY KEY (delivery_id, number)
) {{clustered}};

-- How much each contact method was sent of late.
CREATE TABLE lines (
    contact_id {{uuid}} NOT NULL PRIMARY KEY,
    body TEXT NOT NULL
) {{strict}};

-- Silences, as the Alertmanager API has them.
CREATE TABLE silences (
    id {{uuid}} NOT NULL PRIMARY KEY,
    service_id {{uuid}} NOT NULL,
    starts_at {{int}} NOT NULL,
    ends_at {{int}} NOT NULL,
    updated_at {{int}} NOT NULL,
    body TEXT NOT NULL
) {{strict}};
CREATE INDEX silences_by_end ON silences (ends_at);
CREATE INDEX silences_by_start ON silences (starts_at);
CREATE INDEX silences_by_service ON silences (service_id, ends_at);

-- Ourselves ---------------------------------------------------------------------------------------------------------

-- Written now and then, to see that a write still reaches the disk. One row.
CREATE TABLE health (
    one {{int}} PRIMARY KEY CHECK (one = 1),
    checked_at {{int}}
) {{strict}};
INSERT INTO health (one) VALUES (1);
