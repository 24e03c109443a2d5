"""Personal data by its form and checksum; all of it is made up, or from the documents of those who gave the form."""

import pyarrow as pa
import pytest

from data.checks.personal import without_personal
from data.personal import KINDS, find, redacted
from data.tables.queries import TABLE as QUERIES

THERE = {
    "secret_url": ["https://ann:pass@example.org/x", "see https://example.org/a?id=1&token=abc123"],
    "email": ["write to ann.o'neil+shop@mail.example.co.uk today"],
    "iban": ["GB82 WEST 1234 5698 7654 32", "DE89370400440532013000"],
    "ip": ["from 203.0.113.7", "2001:db8::8a2e:370:7334 asks"],
    "card": ["4111 1111 1111 1111", "card 5500-0000-0000-0004."],
    "ssn": ["SSN 219-09-9999"],
    "telephone": ["call +31 20 555 0123", "(020) 7946 0123", "555-0123", "0612345678", "212-555-0123 x12"],
}
ABSENT = (
    "size 42, 100 x 200 cm, 30.5 x 20",
    "in 2024-11-29, on 29/11/2024 at 12:30",
    "version 1.2.3.4567, 999.1.1.1",
    "ann@home",
    "https://example.org/a?id=1",
    "",
)
WRONG = {"card": "4111 1111 1111 1112", "iban": "GB83 WEST 1234 5698 7654 32", "ssn": "000-12-3456"}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_found_where_it_is(kind: str) -> None:
    for text in THERE[kind]:
        assert [one.kind for one in find(text)] == [kind], text


@pytest.mark.parametrize("text", ABSENT)
def test_what_only_looks_like_it_is_not_found(text: str) -> None:
    assert find(text) == []


@pytest.mark.parametrize("kind", WRONG)
def test_what_fails_its_checksum_is_not_of_that_kind(kind: str) -> None:
    assert kind not in {one.kind for one in find(WRONG[kind])}


def test_finds_are_replaced_by_what_they_are() -> None:
    assert redacted("ann@example.org, or +31 20 555 0123!") == "[email], or [telephone]!"
    query = {"query_id": "1", "text": "shoes ann@example.org", "locale": "en", "split": "train", "reference": None}
    rows = pa.Table.from_pylist([query | {"attributes": []}], QUERIES.schema)
    assert without_personal(QUERIES, rows).column("text").to_pylist() == ["shoes [email]"]
