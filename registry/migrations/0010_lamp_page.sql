-- +goose Up

-- Until when the light of an evening went on and how deep the battery was drawn; NULL of nights made before.
ALTER TABLE night ADD COLUMN lit_until BIGINT;      -- the dusk where it never came
ALTER TABLE night ADD COLUMN end_seen BOOLEAN;
ALTER TABLE night ADD COLUMN promised_until BIGINT;
ALTER TABLE night ADD COLUMN depth_pct DOUBLE PRECISION;

-- What is known of each lamp's battery, the newest; figures are NULL where they are not known, and needs says what it takes.
CREATE TABLE battery (
    lamp          TEXT PRIMARY KEY,
    made_at       BIGINT NOT NULL,
    known         TEXT NOT NULL,
    left_pct      DOUBLE PRECISION,
    nights_left   DOUBLE PRECISION,
    left_needs    TEXT NOT NULL,
    health_pct    DOUBLE PRECISION,
    health_by     TEXT NOT NULL,
    health_needs  TEXT NOT NULL,
    health_nights BIGINT NOT NULL,
    resistance    DOUBLE PRECISION
);

-- +goose Down
DROP TABLE battery;
ALTER TABLE night DROP COLUMN depth_pct;
ALTER TABLE night DROP COLUMN promised_until;
ALTER TABLE night DROP COLUMN end_seen;
ALTER TABLE night DROP COLUMN lit_until;
