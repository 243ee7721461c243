-- What there is to wear. The layers of items are pictures in the blob store,
-- named by their SHA-256; a picture that was drawn once can so be drawn again
-- after an item got other artwork.

-- The one row says how often the catalogue changed, and which section of a
-- figure the face picture shows: "x,y,width,height".
CREATE TABLE avatarplay_catalogue (
    id         BIGINT PRIMARY KEY,
    generation BIGINT NOT NULL,
    bust       TEXT NOT NULL
);

CREATE TABLE avatarplay_tastes (
    id       BIGINT PRIMARY KEY,
    key      TEXT NOT NULL,
    name     TEXT NOT NULL,
    frames   TEXT NOT NULL, -- JSON
    position BIGINT NOT NULL
);
CREATE UNIQUE INDEX avatarplay_tastes_key ON avatarplay_tastes (key);

CREATE TABLE avatarplay_items (
    id       BIGINT PRIMARY KEY,
    key      TEXT NOT NULL,
    name     TEXT NOT NULL,
    part     TEXT NOT NULL,
    slots    TEXT NOT NULL,    -- "tops,bottoms"
    free     BOOLEAN NOT NULL, -- everybody who signs up has it
    layers   TEXT NOT NULL,    -- JSON
    position BIGINT NOT NULL
);
CREATE UNIQUE INDEX avatarplay_items_key ON avatarplay_items (key);

-- コーデ: ready outfits.
CREATE TABLE avatarplay_coords (
    id         BIGINT PRIMARY KEY,
    key        TEXT NOT NULL,
    name       TEXT NOT NULL,
    taste_id   BIGINT NOT NULL REFERENCES avatarplay_tastes (id),
    items      TEXT NOT NULL,    -- ids, "1,2,3"
    initial    BOOLEAN NOT NULL, -- a guest may begin with it, where an app does not say otherwise
    is_default BOOLEAN NOT NULL, -- a guest and a person begin with it who choose none
    position   BIGINT NOT NULL
);
CREATE UNIQUE INDEX avatarplay_coords_key ON avatarplay_coords (key);

-- Apps: the partners' services, and what each may use.
CREATE TABLE avatarplay_apps (
    id          BIGINT PRIMARY KEY,
    name        TEXT NOT NULL,
    avatar_load BOOLEAN NOT NULL, -- the permissions it may ask for
    item_grant  BOOLEAN NOT NULL,
    created_at  BIGINT NOT NULL,
    disabled_at BIGINT
);

CREATE TABLE avatarplay_app_keys (
    id           {{.Serial}},
    app_id       BIGINT NOT NULL REFERENCES avatarplay_apps (id),
    key_hash     {{.Bytes}} NOT NULL,
    created_at   BIGINT NOT NULL,
    ends_at      BIGINT,
    last_used_at BIGINT
);
CREATE UNIQUE INDEX avatarplay_app_keys_hash ON avatarplay_app_keys (key_hash);
CREATE INDEX avatarplay_app_keys_app ON avatarplay_app_keys (app_id);

CREATE TABLE avatarplay_app_redirects (
    app_id BIGINT NOT NULL REFERENCES avatarplay_apps (id),
    uri    TEXT NOT NULL,
    PRIMARY KEY (app_id, uri)
);

CREATE TABLE avatarplay_app_items (
    app_id  BIGINT NOT NULL REFERENCES avatarplay_apps (id),
    item_id BIGINT NOT NULL REFERENCES avatarplay_items (id),
    PRIMARY KEY (app_id, item_id)
);

CREATE TABLE avatarplay_app_coords (
    app_id   BIGINT NOT NULL REFERENCES avatarplay_apps (id),
    coord_id BIGINT NOT NULL REFERENCES avatarplay_coords (id),
    initial  BOOLEAN NOT NULL, -- 初期コーデ
    PRIMARY KEY (app_id, coord_id)
);

-- Who wears something: one for each guest, one for each person, however many
-- apps the person is linked to.
CREATE TABLE avatarplay_wearers (
    id         BIGINT PRIMARY KEY,
    items      TEXT NOT NULL,   -- the main coord: ids, "1,2,3"
    taste_id   BIGINT NOT NULL,
    saved_at   BIGINT,          -- NULL: nobody has dressed them yet
    saved_step BIGINT NOT NULL DEFAULT 0, -- of the fitting room; one that comes late does not undo a later one
    created_at BIGINT NOT NULL
);

CREATE TABLE avatarplay_owned (
    wearer_id  BIGINT NOT NULL REFERENCES avatarplay_wearers (id),
    item_id    BIGINT NOT NULL REFERENCES avatarplay_items (id),
    granted_at BIGINT NOT NULL,
    app_id     BIGINT,          -- who granted it; NULL: they had it from the start
    PRIMARY KEY (wearer_id, item_id)
);
CREATE INDEX avatarplay_owned_newest ON avatarplay_owned (wearer_id, granted_at);

-- People with an account on the dress-up site.
CREATE TABLE avatarplay_people (
    id          BIGINT PRIMARY KEY,
    login       TEXT NOT NULL,
    login_key   TEXT NOT NULL,   -- login with its ASCII letters lowered
    nickname    TEXT NOT NULL,
    pass_hash   TEXT NOT NULL,
    generation  BIGINT NOT NULL, -- changes with the password; a session of another one is over
    wearer_id   BIGINT NOT NULL REFERENCES avatarplay_wearers (id),
    created_at  BIGINT NOT NULL,
    disabled_at BIGINT
);
CREATE UNIQUE INDEX avatarplay_people_login ON avatarplay_people (login_key);

-- Avatar ids. Each is one app's; without a person it is a guest.
CREATE TABLE avatarplay_avatars (
    id          BIGINT PRIMARY KEY,
    app_id      BIGINT NOT NULL REFERENCES avatarplay_apps (id),
    wearer_id   BIGINT NOT NULL REFERENCES avatarplay_wearers (id),
    person_id   BIGINT REFERENCES avatarplay_people (id),
    avatar_load BOOLEAN NOT NULL, -- the permissions that the app has on it
    item_grant  BOOLEAN NOT NULL,
    created_at  BIGINT NOT NULL,
    linked_at   BIGINT,           -- when the person last consented
    cut_at      BIGINT,           -- when the person cut the link
    upgraded_at BIGINT            -- when the guest became a person, and this id nobody's
);
CREATE UNIQUE INDEX avatarplay_avatars_link ON avatarplay_avatars (app_id, person_id);
CREATE INDEX avatarplay_avatars_person ON avatarplay_avatars (person_id);
CREATE INDEX avatarplay_avatars_wearer ON avatarplay_avatars (wearer_id);

-- 付与トークン: what a person's consent gives an app, once and for ten minutes.
CREATE TABLE avatarplay_grant_tokens (
    token_hash {{.Bytes}} PRIMARY KEY,
    app_id     BIGINT NOT NULL,
    person_id  BIGINT NOT NULL,
    guest_id   BIGINT,          -- the guest whose things pass to the person
    challenge  TEXT NOT NULL,
    scope      TEXT NOT NULL,   -- as ConnectUrl was told
    expires_at BIGINT NOT NULL
);
CREATE INDEX avatarplay_grant_tokens_expiry ON avatarplay_grant_tokens (expires_at);

-- What pictures are drawn from: layers and motions, by the hash of what they say.
CREATE TABLE avatarplay_recipes (
    hash    TEXT PRIMARY KEY,
    recipe  TEXT NOT NULL,    -- JSON
    told    BOOLEAN NOT NULL, -- an app knows a URL of it; else somebody tried it on, and it goes after a week
    kept_on BIGINT NOT NULL   -- the day (since 1970) on which it was last kept
);
CREATE INDEX avatarplay_recipes_untold ON avatarplay_recipes (kept_on) WHERE NOT told;

-- Which pictures are drawn, and on which day (since 1970) they were last asked for.
CREATE TABLE avatarplay_pictures (
    name    TEXT PRIMARY KEY,
    used_on BIGINT NOT NULL
);
CREATE INDEX avatarplay_pictures_used ON avatarplay_pictures (used_on);
