-- Times are milliseconds since 1970 in UTC, digests and ids their text form, flags 0 or 1.

CREATE TABLE account (
    email TEXT NOT NULL PRIMARY KEY,
    bytes INTEGER NOT NULL,
    computations INTEGER NOT NULL,
    created_at INTEGER NOT NULL
);

-- Access tokens, by the SHA-256 of their text. One with a computation is a guest's and opens that computation only.
CREATE TABLE token (
    hash TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL,
    computation TEXT,
    expires_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL
);

CREATE INDEX token_of ON token (email, computation);

CREATE TABLE computation (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    owner TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    -- What follows is made from the events, for lists.
    state TEXT NOT NULL,
    archived INTEGER NOT NULL,
    pending TEXT NOT NULL,
    last_event INTEGER NOT NULL
);

CREATE INDEX computation_of ON computation (owner);

CREATE TABLE member (
    email TEXT NOT NULL,
    computation TEXT NOT NULL,
    roles TEXT NOT NULL,
    PRIMARY KEY (email, computation)
);

CREATE TABLE enrolment (
    computation TEXT NOT NULL,
    email TEXT NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    expires_at INTEGER NOT NULL,
    revoked INTEGER NOT NULL,
    access_hash TEXT,
    PRIMARY KEY (computation, email)
);

CREATE TABLE event (
    computation TEXT NOT NULL,
    number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    type TEXT NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (computation, number)
);

CREATE TABLE blob (
    computation TEXT NOT NULL,
    email TEXT NOT NULL,
    digest TEXT NOT NULL,
    size INTEGER NOT NULL,
    stored_at INTEGER NOT NULL,
    PRIMARY KEY (computation, email, digest)
);

CREATE TABLE enclave (
    computation TEXT NOT NULL,
    number INTEGER NOT NULL,
    queued_at INTEGER NOT NULL,
    stopped_at INTEGER,
    reason TEXT,
    identity_digest TEXT,
    identity BLOB,
    evidence BLOB,
    PRIMARY KEY (computation, number)
);

CREATE UNIQUE INDEX enclave_of ON enclave (computation, identity_digest);

-- Sealed grants (run 0) and input lists handed to an enclave, in the order they came.
CREATE TABLE sealed (
    computation TEXT NOT NULL,
    enclave INTEGER NOT NULL,
    number INTEGER NOT NULL,
    signer TEXT NOT NULL,
    run INTEGER NOT NULL,
    digest TEXT NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (computation, enclave, number)
);

CREATE TABLE run (
    computation TEXT NOT NULL,
    enclave INTEGER NOT NULL,
    run INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    receipt TEXT,
    PRIMARY KEY (computation, enclave, run)
);

-- An age file in two parts: the header here, the payload in a file of the outputs folder.
CREATE TABLE output (
    computation TEXT NOT NULL,
    enclave INTEGER NOT NULL,
    run INTEGER NOT NULL,
    reader TEXT NOT NULL,
    kind TEXT NOT NULL,
    position INTEGER NOT NULL,
    header BLOB NOT NULL,
    size INTEGER NOT NULL,
    digest TEXT NOT NULL,
    file TEXT NOT NULL,
    PRIMARY KEY (computation, enclave, run, reader, kind, position)
);
