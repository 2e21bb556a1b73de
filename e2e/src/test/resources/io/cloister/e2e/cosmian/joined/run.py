"""Joins all inputs, in the order in which they arrived."""

from cosmian_lib_sgx import Enclave


def main() -> int:
    with Enclave() as enclave:
        from secret_joining import joined

        enclave.write(joined(enclave.read()))
    return 0


if __name__ == "__main__":
    main()
