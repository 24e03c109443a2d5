"""The world's queries: their grades are true, their wordings many, and equal seeds give equal queries."""

from collections import Counter
from pathlib import Path

import pytest

from data.dataset import open_dataset
from data.params import WorldBehaviour, WorldParams
from data.prepare import prepare
from data.sources.world.judged import judged
from data.tables.queries import normal
from data.world.behaviour.stock import Goods
from data.world.catalogue import CATEGORIES
from data.world.palettes import PALETTES
from data.world.patterns import PATTERNS
from data.world.queries import ask, grade
from data.world.undrawn import describe
from data.world.words import LANGUAGES, TRAITS
from tests.folders import quiet

SEED, QUERIES = 3, 300


@pytest.fixture(scope="module")
def goods() -> list[Goods]:
    return [Goods(row.item_id, row.category, row.attributes) for row in describe(SEED, 600)]


def test_a_grade_falls_with_what_is_missing() -> None:
    dress = Goods("one", "dress", {"colour": "navy", "pattern": "dots", "length": "maxi"})
    wanted = {"category": "dress", "colour": "navy", "pattern": "dots"}
    assert grade(wanted, dress) == 3
    assert grade(wanted | {"pattern": "floral"}, dress) == 2
    assert grade(wanted | {"pattern": "floral", "colour": "red"}, dress) == 1
    assert grade({"category": "dress", "colour": "red"}, dress) == 1
    assert grade(wanted | {"category": "skirt"}, dress) == 0
    assert grade({"category": "dress"}, dress) == 3


def test_every_query_has_an_exact_answer_and_its_own_text(goods: list[Goods]) -> None:
    asked = ask(SEED, goods, QUERIES)
    assert len(asked) == QUERIES
    assert len({normal(one.text) for one in asked}) == QUERIES
    assert all(any(grade(one.wanted, other) == 3 for other in goods) for one in asked)


def test_queries_vary_in_language_spelling_and_length(goods: list[Goods]) -> None:
    asked = ask(SEED, goods, QUERIES)
    locales = Counter(one.locale for one in asked)
    assert 0.1 < locales["de"] / QUERIES < 0.4
    assert 0.05 < sum(one.misspelt for one in asked) / QUERIES < 0.25
    assert {len(one.wanted) for one in asked} == {1, 2, 3, 4}
    assert all(one.text == " ".join(one.text.split()) for one in asked)


def test_a_misspelt_query_differs_from_every_right_wording(goods: list[Goods]) -> None:
    words = {
        word.casefold()
        for language in LANGUAGES
        for group in (language.things, language.colours, language.patterns)
        for several in group.values()
        for phrase in several
        for word in phrase.split()
    }
    wrong = [one for one in ask(SEED, goods, QUERIES) if one.misspelt]
    assert all(set(one.text.casefold().split()) - words for one in wrong)


def test_equal_seeds_ask_the_same_and_others_do_not(goods: list[Goods]) -> None:
    assert ask(SEED, goods, 50) == ask(SEED, goods, 50)
    assert ask(SEED, goods, 50) != ask(SEED + 1, goods, 50)


def test_a_small_world_gives_as_many_queries_as_it_has(goods: list[Goods]) -> None:
    assert 0 < len(ask(SEED, goods[:1], 5000)) < 5000


def test_every_language_has_words_for_the_whole_world() -> None:
    for language in LANGUAGES:
        assert set(language.things) == set(CATEGORIES)
        assert set(language.colours) == set(PALETTES)
        assert set(language.patterns) == set(PATTERNS)
    assert set(TRAITS) <= set(CATEGORIES)


def test_rows_hold_every_grade_above_zero(goods: list[Goods]) -> None:
    rows = judged(SEED, goods, 40)
    queries, qrels = rows["queries"], rows["qrels"]
    assert set(queries["split"]) == {"train", "validation", "test"}
    first = queries.iloc[0]
    wanted = {name: value for name, value in first["attributes"] if name != "misspelt"}
    graded = dict(qrels.loc[qrels["query_id"] == first["query_id"], ["item_id", "grade"]].to_numpy().tolist())
    assert graded == {one.item_id: grade(wanted, one) for one in goods if grade(wanted, one)}


def test_a_world_without_pictures_has_queries_too(tmp_path: Path) -> None:
    people = WorldBehaviour(users=20, days=6)
    params = WorldParams(source="world", seed=SEED, objects=62, scenes=0, pictures=False, behaviour=people, queries=15)
    dataset = open_dataset("unseen", prepare("unseen", params, quiet, tmp_path / "out"), "1")
    assert set(dataset.tables) == {"items", "users", "events", "queries", "qrels"}
    assert dataset.rows["queries"] == 15
    known = dataset.table("items").column("item_id").to_pylist()
    assert set(dataset.table("qrels").column("item_id").to_pylist()) <= set(known)
