"""A changed answer is told from rounding and from ties."""

import copy
from pathlib import Path

import pytest

from components.golden import differences, load_goldens, save_goldens
from components.message import Part
from components.system import Golden
from data.errors import UserError

ANSWER = {
    "hits": [
        {"item_id": "a", "score": 0.9, "attributes": {"colour": "red"}},
        {"item_id": "b", "score": 0.8, "attributes": {}},
        {"item_id": "c", "score": 0.8, "attributes": {}},
        {"item_id": "d", "score": 0.2, "attributes": {}},
    ],
    "note": None,
}


def changed(position: int, **fields: object) -> dict:
    answer = copy.deepcopy(ANSWER)
    answer["hits"][position].update(fields)
    return answer


def test_rounding_and_ties_are_no_difference() -> None:
    assert differences(ANSWER, ANSWER) == []
    assert differences(ANSWER, changed(0, score=0.9004)) == []
    swapped = copy.deepcopy(ANSWER)
    swapped["hits"][1], swapped["hits"][2] = swapped["hits"][2], swapped["hits"][1]
    assert differences(ANSWER, swapped) == []


@pytest.mark.parametrize(
    ("got", "line"),
    [
        (changed(0, score=0.95), "answer.hits[0].score: 0.95 instead of 0.9"),
        (changed(0, score=float("nan")), "answer.hits[0].score: nan instead of 0.9"),
        (changed(0, item_id="z"), "answer.hits[0].item_id: 'z' instead of 'a'"),
        (changed(3, item_id="z"), "answer.hits[3].item_id: 'z' instead of 'd'"),
        (changed(1, item_id="c"), "answer.hits[1].item_id: 'c' instead of 'b'"),
        (changed(0, attributes={"colour": "blue"}), "answer.hits[0].attributes.colour: 'blue' instead of 'red'"),
        (changed(0, extra=1), "answer.hits[0].extra: not expected"),
        ({**ANSWER, "hits": ANSWER["hits"][:3]}, "answer.hits: 3 entries instead of 4"),
        ({"hits": ANSWER["hits"]}, "answer.note: missing"),
        ({**ANSWER, "note": "x"}, "answer.note: 'x' instead of None"),
    ],
)
def test_differences_are_named(got: dict, line: str) -> None:
    assert line in differences(ANSWER, got)


def test_saved_and_loaded(tmp_path: Path) -> None:
    parts = {"picture": Part(b"\x00bytes", "image/png"), "mask": Part(b"", "image/png")}
    goldens = [Golden("item", {"item_id": "a", "k": 3}, ANSWER), Golden("picture", {}, ANSWER, parts, parts)]
    save_goldens(tmp_path, goldens)
    assert load_goldens(tmp_path) == goldens


def test_no_goldens_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no golden requests"):
        load_goldens(tmp_path)
    save_goldens(tmp_path, [Golden("a", {}, {}, {"picture": Part(b"x", "image/png")})])
    (tmp_path / "golden" / "a.picture.part").unlink()
    with pytest.raises(UserError, match="damaged"):
        load_goldens(tmp_path)
