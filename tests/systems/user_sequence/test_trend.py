"""What everybody acts on just now, and who reads alike, counted by hand."""

import numpy as np
import pytest

from components.systems.user_sequence.config import EvaluationConfig
from components.systems.user_sequence.history import NO_TIME, Contexts, Crowd, History
from components.systems.user_sequence.lists import makers_of
from components.systems.user_sequence.neighbours import NEIGHBOURS, Neighbours
from components.systems.user_sequence.tables import Histories
from components.systems.user_sequence.trend import CrowdLog, Popularity, Stream, Trend
from data.errors import UserError
from data.times import DAY_S
from tests.histories import made

ACTIONS = ("hide", "view")


def _histories(*users: list[tuple[int, str, str, float]]) -> Histories:
    """Users as lists of (item, action, split, day)."""
    return made(users, ACTIONS)


def _history(*items: int) -> History:
    zeros = np.zeros(len(items), np.int64)
    return History(np.array(items, np.int64), zeros, zeros, zeros + NO_TIME)


def _log(*later: tuple[int, str, str, float]) -> Histories:
    """u0 asks for 3 on day 10; u1 shares 0 with it, u2 nothing; what is `later` is u2's too."""
    return _histories(
        [(0, "view", "train", 1), (3, "view", "validation", 10)],
        [(0, "view", "train", 2), (1, "view", "train", 9.5)],
        [(2, "view", "train", 9), (2, "view", "train", 9.75), (4, "hide", "train", 9.9), *later],
    )


def _like(neighbours: Neighbours, crowd_log: CrowdLog, now_s_B: np.ndarray, *items: int) -> np.ndarray:
    """What neighbours add to a history at one moment."""
    score_BN = np.zeros((1, 5), np.float32)
    contexts = Contexts([_history(*items)], [_history(*items)], now_s_B, crowd_log.at(now_s_B, 1.0))
    neighbours.add(contexts, 1.0, score_BN)
    return score_BN[0]


def _makers(histories: Histories, created_s_N: np.ndarray, config: EvaluationConfig) -> dict:
    return makers_of(histories, created_s_N, "test", config, lambda *_: None)


def test_an_event_counts_half_for_every_half_life_and_nothing_before_it_happened() -> None:
    stream = Stream.of(np.array([1, 0, 1, -1, 0]), np.array([2 * DAY_S, 4 * DAY_S, 0, DAY_S, NO_TIME]), 3)
    assert len(stream) == 3  # the unknown item and the unknown time are left out
    now_s_B = np.array([4 * DAY_S + 1, 2 * DAY_S, NO_TIME, 4 * DAY_S, 0])
    count_BN = stream.counts(now_s_B, 2.0)
    second = 0.5 ** (1 / (2 * DAY_S))
    assert count_BN[0] == pytest.approx([second, (0.5 + 0.25) * second, 0])
    assert count_BN[1:] == pytest.approx(np.array([[0, 0.5, 0], [0, 0, 0], [0, 0.75, 0], [0, 0, 0]]))


def test_counts_swept_are_those_counted_one_by_one() -> None:
    generator = np.random.default_rng(0)
    stream = Stream.of(generator.integers(0, 9, 400), generator.integers(0, 90 * DAY_S, 400), 9)
    now_s_B = generator.integers(0, 100 * DAY_S, 30)
    together_BN = stream.counts(now_s_B, 0.5)
    alone_BN = np.concatenate([stream.counts(now_s_B[row : row + 1], 0.5) for row in range(30)])
    assert together_BN == pytest.approx(alone_BN, rel=1e-5, abs=1e-9)
    assert stream.counts(np.array([10**10]), 0.5).tolist() == [[0.0] * 9]  # all of it is forgotten


def test_likeness_is_what_two_have_in_common() -> None:
    log = _histories(*([(item, "view", "train", 1) for item in items] for items in ([0, 1], [0, 2, 2], [1])))
    neighbours = Neighbours.count(log, 4)
    one, two = 1 / np.sqrt(3), 1 / np.sqrt(3)  # items 0 and 1 have two people each
    expected = [(one + two) / np.sqrt(7), one / np.sqrt(7), two / np.sqrt(6)]
    assert neighbours.likeness(np.array([0, 1, 1, 3])) == pytest.approx(expected)
    assert neighbours.likeness(np.array([], np.int64)).tolist() == [0, 0, 0]


def test_neighbours_are_stored_and_opened_alike_and_damage_is_named(tmp_path) -> None:
    neighbours = Neighbours.count(_histories([(0, "view", "train", 1)], [(1, "view", "train", 1)]), 2)
    neighbours.save(tmp_path)
    assert Neighbours.load(tmp_path).likeness(np.array([1])).tolist() == neighbours.likeness(np.array([1])).tolist()
    assert Neighbours.load(tmp_path).row_of == {"u0": 0, "u1": 1}
    (tmp_path / NEIGHBOURS).write_bytes((tmp_path / NEIGHBOURS).read_bytes()[:-30])
    with pytest.raises(UserError, match="does not say who acted on what"):
        Neighbours.load(tmp_path)


def test_the_crowd_is_what_was_done_before_and_who_came_on_the_last_day() -> None:
    log = _log()
    trained = log.within("train")
    neighbours = Neighbours.count(trained, 5)
    crowd_log = CrowdLog.of(log, 5, None, neighbours)
    now_s_B = np.array([10 * DAY_S])
    count_N = [0.5**9 + 0.5**8, 0.5**0.5, 0.5**1 + 0.5**0.25, 0, 0]  # a hide is no sign of liking
    assert crowd_log.at(now_s_B, 1.0)[0].count_N == pytest.approx(count_N)
    like_N = _like(neighbours, crowd_log, now_s_B, 0)
    assert like_N == pytest.approx([0, neighbours.likeness(np.array([0]))[1], 0, 0, 0])
    assert _like(neighbours, crowd_log, now_s_B, 2)[2] > 0  # u2 first came to it just one day ago
    assert _like(neighbours, crowd_log, now_s_B + 1, 2)[2] == 0  # and coming again is not coming


def test_nothing_of_the_future_is_known() -> None:
    log, planted = _log(), _log((3, "view", "validation", 10), (1, "view", "test", 11))
    trained = log.within("train")
    neighbours = Neighbours.count(trained, 5)
    now_s_B = np.array([10 * DAY_S])
    before, after = (CrowdLog.of(histories, 5, None, neighbours) for histories in (log, planted))
    assert before.at(now_s_B, 2.0)[0].count_N.tolist() == after.at(now_s_B, 2.0)[0].count_N.tolist()
    pair = [_like(neighbours, crowd_log, now_s_B, 0, 2).tolist() for crowd_log in (before, after)]
    assert pair[0] == pair[1]
    assert after.at(now_s_B + 1, 2.0)[0].count_N[3] > 0  # a second later it has happened
    settings = EvaluationConfig(baselines=("streamed_popularity",), half_lives_days=(2.0,))
    scores = [
        _makers(histories, np.zeros(5, np.int64), settings)["streamed_popularity"]()([], now_s_B)
        for histories in (log, planted)
    ]
    assert scores[0].tolist() == scores[1].tolist()


def test_baselines_rank_what_is_there() -> None:
    created_s_N = np.array([1, 5, 10, 20, -1]) * DAY_S
    created_s_N[4] = -1
    log = _log()
    made = _makers(log, created_s_N, EvaluationConfig(baselines=("newest", "recent_popularity")))
    now_s_B = np.array([10 * DAY_S, 10 * DAY_S + 1, NO_TIME])
    newest_BN = made["newest"]()([np.array([0])] * 3, now_s_B)
    assert [np.flatnonzero(np.isfinite(row)).tolist() for row in newest_BN] == [
        [0, 1, 4],
        [0, 1, 2, 4],
        [0, 1, 2, 3, 4],
    ]
    assert newest_BN.argmax(axis=1).tolist() == [1, 2, 3]
    recent_BN = made["recent_popularity"]()([np.array([0])] * 3, now_s_B)
    assert np.isneginf(recent_BN[0]).tolist() == [False, False, True, True, False]


def test_the_half_life_of_streamed_popularity_is_that_which_validation_likes() -> None:
    """Item 3 was acted on last before the question, item 1 more often but days ago: short memory finds 3."""
    log = _histories(
        [(0, "view", "train", 1), (3, "view", "validation", 10)],
        [(1, "view", "train", 7), (2, "view", "train", 8), (3, "view", "train", 9.9)],
        [(1, "view", "train", 7.1)],
        [(1, "view", "train", 7.2)],
    )
    settings = EvaluationConfig(baselines=("streamed_popularity",), half_lives_days=(0.5, 50.0))
    made = _makers(log, np.zeros(5, np.int64), settings)
    score_BN = made["streamed_popularity"]()([np.array([0])], np.array([10 * DAY_S]))
    assert score_BN[0].argmax() == 3


def test_the_trend_is_the_log_count() -> None:
    crowd = Crowd(np.array([0, np.e - 1], np.float32), np.array([], np.int64), np.array([], np.int64))
    contexts = Contexts([_history(0)] * 2, [_history(0)] * 2, np.array([NO_TIME] * 2), [crowd, None])
    score_BN = np.zeros((2, 2), np.float32)
    Trend().add(contexts, 2.0, score_BN)
    assert score_BN.tolist() == pytest.approx(np.array([[0, 2.0], [0, 0]]))


def test_popularity_is_for_those_of_whom_nothing_is_read() -> None:
    log = _histories([(0, "view", "train", 0), (1, "view", "train", 2), (1, "hide", "train", 2)])
    popularity = Popularity.count(log, 3, None, 2.0)
    assert popularity.count_N.tolist() == [0.5, 1, 0]
    score_BN = np.zeros((2, 3), np.float32)
    contexts = Contexts([_history(), _history(0)], [_history(), _history(0)], np.array([NO_TIME] * 2))
    popularity.add(contexts, 1.0, score_BN)
    assert score_BN == pytest.approx(np.array([np.log1p([0.5, 1, 0]), [0, 0, 0]]))
