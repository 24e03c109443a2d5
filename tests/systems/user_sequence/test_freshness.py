"""What an item's age is worth, counted by hand."""

import numpy as np
import pytest

from components.systems.user_sequence.freshness import NO_DATE, Freshness
from data.errors import UserError
from data.times import DAY_S

HOUR_S = 3600


def _log() -> Freshness:
    """Every hour for ten days somebody acts on the item that came to be last, half an hour before."""
    moments = np.arange(240) * HOUR_S + DAY_S
    created_s_N = moments - HOUR_S // 2
    return Freshness.count(created_s_N, np.arange(240), moments)


def test_what_is_acted_on_young_is_worth_more_young() -> None:
    rate_A = _log().rate_A
    assert rate_A[5] > 2  # half an hour: acted on every time, one of the many items that are there
    assert (rate_A[7:14] < -0.3).all()  # older: shown, never acted on
    assert (rate_A[15:] == rate_A[14]).all()  # older than anything in the log


def test_scores_follow_age_and_leave_out_what_is_not_there_yet() -> None:
    freshness = _log()
    now_s = int(freshness.created_s_N[99]) + HOUR_S // 2
    score_N = freshness.scores(now_s)
    assert score_N.argmax() == 99  # half an hour old
    assert np.isneginf(score_N[100:]).all()
    assert np.isfinite(score_N[:100]).all()
    assert np.isneginf(freshness.scores(now_s - HOUR_S // 2)[99])  # an item's own first moment is too soon
    assert np.isfinite(freshness.scores(None)).all()  # after all that is known


def test_without_dates_or_times_no_age_matters() -> None:
    undated = Freshness.count(np.full(3, NO_DATE), np.array([0, 1]), np.array([50, 60]))
    untimed = Freshness.count(np.array([5, 6, 7]), np.array([0, 1]), np.array([NO_DATE, NO_DATE]))
    assert not undated.dated
    assert not undated.counted
    assert not untimed.counted
    assert undated.scores(3).tolist() == [0, 0, 0]
    mixed = Freshness.count(np.array([10, NO_DATE]), np.array([0, 1]), np.array([50, 60]))
    assert mixed.scores(5).tolist() == [-np.inf, 0]


def test_it_is_stored_and_opened_alike_and_damage_is_said(tmp_path) -> None:
    freshness = _log()
    freshness.save(tmp_path)
    opened = Freshness.load(tmp_path)
    assert opened.scores(2 * DAY_S).tolist() == freshness.scores(2 * DAY_S).tolist()
    (tmp_path / "freshness.npz").write_bytes((tmp_path / "freshness.npz").read_bytes()[:-30])
    with pytest.raises(UserError, match="holds no ages"):
        Freshness.load(tmp_path)
