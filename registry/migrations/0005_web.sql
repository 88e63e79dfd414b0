-- +goose Up

-- Login links and sessions. A token itself is never stored, only its SHA-256 in hex:
-- who reads this table can log in as nobody.
CREATE TABLE login_link (
    token_sha256 TEXT PRIMARY KEY,
    person       TEXT NOT NULL,
    expires_at   BIGINT NOT NULL
);

CREATE TABLE session (
    token_sha256 TEXT PRIMARY KEY,
    person       TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL
);

-- +goose Down
DROP TABLE session;
DROP TABLE login_link;
