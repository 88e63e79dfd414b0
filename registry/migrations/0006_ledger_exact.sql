-- +goose Up
-- When the generation began, by the blocks' time in milliseconds.
ALTER TABLE ledger_seen ADD COLUMN began BIGINT NOT NULL DEFAULT 1;

-- The readings in InfluxDB of one lamp by the local day of their points, which is
-- what InfluxDB can be asked for. audited is how many InfluxDB held when it was
-- last asked; -1 before.
CREATE TABLE ledger_point (
    lamp    TEXT   NOT NULL,
    day     TEXT   NOT NULL,
    stored  BIGINT NOT NULL,
    audited BIGINT NOT NULL,
    PRIMARY KEY (lamp, day)
);
CREATE INDEX ledger_point_day ON ledger_point (day);

-- The newest message of each lamp that numbers its messages.
CREATE TABLE ledger_run (
    lamp TEXT PRIMARY KEY,
    boot BIGINT NOT NULL,
    seq  BIGINT NOT NULL,
    ts   BIGINT NOT NULL
);

-- Numbers that never came, from from_seq to to_seq; after_ts and before_ts are the
-- times of the messages around them, noticed and day the receipt of the later one.
CREATE TABLE ledger_gap (
    lamp      TEXT   NOT NULL,
    noticed   BIGINT NOT NULL,
    boot      BIGINT NOT NULL,
    from_seq  BIGINT NOT NULL,
    to_seq    BIGINT NOT NULL,
    day       TEXT   NOT NULL,
    after_ts  BIGINT NOT NULL,
    before_ts BIGINT NOT NULL,
    PRIMARY KEY (lamp, boot, from_seq, noticed)
);
CREATE INDEX ledger_gap_day ON ledger_gap (day);

-- Rejected messages whose readings went into the journal after all; each counts once.
CREATE TABLE ledger_replayed (
    id TEXT PRIMARY KEY,
    at BIGINT NOT NULL
);

-- +goose Down
DROP TABLE ledger_replayed;
DROP TABLE ledger_gap;
DROP TABLE ledger_run;
DROP TABLE ledger_point;
ALTER TABLE ledger_seen DROP COLUMN began;
