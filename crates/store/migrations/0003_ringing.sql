-- What rings at a person is asked for on every page, and must not go through everything that names them.
DROP INDEX involved_by_user;
CREATE INDEX involved_by_user ON involved (user_id, rings, incident_id);
