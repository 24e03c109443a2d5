"""What boards answer, on three kinds of items that are kept apart: what belongs, why, and odd requests."""

from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array

from components.message import Message
from components.systems.board_graph.config import FactorsConfig, PathsConfig
from components.systems.board_graph.graph import Graph, Names
from components.systems.board_graph.linear import ease, fit_factors, paths
from components.systems.board_graph.measure import size_of
from components.systems.board_graph.predictor import BoardPredictor, open_bundle, save
from components.systems.board_graph.role import Keeping
from components.systems.board_graph.scorer import Blend, Scorer
from components.systems.board_graph.types import Request
from components.walks.settings import WalksConfig
from components.walks.walks import Walks
from data.errors import UserError

KINDS, EACH = 3, 8
ITEMS = KINDS * EACH + 1  # the last is on no board


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    generator = np.random.default_rng(0)
    rows = np.zeros((30, ITEMS), np.float32)
    for board in range(30):
        rows[board, board % KINDS * EACH + generator.choice(EACH, 5, replace=False)] = 1
    matrix = csr_array(rows)
    names, boards = Names([f"item-{n:02d}" for n in range(ITEMS)]), Names([f"board-{n:02d}" for n in range(30)])
    graph = Graph.of(matrix, boards, names, [""] * 30, [""] * 30)
    settings = FactorsConfig(factors=4, iterations=3, penalty=1.0)
    scorer = Scorer.of(
        paths(matrix, PathsConfig(board=1, start=0.5, end=0.5), 50),
        fit_factors(matrix, settings, 0),
        settings,
        Walks(graph.boards_of, graph.items_of, WalksConfig(visits=1000)),
        None,
        Blend({"neighbours": 0.4, "factors": 0.3, "walks": 0.3, "content": 0.0}),
    )
    folder = tmp_path_factory.mktemp("bundle")
    save(folder, graph, scorer)
    return folder


@pytest.fixture(scope="module")
def predictor(bundle: Path) -> BoardPredictor:
    return open_bundle(bundle)


def test_what_belongs_is_of_the_boards_kind_and_says_why(predictor: BoardPredictor) -> None:
    answer = predictor.answer(Request(items=("item-00", "item-01"), k=6, boards=5))
    assert {item.item_id for item in answer.items} == {f"item-{n:02d}" for n in range(2, 8)}
    for item in answer.items:
        assert item.because is not None
        row, other = (predictor.graph.items.row_of[name] for name in (item.item_id, item.because.item_id))
        both = np.intersect1d(predictor.graph.boards_of[row], predictor.graph.boards_of[other])
        assert item.because.boards == len(both) > 0
    assert all(int(board.board_id[-2:]) % KINDS == 0 for board in answer.boards)
    assert answer.boards[0].shared == 2


def test_odd_requests_are_answered(predictor: BoardPredictor) -> None:
    twice = predictor.answer(Request(items=("item-00", "item-00", "nobody's"), k=3))
    assert (twice.unknown, twice.items) == (1, predictor.answer(Request(items=("item-00",), k=3)).items)
    assert predictor.answer(Request(items=("nobody's",), boards=3)).items == ()
    isolated = predictor.answer(Request(items=(f"item-{ITEMS - 1:02d}",), k=3))
    assert all(item.because is None for item in isolated.items)
    large = predictor.answer(Request(items=tuple(f"item-{n % ITEMS:02d}" for n in range(100_000))))
    assert large.items == ()
    without = predictor.answer(Request(items=("item-00",), k=3, without=("item-01",)))
    assert "item-01" not in {item.item_id for item in without.items}
    (refused,) = predictor.answers([Message(Request(board_id="none"))])
    assert isinstance(refused, UserError)


def test_boards_of_today_are_walked_until_they_are_erased(predictor: BoardPredictor) -> None:
    keeping = Keeping(predictor)
    lonely = f"item-{ITEMS - 1:02d}"

    def near() -> set[str]:
        (answer,) = keeping.answers([Message(Request(items=(lonely,), k=3))])
        assert isinstance(answer, Message)
        return {item.item_id for item in answer.fields.items if item.score > 0}

    assert near() == set()
    keeping.hold({"ann/calm": ["item-09", lonely, "item-09"], "board-00": ["item-00"]})
    assert near() >= {"item-09"}
    keeping.hold({"ben/calm": [lonely, "new"]})
    assert near() >= {"item-09", "new"}
    keeping.hold({"ann/calm": [], "ben/calm": ["new"]})
    assert near() == set()


def test_boards_of_a_few_known_items_are_a_slice_of_their_own() -> None:
    sizes = size_of(np.array([1, 5, 6, 9, 10, 29, 30])).tolist()
    assert sizes == ["cold", "cold", "small", "small", "middle", "middle", "large"]


@pytest.mark.parametrize("name", ["boards_of.start.npy", "items_of.index.npy", "factors.npy", "settings.json"])
def test_a_damaged_bundle_is_named(name: str, bundle: Path, tmp_path: Path) -> None:
    for path in bundle.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes() if path.name != name else path.read_bytes()[:40])
    with pytest.raises(UserError, match="damaged"):
        open_bundle(tmp_path)


def test_the_closed_form_of_ease() -> None:
    rows = np.random.default_rng(1).integers(0, 2, (30, 6)).astype(np.float32)
    inverse = np.linalg.inv(rows.T @ rows + 2.0 * np.eye(6))
    expected = -inverse / np.diag(inverse)
    np.fill_diagonal(expected, 0)
    assert ease(csr_array(rows), 2.0) == pytest.approx(expected, abs=1e-4)


def test_paths_are_weighed_by_degrees() -> None:
    rows = np.array([[1, 1, 0], [1, 1, 1]], np.float32)
    near = paths(csr_array(rows), PathsConfig(board=1, start=1, end=0.5), 9).toarray()
    assert near[0, 1] == pytest.approx((1 / 2) * (1 / 2 + 1 / 3) * 2**-0.5)
    assert near[2].tolist() == pytest.approx([1 / 3 * 2**-0.5, 1 / 3 * 2**-0.5, 0])
