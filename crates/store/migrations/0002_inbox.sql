-- The inbox: what the sources sent. On SQLite these tables are in a file of their own, with a writer of its own.

-- One row for each group commit of the intake: the raw bytes of all requests that it made durable.
CREATE TABLE segments (
    number {{serial}},
    lane {{int}} NOT NULL,
    received_at {{int}} NOT NULL,
    events {{int}} NOT NULL,
    body {{bytes}} NOT NULL
) {{strict}};
CREATE INDEX segments_by_lane ON segments (lane, number);
CREATE INDEX segments_by_time ON segments (received_at);
