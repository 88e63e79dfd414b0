-- +goose Up

-- What each lamp will do tonight, the newest forecast of each.
CREATE TABLE forecast (
    lamp        TEXT PRIMARY KEY,
    village     TEXT NOT NULL,
    night       TEXT NOT NULL,   -- date it begins on
    made_at     BIGINT NOT NULL,
    dusk        BIGINT NOT NULL,
    dawn        BIGINT NOT NULL,
    left_wh     DOUBLE PRECISION NOT NULL,
    night_wh    DOUBLE PRECISION NOT NULL,
    out_at      BIGINT NOT NULL, -- 0 if it lasts until dawn
    dark_nights DOUBLE PRECISION NOT NULL,
    sun_nights  DOUBLE PRECISION, -- 1e6 where last week's sun is enough, NULL before it is known
    known       TEXT NOT NULL
);

-- How good the forecasts were: one row.
CREATE TABLE forecast_quality (
    id      BIGINT PRIMARY KEY,
    nights  BIGINT NOT NULL,
    correct BIGINT NOT NULL,
    ended   BIGINT NOT NULL,
    both    BIGINT NOT NULL,
    off     TEXT NOT NULL -- JSON list: nights by quarter hours of error
);

-- +goose Down
DROP TABLE forecast_quality;
DROP TABLE forecast;
