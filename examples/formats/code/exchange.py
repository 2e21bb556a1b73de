import io
from datetime import timezone

import pandas as pd
import pyarrow.parquet
import requests
import toml
import yaml
from dateutil import parser, relativedelta
from messages import Cellar


def report(wines, settings):
    table = pyarrow.parquet.read_table(wines)
    wanted = yaml.safe_load(settings)
    frame = table.to_pandas().query("alcohol >= @wanted['least_alcohol']")
    found = {
        "parquet": {"rows": table.num_rows, "columns": table.num_columns, "again": same(frame, "parquet")},
        "excel": {"again": same(frame, "excel")},
        "yaml": yaml.safe_dump(wanted, sort_keys=True, allow_unicode=True),
        "protobuf": cellar(frame, wanted["cellar"]),
        "dates": dates(wanted["bottled"]),
        "network": network(),
    }
    text = toml.dumps(found)
    assert toml.loads(text) == found
    return text


def same(frame, form):
    file = io.BytesIO()
    getattr(frame, "to_" + form)(file, index=False)
    file.seek(0)
    return bool(getattr(pd, "read_" + form)(file).equals(frame.reset_index(drop=True)))


def cellar(frame, name):
    message = Cellar(name=name, alcohol=frame["alcohol"].tolist())
    again = Cellar.FromString(message.SerializeToString())
    return {"name": again.name, "wines": len(again.alcohol), "same": again == message}


def dates(text):
    bottled = parser.parse(text)
    ready = bottled + relativedelta.relativedelta(years=3, months=1)
    return {"bottled": bottled.isoformat(), "ready": ready.astimezone(timezone.utc).isoformat()}


def network():
    try:
        requests.get("https://example.org/", timeout=5)
    except requests.ConnectionError as error:
        return str(error.args[0].reason)
    return "there is one"
