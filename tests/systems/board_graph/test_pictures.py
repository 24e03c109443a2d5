"""New items by their pictures alone, seen by a real network, beside items with words alone."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from scipy.sparse import csr_array

from components.arrays import save_array
from components.message import Message
from components.roles import Document, Searcher
from components.system import Input, load_system
from components.systems.board_graph import SEARCH
from components.systems.board_graph.choose import choose_shares, questions
from components.systems.board_graph.config import FactorsConfig, PathsConfig
from components.systems.board_graph.content import Content, centred, rarities, weighed
from components.systems.board_graph.features import Features
from components.systems.board_graph.graph import Graph, Names
from components.systems.board_graph.linear import fit_factors, fit_feature_factors, paths
from components.systems.board_graph.predictor import open_bundle, save
from components.systems.board_graph.role import Keeping, open_role
from components.systems.board_graph.scorer import Blend, Scorer
from components.systems.board_graph.types import Request
from components.walks.settings import WalksConfig
from components.walks.walks import Walks
from data.errors import UserError
from tests.grid import write_network

COLOURS = ((220, 40, 30), (30, 200, 60), (40, 60, 230))  # what goes together
EACH = 10
ITEMS = len(COLOURS) * EACH


def _picture(kind: int, seed: int) -> bytes:
    noise_SS3 = np.random.default_rng(seed).integers(-25, 26, (40, 40, 3))
    pixels_SS3 = np.clip(np.array(COLOURS[kind])[::-1] + noise_SS3, 0, 255).astype(np.uint8)
    return cv2.imencode(".png", pixels_SS3)[1].tobytes()


@pytest.fixture(scope="module")
def search(tmp_path_factory: pytest.TempPathFactory) -> Input:
    folder = tmp_path_factory.mktemp("search")
    write_network(folder, ["a", "b", "c"])
    return Input(SEARCH, 1, "hash of it", folder)


@pytest.fixture(scope="module")
def searcher(search: Input) -> Searcher:
    opened: Searcher = load_system(SEARCH).open_role(search.bundle)
    return opened


@pytest.fixture(scope="module")
def bundle(searcher: Searcher, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first half of each kind has words, the second a picture, and one in ten neither."""
    generator = np.random.default_rng(0)
    rows = np.zeros((60, ITEMS), np.float32)
    for board in range(60):
        rows[board, board % len(COLOURS) * EACH + generator.choice(EACH, 6, replace=False)] = 1
    matrix = csr_array(rows)
    names = Names([f"item-{row:02d}" for row in range(ITEMS)])
    graph = Graph.of(matrix, Names([f"board-{row:02d}" for row in range(60)]), names, [""] * 60, [""] * 60)
    settings = FactorsConfig(factors=4, iterations=5, penalty=1.0)
    factor_ND = fit_factors(matrix, settings, 0)
    words = [[f"kind-{row // EACH}", f"w{row % 3}"] if row % EACH < EACH // 2 else [] for row in range(ITEMS)]
    rarity_of = rarities(words)
    row_of, rarity_W = {word: row for row, word in enumerate(rarity_of)}, np.array(list(rarity_of.values()), np.float32)
    weight_NW = weighed(words, row_of, rarity_W)
    seen_NE = np.zeros((ITEMS, 48), np.float32)
    pictured = [row for row in range(ITEMS) if EACH // 2 <= row % EACH < EACH - 1]
    seen_NE[pictured] = searcher.vectors([_picture(row // EACH, row) for row in pictured])
    mean_E = seen_NE[pictured].mean(axis=0)
    by_words, by_looks = (
        Features(vector_NF, fit_feature_factors(vector_NF, factor_ND, 0.3))
        for vector_NF in (weight_NW, centred(seen_NE, mean_E))
    )
    scorer = Scorer.of(
        paths(matrix, PathsConfig(board=1, start=0.5, end=0.5), 50),
        factor_ND,
        settings,
        Walks(graph.boards_of, graph.items_of, WalksConfig(visits=500)),
        Content(row_of, rarity_W, by_words, by_looks, mean_E),
        Blend({"neighbours": 0.5, "factors": 0.5}, share=0.5, looks=0.3),
    )
    folder = tmp_path_factory.mktemp("bundle")
    save(folder, graph, scorer)
    return folder


@pytest.fixture
def keeping(bundle: Path, search: Input) -> Keeping:
    return open_role(bundle, 1, {SEARCH: search})


def _new(keeping: Keeping, kind: int, k: int) -> dict[str, float]:
    items = tuple(f"item-{kind * EACH + row:02d}" for row in (0, 1, EACH - 2))
    (answer,) = keeping.answers([Message(Request(items=items, k=k, among="new"))])
    assert isinstance(answer, Message)
    return {one.item_id: one.score for one in answer.fields.items}


@pytest.mark.parametrize("kind", range(len(COLOURS)))
def test_what_is_new_is_found_by_its_picture_or_its_words_alone(keeping: Keeping, kind: int) -> None:
    for other in range(len(COLOURS)):
        keeping.put(
            [Document(f"seen-{other}", "", picture=_picture(other, 99)), Document(f"said-{other}", f"kind-{other}")]
        )
    assert set(_new(keeping, kind, 2)) == {f"seen-{kind}", f"said-{kind}"}


def test_a_vector_that_the_service_has_counts_as_its_picture(keeping: Keeping, searcher: Searcher) -> None:
    picture = _picture(1, 99)
    (vector_D,) = searcher.vectors([picture])
    keeping.put([Document("picture", "", picture=picture), Document("vector", "", vector_D=vector_D)])
    found = _new(keeping, 1, 2)
    assert found["picture"] == pytest.approx(found["vector"])
    assert found["picture"] > 0


def test_a_picture_is_kept_until_another_comes(keeping: Keeping) -> None:
    assert (keeping.lacks("item-05"), keeping.lacks("item-00"), keeping.lacks("today")) == (False, True, True)
    keeping.put([Document("today", "", picture=_picture(0, 99)), Document("other", "", picture=_picture(2, 99))])
    keeping.put([Document("today", "")])
    assert not keeping.lacks("today")
    assert next(iter(_new(keeping, 0, 2))) == "today"
    keeping.put([Document("today", "", picture=b"no picture"), Document("other", "", picture=_picture(0, 98))])
    assert set(_new(keeping, 0, 2)) == {"today", "other"}
    assert min(_new(keeping, 0, 2).values()) > 0


def test_without_the_system_that_sees_pictures_words_answer(bundle: Path) -> None:
    keeping = open_role(bundle)
    assert keeping.looks_by == ""
    keeping.put([Document("seen", "", picture=_picture(0, 99)), Document("said", "kind-0")])
    found = _new(keeping, 0, 2)
    assert found["said"] > found["seen"] == 0


@pytest.mark.parametrize("telling", [True, False])
def test_pictures_count_beside_words_where_they_tell_more_of_hidden_items(bundle: Path, telling: bool) -> None:
    """Of new items whose words are those of all, or whose pictures are noise and whose words tell the kind."""
    generator, opened = np.random.default_rng(0), open_bundle(bundle).scorer
    content, new = opened.content, 24
    assert content is not None
    assert content.pictures is not None
    assert content.mean_E is not None
    kind_N = np.arange(new) % len(COLOURS)
    of_kind = np.stack([content.pictures.vector_NF[kind * EACH + EACH // 2] for kind in kind_N])
    vectors = of_kind + content.mean_E if telling else generator.normal(size=of_kind.shape)
    words = [["w0"] if telling else [f"kind-{kind}"] for kind in kind_N]
    hidden = replace(opened, content=content.with_items(range(ITEMS, ITEMS + new), words, list(vectors)))
    known, wanted = (np.zeros((60, ITEMS + new), np.float32) for _ in range(2))
    for board in range(60):
        known[board, board % len(COLOURS) * EACH + generator.choice(EACH - 1, 6, replace=False)] = 1
        wanted[board, ITEMS + np.flatnonzero(kind_N == board % len(COLOURS))] = 1
    blend, _ = choose_shares(hidden, questions(csr_array(known), csr_array(wanted), 60, 0), lambda *_: None)
    assert (blend.looks > 0) == telling


def test_damaged_neighbours_are_named(bundle: Path, tmp_path: Path) -> None:
    for path in bundle.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    index = np.load(bundle / "neighbour_index.npy")
    assert index.dtype == np.int32
    save_array(tmp_path, "neighbour_index", index + ITEMS)
    with pytest.raises(UserError, match="the neighbours are damaged"):
        open_bundle(tmp_path)


def test_vectors_of_other_dimensions_are_refused(bundle: Path, tmp_path: Path) -> None:
    for path in bundle.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    save_array(tmp_path, "picture_factors", np.zeros((12, 4), np.float32))
    with pytest.raises(UserError, match="vectors of pictures have different dimensions; make the bundle again"):
        open_bundle(tmp_path)


def test_a_network_that_is_missing_is_named(bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nowhere"):
        open_role(bundle, 1, {SEARCH: Input(SEARCH, 1, "", tmp_path / "nowhere")})
