-- What a person set up for themselves in the browser application: small JSON values under short names.

CREATE TABLE account_preference (
    account_id text COLLATE "C" NOT NULL REFERENCES account ON DELETE CASCADE,
    key        text COLLATE "C" NOT NULL CHECK (key ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'),
    value      jsonb NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, key)
);
COMMENT ON TABLE account_preference IS 'at most 64 a person, each at most 16 kB of JSON: the portal keeps both bounds';
