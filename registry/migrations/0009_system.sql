-- +goose Up
-- What the office is told about the system itself: audits, disk. One row for each
-- trouble; it opens again where it comes back after its end.
CREATE TABLE system_notice (
    key      TEXT PRIMARY KEY,
    kind     TEXT   NOT NULL, -- audit or disk
    zh       TEXT   NOT NULL,
    en       TEXT   NOT NULL,
    at       BIGINT NOT NULL,
    ended_at BIGINT NOT NULL -- 0 while it lasts
);

-- Free bytes on the disk of the data folder, once an hour.
CREATE TABLE disk_free (
    at   BIGINT PRIMARY KEY,
    free BIGINT NOT NULL
);

-- +goose Down
DROP TABLE disk_free;
DROP TABLE system_notice;
