"""Words of texts, the index of them, and spelling."""

import pytest

from components.keywords import KeywordIndex, Spelling, stem, words_of


def found(index: KeywordIndex, *words: str, facets=()) -> list[int]:
    return index.search(dict.fromkeys(words, 1.0), 10, facets)[0].tolist()


def test_words_have_neither_case_nor_accents_and_say_where_they_stand():
    text = "Robe d'ÉTÉ, T-Shirt"
    assert [word.text for word in words_of(text)] == ["robe", "d", "ete", "t", "shirt"]
    assert [text[word.start : word.stop] for word in words_of(text)] == ["Robe", "d", "ÉTÉ", "T", "Shirt"]


@pytest.mark.parametrize(
    ("text", "words"),
    [("紅色連衣裙", ["紅色", "色連", "連衣", "衣裙"]), ("裙", ["裙"]), ("iPhone殼", ["iphone", "殼"]), ("👗 !!", [])],
)
def test_scripts_without_spaces_are_read_by_pairs(text: str, words: list[str]):
    assert [word.text for word in words_of(text)] == words


def test_rows_come_go_and_are_filtered():
    index = KeywordIndex()
    index.put([(0, ["red", "dress"], ["colour=red"]), (1, ["blue", "dress", "dress"], ["colour=blue"])])
    assert found(index, "dress") == [1, 0]
    assert found(index, "dress", facets=[["colour=red", "colour=green"]]) == [0]
    index.put([(2, ["dress"], [])])
    index.drop([1])
    assert found(index, "dress") == [2, 0]
    assert found(index) == []


def test_what_looks_like_the_syntax_of_queries_is_a_word():
    index = KeywordIndex()
    index.put([(0, ["words:*", "AND"], ["a=b OR c=d"])])
    assert found(index, "words:*") == [0]
    assert found(index, "words:") == []
    assert found(index, "AND", facets=[["c=d"]]) == []


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("drses", "dress"),
        ("dres", "dress"),
        ("keybaord", "keyboard"),
        ("dress", None),
        ("rtx2060", None),
        ("zzzz", None),
    ],
)
def test_a_word_that_nobody_wrote_becomes_the_one_that_is_meant(typed: str, meant: str | None):
    assert Spelling({"dress": 5, "dresser": 1, "keyboard": 1, "press": 2}).corrected(typed) == meant


def test_a_word_whose_documents_are_gone_is_meant_no_more():
    spelling = Spelling({"dress": 2})
    spelling.add(["dress"], -2)
    assert spelling.corrected("drses") is None


def test_a_stem_is_that_of_snowball():
    assert [stem(word) for word in ("dresses", "running", "batteries")] == ["dress", "run", "batteri"]
