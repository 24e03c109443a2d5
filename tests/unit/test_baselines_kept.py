"""Figures of baselines are measured once for a question, and come back as they were."""

import numpy as np
import pytest

from components.baselines.kept import Figures, kept

QUESTION = {"baseline": "sasrec", "data": "d1", "split": "test", "settings": {"ks": [5, 10]}, "code": "c1"}
FOUND = Figures({"hr_at_10": np.array([0.0, 1.0, 1 / 3])}, {"coverage_at_10": 0.1})


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("CORKBOARD_HOME", str(tmp_path))
    return tmp_path


def never() -> Figures:
    raise AssertionError("it is measured again")


def test_an_equal_question_is_measured_once_and_answered_to_the_last_digit():
    for figures in (kept(QUESTION, lambda: FOUND), kept(dict(reversed(QUESTION.items())), never)):
        assert figures.scalars == FOUND.scalars
        assert list(figures.columns) == ["hr_at_10"]
        assert figures.columns["hr_at_10"].tolist() == FOUND.columns["hr_at_10"].tolist()


@pytest.mark.parametrize("name", QUESTION)
def test_another_question_is_measured(name):
    kept(QUESTION, lambda: FOUND)
    with pytest.raises(AssertionError, match="measured again"):
        kept({**QUESTION, name: "another"}, never)


def test_a_measurement_that_fails_keeps_nothing(home):
    with pytest.raises(AssertionError, match="measured again"):
        kept(QUESTION, never)
    assert not list(home.rglob("*.npz"))
    assert kept(QUESTION, lambda: FOUND).scalars == FOUND.scalars
