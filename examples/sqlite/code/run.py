"""The input is a SQLite database, opened from memory."""

import sqlite3

from cosmian_lib_sgx import Enclave


def main() -> int:
    with Enclave() as enclave:
        import report

        (data,) = enclave.read()
        database = sqlite3.connect(":memory:")
        database.deserialize(data.read())
        enclave.write(report.lines(database).encode("utf-8"))
    return 0


if __name__ == "__main__":
    main()
