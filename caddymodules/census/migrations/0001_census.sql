-- Who still calls what: one row for each operation, calling program and family
-- of user agents that was seen.
CREATE TABLE sekisho_census (
	api        TEXT NOT NULL,
	operation  TEXT NOT NULL,
	caller     TEXT NOT NULL, -- the id of a site, app, client or login; '' if nobody proved to be one
	family     TEXT NOT NULL,
	calls      BIGINT NOT NULL,
	first_seen BIGINT NOT NULL, -- Unix milliseconds
	last_seen  BIGINT NOT NULL,
	PRIMARY KEY (api, operation, caller, family)
);
CREATE INDEX sekisho_census_last_seen ON sekisho_census (last_seen);
