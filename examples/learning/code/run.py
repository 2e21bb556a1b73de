"""A neural network is trained (keras), beside a classical model (scikit-learn) and a test (scipy)."""

import json

# What only the secret modules use is named here, too: so it is imported while the enclave waits, not in the run.
import keras
import pandas as pd
import scipy.optimize
import scipy.stats
import sklearn.linear_model
import sklearn.model_selection
import sklearn.pipeline
import sklearn.preprocessing
from cosmian_lib_sgx import Enclave


def main() -> int:
    with Enclave() as enclave:
        import classical
        import network

        (data,) = enclave.read()
        flowers = pd.read_csv(data)
        result = {"flowers": len(flowers), **classical.study(flowers), **network.study(flowers)}
        enclave.write(json.dumps(result, indent=1, sort_keys=True).encode("utf-8"))
    return 0


if __name__ == "__main__":
    main()
