"""The published protocol to the letter: who is asked what, and the figures of ranks worked by hand."""

import numpy as np
import pytest

from components.baselines import Interactions, popularity, recent_popularity, transitions
from components.systems.user_sequence.config import EvaluationConfig
from components.systems.user_sequence.examples import examples_of, slices_of
from components.systems.user_sequence.lists import accuracy, interactions_of, lists_of_baseline, makers_of
from components.systems.user_sequence.tables import Histories
from components.transitions import TransitionConfig
from data.times import DAY_S
from tests.histories import made

ACTIONS = ("click", "hide", "view")


def histories(*users: list[tuple[int, str, str, int]]) -> Histories:
    """Users as lists of (item, action, split, day); day -1 is unknown."""
    return made(users, ACTIONS)


def left_out(*users: list[int]) -> Histories:
    """Leave-one-out: the last item is for test, the one before it for validation."""
    return histories(
        *(
            [
                (item, "view", "test" if left == 1 else "validation" if left == 2 else "train", -1)
                for item, left in zip(items, range(len(items), 0, -1), strict=True)
            ]
            for items in users
        )
    )


LOO = left_out([0, 1, 2, 3, 4], [3, 1, 0])


def inputs(log: Histories, examples) -> list[list[int]]:
    bounds = zip(examples.first_B, examples.stop_B, strict=True)
    return [log.item_E[first:stop].tolist() for first, stop in bounds]


def test_test_asks_for_the_last_item_after_all_others():
    examples = examples_of(LOO, "test")
    assert inputs(LOO, examples) == [[0, 1, 2, 3], [3, 1]]
    assert examples.target_T.tolist() == [4, 0]


def test_validation_asks_for_the_last_but_one_and_does_not_see_the_last():
    examples = examples_of(LOO, "validation")
    assert inputs(LOO, examples) == [[0, 1, 2], [3]]
    assert examples.target_T.tolist() == [3, 1]


def test_baselines_learn_from_all_but_the_last_two():
    assert interactions_of(LOO.within("train"), 5, None).counts().tolist() == [1, 1, 1, 1, 0]
    two = EvaluationConfig(baselines=("popularity", "popularity_with_held_out"))
    assert _scores("popularity", "test", two) == [1, 1, 1, 1, 0]
    assert _scores("popularity_with_held_out", "test", two) == [2, 2, 1, 2, 1]
    known = EvaluationConfig(baselines=("popularity",), baselines_see="known")
    assert _scores("popularity", "test", known) == [1, 2, 1, 2, 0]
    assert _scores("popularity", "validation", known) == [1, 1, 1, 1, 0]


def _scores(name: str, split: str, config: EvaluationConfig) -> list[float]:
    """What a baseline scores the five items for one history."""
    make = makers_of(LOO, np.full(5, -1), split, config, lambda *_: None)[name]
    return make()([np.array([0])], np.array([-1]))[0].tolist()


def test_ranks_and_figures_by_hand():
    log = left_out([0, 1, 2, 3, 4], [4, 5, 2], [6, 7, 8])
    score_N = np.array([9, 8, 7, 6, 5, 4, 3, 2, 1, 5], np.float32)
    examples = examples_of(log, "test")
    lists = lists_of_baseline(lambda inputs, _: np.tile(score_N, (len(inputs), 1)), log, examples, 10)
    # Target 4 after 0, 1, 2, 3: beside 9, which ties and stands before it. Target 2 after 4, 5: behind 0 and 1.
    # Target 8 after 6, 7: the last of the eight that are left.
    assert lists.rank_T.tolist() == [2, 3, 8]
    found = accuracy(lists.rank_T, examples, (2, 5))
    assert found["hr_at_2"].tolist() == [1, 0, 0]
    assert found["hr_at_5"].tolist() == [1, 1, 0]
    assert found["ndcg_at_5"] == pytest.approx([1 / np.log2(3), 0.5, 0])


def test_a_split_by_time_asks_for_everything_new_once():
    log = histories(
        [
            (0, "view", "train", 1),
            (1, "hide", "train", 2),
            (0, "click", "test", 10),  # known already
            (2, "hide", "test", 11),  # not wanted
            (3, "view", "test", 12),
            (3, "click", "test", 13),  # asked for once
            (4, "click", "test", 14),
        ],
        [(5, "view", "train", 1), (5, "view", "test", 10)],  # nothing new
        [(2, "click", "test", 10)],  # nobody knows this user
    )
    examples = examples_of(log, "test")
    assert log.user_ids[examples.user_B].tolist() == ["u0", "u2"]
    assert inputs(log, examples) == [[0, 1], []]
    assert examples.owner_T.tolist() == [0, 0, 1]
    assert examples.target_T.tolist() == [3, 4, 2]
    clicked = examples_of(log, "test", ("click",))
    assert clicked.target_T.tolist() == [3, 4, 2]
    assert log.time_s_E[clicked.event_T].tolist() == [13 * DAY_S, 14 * DAY_S, 10 * DAY_S]
    # One of two targets found first: a user counts once, with the mean.
    assert accuracy(np.array([1, 9, 2]), examples, (5,))["hr_at_5"].tolist() == [0.5, 1]


def test_slices_of_users_and_targets():
    log = histories(
        [(0, "view", "train", 1), (1, "view", "train", 90), (2, "view", "test", 100)],
        [(2, "view", "test", 103)],
        [(0, "view", "train", 95), (1, "view", "test", 100)],
    )
    found = slices_of(log, examples_of(log, "test"), 3)
    assert found["history"].tolist() == ["1-4", "0", "1-4"]
    assert found["user"].tolist() == ["warm", "cold", "warm"]
    assert found["target"].tolist() == ["cold", "cold", "1-4"]
    assert found["item_age"].tolist() == ["0 days", "1-6 days", "7-27 days"]
    assert found["activity"].tolist() == ["1-4", "0", "1-4"]


def test_fewer_users_are_drawn_whole():
    log = left_out(*([number % 7, (number + 1) % 7, (number + 2) % 7] for number in range(50)))
    examples, drawn = examples_of(log, "test"), examples_of(log, "test").drawn(20)
    assert len(drawn) == 20
    assert drawn.user_B.tolist() == examples_of(log, "test").drawn(20).user_B.tolist()
    assert drawn.target_T.tolist() == examples.target_T[drawn.user_B].tolist()
    assert drawn.owner_T.tolist() == list(range(20))


def test_recent_events_count_more():
    log = Interactions(np.array([0, 4]), np.array([0, 0, 0, 1]), np.array([0, 0, 0, 14 * DAY_S]), 3)
    assert popularity(log)([np.array([0])]).tolist() == [[3, 1, 0]]
    assert recent_popularity(log, 7)([np.array([0])]).tolist() == [[0.75, 1, 0]]
    untimed = Interactions(log.offset_U1, log.item_E, None, 3)
    assert recent_popularity(untimed, 7)([np.array([0])]).tolist() == [[3, 1, 0]]


def test_the_graph_by_hand():
    # 0 1 2 and 0 2: 0->1 once, 1->2 once, 0->2 once at gap two and once at gap one.
    log = Interactions(np.array([0, 3, 5]), np.array([0, 1, 2, 0, 2]), None, 4)
    config = TransitionConfig(window=2, popularity_power=0.5, last=2, decay=0.5)
    scores = transitions(log, config)([np.array([0]), np.array([3, 0, 1]), np.array([], np.int64)])
    first = [0, 1 / np.sqrt(2 * 1), 1.5 / np.sqrt(2 * 2), 0]
    second = [0, 0, 1 / np.sqrt(1 * 2), 0]
    assert scores[0] == pytest.approx(first)
    assert scores[1] == pytest.approx(np.array(second) + 0.5 * np.array(first))
    assert scores[2].tolist() == [0, 0, 0, 0]
