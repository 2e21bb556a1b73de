"""Parquet, Excel, YAML, TOML, protobuf and dates in and out; and what a program hears that looks for a network."""

from cosmian_lib_sgx import Enclave


def main() -> int:
    with Enclave() as enclave:
        import exchange

        wines, settings = enclave.read()
        enclave.write(exchange.report(wines, settings).encode("utf-8"))
    return 0


if __name__ == "__main__":
    main()
