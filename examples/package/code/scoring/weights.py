import json
from importlib.resources import files


def load():
    return json.loads((files(__package__) / "tables" / "weights.json").read_text(encoding="utf-8"))
