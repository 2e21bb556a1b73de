"""Each Data Provider gives one JSON document; the result is one JSON document."""

import json

from cosmian_lib_sgx import Enclave


def main() -> int:
    with Enclave() as enclave:
        import blending

        cellars = [json.load(data) for data in enclave.read()]
        result = blending.summary(cellars)
        enclave.write(json.dumps(result, sort_keys=True).encode("utf-8"))
    return 0


if __name__ == "__main__":
    main()
