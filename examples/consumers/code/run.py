"""Every Result Consumer gets a result of its own, and only that one."""

import csv
import io

from cosmian_lib_sgx import Enclave


def main() -> int:
    with Enclave() as enclave:
        import shares

        (data,) = enclave.read()
        wines = list(csv.DictReader(io.TextIOWrapper(data, encoding="utf-8")))
        for consumer in range(3):
            enclave.write(shares.of(wines, consumer).encode("utf-8"), consumer)
    return 0


if __name__ == "__main__":
    main()
