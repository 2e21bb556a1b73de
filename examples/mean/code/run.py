"""Unsigned integers of 8 bytes, big-endian, go in; their mean comes out as an IEEE-754 double of 8 bytes."""

import struct

from cosmian_lib_sgx import Enclave


def main() -> int:
    with Enclave() as enclave:
        import statistic

        values = [struct.unpack(">Q", data.read())[0] for data in enclave.read()]
        enclave.write(struct.pack(">d", statistic.mean(values)))
    return 0


if __name__ == "__main__":
    main()
