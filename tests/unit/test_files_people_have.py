"""Forty files as people have them: each gives all of its rows, or one sentence that says what to do."""

import bz2
import gzip
import io
import json
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import TypeAdapter

from data.errors import UserError
from data.params import DatasetParams
from data.prepare import prepare
from tests.folders import quiet
from tests.logs import frame

COUNT = 300
ROWS = [(f"u{number % 30}", f"i{number % 7}", 1_700_000_000 + 60 * number) for number in range(COUNT)]
CSV = "user,item,time\n" + "".join(f"{user},{item},{time}\n" for user, item, time in ROWS)
PLAIN = CSV.encode()
DAT = "".join(f"{user}::{item}::5::{time}\n" for user, item, time in ROWS).encode()
TABS = "".join(f"{user}\t{item}\t3\t{time}\n" for user, item, time in ROWS).encode()
SEQUENCES = b"".join(f"u{user} {' '.join(f'i{item}' for item in range(10))}\n".encode() for user in range(COUNT // 10))
NOISE = np.random.default_rng(2).integers(0, 256, 4000, np.uint8).tobytes()
AS_DAT = {"delimiter": "::", "header": False, "columns": {"user": 1, "item": 2, "time": 4}}
AS_TABS = {"header": False, "columns": {"user": 1, "item": 2, "time": 4}}


def parquet(**columns: Any) -> bytes:
    users, items, times = zip(*ROWS, strict=True)
    given = {"user": users, "item": items, "time": times} | columns
    buffer = io.BytesIO()
    pq.write_table(pa.table(given), buffer)
    return buffer.getvalue()


def zipped(*members: tuple[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


def spoilt(packed: bytes) -> bytes:
    """The archive with other bytes in its middle."""
    middle = len(packed) // 3
    return packed[:middle] + bytes(value ^ 0x55 for value in packed[middle : middle + 40]) + packed[middle + 40 :]


def with_times(shown: Callable[[int], str]) -> bytes:
    return ("user,item,time\n" + "".join(f"{user},{item},{shown(time)}\n" for user, item, time in ROWS)).encode()


def iso(time: int) -> str:
    return str(np.datetime64(time, "s")).replace("T", " ")


ZSTD = pa.compress(PLAIN, "zstd", asbytes=True)
WHOLE, GAPS = [float(number % 30) for number in range(COUNT)], [None, *[1.0] * (COUNT - 1)]
MAC = ("__MACOSX/._log.csv", NOISE)
NULLS = b"user,item,time,country\n" + b"".join(f"{user},{item},{time},\\N\n".encode() for user, item, time in ROWS)
QUOTES = ("user\titem\tnote\n" + "".join(f'{user}\t{item}\t5" nail\n' for user, item, _ in ROWS)).encode()
SWALLOWS = (
    "user\titem\tnote\n" + "".join(f'{user}\t{item}\t"odd\n{user}\t{item}\tx"\n' for user, item, _ in ROWS)
).encode()

READ: dict[str, tuple[str, bytes, dict[str, Any]]] = {
    "plain": ("log.csv", PLAIN, {}),
    "a gzip": ("log.csv.gz", gzip.compress(PLAIN), {}),
    "a gzip called .csv": ("log.csv", gzip.compress(PLAIN), {}),
    "a gzip of several members": ("log.csv.gz", b"".join(gzip.compress(part) for part in (PLAIN[:99], PLAIN[99:])), {}),
    "a bzip2": ("log.csv.bz2", bz2.compress(PLAIN), {}),
    "a zstd": ("log.csv.zst", ZSTD, {}),
    "an xz": ("log.csv.xz", lzma.compress(PLAIN), {}),
    "a zip": ("log.zip", zipped(("a/log.csv", PLAIN)), {}),
    "a zip from a Mac": ("log.zip", zipped(MAC, ("log.csv", PLAIN), (".DS_Store", NOISE)), {}),
    "a zip from a disk station": ("log.zip", zipped(("@eaDir/log.csv", NOISE), ("log.csv", PLAIN)), {}),
    "ratings.dat": ("ratings.dat", DAT, AS_DAT),
    "u.data": ("u.data", TABS, AS_TABS),
    "Latin-1, said": ("log.csv", CSV.replace("u1,", "ü1,").encode("latin-1"), {"encoding": "latin-1"}),
    "UTF-16, said": ("log.csv", CSV.encode("utf-16"), {"encoding": "utf-16"}),
    "a mark, no header and lines of Windows": ("u.data", b"\xef\xbb\xbf" + TABS.replace(b"\n", b"\r\n"), AS_TABS),
    "a mark in UTF-16": (
        "u.data",
        b"\xff\xfe" + TABS.decode().encode("utf-16-le"),
        AS_TABS | {"encoding": "utf-16-le"},
    ),
    "a byte order mark": ("log.csv", CSV.encode("utf-8-sig"), {}),
    "lines of Windows": ("log.csv", CSV.replace("\n", "\r\n").encode(), {}),
    "Parquet": ("log.parquet", parquet(), {}),
    "Parquet in a gzip": ("log.parquet.gz", gzip.compress(parquet()), {}),
    "ids that Parquet holds as doubles": ("log.parquet", parquet(user=WHOLE), {}),
    "times of BigQuery": ("log.csv", with_times(lambda time: f"{iso(time)} UTC"), {}),
    "nulls of MySQL": ("log.csv", NULLS, {"user_attributes": {"country": "country"}}),
    "stray quotes in tabs, said": ("log.tsv", QUOTES, {"quote": ""}),
    "stray quotes within cells": ("log.tsv", QUOTES, {}),
    "sequences": ("all.txt", SEQUENCES, {"source": "sequences"}),
    "sequences in a gzip": ("all.txt", gzip.compress(SEQUENCES), {"source": "sequences"}),
}
REFUSED: dict[str, tuple[str, bytes, dict[str, Any], str]] = {
    "a gzip cut short": ("log.csv.gz", gzip.compress(PLAIN)[:-30], {}, "is cut short or damaged .*bring it again"),
    "a bzip2 cut short": ("log.csv.bz2", bz2.compress(PLAIN)[:-30], {}, "is cut short or damaged .*bring it again"),
    "a zstd cut short": ("log.csv.zst", ZSTD[:-30], {}, "is cut short or damaged .*bring it again"),
    "an xz cut short": ("log.csv.xz", lzma.compress(PLAIN)[:-30], {}, "is cut short or damaged .*bring it again"),
    "a zip that is spoilt": ("log.zip", spoilt(zipped(("log.csv", PLAIN))), {}, "is cut short or damaged .*again"),
    "a zip of two": ("log.zip", zipped(("a.csv", PLAIN), ("b.csv", PLAIN)), {}, "a.csv, b.csv, and one file is needed"),
    "a zip of nothing": ("log.zip", zipped(MAC), {}, "holds nothing, and one file is needed"),
    "sequences cut short": (
        "all.gz",
        gzip.compress(SEQUENCES)[:-9],
        {"source": "sequences"},
        "is cut short or damaged",
    ),
    "Parquet cut short": ("log.parquet", parquet()[:-400], {}, "cannot be read as a table"),
    "Parquet that is spoilt": ("log.parquet", spoilt(parquet()), {}, "cannot be read"),
    "ids with a fraction": ("log.parquet", parquet(user=[1.5, *WHOLE[1:]]), {}, r"row 1: user .* is 1\.5; ids have to"),
    "ids that are missing": ("log.parquet", parquet(user=GAPS), {}, r"no user \(user\) in row 1, counted from 1"),
    "ids that are booleans": ("log.parquet", parquet(item=[True] * COUNT), {}, "is bool; ids have to be"),
    "Latin-1, unsaid": (
        "log.csv",
        CSV.replace("u1,", "ü1,").encode("latin-1"),
        {},
        "line 3 has the byte 0xfc; set its",
    ),
    "UTF-16, unsaid": ("log.csv", CSV.encode("utf-16"), {}, "begins as UTF-16 does; set `encoding: utf-16`"),
    "noise": ("log.csv", NOISE, {}, r"log.csv (is not utf-8: line \d+|line \d+ has a zero byte)"),
    "quotes that swallow rows": ("log.tsv", SWALLOWS, {}, "goes on in the next line; set `multiline: true`"),
    "a header of a megabyte": ("log.csv", b"x" * 2**20 + b"\n1\n", {}, "…' *; (name it|set)|xxx…'"),
    "a time of a megabyte": (
        "log.csv",
        PLAIN + b"u,i," + b"t" * 2**20 + b"\n",
        {},
        "row 301: time of log.csv is 't*…'",
    ),
    "Latin-1 sequences": ("all.txt", "u1 café\n".encode("latin-1"), {"source": "sequences"}, "is no UTF-8 text"),
    "JSON that is cut": (
        "items.jsonl",
        json.dumps({"id": "i0", "title": "A hat"}).encode()[:-5],
        {"source": "catalogue"},
        "is no JSON lines, an object a line",
    ),
}


def made(folder: Path, name: str, content: bytes, facts: dict[str, Any]) -> Path:
    (folder / name).write_bytes(content)
    given = {"source": "event_log", "licence": "own", "path": str(folder / name)} | facts
    return prepare("mine", TypeAdapter(DatasetParams).validate_python(given), quiet, folder / "out")


@pytest.mark.parametrize("case", READ)
def test_all_rows_are_read(tmp_path: Path, case: str) -> None:
    events = frame(made(tmp_path, *READ[case]), "events")
    assert len(events) == COUNT
    assert events["item_id"].nunique() in (7, 10)
    assert not events["user_id"].str.contains("[.\ufeff]").any()
    assert sorted(path.name for path in (tmp_path / "out").iterdir() if path.name.startswith(".")) == []


@pytest.mark.parametrize("case", REFUSED)
def test_or_one_sentence_says_what_to_do(tmp_path: Path, case: str) -> None:
    name, content, facts, said = REFUSED[case]
    with pytest.raises(UserError, match=said) as caught:
        made(tmp_path, name, content, facts)
    told = str(caught.value)
    assert told.isprintable()
    assert len(told.replace(str(tmp_path), "")) < 400
    assert [path.name for path in tmp_path.iterdir() if path.name != ".out.lock"] == [name]
