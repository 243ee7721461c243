-- What the house keeps for itself: the secret's fingerprint, the key of its
-- hashes, the mark of demo data.
CREATE TABLE sekisho_meta (
	name  TEXT PRIMARY KEY,
	value {{.Bytes}} NOT NULL
);

CREATE TABLE sekisho_sessions (
	name       TEXT PRIMARY KEY,
	value      {{.Bytes}} NOT NULL,
	expires_at BIGINT NOT NULL
);
CREATE INDEX sekisho_sessions_expires_at ON sekisho_sessions (expires_at);

-- Counts that wait to be moved where they belong, where there is no Redis.
CREATE TABLE sekisho_counters (
	set_name TEXT NOT NULL,
	field    TEXT NOT NULL,
	delta    BIGINT NOT NULL,
	PRIMARY KEY (set_name, field)
);

-- The batches of counts from Redis that were applied. Each is written in the
-- transaction that applies it, so that none is applied twice.
CREATE TABLE sekisho_counter_batches (
	id         TEXT PRIMARY KEY,
	set_name   TEXT NOT NULL,
	applied_at BIGINT NOT NULL
);
CREATE INDEX sekisho_counter_batches_applied_at ON sekisho_counter_batches (set_name, applied_at);
