"""The item-transition graph against counts worked by hand."""

import numpy as np
import pytest

from components.transitions import TransitionConfig, TransitionGraph
from data.errors import UserError
from data.files import sha256_file

HISTORIES = ([0, 1, 2], [1, 2, 1], [3])


def _graph(**settings: float) -> TransitionGraph:
    item_E = np.array([item for history in HISTORIES for item in history], np.int32)
    offset_U1 = np.cumsum([0, *(len(history) for history in HISTORIES)])
    return TransitionGraph.count(item_E, offset_U1, 5, TransitionConfig.model_validate(settings))


def test_a_pair_counts_one_over_its_gap() -> None:
    graph = _graph(popularity_power=0)
    assert graph.scores(np.array([0])).tolist() == [0, 1, 0.5, 0, 0]
    assert graph.scores(np.array([1])).tolist() == [0, 0.5, 2, 0, 0]
    assert graph.scores(np.array([3])).tolist() == [0] * 5


def test_transitions_stay_within_a_user_and_the_window() -> None:
    graph = _graph(popularity_power=0, window=1)
    assert graph.scores(np.array([0])).tolist() == [0, 1, 0, 0, 0]
    assert graph.scores(np.array([2])).tolist() == [0, 1, 0, 0, 0]  # not on to the next user's first item


def test_both_ends_popularity_divides() -> None:
    """Item 0 occurs once, item 1 three times, item 2 twice."""
    graph = _graph(popularity_power=0.5)
    assert graph.scores(np.array([0])) == pytest.approx([0, 3**-0.5, 0.5 * 2**-0.5, 0, 0])


def test_older_items_of_a_history_weigh_less_and_the_oldest_nothing() -> None:
    graph = _graph(popularity_power=0, last=2, decay=0.5)
    newest, before = graph.scores(np.array([1])), graph.scores(np.array([0]))
    assert graph.scores(np.array([0, 1])) == pytest.approx(newest + before / 2)
    assert graph.scores(np.array([2, 2, 0, 1])) == pytest.approx(newest + before / 2)
    assert not graph.scores(np.empty(0, np.int64)).any()


def test_parts_of_a_history_score_as_each_alone() -> None:
    graph = _graph(popularity_power=0.5, last=2, decay=0.5)
    history_L, row_K = np.array([2, 0, 3, 1, 0]), np.array([4, 1, 0, 2, 2])
    keep_XL = np.array([[1, 1, 1, 1, 1], [1, 0, 1, 1, 0], [0, 0, 1, 0, 0], [1, 1, 0, 0, 0], [0, 0, 0, 0, 0]], bool)
    score_XK = graph.scores_of_parts(history_L, keep_XL, row_K)
    for score_K, keep_L in zip(score_XK, keep_XL, strict=True):
        assert score_K == pytest.approx(graph.scores(history_L[keep_L])[row_K])
    assert score_XK[[0, 1, 3]].any(axis=1).all()
    nothing = TransitionGraph.count(np.array([3], np.int32), np.array([0, 1]), 5, TransitionConfig())
    assert not nothing.scores_of_parts(history_L, keep_XL, row_K).any()


def test_only_the_heaviest_neighbours_are_kept() -> None:
    assert _graph(popularity_power=0, neighbours=1).scores(np.array([0])).tolist() == [0, 1, 0, 0, 0]


def test_it_is_stored_and_opened_alike(tmp_path) -> None:
    graph = _graph(last=3, decay=0.9)
    for name in ("one.npz", "other.npz"):
        graph.save(tmp_path / name)
    assert sha256_file(tmp_path / "one.npz") == sha256_file(tmp_path / "other.npz")
    opened = TransitionGraph.load(tmp_path / "one.npz")
    assert (opened.last, opened.decay, opened.items) == (3, 0.9, 5)
    assert opened.scores(np.array([0, 1])).tolist() == graph.scores(np.array([0, 1])).tolist()


def test_a_damaged_file_is_said(tmp_path) -> None:
    _graph().save(tmp_path / "graph.npz")
    (tmp_path / "graph.npz").write_bytes((tmp_path / "graph.npz").read_bytes()[:-50])
    with pytest.raises(UserError, match=r"graph\.npz holds no transition graph"):
        TransitionGraph.load(tmp_path / "graph.npz")
