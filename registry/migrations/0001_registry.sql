-- +goose Up

-- How far each consumer of the journal has come; written with its effects.
CREATE TABLE consumer_position (
    consumer TEXT PRIMARY KEY,
    created  BIGINT NOT NULL, -- the stream's creation, Unix nanoseconds
    seq      BIGINT NOT NULL
);

-- The last number given out by kind (ticket, notice); never given twice.
CREATE TABLE number (
    kind TEXT PRIMARY KEY,
    last BIGINT NOT NULL
);
INSERT INTO number (kind, last) VALUES ('ticket', 0), ('notice', 0);

-- A courtyard or public place; its id is what the place column of the files says.
CREATE TABLE place (
    id      TEXT PRIMARY KEY,
    kind    TEXT NOT NULL,
    village TEXT NOT NULL
);

-- Empty text and 0 mean "not known". Days are YYYY-MM-DD in the town's zone.
CREATE TABLE lamp (
    id                TEXT PRIMARY KEY,
    stage             TEXT NOT NULL,
    batch             BIGINT NOT NULL,
    place             TEXT NOT NULL REFERENCES place (id),
    lat               DOUBLE PRECISION NOT NULL,
    lon               DOUBLE PRECISION NOT NULL,
    panel_wp          DOUBLE PRECISION NOT NULL,
    battery_ah        DOUBLE PRECISION NOT NULL,
    battery_v         DOUBLE PRECISION NOT NULL,
    battery_chemistry TEXT NOT NULL,
    lamp_w            DOUBLE PRECISION NOT NULL,
    profile           TEXT NOT NULL,
    gateway           TEXT NOT NULL,
    installed_on      TEXT NOT NULL,
    link              TEXT NOT NULL,
    interval_s        BIGINT NOT NULL,
    schedule          TEXT NOT NULL,
    shade             TEXT NOT NULL,
    supplier          TEXT NOT NULL,
    warranty_until    TEXT NOT NULL
);
CREATE INDEX lamp_place ON lamp (place);

CREATE TABLE person (
    id       TEXT PRIMARY KEY,
    name     TEXT NOT NULL,
    role     TEXT NOT NULL,
    village  TEXT NOT NULL,
    place    TEXT REFERENCES place (id),
    phone    TEXT NOT NULL,
    channels TEXT NOT NULL, -- in the order they are tried, separated by spaces
    language TEXT NOT NULL
);
CREATE INDEX person_place ON person (place);

-- The rota. An empty day is open at that end; until_day is the last day on duty.
CREATE TABLE duty (
    place     TEXT NOT NULL REFERENCES place (id),
    person    TEXT NOT NULL REFERENCES person (id),
    rank      BIGINT NOT NULL,
    from_day  TEXT NOT NULL,
    until_day TEXT NOT NULL,
    PRIMARY KEY (place, person, from_day)
);

-- What people chose themselves; residents follow the lamps of their place without a row.
CREATE TABLE follow (
    person  TEXT NOT NULL REFERENCES person (id),
    lamp    TEXT NOT NULL REFERENCES lamp (id),
    follows BOOLEAN NOT NULL,
    PRIMARY KEY (person, lamp)
);

-- +goose Down
DROP TABLE follow;
DROP TABLE duty;
DROP TABLE person;
DROP TABLE lamp;
DROP TABLE place;
DROP TABLE number;
DROP TABLE consumer_position;
