-- +goose Up

-- Readings that InfluxDB refused, by place in the journal: the record's sequence
-- and the reading's index in it. Why is in the rejected stream too, in full.
CREATE TABLE series_refused (
    seq    BIGINT NOT NULL,
    idx    INTEGER NOT NULL,
    lamp   TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (seq, idx)
);

-- +goose Down
DROP TABLE series_refused;
