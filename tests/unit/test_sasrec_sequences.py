"""Training rows of the SASRec baseline, worked by hand."""

import numpy as np
import pytest

from components.baselines import Interactions
from components.baselines.sasrec.sequences import Sequences


def _log(*users: list[int], items: int) -> Interactions:
    offset_U1 = np.cumsum([0, *(len(user) for user in users)])
    return Interactions(offset_U1, np.array([item for user in users for item in user]), None, items)


def test_a_negative_is_never_an_item_that_the_user_met() -> None:
    sequences = Sequences(_log([0, 1, 2], [3], [0, 3, 0], items=4), 5, 0)
    assert len(sequences) == 2  # one event predicts nothing
    for epoch in range(20):
        batch = sequences[epoch, np.array([0, 1])]
        assert batch.item_BL.tolist() == [[0, 1], [0, 3]]
        assert batch.target_BL.tolist() == [[1, 2], [3, 0]]
        assert (batch.negative_BL[0] == 3).all()
        assert set(batch.negative_BL[1].tolist()) <= {1, 2}


def test_a_user_who_met_everything_is_refused_instead_of_searched_for_ever() -> None:
    with pytest.raises(ValueError, match="met all 3 items"):
        Sequences(_log([0, 1], [2, 1, 0, 1], items=3), 5, 0)
    assert len(Sequences(_log([0, 1], [2], items=3), 5, 0)) == 1
