"""The secret code is a package, and a data file inside it is as secret as the code."""

import csv
import io

from cosmian_lib_sgx import Enclave


def main() -> int:
    with Enclave() as enclave:
        from scoring import score

        (data,) = enclave.read()
        patients = csv.DictReader(io.TextIOWrapper(data, encoding="utf-8"))
        scores = [score(patient) for patient in patients]
        histogram = "".join(f"{value},{scores.count(value)}\n" for value in sorted(set(scores)))
        enclave.write(histogram.encode("utf-8"))
    return 0


if __name__ == "__main__":
    main()
