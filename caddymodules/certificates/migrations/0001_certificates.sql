-- What Caddy keeps of its certificates, by certmagic's slash-separated keys. The
-- keys are ordered by their bytes, so that all below a prefix stand together.
CREATE TABLE certificate_values (
	name      TEXT{{if .Postgres}} COLLATE "C"{{end}} PRIMARY KEY,
	value     {{.Bytes}} NOT NULL, -- sealed
	size      BIGINT NOT NULL, -- of what was sealed
	stored_at BIGINT NOT NULL
);

-- Who does what only one gateway may do. A lock whose lease has run out is free.
CREATE TABLE certificate_locks (
	name      TEXT PRIMARY KEY,
	owner     TEXT NOT NULL,
	leased_to BIGINT NOT NULL
);
