"""The predictor of visual-search answers as asked, refuses by name, and opens without the trainers' libraries."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import ValidationError

from components.errors import NotFound
from components.golden import changes, differences, load_goldens
from components.message import PICTURE
from components.system import load_system
from components.systems.visual_search.predictor import VisualSearchPredictor
from components.systems.visual_search.types import Request
from data.errors import UserError
from data.images import BrokenPicture, PictureError, UnsupportedPicture


@pytest.fixture(scope="module")
def predictor(tiny_bundle: Path) -> VisualSearchPredictor:
    return VisualSearchPredictor.open(tiny_bundle)


@pytest.fixture(scope="module")
def pictures(tiny_bundle: Path) -> dict[str, bytes]:
    return {golden.name: golden.parts[PICTURE].content for golden in load_goldens(tiny_bundle) if golden.parts}


def test_finds_what_looks_alike(predictor: VisualSearchPredictor, pictures: dict[str, bytes]) -> None:
    answer = predictor.answer(Request(k=5), pictures["picture"])  # seed 100: green
    assert [hit.category for hit in answer.hits] == ["green"] * 5
    scores = [hit.score for hit in answer.hits]
    assert scores == sorted(scores, reverse=True)
    assert answer.categories[0].category == "green"
    assert sum(entry.probability for entry in answer.categories) == pytest.approx(1)
    assert answer.hits[0].title is not None
    assert answer.hits[0].title.startswith("green")
    assert set(answer.hits[0].attributes) == {"pattern"}


def test_item_is_searched_by_its_vector_and_left_out(predictor: VisualSearchPredictor) -> None:
    answer = predictor.answer(Request(item_id="item-7", k=100))
    assert len(answer.hits) == 59
    assert "item-7" not in {hit.item_id for hit in answer.hits}
    assert answer.categories == ()
    red = predictor.answer(Request(item_id="item-7", k=100, filters={"category": "red", "pattern": ["plain"]}))
    assert len(red.hits) == 10
    assert {(hit.category, hit.attributes["pattern"]) for hit in red.hits} == {("red", "plain")}


@pytest.mark.parametrize(
    ("fields", "picture", "error", "message"),
    [
        ({}, None, UserError, "give either a picture or an item_id"),
        ({"item_id": "item-1"}, "picture", UserError, "not both"),
        ({"item_id": "nobody"}, None, NotFound, "no item 'nobody'"),
        ({"item_id": "item-1", "box": (0, 0, 20, 20)}, None, UserError, "a box needs a picture"),
        ({"box": (0, 0, 500, 20)}, "picture", PictureError, "not inside the picture of 160 x 120 px"),
        ({"filters": {"shape": "round"}}, "picture", UserError, "unknown filter 'shape'; known: category, pattern"),
        ({"filters": {"pattern": "dotted"}}, "picture", UserError, "known: plain, striped"),
    ],
)
def test_requests_that_cannot_be_met(
    predictor: VisualSearchPredictor,
    pictures: dict[str, bytes],
    fields: dict,
    picture: str | None,
    error: type[Exception],
    message: str,
) -> None:
    with pytest.raises(error, match=message):
        predictor.answer(Request(**fields), pictures[picture] if picture else None)


def test_unusable_pictures(predictor: VisualSearchPredictor, pictures: dict[str, bytes]) -> None:
    with pytest.raises(BrokenPicture):
        predictor.answer(Request(), b"")
    with pytest.raises(BrokenPicture):
        predictor.answer(Request(), pictures["picture"][:-500])
    with pytest.raises(UnsupportedPicture):
        predictor.answer(Request(), b"GIF89a" + b"\0" * 30)


@pytest.mark.parametrize(
    "fields",
    [
        {"k": 0},
        {"k": 101},
        {"k": -1},
        {"unknown": 1},
        {"box": [0, 0, 10]},
        {"box": [0, 0, float("inf"), 10]},
        {"filters": {"category": []}},
        {"item_id": ""},
    ],
)
def test_malformed_requests(fields: dict) -> None:
    with pytest.raises(ValidationError):
        Request.model_validate(fields)


def test_answers_alike_from_many_threads(predictor: VisualSearchPredictor, pictures: dict[str, bytes]) -> None:
    expected = predictor.answer(Request(), pictures["picture"])
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: predictor.answer(Request(), pictures["picture"]), range(40)))
    assert all(answer == expected for answer in answers)


def test_goldens_are_met(predictor: VisualSearchPredictor, tiny_bundle: Path) -> None:
    for golden in load_goldens(tiny_bundle):
        assert changes(load_system("visual-search"), predictor, golden) == []


def test_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"network\.json is missing"):
        VisualSearchPredictor.open(tmp_path)


BLOCKED = ("torch", "lightning", "timm", "mlflow", "prefect", "great_expectations", "pandas", "pyarrow")
OPEN_WITHOUT = f"""
import sys
from importlib.abc import MetaPathFinder

class Blocker(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {BLOCKED!r}:
            raise ImportError(f"{{name}} must not be imported here")

sys.meta_path.insert(0, Blocker())
from pathlib import Path
from components.system import load_system
import serving.service

system = load_system("visual-search")
predictor = system.open_bundle(Path(sys.argv[1]))
print(predictor.answer(system.Request(item_id="item-1", k=3)).model_dump_json())
"""


def test_opens_where_trainers_cannot_be_imported(tiny_bundle: Path, predictor: VisualSearchPredictor) -> None:
    command = [sys.executable, "-c", OPEN_WITHOUT, str(tiny_bundle)]
    found = subprocess.run(command, check=True, cwd=Path(__file__).parents[3], capture_output=True, text=True)
    answer = predictor.answer(Request(item_id="item-1", k=3)).model_dump(mode="json")
    assert len(answer["hits"]) == 3
    assert differences(answer, json.loads(found.stdout.splitlines()[-1])) == []
