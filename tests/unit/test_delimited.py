"""Logs as people have them: any delimiter, no line of names, any encoding, packed or not; bad ones say what to do."""

import bz2
import gzip
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pydantic import TypeAdapter, ValidationError

from data.errors import UserError
from data.params import DatasetParams, Engine, explain
from data.prepare import prepare
from tests.folders import quiet
from tests.logs import START_S, frame, log_rows

MOVIELENS = {"delimiter": "::", "header": False, "columns": {"user": 1, "item": 2, "time": 4}}
MOVIES = {"delimiter": "::", "header": False, "columns": {"item": 1, "title": 2}, "attributes": {"genres": 3}}


def entry(path: Path, **facts: Any) -> Any:
    return TypeAdapter(DatasetParams).validate_python(
        {"source": "event_log", "licence": "own", "path": str(path)} | facts
    )


def made(folder: Path, content: bytes | str, name: str = "log.csv", engine: Engine = "duckdb", **facts: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return prepare("mine", entry(folder / name, **facts), quiet, folder / engine, engine)


def pairs(folder: Path) -> list[tuple[str, str]]:
    events = frame(folder, "events")
    return list(zip(events["user_id"], events["item_id"], strict=True))


def ratings() -> str:
    return "".join(f"{row.user}::{row.item}::5::{row.time}\n" for row in log_rows().itertuples())


def test_movielens_of_1m_with_its_movies(tmp_path: Path) -> None:
    movies = 'i0::Amélie (2001)::Comedy|Romance\ni1::5" & up::Drama\n'
    (tmp_path / "movies.dat").write_bytes(movies.encode("latin-1"))
    items = MOVIES | {"path": str(tmp_path / "movies.dat"), "encoding": "latin-1"}
    folder = made(tmp_path, ratings(), "ratings.dat", **MOVIELENS, items=items)
    given = log_rows().sort_values(["user", "time"])
    events = frame(folder, "events")
    assert events[["user_id", "item_id", "time_s"]].values.tolist() == given[["user", "item", "time"]].values.tolist()
    things = frame(folder, "items").set_index("item_id")
    assert things["title"].to_dict() == {"i0": "Amélie (2001)", "i1": '5" & up'}
    assert things["attributes"].map(dict).to_dict() == {"i0": {"genres": "Comedy|Romance"}, "i1": {"genres": "Drama"}}
    assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == []


def test_movielens_of_100k_is_told_to_have_tabs(tmp_path: Path) -> None:
    rows = f"196\t242\t3\t{START_S}\n186\t302\t3\t{START_S + 9}\n"
    folder = made(tmp_path, rows, "u.data", header=False, columns={"user": 1, "item": 2, "time": 4})
    assert pairs(folder) == [("186", "302"), ("196", "242")]
    with pytest.raises(UserError, match=r"its columns are 196, 242, 3, 1700006400; .*set `header: false`"):
        made(tmp_path / "named", rows, "u.data")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("user;item;note\nu;i;1,5\nv;j;2,5,1\n", [("u", "i"), ("v", "j")]),
        ("user\titem\nu\ti;1,5\n", [("u", "i;1,5")]),
        ('user,item,"a;b"\nu,i,1\n', [("u", "i")]),
        ("user,item,a;b\nu,i,1\nv,j,2\n", [("u", "i"), ("v", "j")]),
        ('"user";"it""em";"item"\nu;x;"i;1"\n', [("u", "i;1")]),
        ("user,item\r\nu,i\nv,j\r\n", [("u", "i"), ("v", "j")]),
        ("user,item\ru,i\rv,j\r", [("u", "i"), ("v", "j")]),
        ("\n\nuser,item\n\nu,i\n\n", [("u", "i")]),
        ("\ufeffuser,item\nu,i\n", [("u", "i")]),
        ('user,item,note\nu,i,5" nail\n', [("u", "i")]),
    ],
)
def test_what_is_plain_is_told_from_the_file(tmp_path: Path, text: str, expected: list[tuple[str, str]]) -> None:
    assert pairs(made(tmp_path, text)) == expected


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "utf-16", "utf-8-sig", "shift_jis"])
def test_an_encoding_that_is_named_is_read(tmp_path: Path, encoding: str) -> None:
    item = "カフェ" if encoding == "shift_jis" else "café"
    folder = made(tmp_path, f"user\titem\r\nu\t{item}\r\n".encode(encoding), encoding=encoding)
    assert pairs(folder) == [("u", item)]


@pytest.mark.parametrize("name", ["log.csv", "log.csv.gz"])
def test_what_is_packed_is_told_by_its_first_bytes(tmp_path: Path, name: str) -> None:
    head, body = b"user,item\n", b"u,i\n" * 50_000
    several = gzip.compress(head + body) + gzip.compress(body)
    for number, packed in enumerate((several, bz2.compress(head + 2 * body), head + 2 * body)):
        folder = made(tmp_path / str(number), packed, name)
        assert len(frame(folder, "events")) == 100_000
    with pytest.raises(UserError, match=rf"{name} is cut short or damaged \(gzip: .*bring it again"):
        made(tmp_path / "short", several[:-30], name)


def test_values_go_over_lines_only_where_that_is_said(tmp_path: Path) -> None:
    text = 'user,item,note\nu,i,"one\ntwo"\nv,j,three\n'
    assert len(pairs(made(tmp_path, text, multiline=True))) == 2
    swallows = 'user,item,note\nu,i,one\nv,"j,two\nw,k,three\nx,l",four\n'
    with pytest.raises(UserError, match=r"row 2, .*'item' goes on in the next line; set `multiline: true`"):
        made(tmp_path / "swallowed", swallows)
    assert len(pairs(made(tmp_path / "unquoted", swallows, quote=""))) == 4


def test_another_quote(tmp_path: Path) -> None:
    assert pairs(made(tmp_path, "user,item\nu,'a,b'\nv,\"c\n", quote="'")) == [("u", "a,b"), ("v", '"c')]


@pytest.mark.parametrize(
    ("content", "facts", "said"),
    [
        (
            b"u::i\n",
            {"header": False, "delimiter": "::", "columns": {"user": 1, "item": 3}},
            "has 2 columns.* column 3",
        ),
        (
            "user,item\nu,café\n".encode("latin-1"),
            {},
            "log.csv is not utf-8: line 2 has the byte 0xe9; set its `encoding`",
        ),
        (b"u::i::5::soon\n", MOVIELENS, "row 1: column 4 of log.csv is 'soon', which is no time"),
        (b"u::i::5::1\nu::::5::1\n", MOVIELENS, r"no item \(column 2\) in row 2, counted from 1"),
        (b"user,item\n" + b"u,i\n" * 600_000 + b"u,\xff\n", {}, "not utf-8: line 600002 has the byte 0xff"),
        (b"user,item\nu,\x81\n", {"encoding": "cp1252"}, "is not cp1252: line 2 has the byte 0x81"),
        ("user,item\nu,i\n".encode("utf-16"), {}, "begins as UTF-16 does; set `encoding: utf-16`"),
        (b"user,item\nu,i\0\n", {}, "line 2 has a zero byte"),
        (b'user,item\nu,i\nv,"j\nw,k\n', {}, 'line 3 has a quote that is not closed.*`quote: ""`'),
        (b'user,item\nv,"j"k\n', {}, "line 2 has a quote that is not closed where its value ends"),
        (b'user,"item\nu,i\n', {}, "line 1 has a quote that is not closed"),
        (b"user,item\nu,i\nu,i,1\n", {}, "line 3 has 3 columns and the first one 2"),
        (b"user,item\nu\n", {}, "line 2 has 1 columns and the first one 2"),
        (b"user,item;x\nu,i;y\n", {}, "may be separated by commas or semicolons; set `delimiter`"),
        (b"user,item,x,x\nu,i,1,2\n", {"user_attributes": {"x": "x"}}, "several columns called 'x'"),
        (b"user|item\nu|i\n", {}, "one called 'user|item'; set `delimiter`"),
        (b"\x00\x01\x02\x03" * 99, {}, "line 1 has a zero byte"),
        (b"\n \n", {}, "is empty"),
    ],
)
def test_a_file_that_cannot_be_read_says_what_to_do(tmp_path: Path, content: bytes, facts: Any, said: str) -> None:
    with pytest.raises(UserError, match=said) as caught:
        made(tmp_path, content, **facts)
    assert str(caught.value).isprintable()
    assert not (tmp_path / "duckdb").exists()


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"columns": {"user": 0, "item": 1}, "header": False}, "columns.user: value error, the first column is 1"),
        (
            {"columns": {"user": "who", "item": 2}, "header": False},
            "'who', and `header: false` says .*give the position",
        ),
        ({"columns": {"user": 1}}, "columns.user is the position 1, and the first line names .*set `header: false`"),
        ({"columns": {"user": 1}, "header": False}, "columns.item is left out; with `header: false` give its position"),
        ({"columns": {"user": 1, "item": 1}, "header": False}, "the column 1 is named twice"),
        ({"user_attributes": {"age": 3}}, "user_attributes.age is the position 3"),
        ({"items": MOVIES | {"path": "x", "attributes": ["genres"]}}, "attributes.genres is the name 'genres'"),
        ({"delimiter": "\\t"}, "write a tab in double quotes"),
        ({"delimiter": ""}, "delimiter has 0 bytes; give one of 1 to 4"),
        ({"delimiter": ":::::"}, "delimiter has 5 bytes"),
        ({"delimiter": '"'}, "it may hold no end of a line and no quote"),
        ({"quote": "''"}, "give one character of ASCII"),
        ({"quote": "", "multiline": True}, "multiline needs a quote"),
        ({"encoding": "latin-99"}, "encoding 'latin-99' is unknown; give one that Python knows"),
        ({"encoding": "base64"}, "encoding 'base64' is unknown"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(facts: Any, said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        entry(Path("log.csv"), **facts)
    assert re.search(said, explain(caught.value))


@pytest.mark.parametrize("suffix", ["parquet", "jsonl.gz"])
def test_settings_of_text_have_no_meaning_elsewhere(tmp_path: Path, suffix: str) -> None:
    things = pd.DataFrame({"id": ["i0"], "title": ["A hat"]})
    path = tmp_path / f"items.{suffix}"
    things.to_parquet(path) if suffix == "parquet" else things.to_json(path, orient="records", lines=True)
    text = "user,item\nu,i0\n"
    assert frame(made(tmp_path, text, items={"path": str(path)}), "items")["title"].tolist() == ["A hat"]
    with pytest.raises(UserError, match=rf"items.{suffix.removesuffix('.gz')} is (Parquet|JSON); leave out encoding"):
        made(tmp_path, text, items={"path": str(path), "encoding": "utf-8"})
