-- +goose Up

-- Who may speak with the broker. A secret itself is never stored, only its SHA-256 in
-- hex, and a salted SHA-512 in the form that mosquitto reads: it has 130 random bits.
CREATE TABLE credential (
    username      TEXT PRIMARY KEY, -- the code of the lamp or gateway
    kind          TEXT NOT NULL,    -- lamp, gateway
    secret_sha256 TEXT NOT NULL,
    mosquitto     TEXT NOT NULL,
    created_at    BIGINT NOT NULL,
    revoked_at    BIGINT NOT NULL   -- 0 while it is good
);

-- The claim code on a pole's label, which a new lamp trades for its credential, once.
CREATE TABLE claim (
    username    TEXT PRIMARY KEY,
    kind        TEXT NOT NULL,
    code_sha256 TEXT NOT NULL,
    expires_at  BIGINT NOT NULL,
    used_at     BIGINT NOT NULL     -- 0 until then
);

-- A notice to the office may be about no ticket.
CREATE TABLE notice_new (
    id         BIGINT PRIMARY KEY,
    key        TEXT NOT NULL UNIQUE,
    person     TEXT NOT NULL,
    ticket     BIGINT REFERENCES ticket (id),
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
INSERT INTO notice_new SELECT id, key, person, ticket, subject, kind, title, text, created_at, state, channel, attempts, next_at, sent_at, read_at, error FROM notice;
DROP TABLE notice;
ALTER TABLE notice_new RENAME TO notice;
CREATE INDEX notice_due ON notice (state, next_at);
CREATE INDEX notice_person ON notice (person, id);
CREATE INDEX notice_ticket ON notice (ticket);

-- +goose Down
DELETE FROM notice WHERE ticket IS NULL;
DROP TABLE claim;
DROP TABLE credential;
