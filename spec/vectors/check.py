#!/usr/bin/env python3
"""Runs the vectors that need nothing but a standard library: canonical JSON, digests, signatures, phrases, report data.

    python3 spec/vectors/check.py

Written from the documents in spec/, not from the Java code: where both agree, the documents suffice.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sys
import unicodedata
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).resolve().parent
WORDS = VECTORS.parents[1] / "protocol/src/main/resources/io/cloister/protocol/document/bip39-english.txt"
MAX_INTEGER = 2**53 - 1


class Refused(Exception):
    """What was read is not what it must be."""


# Canonical JSON: spec/README.md, "JSON".


def _integer(text: str) -> int:
    if text == "-0" or abs(int(text)) > MAX_INTEGER:
        raise Refused("no integer of our profile: " + text)
    return int(text)


def _no_number(text: str) -> Any:
    raise Refused("no integer: " + text)


def _characters(text: str) -> str:
    for character in text:
        code = ord(character)
        if 0xD800 <= code <= 0xDFFF or code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF:
            raise Refused("a lone surrogate or a noncharacter")
    return text


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Refused("a member name twice")
    for name in members:
        _characters(name)
    return members


def _check_strings(value: Any) -> None:
    if isinstance(value, str):
        _characters(value)
    elif isinstance(value, list):
        for element in value:
            _check_strings(element)
    elif isinstance(value, dict):
        for element in value.values():
            _check_strings(element)


def read_json(text: bytes) -> Any:
    """Reads one JSON text of our profile."""
    if text.startswith(b"\xef\xbb\xbf"):
        raise Refused("a byte-order mark")
    try:
        value = json.loads(
            text.decode("utf-8"),
            parse_int=_integer,
            parse_float=_no_number,
            parse_constant=_no_number,
            object_pairs_hook=_members,
        )
    except ValueError as error:
        raise Refused(str(error)) from error
    _check_strings(value)
    return value


_ESCAPES = {8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\"}


def _quoted(text: str) -> str:
    parts = []
    for character in text:
        code = ord(character)
        if code in _ESCAPES:
            parts.append(_ESCAPES[code])
        elif code < 0x20:
            parts.append(f"\\u{code:04x}")
        else:
            parts.append(character)
    return '"' + "".join(parts) + '"'


def canonical(value: Any) -> str:
    """RFC 8785 of a value of our profile."""
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    names = sorted(value, key=lambda name: name.encode("utf-16-be"))
    return "{" + ",".join(_quoted(name) + ":" + canonical(value[name]) for name in names) + "}"


def _is_nfc(value: Any) -> bool:
    if isinstance(value, str):
        return unicodedata.is_normalized("NFC", value)
    if isinstance(value, list):
        return all(map(_is_nfc, value))
    if isinstance(value, dict):
        return all(_is_nfc(name) and _is_nfc(member) for name, member in value.items())
    return True


def is_canonical(text: bytes) -> bool:
    """Whether a text that is JSON is a signed document's."""
    value = read_json(text)
    return canonical(value).encode() == text and _is_nfc(value)


def digest(content: bytes) -> str:
    """The text form of a SHA-256 digest."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


# Ed25519: RFC 8032 §5.1.7, without cofactor, in extended coordinates (§5.1.4).

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
Point = tuple[int, int, int, int]


def _plus(one: Point, other: Point) -> Point:
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c = 2 * one[3] * other[3] * D % P
    d = 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(scalar: int, point: Point) -> Point:
    total: Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = _plus(total, point)
        point = _plus(point, point)
        scalar >>= 1
    return total


def _decoded(encoded: bytes) -> Point | None:
    y = int.from_bytes(encoded, "little")
    odd, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P or (x == 0 and odd):
        return None
    x = P - x if x & 1 != odd else x
    return x, y, 1, x * y % P


def _encoded(point: Point) -> bytes:
    inverse = pow(point[2], -1, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


_BASE = _decoded((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
assert _BASE is not None


def verifies(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether an Ed25519 signature is this key's over this message."""
    point, scalar = _decoded(key), int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or point is None or scalar >= ORDER or _BASE is None:
        return False
    hashed = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
    negative: Point = (P - point[0], point[1], 1, P - point[3])
    return _encoded(_plus(_times(scalar, _BASE), _times(hashed, negative))) == signature[:32]


# Envelopes: spec/README.md, "Signatures".

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def _base64(text: Any) -> bytes:
    if not isinstance(text, str):
        raise Refused("no base64")
    try:
        content = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Refused("no base64") from error
    if base64.b64encode(content).decode() != text:
        raise Refused("not the one form of base64")
    return content


def read_envelope(value: Any) -> tuple[str, bytes, str, bytes]:
    """Payload type, payload, key id and signature."""
    if not isinstance(value, dict) or set(value) != {"payloadType", "payload", "signatures"}:
        raise Refused("other members")
    signatures = value["signatures"]
    if not isinstance(signatures, list) or len(signatures) != 1:
        raise Refused("not one signature")
    signed = signatures[0]
    if not isinstance(signed, dict) or set(signed) != {"keyid", "sig"}:
        raise Refused("other members")
    signature, payload = _base64(signed["sig"]), _base64(value["payload"])
    if len(signature) != 64 or not _DIGEST.fullmatch(signed["keyid"]) or not payload:
        raise Refused("out of bounds")
    return value["payloadType"], payload, signed["keyid"], signature


def pre_authentication_encoding(kind: str, payload: bytes) -> bytes:
    """DSSE v1."""
    encoded = kind.encode()
    return b"DSSEv1 %d %s %d %s" % (len(encoded), encoded, len(payload), payload)


def signing_key(text: str) -> bytes:
    """The 32 bytes of a signing key's text form."""
    return bytes.fromhex(text.removeprefix("ed25519:"))


def stage_of(vector: dict[str, Any], kind: str) -> tuple[str, bytes]:
    """How far an envelope gets without a reader of its fields: the stage that refuses it, or `signed`; and its payload."""
    given = vector["input"]
    try:
        value = read_json(given["text"].encode()) if "text" in given else given["envelope"]
    except Refused:
        return "json", b""
    try:
        label, payload, keyid, signature = read_envelope(value)
    except Refused:
        return "envelope", b""
    if label != kind:
        return "type", payload
    try:
        document = read_json(payload)
    except Refused:
        return "json", payload
    if not is_canonical(payload):
        return "canonical", payload
    inside = document.get("ownerKey", document.get("signingKey")) if isinstance(document, dict) else None
    key = signing_key(inside if isinstance(inside, str) and len(inside) == 72 else given["key"])
    named = keyid == digest(key)
    right = verifies(key, pre_authentication_encoding(label, payload), signature)
    return ("signed" if named and right else "signature"), payload


# The files.


def _vectors(name: str) -> list[dict[str, Any]]:
    return json.loads((VECTORS / name).read_text("utf-8"))["vectors"]


def check_canonical_json() -> int:
    vectors = _vectors("canonical-json.json")
    for vector in vectors:
        given, expected = vector["input"], vector["expected"]
        text = bytes.fromhex(given["hex"]) if "hex" in given else given["text"].encode()
        try:
            written = canonical(read_json(text))
        except Refused:
            assert expected["outcome"] == "refused", vector["id"]
            continue
        assert expected["outcome"] == "accepted", vector["id"]
        assert written == expected["canonical"], vector["id"]
        assert digest(written.encode()) == expected["digest"], vector["id"]
        assert is_canonical(text) == (expected["asDocument"]["outcome"] == "accepted"), vector["id"]
    return len(vectors)


def check_phrases() -> int:
    words = WORDS.read_text("utf-8").split()
    assert len(words) == 2048
    vectors = _vectors("phrase.json")
    for vector in vectors:
        agreement = bytes.fromhex(vector["input"]["digest"].removeprefix("sha256:"))
        hashed = hashlib.sha256(b"cloister/agreement-phrase/v1\0" + agreement).digest()
        bits = "".join(f"{byte:08b}" for byte in hashed)
        phrase = " ".join(words[int(bits[i : i + 11], 2)] for i in range(0, 132, 11))
        assert phrase == vector["expected"]["phrase"], vector["id"]
    return len(vectors)


def check_identities() -> int:
    vectors = _vectors("documents/identity.json")
    for vector in vectors:
        text, expected = vector["input"]["text"].encode(), vector["expected"]
        try:
            stage = "read" if is_canonical(text) else "canonical"
        except Refused:
            stage = "json"
        assert expected.get("stage", "read") in (stage, "field"), vector["id"]
        assert stage == "read" or expected["stage"] == stage, vector["id"]
        if expected["outcome"] == "accepted":
            data = hashlib.sha512(b"cloister/report-data/v1\0" + text).hexdigest()
            assert (digest(text), data) == (expected["digest"], expected["reportData"]), vector["id"]
    return len(vectors)


def padme(length: int) -> int:
    if length <= 1024:
        return 1024
    exponent = length.bit_length() - 1
    step = 1 << (exponent - exponent.bit_length())
    return -(-length // step) * step


def check_output_indexes() -> int:
    vectors = _vectors("output-index.json")
    for vector in vectors:
        text, expected = vector["input"]["text"].encode(), vector["expected"]
        stage = "padding"
        if vector["input"]["bytes"] == padme(len(text)):
            try:
                stage = "read" if is_canonical(text) else "canonical"
            except Refused:
                stage = "json"
        if expected["outcome"] == "accepted":
            assert stage == "read" and len(read_json(text)["entries"]) == expected["entries"], vector["id"]
        elif expected["stage"] == "field":
            assert stage == "read", vector["id"]
        else:
            assert stage == expected["stage"], (vector["id"], stage)
    return len(vectors)


INVITATION = "application/vnd.cloister.invitation.v1+json"


def stage_of_invitation(text: str) -> tuple[str, bytes]:
    dense = re.sub("[ \t\r\n]", "", text)
    if len(dense) > 4096 or not dense.startswith("cloister1"):
        return "text", b""
    encoded = dense.removeprefix("cloister1")
    if not re.fullmatch("[A-Za-z0-9_-]*", encoded) or len(encoded) % 4 == 1:
        return "text", b""
    raw = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    if len(raw) <= 4 or base64.urlsafe_b64encode(raw).decode().rstrip("=") != encoded:
        return "text", b""
    payload = raw[4:]
    if hashlib.sha256(INVITATION.encode() + b"\0" + payload).digest()[:4] != raw[:4]:
        return "checksum", b""
    try:
        return ("read" if is_canonical(payload) else "canonical"), payload
    except Refused:
        return "json", b""


def check_invitations() -> int:
    vectors = _vectors("invitation.json")
    for vector in vectors:
        expected = vector["expected"]
        stage, payload = stage_of_invitation(vector["input"]["text"])
        if expected["outcome"] == "accepted":
            assert stage == "read" and read_json(payload) == expected["payload"], vector["id"]
        elif expected["stage"] == "field":
            assert stage == "read", vector["id"]
        else:
            assert stage == expected["stage"], (vector["id"], stage)
    return len(vectors)


DOCUMENTS = {
    "proposal": "application/vnd.cloister.proposal.v1+json",
    "card": "application/vnd.cloister.card.v1+json",
    "code-statement": "application/vnd.cloister.code-statement.v1+json",
    "agreement": "application/vnd.cloister.agreement.v1+json",
    "input-list": "application/vnd.cloister.input-list.v1+json",
    "receipt": "application/vnd.in-toto+json",
}
# Refused by what is inside, after all that is checked here, or before the signature is.
INSIDE = {"card-unsigned", "card-type", "proposal-unsigned", "code-by-dana"}


def check_documents(name: str, kind: str) -> int:
    vectors = _vectors(f"documents/{name}.json")
    for vector in vectors:
        expected = vector["expected"]
        stage, payload = stage_of(vector, kind)
        if expected["outcome"] == "accepted":
            assert stage == "signed" and digest(payload) == expected["digest"], vector["id"]
        elif expected["stage"] == "field":
            assert stage in ("signed", "signature"), vector["id"]
        elif expected["stage"] == "fit" or vector["id"] in INSIDE:
            assert stage == "signed", vector["id"]
        else:
            assert stage == expected["stage"], (name, vector["id"], stage)
    return len(vectors)


def main() -> int:
    counts = {"canonical-json": check_canonical_json(), "phrase": check_phrases(), "identity": check_identities()}
    counts |= {"output-index": check_output_indexes(), "invitation": check_invitations()}
    for name, kind in DOCUMENTS.items():
        counts[name] = check_documents(name, kind)
    print(", ".join(f"{name}: {count}" for name, count in counts.items()), "- all as expected")
    return 0


if __name__ == "__main__":
    sys.exit(main())
