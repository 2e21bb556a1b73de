"""Two hospitals hold two halves of the same patients; neither shows its half to the other."""

from cosmian_lib_sgx import Enclave
import pandas as pd


def main() -> int:
    with Enclave() as enclave:
        import study

        measurements = pd.concat(pd.read_csv(data) for data in enclave.read(0))
        pathology = pd.concat(pd.read_csv(data) for data in enclave.read(1))
        result = study.compare(measurements, pathology)
        enclave.write(result.to_csv().encode("utf-8"))
    return 0


if __name__ == "__main__":
    main()
