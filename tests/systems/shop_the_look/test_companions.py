"""Which categories go together: outfits as arrays, the model, and the counting that it is held against."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from components.systems.shop_the_look import SYSTEM
from components.systems.shop_the_look.blanks import Counted
from components.systems.shop_the_look.companions import Companions, features
from components.systems.shop_the_look.fit_companions import fit_companions
from components.systems.shop_the_look.outfits import read_outfits
from data.errors import UserError
from tests.outfits import outfits
from tests.pictures import small_dataset


def test_counts_are_of_the_others() -> None:
    counts_MC = outfits((0, 1, 1), (2, -1)).counts()
    assert counts_MC.tolist() == [[0, 2, 0], [1, 1, 0], [1, 1, 0], [0, 0, 0], [0, 0, 1]]
    assert [rows.tolist() for rows in outfits((0, 1, 1), (2, -1)).members()] == [[0, 1, 2], [3, 4]]


def test_features_say_what_is_there_once_and_twice_and_how_much() -> None:
    assert features(np.array([[2, 0, 1]])).tolist() == [[1, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]]
    assert features(np.array([[40, 0, 0]]))[0, -1] == 1  # as of the largest size


def test_the_model_learns_what_stands_together() -> None:
    train = outfits(*[(0, 1)] * 30, *[(2, 1)] * 10, *[(2, 2)] * 30)
    told: list[dict[str, float]] = []
    model = fit_companions(train, train, (0.1, 100.0), 50, lambda *args: told.append(args[3]))
    log_BC = model.log_probability(np.array([[1, 0, 0], [0, 0, 1], [0, 0, 0]], np.float32))
    assert np.exp(log_BC).sum(axis=1) == pytest.approx(1)
    assert log_BC.argmax(axis=1)[:2].tolist() == [1, 2]
    assert np.exp(log_BC[0, 1]) > 0.9
    assert np.exp(log_BC[1, 2]) == pytest.approx(60 / 70, abs=0.03)
    assert model.lift(log_BC)[0, 1] > 0 > model.lift(log_BC)[0, 2]
    first, second = (entry["validation/log_loss"] for entry in told)
    assert first < second  # so that the smaller penalty is kept


def test_a_category_that_training_has_not_is_passed_over() -> None:
    train = outfits(*[(0, 1)] * 5, *[(2, 1)] * 5)
    model = fit_companions(train, outfits((0, -1), (1, 0)), (1.0,), 5, lambda *_: None)
    assert np.isfinite(model.weight_FC).all()


def test_a_model_is_saved_and_opened(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("model")
    model = Companions(np.ones((16, 3), np.float32), np.zeros(3, np.float32), np.full(3, 1 / 3, np.float32))
    replace(model, bias_C=np.arange(3, dtype=np.float32)).save(folder)
    assert Companions.load(folder).bias_C.tolist() == [0, 1, 2]


def test_counting_by_hand() -> None:
    counted = Counted(outfits((0, 1), (0, 1), (2, 2)))
    counts_BC = np.array([[1.0, 0.0, 0.0]])
    # members: 2 hats, 2 shoes, 2 skirts, and one more of each
    assert np.exp(counted.popularity(counts_BC)) == pytest.approx(np.full((1, 3), 1 / 3))
    # pairs of each ordered kind, and a half: hat-shoe 2.5, shoe-hat 2.5, skirt-skirt 2.5, the other six .5
    given = np.log([0.5 / 3.5, 2.5 / 3.5, 0.5 / 3.5])
    assert counted.naive_bayes(counts_BC)[0] == pytest.approx(np.log(1 / 3) + given)
    assert counted.pmi(counts_BC)[0] == pytest.approx(np.log(np.array([0.5, 2.5, 0.5]) / 10.5 * 9))


def test_outfits_are_read_by_split(tmp_path: Path) -> None:
    train, test = read_outfits(small_dataset(tmp_path, 8, 4), "train", "test")
    assert (len(train), len(test)) == (24, 12)
    assert train.categories == test.categories == ("bar", "disc", "frame")
    assert train.item_M[:3].tolist() == ["bar-train-000", "disc-train-000", "frame-train-000"]
    with pytest.raises(UserError, match="has no outfits of two things or more in the split 'excluded'"):
        read_outfits(small_dataset(tmp_path, 8, 4), "excluded")


def test_tables_that_a_data_set_lacks_are_not_read() -> None:
    assert SYSTEM.reads({"outfits": 3, "items": 0}) == SYSTEM.tables
    assert SYSTEM.reads({"outfits": 3, "items": 5}).keys() == {"outfits", "items"}
