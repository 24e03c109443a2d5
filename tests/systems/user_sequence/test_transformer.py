"""What the transformer reads, and what it is to predict, worked by hand."""

import numpy as np
import pytest

from components.systems.user_sequence.config import LossConfig
from components.systems.user_sequence.history import NO_TIME, History
from components.systems.user_sequence.tables import Histories
from components.systems.user_sequence.transformer import GAPS, gap_codes, packed, packed_parts, packed_together, padded
from components.systems.user_sequence.windows import Targets, Windows, all_action, next_actions
from data.errors import UserError
from data.times import DAY_S

ACTIONS = ("click", "hide", "save")
CLICK, HIDE, SAVE = range(3)


def _histories(*users: list[tuple[int, int, int]]) -> Histories:
    """Users as lists of (item, action, time in days)."""
    rows = np.array([row for user in users for row in user], np.int64)
    return Histories(
        user_ids=np.array([f"user-{number}" for number in range(len(users))]),
        offset_U1=np.cumsum([0, *(len(user) for user in users)]),
        item_E=rows[:, 0].astype(np.int32),
        action_E=rows[:, 1].astype(np.int16),
        surface_E=np.zeros(len(rows), np.int16),
        time_s_E=np.where(rows[:, 2] < 0, NO_TIME, rows[:, 2] * DAY_S),
        split_E=np.zeros(len(rows), np.int8),
        actions=ACTIONS,
        surfaces=("",),
    )


def _history(*items: int, time_s: list[int] | None = None) -> History:
    zeros = np.zeros(len(items), np.int64)
    return History(np.array(items), zeros + 1, zeros, np.array(time_s or [NO_TIME] * len(items)))


def test_gaps_are_told_by_their_length_in_bits() -> None:
    time_s_E = np.array([100, 100, 101, 104, NO_TIME, 200, 1_700_000_200, 50])
    first_E = np.array([True, *[False] * 6, True])
    assert gap_codes(time_s_E, first_E).tolist() == [0, 1, 2, 3, 0, 0, 31, 0]
    assert gap_codes(np.array([0, 10**17]), np.array([True, False])).tolist() == [0, GAPS - 1]


def test_histories_are_padded_behind_and_cut_in_front() -> None:
    tokens = padded([_history(7), _history(1, 2, 3, 4, time_s=[10, 10, 11, 14])], 3)
    assert tokens.item_BL.tolist() == [[7, 0, 0], [2, 3, 4]]
    assert tokens.length_B.tolist() == [1, 3]
    assert tokens.gap_BL.tolist() == [[0, 0, 0], [1, 2, 3]]  # the gap to an action that is cut off is still known
    assert tokens.action_BL.tolist() == [[1, 0, 0], [1, 1, 1]]


def test_packed_histories_have_no_padding() -> None:
    given = packed([_history(7), _history(1, 2, 3, 4, time_s=[10, 10, 11, 14])], 3)
    assert given.item_C.tolist() == [7, 2, 3, 4]
    assert given.gap_C.tolist() == [0, 1, 2, 3]
    assert given.code_T.tolist() == [0, 1, 2, 3]
    assert given.at_T.tolist() == [0, 3, 4, 5]
    assert given.place_BL.tolist() == [[0, 0, 0], [1, 2, 3]]
    assert given.length_B.tolist() == [1, 3]


def test_parts_of_a_history_share_what_they_begin_with() -> None:
    history = _history(5, 6, 7, 6, time_s=[10, 10, 11, 14])
    given = packed_parts(history, np.array([[1, 1, 1, 1], [0, 1, 1, 1], [1, 0, 1, 0], [1, 1, 1, 0]], bool))
    assert given.item_C.tolist() == [5, 6, 7, 6, 6]
    assert given.gap_C.tolist() == [0, 1, 2, 3, 0]  # the last is a 6 that is the first, where 5 was not there
    assert given.code_T.tolist() == [0, 1, 2, 3, 4, 2, 3, 2]
    assert given.place_BL[[0, 1]].tolist() == [[0, 1, 2, 3], [4, 5, 6, 0]]
    assert given.place_BL[2, :2].tolist() == [0, 7]
    assert given.place_BL[3, :3].tolist() == [0, 1, 2]  # nothing of its own
    assert given.at_T.tolist() == [0, 1, 2, 3, 4, 5, 6, 9]
    assert given.length_B.tolist() == [4, 3, 2, 3]


def test_parts_are_what_each_is_alone() -> None:
    """Of histories with items that come again, and times that are equal, unknown or none."""
    generator = np.random.default_rng(0)
    for _ in range(200):
        length, before = int(generator.integers(2, 9)), int(generator.integers(0, 2))
        time_s_L = np.where(
            generator.random(length + before) < 0.2, NO_TIME, generator.integers(0, 3, length + before).cumsum() * 100
        )
        item_L, action_L, surface_L = generator.integers(0, 4, (3, length + before))
        history = History(item_L, action_L, surface_L, time_s_L)
        keep_XL = np.concatenate([np.ones((1, length), bool), generator.random((5, length)) < 0.7])
        keep_XL[1:, generator.integers(length)] = True
        given = packed_parts(history, keep_XL, before)
        assert given.place_BL.ravel()[given.at_T].tolist() == list(range(len(given.code_T)))
        for keep_L, place_L, count in zip(keep_XL, given.place_BL, given.length_B.tolist(), strict=True):
            tokens = padded([history.part(np.concatenate([np.ones(before, bool), keep_L]))], 99)
            code_L = given.code_T[place_L[:count]]
            for packed_C, alone_BL in (
                (given.item_C, tokens.item_BL),
                (given.action_C, tokens.action_BL),
                (given.surface_C, tokens.surface_BL),
                (given.gap_C, tokens.gap_BL),
            ):
                assert packed_C[code_L].tolist() == alone_BL[0, before:].tolist()


def test_several_are_packed_into_one() -> None:
    parts = packed_parts(_history(5, 6, 7), np.array([[1, 1, 1], [0, 1, 1]], bool))
    given = packed_together([packed([_history(9)], 3), parts, packed([_history(8, 9)], 3)])
    assert given.item_C.tolist() == [9, 5, 6, 7, 8, 9]
    assert given.code_T.tolist() == [0, 1, 2, 3, 2, 3, 4, 5]
    assert given.place_BL[1].tolist() == [1, 2, 3]
    assert given.place_BL[2, :2].tolist() == [4, 5]
    assert given.place_BL[3, :2].tolist() == [6, 7]
    assert given.at_T.tolist() == [0, 3, 4, 5, 6, 7, 9, 10]
    assert given.length_B.tolist() == [1, 3, 2, 2]


def test_next_action_predicts_the_next_positive_and_reads_the_others() -> None:
    histories = _histories([(0, CLICK, 0), (1, HIDE, 1), (2, SAVE, 2), (3, HIDE, 3)], [(4, CLICK, 0)])
    loss = LossConfig()
    targets = Targets.of(histories, loss)
    assert targets.last_U.tolist() == [1, -1]  # after the save there is only a hide
    place_MK, weight_MK = next_actions(targets, np.arange(5), loss)
    assert targets.item_P[place_MK][:2, 0].tolist() == [2, 2]
    assert weight_MK[:, 0].tolist() == [1, 1, 0, 0, 0]


def test_several_next_events_share_a_weight_of_one() -> None:
    histories = _histories([(0, CLICK, 0), (1, CLICK, 1), (2, CLICK, 2), (3, CLICK, 3)])
    loss = LossConfig(next_events=2, next_decay=0.5)
    targets = Targets.of(histories, loss)
    place_MK, weight_MK = next_actions(targets, np.arange(4), loss)
    assert targets.item_P[place_MK][:2].tolist() == [[1, 2], [2, 3]]
    assert weight_MK == pytest.approx(np.array([[2 / 3, 1 / 3], [2 / 3, 1 / 3], [1, 0], [0, 0]]))


def test_all_action_draws_from_the_positives_within_the_horizon() -> None:
    user = [(0, CLICK, 0), (1, SAVE, 1), (2, HIDE, 2), (3, SAVE, 10), (4, SAVE, 40)]
    histories = _histories(user, [(9, SAVE, 5), (8, SAVE, 6)])
    loss = LossConfig(objective="all_action", horizon_days=28, positive=("save",))
    targets = Targets.of(histories, loss)
    generator = np.random.default_rng(0)
    found: list[set[int]] = [set() for _ in range(7)]
    for _ in range(50):
        place_MK, weight_MK = all_action(targets, np.arange(7), generator)
        item_MK = targets.item_P[place_MK]
        for event, (item, weight) in enumerate(zip(item_MK[:, 0].tolist(), weight_MK[:, 0].tolist(), strict=True)):
            if weight:
                found[event].add(item)
    assert found == [{1, 3}, {3}, {3}, set(), set(), {8}, set()]  # the fourth save is 30 days after the third


def test_without_times_all_action_reaches_to_the_end() -> None:
    histories = _histories([(0, CLICK, -1), (1, CLICK, -1), (2, CLICK, -1)])
    targets = Targets.of(histories, LossConfig(objective="all_action"))
    assert (targets.after_E[0], targets.stop_E[0]) == (1, 3)


def test_long_histories_are_cut_into_windows_from_their_end() -> None:
    histories = _histories([(item, CLICK, item) for item in range(8)], [(0, CLICK, 0)])
    windows = Windows(histories, LossConfig(), 3, seed=0)
    assert sorted(zip(windows.start_W.tolist(), windows.length_W.tolist(), strict=True)) == [(0, 1), (1, 3), (4, 3)]
    batch = windows[(0, np.array([0, 2]))]  # of lengths 3 and 1
    assert batch.item_BL.tolist() == [[4, 5, 6], [0, 0, 0]]
    assert batch.position_M.tolist() == [0, 1, 2, 3]  # positions along the flattened batch, without padding
    assert batch.target_MK[:, 0].tolist() == [5, 6, 7, 1]


def test_what_cannot_be_learned_from_is_said() -> None:
    with pytest.raises(UserError, match="no event is followed by another"):
        Targets.of(_histories([(0, CLICK, 0)], [(1, CLICK, 0), (2, HIDE, 1)]), LossConfig())
    with pytest.raises(UserError, match=r"no 'purchase' among the actions of the data \(click, hide, save\)"):
        Targets.of(_histories([(0, CLICK, 0), (1, CLICK, 1)]), LossConfig(positive=("purchase",)))


def test_what_is_stored_already_counts_once() -> None:
    def history(*actions: tuple[int, int, int]) -> History:
        item, action, time_s = (np.array(column, np.int64) for column in zip(*actions, strict=True))
        return History(item, action, np.zeros_like(item), time_s)

    stored = history((1, 1, 10), (2, 1, 20), (3, 1, NO_TIME))
    given = history((1, 1, 10), (2, 2, 20), (2, 1, 21), (3, 1, NO_TIME))
    assert given.without(stored).item_L.tolist() == [2, 2, 3]  # of unknown times none is known to be the same
    assert stored.part(slice(0)).without(stored).item_L.tolist() == []
