"""Readers that want a file they can move about in: none gets a copy, none knows that it is no file of a disk."""

import csv
import io
import json
import pickle
import sqlite3
import zipfile

import numpy
import pandas
import pyarrow
import pyarrow.parquet


def parquet(file, wine):
    table = pyarrow.parquet.ParquetFile(file).read()
    file.seek(0)
    return table.num_rows, pandas.read_parquet(file).equals(wine)


def excel(file, wine):
    return bool(numpy.allclose(pandas.read_excel(file), wine))


def json_(file, wine):
    records = json.load(file)
    file.seek(0)
    return len(records), bool(numpy.allclose(pandas.read_json(file), wine))


def lines(file, wine):
    by_hand = [json.loads(line) for line in file]
    file.seek(0)
    return len(by_hand), bool(numpy.allclose(pandas.read_json(file, lines=True), wine))


def arrow(file, wine):
    with pyarrow.ipc.open_stream(file) as stream:
        from_file = stream.read_pandas()
    with pyarrow.ipc.open_stream(pyarrow.py_buffer(file.getbuffer())) as stream:
        return from_file.equals(wine), stream.read_pandas().equals(wine)


def array(file, wine):
    loaded = numpy.load(file)
    raw = numpy.frombuffer(file.getbuffer(), dtype=loaded.dtype, offset=len(file.getbuffer()) - loaded.nbytes)
    return list(loaded.shape), bool((loaded == wine.to_numpy()).all()), bool((raw == loaded.ravel()).all())


def arrays(file, wine):
    with numpy.load(file) as archive:
        return sorted(archive), bool((archive["alcohol"] == wine["alcohol"]).all())


def database(file, wine):
    with sqlite3.connect(":memory:") as memory:
        memory.deserialize(file.getbuffer())
        same = pandas.read_sql("SELECT * FROM wine", memory).equals(wine)
        return same, memory.execute("SELECT count(*) FROM wine WHERE alcohol > 13").fetchone()[0]


def archive(file, wine):
    with zipfile.ZipFile(file) as packed, packed.open("wine.csv") as member:
        return packed.namelist(), packed.testzip(), pandas.read_csv(member).equals(wine)


def pickled(file, wine):
    """A pickle is code of whoever made it: this Data Provider is trusted with that by everyone who approves."""
    return pickle.load(file) == wine.to_dict("list")


def text(file, wine):
    """What else an io.BytesIO can do."""
    buffer = bytearray(7)
    start = (file.readline(), file.tell(), file.readinto(buffer), bytes(buffer), file.peek(1) != b"")
    assert file.seek(0) == 0 and file.read() == file.getvalue() == bytes(file.getbuffer())
    assert file.read() == b"" and file.seek(-1, io.SEEK_END) == len(file.getvalue()) - 1
    file.seek(0)
    rows = list(csv.reader(io.TextIOWrapper(file, encoding="utf-8", newline="")))
    assert len(rows) == len(wine) + 1
    return [str(each) for each in start], file.name


READ = {
    "parquet": parquet,
    "xlsx": excel,
    "json": json_,
    "jsonl": lines,
    "arrow": arrow,
    "npy": array,
    "npz": arrays,
    "db": database,
    "zip": archive,
    "pickle": pickled,
    "txt": text,
}
