ALTER TABLE computation ADD COLUMN dialect TEXT NOT NULL DEFAULT 'cloister/1';

-- The server's own secrets, such as the key access tokens of the Cosmian dialect are signed with.
CREATE TABLE server_key (
    name TEXT NOT NULL PRIMARY KEY,
    key BLOB NOT NULL
);

-- In the Cosmian dialect a sealed key belongs to a person in a role. What the server itself tells an enclave, its list
-- of inputs, is signed by nobody: its signer is the computation's owner.
ALTER TABLE sealed ADD COLUMN role TEXT;

-- The last enclave whose identity a person was shown in the Cosmian dialect: a key sealed after that is for it.
CREATE TABLE shown_identity (
    computation TEXT NOT NULL,
    email TEXT NOT NULL,
    enclave INTEGER NOT NULL,
    PRIMARY KEY (computation, email)
);
