"""Search by words on a bundle that learned from the small data set: what comes, goes, is refused and is understood."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from components.finding.judgements import documents_of, items_of, queries_of
from components.finding.ranker import fold_of
from components.finding.signals import SIGNALS, signals
from components.keywords.suggestions import Suggestions, safe
from components.lifecycle.plan import merged
from components.message import PICTURE, Message, answer_one, picture_part
from components.ranking.clicks import ClickRates
from components.reading.reader import terms_of
from components.roles import Document
from components.settings import system_settings
from components.system import load_system
from components.systems.search_relevance.predictor import SearchPredictor, open_bundle, open_empty
from components.systems.search_relevance.types import Request, Response
from data.dataset import Dataset
from data.errors import UserError
from data.tables.queries import TABLE as QUERIES
from tests.pictures import small_dataset

NAME = "search-relevance"


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return small_dataset(tmp_path_factory.mktemp("data"), 8, 4)


@pytest.fixture(scope="module")
def bundle(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    system, settings = load_system(NAME), system_settings(NAME)
    folder = tmp_path_factory.mktemp("made")
    config = system.Config.model_validate(merged(settings.config, settings.small))
    limited = dataset.limited(system.reads(dataset.rows))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CORKBOARD_HOME", str(tmp_path_factory.mktemp("home")))
        system.fit(limited, config, folder / "work", folder, lambda *_: None)
    return folder


@pytest.fixture
def finder(bundle: Path) -> SearchPredictor:
    """With two documents of its own, of which one has words alone, and one nothing but a title in another script."""
    finder = open_empty(bundle)
    finder.put(
        [
            Document("plain", "green umbrella", "keeps the rain off", "umbrella", {"colour": "green"}),
            Document("script", "紅色連衣裙"),
            Document("bare", ""),
        ]
    )
    return finder


def ids(answer: Response) -> list[str]:
    return [item.item_id for item in answer.items]


def test_documents_are_found_replaced_and_gone_at_once(finder: SearchPredictor):
    assert ids(finder.answer(Request(text="umbrellas")))[0] == "plain"
    finder.put([Document("plain", "yellow parasol")])
    assert ids(finder.answer(Request(text="parasol")))[0] == "plain"
    assert ids(finder.answer(Request(text="umbrella"))).count("plain") <= 1
    finder.drop(["plain", "nobody"])
    assert "plain" not in ids(finder.answer(Request(text="parasol script")))


def test_nothing_is_lost_when_the_rows_of_the_gone_are_given_up(finder: SearchPredictor):
    compacted = finder.shelf.compacted()
    finder.shelf = compacted
    assert ids(finder.answer(Request(text="umbrella")))[0] == "plain"
    assert len(compacted.entries) == len(compacted) == 3


def test_a_script_without_spaces_is_found_by_a_part(finder: SearchPredictor):
    assert ids(finder.answer(Request(text="連衣裙")))[0] == "script"


def test_what_people_clicked_is_a_signal_for_their_words_alone(finder: SearchPredictor):
    finder.clicks = ClickRates.of(
        ["umbrella"] * 40, ["bare", "script", "script", "bare"] * 10, np.tile([1, 2], 20), np.tile([1, 0, 0, 1], 10)
    )
    rows = np.array([finder.shelf.row_of[item_id] for item_id in ("bare", "script", "plain")])
    told, other = (
        signals(finder.shelf, finder.read_query(text), rows)[:, SIGNALS.index("clicked")]
        for text in ("Umbrella", "green umbrella")
    )
    assert told[0] > told[2] > told[1]
    assert len(set(other.tolist())) == 1


def test_pages_are_parts_of_one_order(bundle: Path):
    finder = open_bundle(bundle)
    whole = ids(finder.answer(Request(text="red bar", k=20)))
    pages = [ids(finder.answer(Request(text="red bar", k=5, offset=offset))) for offset in (0, 5, 10, 15)]
    assert [item for page in pages for item in page] == whole
    assert len(set(whole)) == 20


def test_filters_leave_nothing_else(bundle: Path):
    finder = open_bundle(bundle)
    answer = finder.answer(Request(text="red", k=20, filters={"category": ["disc"], "colour": "red"}))
    assert answer.items
    assert all(item.item_id.startswith("disc") for item in answer.items)


def test_a_misspelt_word_is_searched_as_it_is_meant_and_said(bundle: Path):
    answer = open_bundle(bundle).answer(Request(text="red frmae"))
    assert answer.corrected == "red frame"
    assert ids(answer)[0].startswith("frame")


def test_what_is_understood_names_its_words(bundle: Path):
    named = answer_one(open_bundle(bundle).answers, Message(Request(text="a blue disc"))).fields.understood
    assert [(one.name, one.value, one.words) for one in named if one.name == "category"] == [
        ("category", "disc", "disc")
    ]


def test_where_nothing_answers_ideas_are_given(bundle: Path):
    answer = open_bundle(bundle).answer(Request(text="👗👗"))
    assert not answer.items
    assert answer.ideas


@pytest.mark.parametrize(
    "text",
    [
        "'; DROP TABLE items; --",
        'a AND (b OR "c',
        "title:* ^~[]",
        "\u202e\u0645\u0631\u062d\u0628",
        "\ud800x",
        "0" * 900,
    ],
)
def test_strange_texts_are_texts(finder: SearchPredictor, text: str):
    assert isinstance(finder.answer(Request.model_construct(**Request().model_dump() | {"text": text})), Response)


def test_what_cannot_be_asked_is_refused(finder: SearchPredictor, dataset: Dataset):
    with pytest.raises(UserError, match="give a text, a picture, or both"):
        finder.answer(Request(text="  "))
    with pytest.raises(UserError, match="there is no item 'gone'"):
        finder.answer(Request(text="red", among=("gone",)))
    with pytest.raises(ValidationError, match="at most 1000"):
        Request(text="x" * 10_000)
    with pytest.raises(ValidationError, match="leave out filters and offset"):
        Request(text="red", among=("plain",), offset=1)
    with pytest.raises(UserError, match="picture"):
        finder.answer(Request(), b"no picture")


def test_a_picture_finds_items_that_have_one(bundle: Path, dataset: Dataset):
    finder = open_bundle(bundle)
    picture = picture_part(dataset.file("images/disc-train-000.jpg").read_bytes())
    answer = answer_one(finder.answers, Message(Request(k=3), {PICTURE: picture})).fields
    assert "disc-train-000" in ids(answer)


def test_a_bundle_scores_a_document_as_if_it_was_put(bundle: Path, dataset: Dataset):
    stored = open_bundle(bundle)
    fresh = SearchPredictor(stored.networks, stored.reader, stored.ranker, stored.suggestions, stored.clicks, None)
    for documents in documents_of(dataset, items_of(dataset), True):
        fresh.put(documents)
    words = Request(text="blue frame", k=5)
    assert ids(fresh.answer(words)) == ids(stored.answer(words))


def test_what_trees_cannot_tell_apart_is_in_the_order_of_its_words(finder: SearchPredictor):
    finder.put([Document(f"plate {number}", "a plate") for number in range(8)])
    finder.put([Document("vase", "a vase", "made in Jingdezhen")])
    assert ids(finder.answer(Request(text="jingdezhen", k=5)))[0] == "vase"


def test_words_that_start_from_an_item_are_not_learned(tmp_path: Path):
    data = small_dataset(tmp_path, 4, 2)
    assert queries_of(data)
    queries = pq.read_table(data.path / QUERIES.file).to_pylist()
    queries[0]["reference"] = "frame-train-000"
    pq.write_table(pa.Table.from_pylist(queries, QUERIES.schema), data.path / QUERIES.file)
    with pytest.raises(UserError, match="start from an item"):
        queries_of(data)


def test_a_word_that_is_none_has_no_parts():
    assert "#dres" not in terms_of("dress" * 20)
    assert "#dres" in terms_of("dresses")


def test_spellings_of_case_share_a_fold():
    assert fold_of("Red  Dress", 5) == fold_of("red dress", 5)
    assert len({fold_of(f"query {number}", 5) for number in range(50)}) == 5


def test_all_queries_are_not_measured_where_trees_saw_them(bundle: Path, dataset: Dataset, tmp_path: Path):
    system = load_system(NAME)
    config = system.Config.model_validate({"evaluation": {"queries": "all"}})
    with pytest.raises(UserError, match="learned from what would be measured"):
        system.evaluate(bundle, dataset.limited(system.reads(dataset.rows)), config, tmp_path, lambda *_: None)


def test_a_bundle_of_other_data_is_measured_over_the_items_of_these(bundle: Path, tmp_path: Path):
    system = load_system(NAME)
    other = small_dataset(tmp_path / "other", 9, 4)
    config = system.Config.model_validate({"evaluation": {"queries": "all"}})
    measured = system.evaluate(bundle, other.limited(system.reads(other.rows)), config, tmp_path, lambda *_: None)
    found = measured.examples["judged_ndcg_at_10"]
    assert len(found) > 0
    assert found.gt(0).all()


def test_suggestions_begin_as_typed_and_are_safe():
    known = Suggestions({"red dress": 3, "dress shoes": 5, "dressing gown": 1, "nude dress": 9, "mail me@x.org": 2})
    assert known.beginning("dress", 3) == ["dress shoes", "dressing gown", "red dress"]
    assert known.beginning("", 2) == ["dress shoes", "red dress"]
    assert known.like("dresses in red", 1) == ["red dress"]
    assert not safe("0" * 20)
