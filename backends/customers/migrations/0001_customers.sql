-- The columns are the source document's, in its order. What was written must
-- come back character for character ("07" stays "07"), so all but the id are text.
CREATE TABLE dtb_customer (
    customer_id     {{.Serial}},
    name01          TEXT NOT NULL DEFAULT '',
    name02          TEXT NOT NULL DEFAULT '',
    kana01          TEXT NOT NULL DEFAULT '',
    kana02          TEXT NOT NULL DEFAULT '',
    zip01           TEXT NOT NULL DEFAULT '',
    zip02           TEXT NOT NULL DEFAULT '',
    pref            TEXT NOT NULL DEFAULT '',
    addr01          TEXT NOT NULL DEFAULT '',
    addr02          TEXT NOT NULL DEFAULT '',
    email           TEXT NOT NULL DEFAULT '',
    email_mobile    TEXT NOT NULL DEFAULT '',
    tel01           TEXT NOT NULL DEFAULT '',
    tel02           TEXT NOT NULL DEFAULT '',
    tel03           TEXT NOT NULL DEFAULT '',
    fax01           TEXT NOT NULL DEFAULT '',
    fax02           TEXT NOT NULL DEFAULT '',
    fax03           TEXT NOT NULL DEFAULT '',
    sex             TEXT NOT NULL DEFAULT '',
    job             TEXT NOT NULL DEFAULT '',
    birth           TEXT NOT NULL DEFAULT '',
    password        {{.Bytes}},
    reminder        TEXT NOT NULL DEFAULT '',
    reminder_answer {{.Bytes}},
    secret_key      TEXT NOT NULL DEFAULT '',
    first_buy_date  TEXT NOT NULL DEFAULT '',
    last_buy_date   TEXT NOT NULL DEFAULT '',
    buy_times       TEXT NOT NULL DEFAULT '',
    buy_total       TEXT NOT NULL DEFAULT '',
    point           TEXT NOT NULL DEFAULT '',
    note            TEXT NOT NULL DEFAULT '',
    status          TEXT NOT NULL DEFAULT '',
    create_date     TEXT NOT NULL DEFAULT '',
    update_date     TEXT NOT NULL DEFAULT '',
    cel01           TEXT NOT NULL DEFAULT '',
    cel02           TEXT NOT NULL DEFAULT '',
    cel03           TEXT NOT NULL DEFAULT '',
    del_flg         TEXT NOT NULL DEFAULT '',
    mailmaga_flg    TEXT NOT NULL DEFAULT '',
    url             TEXT NOT NULL DEFAULT '',
    email_key       TEXT NOT NULL -- email with its ASCII letters lowered, the same on both databases
);

-- One living customer for each address; the deleted ones keep theirs.
CREATE UNIQUE INDEX dtb_customer_email ON dtb_customer (email_key) WHERE del_flg <> '1';

-- The list walks along this one.
CREATE INDEX dtb_customer_living ON dtb_customer (customer_id) WHERE del_flg <> '1';

CREATE TABLE customers_sites (
    sid         BIGINT PRIMARY KEY,
    name        TEXT NOT NULL,
    passwords   BOOLEAN NOT NULL, -- whether the site is given passwords at all
    disabled_at BIGINT,
    created_at  BIGINT NOT NULL
);

CREATE TABLE customers_site_keys (
    id           {{.Serial}},
    sid          BIGINT NOT NULL REFERENCES customers_sites (sid),
    key_hash     {{.Bytes}} NOT NULL,
    created_at   BIGINT NOT NULL,
    ends_at      BIGINT, -- NULL: until it is rotated
    last_used_at BIGINT
);

CREATE UNIQUE INDEX customers_site_keys_hash ON customers_site_keys (sid, key_hash);
