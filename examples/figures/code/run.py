"""Two figures as PNG, one for each Result Consumer: matplotlib draws the first, seaborn the second."""

# What only the secret module uses is named here, too: so it is imported while the enclave waits, not in the run.
import matplotlib.pyplot
import pandas as pd
import seaborn
from cosmian_lib_sgx import Enclave


def main() -> int:
    with Enclave() as enclave:
        import drawing

        (data,) = enclave.read()
        wines = pd.read_csv(data)
        enclave.write(drawing.scatter(wines), 0)
        enclave.write(drawing.violins(wines), 1)
    return 0


if __name__ == "__main__":
    main()
