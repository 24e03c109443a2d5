"""What safety answers, and what it does at which probability."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from components.message import Message, answer_one, pictured
from components.systems.safety.classifier import HEADS, Reading, TextClassifier
from components.systems.safety.config import Levels, Policy
from components.systems.safety.pictures import PictureClassifier, write_network
from components.systems.safety.predictor import SafetyPredictor, action_of
from components.systems.safety.signs import SIGNS
from components.systems.safety.types import Request
from data.errors import UserError

SIZE = 64


@pytest.fixture
def predictor() -> SafetyPredictor:
    """Hateful is what is bad of people, offensive what is bad."""
    signs = np.zeros((len(SIGNS), len(HEADS)), np.float32)
    signs[SIGNS.index("named_worst"), 0], signs[SIGNS.index("worst"), 1] = 8, 8
    arrays = {"grams": np.zeros((SIZE, len(HEADS)), np.float32), "signs": signs, "bias": np.full(2, -3.0)}
    arrays |= {"slope": np.ones(2), "shift": np.zeros(2), "threshold": np.full(2, 0.5)}
    known = dict.fromkeys(("women", "men", "are", "the", "rain", "awful", "lovely", "not"), 9)
    reading = Reading(known, {"awful": -3.0, "lovely": 3.0}, ("women", "men"), SIZE)
    return SafetyPredictor(TextClassifier(reading, arrays), None, Policy(hateful=Levels(hold=0.5, block=0.95)))


def probabilities(predictor: SafetyPredictor, text: str) -> dict[str, float]:
    answer = answer_one(predictor.answers, Message(Request(text=text))).fields
    return {finding.kind: finding.probability for finding in answer.findings}


def test_which_group_is_named_makes_no_difference(predictor: SafetyPredictor) -> None:
    assert probabilities(predictor, "women are awful") == probabilities(predictor, "men are awful")


def test_unkind_words_are_hateful_of_people_alone_and_not_once_they_are_denied(predictor: SafetyPredictor) -> None:
    of_people, of_rain = (probabilities(predictor, f"{who} are awful") for who in ("women", "the rain"))
    assert of_people["hateful"] > 0.5 > of_rain["hateful"]
    assert of_rain["offensive"] > 0.5
    assert probabilities(predictor, "women are not awful")["hateful"] < 0.5


def test_a_long_text_is_as_bad_as_its_worst_part(predictor: SafetyPredictor) -> None:
    short = probabilities(predictor, "women are awful")["hateful"]
    long = "the lovely rain " * 6000 + "women are awful " + "the rain " * 40
    assert len(long) > 90_000
    assert probabilities(predictor, long)["hateful"] >= short - 0.02


def test_what_cannot_be_read_is_no_error_and_nothing_at_all_is(predictor: SafetyPredictor) -> None:
    assert set(probabilities(predictor, "\U0001f600\U0001f600").values()) == {0.0}
    assert probabilities(predictor, "привет, как дела")["hateful"] < 0.5
    for text, action in (
        ("привет, как дела", "hold"),
        ("すてきな服 dress", "hold"),
        ("Müller's dress, ナイキ", "allow"),
    ):
        assert answer_one(predictor.answers, Message(Request(text=text))).fields.action == action
    for nothing in ("", "  \n"):
        with pytest.raises(UserError, match="nothing to check"):
            answer_one(predictor.answers, Message(Request(text=nothing)))


def test_pictures_are_checked_where_the_bundle_has_the_network(predictor: SafetyPredictor, tmp_path: Path) -> None:
    plain = io.BytesIO()
    Image.new("RGB", (300, 200), "beige").save(plain, "JPEG")
    request = pictured(Request(), plain.getvalue())
    assert answer_one(predictor.answers, request).fields.model_dump() == {"action": "allow", "findings": ()}
    write_network(tmp_path)
    seeing = SafetyPredictor(predictor.texts, PictureClassifier.open(tmp_path, 1), predictor.policy)
    (finding,) = answer_one(seeing.answers, request).fields.findings
    assert (finding.kind, finding.action) == ("sexual", "allow")
    with pytest.raises(UserError):
        answer_one(seeing.answers, pictured(Request(), b"\xff\xd8 no picture"))


def test_the_policy_does_the_most_that_a_probability_reaches() -> None:
    levels = Levels(age=0.3, block=0.9)
    assert [action_of(levels, value) for value in (0.0, 0.3, 0.89, 0.9)] == ["allow", "age", "age", "block"]
    with pytest.raises(ValidationError, match="have to rise"):
        Levels(hold=0.9, block=0.1)
