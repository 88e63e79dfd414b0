-- +goose Up

-- The engine's own state by key (lamp, gateway, town), opaque here.
CREATE TABLE engine_state (
    key   TEXT PRIMARY KEY,
    value BYTEA NOT NULL
);

CREATE TABLE alert (
    id         TEXT PRIMARY KEY,
    fault      TEXT NOT NULL,
    subject    TEXT NOT NULL,
    state      TEXT NOT NULL,
    since      BIGINT NOT NULL,
    fired_at   BIGINT NOT NULL,
    ended_at   BIGINT NOT NULL,
    changed_at BIGINT NOT NULL, -- event time of the last change
    quiet      BOOLEAN NOT NULL,
    detail     TEXT NOT NULL    -- JSON object
);
CREATE INDEX alert_state ON alert (state);
CREATE INDEX alert_subject ON alert (subject, since);

CREATE TABLE ticket (
    id        BIGINT PRIMARY KEY,
    subject   TEXT NOT NULL,
    place     TEXT NOT NULL, -- empty for a gateway or village
    village   TEXT NOT NULL,
    state     TEXT NOT NULL,
    faults    TEXT NOT NULL, -- JSON list, worst first
    alert_ids TEXT NOT NULL, -- JSON list
    asked_at  BIGINT NOT NULL, -- when the last of the asked was; 0 while nobody is
    taken_by  TEXT NOT NULL,   -- empty while open
    raised_at BIGINT NOT NULL,
    taken_at  BIGINT NOT NULL,
    closed_at BIGINT NOT NULL
);
CREATE INDEX ticket_state ON ticket (state, raised_at);
CREATE INDEX ticket_subject ON ticket (subject, raised_at);

CREATE TABLE ticket_asked (
    ticket BIGINT NOT NULL REFERENCES ticket (id),
    person TEXT NOT NULL,
    rank   BIGINT NOT NULL, -- 0 was asked first
    PRIMARY KEY (ticket, person)
);
CREATE INDEX ticket_asked_person ON ticket_asked (person);

-- Notices and the outbox in one: state is queued, sent or failed.
CREATE TABLE notice (
    id         BIGINT PRIMARY KEY,
    key        TEXT NOT NULL UNIQUE,
    person     TEXT NOT NULL,
    ticket     BIGINT NOT NULL REFERENCES ticket (id),
    subject    TEXT NOT NULL,
    kind       TEXT NOT NULL,
    title      TEXT NOT NULL,
    text       TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    state      TEXT NOT NULL,
    channel    BIGINT NOT NULL, -- index into the person's channels
    attempts   BIGINT NOT NULL, -- on that channel
    next_at    BIGINT NOT NULL,
    sent_at    BIGINT NOT NULL,
    read_at    BIGINT NOT NULL,
    error      TEXT NOT NULL    -- the last one, without secrets
);
CREATE INDEX notice_due ON notice (state, next_at);
CREATE INDEX notice_person ON notice (person, id);
CREATE INDEX notice_ticket ON notice (ticket);

-- The last that is known of a lamp, registered or not.
CREATE TABLE lamp_state (
    lamp            TEXT PRIMARY KEY,
    ts              BIGINT NOT NULL, -- of the newest reading
    last_seen       BIGINT NOT NULL, -- newest receipt of anything
    lit             BOOLEAN,         -- NULL where it cannot be told
    battery_v       DOUBLE PRECISION,
    battery_soc_pct DOUBLE PRECISION,
    panel_w         DOUBLE PRECISION,
    load_w          DOUBLE PRECISION,
    reading         TEXT NOT NULL    -- the whole reading as JSON
);

CREATE TABLE night (
    lamp       TEXT NOT NULL,
    night      TEXT NOT NULL, -- the day it begins on
    dusk       BIGINT NOT NULL,
    dawn       BIGINT NOT NULL,
    lit_s      DOUBLE PRECISION NOT NULL,
    expected_s DOUBLE PRECISION NOT NULL,
    observed_s DOUBLE PRECISION NOT NULL,
    switches   BIGINT NOT NULL,
    soc_min    DOUBLE PRECISION, -- NULL where not measured
    readings   BIGINT NOT NULL,
    PRIMARY KEY (lamp, night)
);

-- +goose Down
DROP TABLE night;
DROP TABLE lamp_state;
DROP TABLE notice;
DROP TABLE ticket_asked;
DROP TABLE ticket;
DROP TABLE alert;
DROP TABLE engine_state;
