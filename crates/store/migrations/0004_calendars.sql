-- Secret links to calendars of shifts. Only the SHA-256 of the secret is stored; a link that is revoked is gone.
CREATE TABLE calendar_links (
    id {{uuid}} NOT NULL PRIMARY KEY,
    digest {{bytes}} NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    subject {{uuid}} NOT NULL,
    made_by {{uuid}},
    created_at {{int}} NOT NULL,
    used_at {{int}}
) {{strict}};
CREATE INDEX calendar_links_by_subject ON calendar_links (subject, id);
