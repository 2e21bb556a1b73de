"""Packages beside the runtime's: requirements.txt names them, the lock and the wheels travel with the code."""

from cosmian_lib_sgx import Enclave


def main() -> int:
    with Enclave() as enclave:
        from report import page

        (data,) = enclave.read()
        enclave.write(page(data).encode("utf-8"))
    return 0


if __name__ == "__main__":
    main()
