import csv
import io
from collections import defaultdict
from typing import BinaryIO

import markupsafe._speedups  # the extension module: without it markupsafe is only slower
from markupsafe import Markup
from tabulate import tabulate


def page(data: BinaryIO) -> Markup:
    """The mean alcohol of each cultivar, as HTML."""
    alcohol = defaultdict(list)
    for wine in csv.DictReader(io.TextIOWrapper(data, encoding="utf-8")):
        alcohol[wine["cultivar"]].append(float(wine["alcohol"]))
    rows = [(name, len(values), sum(values) / len(values)) for name, values in sorted(alcohol.items())]
    table = tabulate(rows, headers=["cultivar", "wines", "alcohol"], tablefmt="html", floatfmt=".2f")
    return Markup("<h1>{}</h1>\n{}\n").format("Cultivars & alcohol", Markup(table))
