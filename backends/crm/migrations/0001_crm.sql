-- The tables keep the names that operators know from the old database, with
-- their old names beside them. Every row belongs to a tenant: one chain's data
-- under the prefix that it was given.

-- ZZMGR$0T_USER: the system logins by which a chain's programs call Auth.
CREATE TABLE zzmgr_t_user (
    tenant      TEXT NOT NULL,
    login_id    TEXT NOT NULL,
    pass_hash   TEXT NOT NULL,
    generation  BIGINT NOT NULL, -- changes with the password; a session of another one is over
    created_at  BIGINT NOT NULL,
    disabled_at BIGINT,
    PRIMARY KEY (tenant, login_id)
);

-- HC$MASTER_MEISHO (名称マスタ): ranks (名称区分 RNK), attributes (ZK1, ZK2), and
-- the number that the last new customer took (名称区分 KY1, 名称CD 01).
CREATE TABLE hc_master_meisho (
    tenant TEXT NOT NULL,
    kubun  TEXT NOT NULL,             -- 名称区分
    code   TEXT NOT NULL,             -- 名称CD
    name   TEXT NOT NULL DEFAULT '',  -- 名称
    rate   BIGINT NOT NULL DEFAULT 0, -- of a rank, in hundredths
    renban BIGINT NOT NULL DEFAULT 0, -- 連番
    PRIMARY KEY (tenant, kubun, code)
);

-- HC$MASTER_TOKUI (得意先マスタ): the shops.
CREATE TABLE hc_master_tokui (
    tenant TEXT NOT NULL,
    code   TEXT NOT NULL,
    name   TEXT NOT NULL,
    PRIMARY KEY (tenant, code)
);

-- HC$MASTER_KOKYAKU (顧客マスタ). Dates are YYYYMMDD, or empty.
CREATE TABLE hc_master_kokyaku (
    tenant             TEXT NOT NULL,
    code               TEXT NOT NULL,             -- 顧客CD
    name               TEXT NOT NULL DEFAULT '',  -- 顧客名
    kana               TEXT NOT NULL DEFAULT '',  -- カナ
    postal_code        TEXT NOT NULL DEFAULT '',  -- 郵便番号
    address1           TEXT NOT NULL DEFAULT '',  -- 住所1
    address2           TEXT NOT NULL DEFAULT '',
    address3           TEXT NOT NULL DEFAULT '',
    tel1               TEXT NOT NULL DEFAULT '',  -- TEL1
    tel2               TEXT NOT NULL DEFAULT '',
    tel1_digits        TEXT NOT NULL DEFAULT '',  -- TEL1 as it is looked for
    tel2_digits        TEXT NOT NULL DEFAULT '',
    email              TEXT NOT NULL DEFAULT '',  -- Eメール
    rank               TEXT NOT NULL DEFAULT '',  -- ランク
    shop               TEXT NOT NULL DEFAULT '',  -- 店舗CD
    birth              TEXT NOT NULL DEFAULT '',  -- 誕生日
    memo               TEXT NOT NULL DEFAULT '',  -- メモ
    gender             BIGINT NOT NULL DEFAULT 0, -- 性別
    tanto              TEXT NOT NULL DEFAULT '',  -- 販売員CD
    total_shop_count   BIGINT NOT NULL DEFAULT 0, -- 累計来店回数
    total_sales_count  BIGINT NOT NULL DEFAULT 0, -- 累計購入数量
    total_sales_amount BIGINT NOT NULL DEFAULT 0, -- 累計購入金額
    segment            BIGINT NOT NULL DEFAULT 0, -- 顧客区分
    division01         TEXT NOT NULL DEFAULT '',  -- 名称CD01
    division02         TEXT NOT NULL DEFAULT '',
    division03         TEXT NOT NULL DEFAULT '',
    division04         TEXT NOT NULL DEFAULT '',
    division05         TEXT NOT NULL DEFAULT '',
    division06         TEXT NOT NULL DEFAULT '',
    division07         TEXT NOT NULL DEFAULT '',
    division08         TEXT NOT NULL DEFAULT '',
    division09         TEXT NOT NULL DEFAULT '',
    division10         TEXT NOT NULL DEFAULT '',
    expand_memo        TEXT NOT NULL DEFAULT '',  -- 拡張メモ
    tanto2             TEXT NOT NULL DEFAULT '',  -- 入力社員CD
    last_shop_date     TEXT NOT NULL DEFAULT '',  -- 最終来店日
    resist_date        TEXT NOT NULL DEFAULT '',  -- 会員登録日
    updated_date       TEXT NOT NULL DEFAULT '',  -- 最終更新日
    has_left           BOOLEAN NOT NULL,          -- 退会FLG
    left_date          TEXT NOT NULL DEFAULT '',  -- 退会日
    PRIMARY KEY (tenant, code)
);
CREATE INDEX hc_master_kokyaku_tel1 ON hc_master_kokyaku (tenant, tel1_digits) WHERE tel1_digits <> '';
CREATE INDEX hc_master_kokyaku_tel2 ON hc_master_kokyaku (tenant, tel2_digits) WHERE tel2_digits <> '';

-- HC$MASTER_KOKYAKU_LOGIN (顧客ログインマスタ). What is given back is sealed.
CREATE TABLE hc_master_kokyaku_login (
    id         TEXT PRIMARY KEY,
    tenant     TEXT NOT NULL,
    login_id   TEXT NOT NULL,             -- ログインID
    code       TEXT NOT NULL,             -- 顧客CD
    pass_hash  TEXT NOT NULL,             -- PASS
    token_hash {{.Bytes}} NOT NULL,       -- TOKEN, to look it up
    token      {{.Bytes}} NOT NULL,       -- TOKEN, sealed
    uuid       {{.Bytes}},                -- UUID, sealed; NULL: the next device is bound
    free_until BIGINT,                    -- until when another device may be bound, once
    hint_code  TEXT NOT NULL DEFAULT '',  -- ヒントCD
    hint_ans   {{.Bytes}},                -- ヒントの答え, sealed
    FOREIGN KEY (tenant, code) REFERENCES hc_master_kokyaku (tenant, code)
);
CREATE UNIQUE INDEX hc_master_kokyaku_login_id ON hc_master_kokyaku_login (tenant, login_id);
CREATE UNIQUE INDEX hc_master_kokyaku_login_token ON hc_master_kokyaku_login (tenant, token_hash);
CREATE INDEX hc_master_kokyaku_login_code ON hc_master_kokyaku_login (tenant, code);

-- HC$KOKYAKU_ZOKUSEI (顧客属性): a customer's attributes, in their order. Their
-- names stand in hc_master_meisho.
CREATE TABLE hc_kokyaku_zokusei (
    tenant   TEXT NOT NULL,
    code     TEXT NOT NULL,
    kubun    TEXT NOT NULL, -- ZK1, ZK2
    position BIGINT NOT NULL,
    attr_id  TEXT NOT NULL,
    PRIMARY KEY (tenant, code, kubun, position),
    FOREIGN KEY (tenant, code) REFERENCES hc_master_kokyaku (tenant, code)
);

-- HC$REAL_POINT: the balance of points, which is at every moment the sum of the
-- history. A customer without a row has 0.
CREATE TABLE hc_point_real (
    tenant    TEXT NOT NULL,
    code      TEXT NOT NULL,
    balance   BIGINT NOT NULL DEFAULT 0, -- ポイント残高
    last_year BIGINT NOT NULL DEFAULT 0, -- 前年ポイント
    PRIMARY KEY (tenant, code),
    FOREIGN KEY (tenant, code) REFERENCES hc_master_kokyaku (tenant, code)
);

-- HC$TRAN_POINT_RIREKI (ポイント履歴): rows come and never change.
CREATE TABLE hc_tran_point_rireki (
    id             {{.Serial}},
    tenant         TEXT NOT NULL,
    code           TEXT NOT NULL,
    sales_date     TEXT NOT NULL DEFAULT '',
    sales_division TEXT NOT NULL DEFAULT '',  -- 10 sale, 20 return
    shop           TEXT NOT NULL DEFAULT '',
    register_no    TEXT NOT NULL DEFAULT '',
    receipt_no     TEXT NOT NULL DEFAULT '',
    get_point      BIGINT NOT NULL DEFAULT 0,
    use_point      BIGINT NOT NULL DEFAULT 0,
    remarks        TEXT NOT NULL DEFAULT '',
    rank           TEXT NOT NULL DEFAULT '',  -- the customer's at that time
    kind           BIGINT NOT NULL DEFAULT 0, -- 発生区分: 0 a cash register's sale; others came in by an import
    created_at     BIGINT NOT NULL,
    FOREIGN KEY (tenant, code) REFERENCES hc_master_kokyaku (tenant, code)
);
CREATE INDEX hc_tran_point_rireki_order ON hc_tran_point_rireki (tenant, id);
CREATE INDEX hc_tran_point_rireki_code ON hc_tran_point_rireki (tenant, code);

-- One sale is booked once, however often a cash register repeats its call.
CREATE UNIQUE INDEX hc_tran_point_rireki_sale ON hc_tran_point_rireki
    (tenant, code, shop, register_no, receipt_no, sales_date, sales_division, get_point, use_point) WHERE kind = 0;

-- A balance begins once: a file that is imported twice must not double it.
CREATE UNIQUE INDEX hc_tran_point_rireki_opening ON hc_tran_point_rireki (tenant, code) WHERE kind = 9;

{{if .Postgres -}}
CREATE FUNCTION hc_tran_point_rireki_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the history of points is only added to';
END $$;
CREATE TRIGGER hc_tran_point_rireki_stays BEFORE UPDATE OR DELETE ON hc_tran_point_rireki
    FOR EACH ROW EXECUTE FUNCTION hc_tran_point_rireki_stays();
{{- else -}}
CREATE TRIGGER hc_tran_point_rireki_no_update BEFORE UPDATE ON hc_tran_point_rireki
BEGIN SELECT RAISE(ABORT, 'the history of points is only added to'); END;
CREATE TRIGGER hc_tran_point_rireki_no_delete BEFORE DELETE ON hc_tran_point_rireki
BEGIN SELECT RAISE(ABORT, 'the history of points is only added to'); END;
{{- end}}

-- HC$TRAN_URIAGE (売上): the lines of receipts, from the operator's import.
CREATE TABLE hc_tran_uriage (
    id         {{.Serial}},
    tenant     TEXT NOT NULL,
    line_id    TEXT,                      -- the line's own key in the old system; NULL where it has none
    code       TEXT NOT NULL,
    sales_date TEXT NOT NULL,
    shop       TEXT NOT NULL,
    goods      TEXT NOT NULL DEFAULT '',
    color      TEXT NOT NULL DEFAULT '',
    size       TEXT NOT NULL DEFAULT '',
    category   TEXT NOT NULL DEFAULT '',
    brand      TEXT NOT NULL DEFAULT '',
    price      BIGINT NOT NULL DEFAULT 0,
    quantity   BIGINT NOT NULL DEFAULT 0,
    amount     BIGINT NOT NULL DEFAULT 0,
    FOREIGN KEY (tenant, code) REFERENCES hc_master_kokyaku (tenant, code)
);
CREATE INDEX hc_tran_uriage_order ON hc_tran_uriage (tenant, id);
CREATE INDEX hc_tran_uriage_date ON hc_tran_uriage (tenant, code, sales_date);
CREATE UNIQUE INDEX hc_tran_uriage_line ON hc_tran_uriage (tenant, line_id);
