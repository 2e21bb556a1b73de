"""Text is cut into sentences and words by nltk, whose data travels encrypted beside the code."""

import io
import json

# What only the secret module uses is named here, too: so it is imported while the enclave waits, not in the run.
import nltk.corpus
import nltk.stem
from cosmian_lib_sgx import Enclave


def main() -> int:
    with Enclave() as enclave:
        import language

        letters = [io.TextIOWrapper(letter, encoding="utf-8").read() for letter in enclave.read()]
        result = language.study("\n".join(letters))
        enclave.write(json.dumps(result, indent=1, sort_keys=True).encode("utf-8"))
    return 0


if __name__ == "__main__":
    main()
