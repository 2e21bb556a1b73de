"""Drives the unmodified Cosmian client: one JSON command a line in, one JSON answer a line out.

Commands: {"owner": NAME, "token": T}, {"actor": NAME, "side": S, "token": T, "uuid": U, "words": W},
{"reword": NAME, "words": W}, {"call": NAME, "method": M, "args": [...]}, {"words": true}. An argument {"bytes": BASE64} or
{"path": TEXT} stands for bytes or a path. Answers: {"value": ...} or {"error": TEXT}; bytes come back as {"bytes": BASE64}.
"""

import base64
import dataclasses
import enum
import json
import logging
import sys
from pathlib import Path

from cosmian_secure_computation_client.crypto.context import CryptoContext
from cosmian_secure_computation_client.participant.code_provider import CodeProviderAPI
from cosmian_secure_computation_client.participant.computation_owner import ComputationOwnerAPI
from cosmian_secure_computation_client.participant.data_provider import DataProviderAPI
from cosmian_secure_computation_client.participant.result_consumer import ResultConsumerAPI
from cosmian_secure_computation_client.side import Side

APIS = {
    "CodeProvider": CodeProviderAPI,
    "DataProvider": DataProviderAPI,
    "ResultConsumer": ResultConsumerAPI,
}


def argument(value):
    if isinstance(value, dict) and "bytes" in value:
        return base64.b64decode(value["bytes"])
    if isinstance(value, dict) and "path" in value:
        return Path(value["path"])
    if isinstance(value, list):
        return [argument(one) for one in value]
    return value


def shown(value):
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    if isinstance(value, enum.Enum):
        return value.name
    if isinstance(value, Path):
        return str(value)
    if dataclasses.is_dataclass(value):
        return {f.name: shown(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(name): shown(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [shown(one) for one in value]
    return value


def do(actors, command):
    if "owner" in command:
        actors[command["owner"]] = ComputationOwnerAPI(command["token"])
        return None
    if "actor" in command:
        side = Side[command["side"]]
        context = CryptoContext(
            computation_uuid=command["uuid"], side=side, words=command["words"])
        actors[command["actor"]] = APIS[command["side"]](command["token"], context)
        return None
    if "reword" in command:
        actor = actors[command["reword"]]
        before = actor.ctx
        actor.ctx = CryptoContext(
            computation_uuid=str(before.computation_uuid), side=before.side, words=command["words"],
            ed25519_seed=before.ed25519_seed, symkey=before.symkey)
        return None
    if "words" in command:
        return "-".join(ComputationOwnerAPI.random_words())
    if "public" in command:
        return actors[command["public"]].ctx.public_key
    method = getattr(actors[command["call"]], command["method"])
    return method(*argument(command["args"]))


def main():
    logging.disable(logging.CRITICAL)
    answers = sys.stdout
    sys.stdout = sys.stderr
    actors = {}
    for line in sys.stdin:
        try:
            answer = {"value": shown(do(actors, json.loads(line)))}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
