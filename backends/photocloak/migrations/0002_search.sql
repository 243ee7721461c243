-- What the search finds a cloak by: its name, description and tags, folded, a
-- line each, and their grams (see bigrams.go). Cloaks that are not public may
-- stand here too.
CREATE TABLE photocloak_search (
    cloak_id {{if .Postgres}}BIGINT{{else}}INTEGER{{end}} PRIMARY KEY REFERENCES photocloak_cloaks (id),
    words    TEXT NOT NULL{{if .Postgres}},
    grams    INTEGER[] NOT NULL{{end}}
);
{{if .Postgres}}
-- What waits in the pending list is read by every search: it stays short (kB).
CREATE INDEX photocloak_search_grams ON photocloak_search USING gin (grams) WITH (gin_pending_list_limit = 256);
{{else}}
-- The row of a cloak has its id; a token is a gram in base 36.
CREATE VIRTUAL TABLE photocloak_search_grams USING fts5 (
    grams, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii'
);
{{end}}
-- The orders of a search over all that is public. ends_at lets an offset be
-- skipped without a look at the rows.
CREATE INDEX photocloak_cloaks_by_new ON photocloak_cloaks (created_at DESC, id, ends_at) WHERE status = 1 AND scope = 0;
CREATE INDEX photocloak_cloaks_by_limit ON photocloak_cloaks (ends_at, id) WHERE status = 1 AND scope = 0;
CREATE INDEX photocloak_cloaks_by_name ON photocloak_cloaks (name{{if .Postgres}} COLLATE "C"{{end}}, id, ends_at) WHERE status = 1 AND scope = 0;

-- What was found by words is put in order without a look at the rows.
CREATE INDEX photocloak_cloaks_public ON photocloak_cloaks (id, created_at, ends_at) WHERE status = 1 AND scope = 0;
