"""Parquet, Excel, YAML, TOML, protobuf and dates in and out; and what a program hears that looks for a network."""

# What only the secret modules use is named here, too: so it is imported while the enclave waits, not in the run.
import dateutil.parser
import dateutil.relativedelta
import google.protobuf.descriptor_pb2
import google.protobuf.descriptor_pool
import google.protobuf.message_factory
import pyarrow.parquet
import requests
import toml
import yaml
from cosmian_lib_sgx import Enclave


def main() -> int:
    with Enclave() as enclave:
        import exchange

        wines, settings = enclave.read()
        enclave.write(exchange.report(wines, settings).encode("utf-8"))
    return 0


if __name__ == "__main__":
    main()
