-- The apps that may ask for tokens, with their secrets' hashes.
CREATE TABLE photocloak_clients (
    client_id   TEXT PRIMARY KEY,
    name        TEXT NOT NULL,
    created_at  BIGINT NOT NULL,
    disabled_at BIGINT
);

CREATE TABLE photocloak_client_secrets (
    id          {{.Serial}},
    client_id   TEXT NOT NULL REFERENCES photocloak_clients (client_id),
    secret_hash {{.Bytes}} NOT NULL,
    created_at  BIGINT NOT NULL,
    ends_at     BIGINT -- NULL: until it is rotated
);
CREATE UNIQUE INDEX photocloak_client_secrets_hash ON photocloak_client_secrets (client_id, secret_hash);

-- The people. mail_key is the mail address with the letters A to Z in lower
-- case. generation grows with each change of the password.
CREATE TABLE photocloak_members (
    id          {{.Serial}},
    mail        TEXT NOT NULL,
    mail_key    TEXT NOT NULL,
    name        TEXT NOT NULL,
    pass_hash   TEXT NOT NULL,
    generation  BIGINT NOT NULL,
    max_cloaks  BIGINT NOT NULL,
    picture_id  BIGINT, -- the image that is the account's picture
    created_at  BIGINT NOT NULL,
    disabled_at BIGINT
);
CREATE UNIQUE INDEX photocloak_members_mail_key ON photocloak_members (mail_key);

-- The cloaks. A row holds its number until the janitor takes it away, some time
-- after ends_at. lock_generation grows with each change of the password.
CREATE TABLE photocloak_cloaks (
    id              {{.Serial}},
    member_id       BIGINT NOT NULL REFERENCES photocloak_members (id),
    name            TEXT NOT NULL,
    description     TEXT NOT NULL,
    prefix          TEXT NOT NULL,
    no              BIGINT NOT NULL,
    status          BIGINT NOT NULL, -- 0 in the making, 1 public, 8 paused
    scope           BIGINT NOT NULL, -- 0 without a password, 1 with one
    lock_hash       TEXT NOT NULL,   -- '' where no password was ever set
    lock_generation BIGINT NOT NULL,
    can_download    BOOLEAN NOT NULL,
    can_upload      BOOLEAN NOT NULL,
    auto_extend     BOOLEAN NOT NULL,
    created_at      BIGINT NOT NULL,
    updated_at      BIGINT NOT NULL,
    published_at    BIGINT, -- when the status first became 1
    ends_at         BIGINT NOT NULL,
    deleted_at      BIGINT  -- by its owner; ends_at is then the same moment
);
CREATE UNIQUE INDEX photocloak_cloaks_number ON photocloak_cloaks (prefix, no);
CREATE INDEX photocloak_cloaks_member ON photocloak_cloaks (member_id, id);
CREATE INDEX photocloak_cloaks_ends_at ON photocloak_cloaks (ends_at);

-- The tags, in the order they were given.
CREATE TABLE photocloak_tags (
    cloak_id BIGINT NOT NULL REFERENCES photocloak_cloaks (id),
    position BIGINT NOT NULL,
    tag      TEXT NOT NULL,
    PRIMARY KEY (cloak_id, position)
);

CREATE TABLE photocloak_follows (
    member_id  BIGINT NOT NULL REFERENCES photocloak_members (id),
    cloak_id   BIGINT NOT NULL REFERENCES photocloak_cloaks (id),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (member_id, cloak_id)
);
CREATE INDEX photocloak_follows_cloak ON photocloak_follows (cloak_id);

-- The photos. blob is the folder in the blob store that holds the original and
-- both thumbnails; digest is the original's SHA-256.
CREATE TABLE photocloak_images (
    id          {{.Serial}},
    cloak_id    BIGINT NOT NULL REFERENCES photocloak_cloaks (id),
    member_id   BIGINT NOT NULL REFERENCES photocloak_members (id), -- who uploaded it
    my_photo_id BIGINT NOT NULL, -- identifies the stored original; its own id but for imported ones
    name        TEXT NOT NULL,
    blob        TEXT NOT NULL,
    digest      {{.Bytes}} NOT NULL,
    size        BIGINT NOT NULL, -- bytes of the original
    width       BIGINT NOT NULL, -- pixels of the original, as stored
    height      BIGINT NOT NULL,
    rotate      BIGINT NOT NULL, -- degrees clockwise that its EXIF asks for
    created_at  BIGINT NOT NULL
);
CREATE INDEX photocloak_images_cloak ON photocloak_images (cloak_id, id);
CREATE INDEX photocloak_images_member ON photocloak_images (member_id);
CREATE UNIQUE INDEX photocloak_images_blob ON photocloak_images (blob);

-- The view counts stand by themselves, so that counting rewrites nothing else.
CREATE TABLE photocloak_cloak_views (
    cloak_id BIGINT PRIMARY KEY REFERENCES photocloak_cloaks (id),
    views    BIGINT NOT NULL
);
CREATE INDEX photocloak_cloak_views_most ON photocloak_cloak_views (views DESC, cloak_id);

CREATE TABLE photocloak_image_views (
    image_id BIGINT PRIMARY KEY REFERENCES photocloak_images (id),
    views    BIGINT NOT NULL
);
