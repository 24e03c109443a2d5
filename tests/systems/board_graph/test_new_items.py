"""Items that were never on a board: content alone says what kNN says, and factors of words what boards teach."""

from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array

from components.message import Message
from components.roles import Document
from components.systems.board_graph.choose import choose_shares, questions
from components.systems.board_graph.config import FactorsConfig, PathsConfig
from components.systems.board_graph.content import Content, rarities, weighed
from components.systems.board_graph.features import Features
from components.systems.board_graph.floors import content_lists
from components.systems.board_graph.graph import Graph, Names
from components.systems.board_graph.linear import LONGEST, fit_factors, fit_feature_factors, paths
from components.systems.board_graph.predictor import BoardPredictor, open_bundle, save
from components.systems.board_graph.role import Keeping
from components.systems.board_graph.scorer import Blend, Scorer
from components.systems.board_graph.types import Request
from components.walks.settings import WalksConfig
from components.walks.walks import Walks

KINDS, EACH, NEW = 3, 12, 12
OLD = KINDS * EACH
WORDS = [[f"red-{n % EACH % 2}-{n // EACH}", f"w{n % 5}"] for n in range(OLD)]  # two words for what goes together
WORDS += [[f"red-{n % 2}-{n // NEW}", f"w{n % 5}"] for n in range(KINDS * NEW)]


def _scorer(share: float) -> tuple[Graph, Scorer]:
    generator = np.random.default_rng(0)
    rows = np.zeros((60, len(WORDS)), np.float32)
    for board in range(60):
        rows[board, board % KINDS * EACH + generator.choice(EACH, 6, replace=False)] = 1
    matrix = csr_array(rows)
    names = Names([f"item-{n:02d}" for n in range(len(WORDS))])
    graph = Graph.of(matrix, Names([f"board-{n:02d}" for n in range(60)]), names, [""] * 60, [""] * 60)
    settings = FactorsConfig(factors=4, iterations=5, penalty=1.0)
    factor_ND = fit_factors(matrix, settings, 0)
    rarity_of = rarities(WORDS)
    row_of, rarity_W = {word: row for row, word in enumerate(rarity_of)}, np.array(list(rarity_of.values()), np.float32)
    weight_NW = weighed(WORDS, row_of, rarity_W)
    words = Features(weight_NW, fit_feature_factors(weight_NW, factor_ND, 0.3))
    content = Content(row_of, rarity_W, words)
    walks = Walks(graph.boards_of, graph.items_of, WalksConfig(visits=500))
    near_NN = paths(matrix, PathsConfig(board=1, start=0.5, end=0.5), 50)
    weights = {"neighbours": 0.5, "factors": 0.5, "walks": 0.0, "content": 0.0}
    return graph, Scorer.of(near_NN, factor_ND, settings, walks, content, Blend(weights, share))


def _opened(share: float, folder: Path) -> BoardPredictor:
    save(folder, *_scorer(share))
    return open_bundle(folder)


def _new(predictor: BoardPredictor, items: tuple[str, ...], k: int) -> list[str]:
    return [one.item_id for one in predictor.answer(Request(items=items, k=k, among="new")).items]


def test_without_factors_new_items_are_those_of_content_knn(tmp_path: Path) -> None:
    predictor = _opened(0.0, tmp_path)
    known = [np.array([0, 4]), np.array([13, 15, 20]), np.array([30])]
    assert predictor.scorer.content is not None
    weight_NW = predictor.scorer.content.words.vector_NF.toarray()
    for board, rows in zip(known, content_lists(WORDS, known, np.arange(OLD, len(WORDS)), 3), strict=True):
        found = [int(name[-2:]) for name in _new(predictor, tuple(f"item-{row:02d}" for row in board), 3)]
        cosine_N = weight_NW @ weight_NW[board].sum(axis=0)  # several items have the same words
        assert cosine_N[found] == pytest.approx(cosine_N[rows])


def test_boards_teach_which_words_go_together(tmp_path: Path) -> None:
    board = ("item-00", "item-10")  # red-0-0 and w0, which no new item of its kind has but the first
    kind = {f"item-{OLD + n:02d}" for n in range(NEW)}
    assert set(_new(_opened(1.0, tmp_path), board, NEW)) == kind
    assert set(_new(_opened(0.0, tmp_path), board, NEW)) != kind


def test_hidden_items_choose_what_counts() -> None:
    _, scorer = _scorer(0.0)
    known, wanted = (np.zeros((KINDS, len(WORDS)), np.float32) for _ in range(2))
    for kind in range(KINDS):
        known[kind, [kind * EACH, kind * EACH + 2]] = 1
        wanted[kind, OLD + kind * NEW : OLD + (kind + 1) * NEW] = 1
    blend, figures = choose_shares(scorer, questions(csr_array(known), csr_array(wanted), 9, 0), lambda *_: None)
    none, *_, whole = (recall for name, recall in figures.items() if "share_" in name)
    assert blend.share > 0
    assert none < whole == 1


def test_what_is_new_today_is_found_by_its_words(tmp_path: Path) -> None:
    keeping = Keeping(_opened(0.5, tmp_path))
    keeping.put([Document("today", "red-0-0 w0"), Document("other", "none")])
    (answer,) = keeping.answers([Message(Request(items=("item-00",), k=3, among="new"))])
    assert isinstance(answer, Message)
    because = {one.item_id: one.because for one in answer.fields.items}  # two others have the same words
    assert because["today"] is not None
    assert because["today"].item_id == "item-00"


@pytest.mark.parametrize("items", [LONGEST, 3 * LONGEST])
def test_a_long_board_leads_to_a_bounded_number_of_paths(items: int) -> None:
    near_NN = paths(csr_array(np.ones((1, items), np.float32)), PathsConfig(board=1, start=0.5, end=0.5), items)
    assert near_NN.nnz == LONGEST * (LONGEST - 1)


def test_a_board_of_new_items_alone_is_answered_by_words(tmp_path: Path) -> None:
    keeping = Keeping(_opened(1.0, tmp_path))
    keeping.put([Document("today", "red-0-0 w0"), Document("twin", "red-0-0 w0"), Document("other", "none")])
    (answer,) = keeping.answers([Message(Request(items=("today",), k=3, among="new"))])
    assert isinstance(answer, Message)
    assert "twin" in {one.item_id for one in answer.fields.items}  # two others have the same words
