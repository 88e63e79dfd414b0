-- +goose Up

-- What became of the readings of one lamp received on one local day. At every
-- commit received = stored + waiting + duplicate + rejected.
CREATE TABLE ledger_day (
    lamp      TEXT   NOT NULL, -- empty where the message did not tell
    day       TEXT   NOT NULL, -- YYYY-MM-DD
    received  BIGINT NOT NULL,
    stored    BIGINT NOT NULL,
    waiting   BIGINT NOT NULL,
    duplicate BIGINT NOT NULL,
    rejected  BIGINT NOT NULL,
    PRIMARY KEY (lamp, day)
);
CREATE INDEX ledger_day_day ON ledger_day (day);

-- Which readings of a block were judged duplicates: a bit each. Blocks without any
-- have no row; rows go when series is done with the block.
CREATE TABLE ledger_duplicate (
    seq  BIGINT PRIMARY KEY,
    bits BYTEA NOT NULL
);

-- The hashes of the readings of the last days, by which duplicates are told: one
-- row for each commit, 8 bytes for each reading.
CREATE TABLE ledger_seen (
    seq        BIGINT PRIMARY KEY,
    generation BIGINT NOT NULL, -- days since 1970 by our clock
    hashes     BYTEA  NOT NULL
);

-- +goose Down
DROP TABLE ledger_seen;
DROP TABLE ledger_duplicate;
DROP TABLE ledger_day;
