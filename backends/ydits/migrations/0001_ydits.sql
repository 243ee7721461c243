-- The people who signed up. mail_key is the mail address with the letters A to
-- Z in lower case: addresses that differ in nothing else are one.
CREATE TABLE ydits_users (
    uuid        TEXT PRIMARY KEY,
    name        TEXT NOT NULL,
    mail        TEXT NOT NULL,
    mail_key    TEXT NOT NULL,
    pass_hash   TEXT NOT NULL,
    created_at  BIGINT NOT NULL,
    disabled_at BIGINT
);
CREATE UNIQUE INDEX ydits_users_mail_key ON ydits_users (mail_key);

-- The software that each of them registered. Of a key only its hash is kept.
CREATE TABLE ydits_registrations (
    id         {{.Serial}},
    uuid       TEXT NOT NULL REFERENCES ydits_users (uuid),
    softname   TEXT NOT NULL,
    key_hash   {{.Bytes}} NOT NULL,
    softid     TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX ydits_registrations_softname ON ydits_registrations (uuid, softname);
CREATE UNIQUE INDEX ydits_registrations_key ON ydits_registrations (uuid, key_hash);
