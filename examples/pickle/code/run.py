"""The input is a pickle. Unpickling runs what the pickle says, so only plain data is let through."""

import io
import pickle

from cosmian_lib_sgx import Enclave


class PlainUnpickler(pickle.Unpickler):
    """Loads numbers, texts, lists, tuples and dictionaries; refuses every class and function."""

    def find_class(self, module, name):
        raise pickle.UnpicklingError(f"{module}.{name} is not plain data")


def main() -> int:
    with Enclave() as enclave:
        import analysis

        (data,) = enclave.read()
        table = PlainUnpickler(data).load()
        result = io.BytesIO()
        pickle.dump(analysis.progression_by_sex(table), result, protocol=4)
        enclave.write(result)
    return 0


if __name__ == "__main__":
    main()
