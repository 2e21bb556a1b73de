"""libsodium's side of PyNaClTest: reads lines of a name and hexadecimal arguments, answers each with a line."""

import hashlib
import sys

import nacl.bindings as sodium
from nacl.exceptions import CryptoError


def _convert(seed: bytes) -> tuple[bytes, bytes]:
    public, secret = sodium.crypto_sign_seed_keypair(seed)
    return (
        sodium.crypto_sign_ed25519_pk_to_curve25519(public),
        sodium.crypto_sign_ed25519_sk_to_curve25519(secret),
    )


def seal(key: bytes, nonce: bytes, content: bytes) -> bytes:
    return nonce + sodium.crypto_secretbox(content, nonce, key)


def open_(key: bytes, message: bytes) -> bytes:
    return sodium.crypto_secretbox_open(message[24:], message[:24], key)


def box(public: bytes, content: bytes) -> bytes:
    return sodium.crypto_box_seal(content, sodium.crypto_sign_ed25519_pk_to_curve25519(public))


def unbox(seed: bytes, sealed: bytes) -> bytes:
    return sodium.crypto_box_seal_open(sealed, *_convert(seed))


def sign(seed: bytes, message: bytes) -> bytes:
    _, secret = sodium.crypto_sign_seed_keypair(seed)
    return sodium.crypto_sign(message, secret)[:64]


def verify(public: bytes, message: bytes, signature: bytes) -> bytes:
    return sodium.crypto_sign_open(signature + message, public)


def public(seed: bytes) -> bytes:
    return sodium.crypto_sign_seed_keypair(seed)[0]


def convert(key: bytes) -> bytes:
    return sodium.crypto_sign_ed25519_pk_to_curve25519(key)


def words(text: bytes, computation: bytes) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", text, hashlib.sha256(computation).digest(), 390_000, 32)


def main() -> None:
    calls = {
        "seal": seal, "open": open_, "box": box, "unbox": unbox, "sign": sign, "verify": verify,
        "public": public, "convert": convert, "words": words,
    }
    for line in sys.stdin:
        name, *arguments = line.rstrip("\n").split(" ")
        try:
            print("ok", calls[name](*map(bytes.fromhex, arguments)).hex(), flush=True)
        except (CryptoError, RuntimeError, ValueError):
            print("refused", flush=True)


main()
