-- Requests for cover: who asks whom to take over what, and where that stands.
CREATE TABLE covers (
    id {{uuid}} NOT NULL PRIMARY KEY,
    schedule_id {{uuid}} NOT NULL,
    asker_id {{uuid}} NOT NULL,
    -- Grows by one with each change.
    version {{int}} NOT NULL,
    ended_at {{int}},
    state TEXT NOT NULL
) {{strict}};
CREATE INDEX covers_open ON covers (id) WHERE ended_at IS NULL;
CREATE INDEX covers_ended ON covers (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX covers_by_schedule ON covers (schedule_id, id);

-- How far the handovers of each schedule are.
CREATE TABLE handovers (
    schedule_id {{uuid}} NOT NULL PRIMARY KEY,
    state TEXT NOT NULL
) {{clustered}};

-- What those who go off call leave for those who come on.
CREATE TABLE handoff_notes (
    id {{uuid}} NOT NULL PRIMARY KEY,
    schedule_id {{uuid}} NOT NULL,
    user_id {{uuid}},
    at {{int}} NOT NULL,
    text TEXT NOT NULL
) {{strict}};
CREATE INDEX handoff_notes_by_schedule ON handoff_notes (schedule_id, id);
CREATE INDEX handoff_notes_by_time ON handoff_notes (at);
