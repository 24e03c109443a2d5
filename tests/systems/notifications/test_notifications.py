"""Who is moved by a message is found, who is not is left alone, and the data says whether it was random."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pydantic import TypeAdapter, ValidationError

from components.metrics import Qini
from components.systems.notifications.fit_losses import learn_losses
from components.systems.notifications.losses import Losses
from components.systems.notifications.plan import plan
from components.systems.notifications.predictor import NotificationPredictor
from components.systems.notifications.types import Request
from components.uplift.choose import choose
from components.uplift.config import METHODS, Learning
from components.uplift.gains import Gain, Part
from components.uplift.learners import Trial, learn
from components.uplift.reasons import Explained
from components.volume.people import PEOPLE
from components.volume.week import Terms
from data.covariates import Covariates
from data.dataset import open_dataset
from data.errors import UserError
from data.params import DatasetParams
from data.prepare import prepare
from data.tables.messages import dependence
from data.validation import check

CONFIG = Learning(folds=3, repeats=1, trees={"rounds": 20, "learning_rate": 0.1, "least_examples": 20})
COUNT = 3000


def trial(moved: float, usual: float, seed: int = 0) -> Trial:
    """People whose first covariate says whom a message moves, and whose second who comes anyway."""
    rng = np.random.default_rng(seed)
    matrix_NC = rng.standard_normal((COUNT, 2)).astype(np.float32)
    treated_N = (rng.random(COUNT) < 0.5).astype(float)
    chance_N = 1 / (1 + np.exp(-(usual * matrix_NC[:, 1] + treated_N * (0.2 + moved * matrix_NC[:, 0]))))
    return Trial(matrix_NC, treated_N, (rng.random(COUNT) < chance_N).astype(float), 0.5)


@pytest.mark.parametrize("method", [method for method in METHODS if not method.startswith(("response", "open"))])
def test_a_learner_finds_whom_a_message_moves(method: str) -> None:
    whole = trial(moved=1.5, usual=0.5)
    gain_N = learn(method, whole, CONFIG).of(whole.matrix_NC)
    assert np.corrcoef(gain_N, whole.matrix_NC[:, 0])[0, 1] > 0.5
    assert abs(gain_N.mean() - whole.effect) < 0.04


def test_an_uplift_is_chosen_where_it_is_told_from_noise() -> None:
    assert choose(trial(moved=1.5, usual=0.5), CONFIG).by == "uplift"


def test_nothing_is_chosen_where_nothing_is_told_and_everybody_gains_the_mean() -> None:
    whole = trial(moved=0.0, usual=0.0, seed=3)
    chosen = choose(whole, CONFIG)
    assert (chosen.by, chosen.method) == ("mean", None)
    assert chosen.gain.of(whole.matrix_NC[:3]).tolist() == [whole.effect] * 3


def test_a_response_gains_in_proportion_and_its_mean_is_the_effect() -> None:
    whole = trial(moved=1.5, usual=0.0)
    chosen = choose(whole, CONFIG.model_copy(update={"methods": ("response-linear",)}))
    assert chosen.by == "response"
    assert chosen.gain.of(whole.matrix_NC).mean() == pytest.approx(whole.effect)


def test_the_normalised_qini_of_the_best_order_is_one_and_of_no_order_is_zero() -> None:
    rng = np.random.default_rng(0)
    rows = pd.DataFrame({"treated": rng.integers(0, 2, 200), "outcome": rng.integers(0, 2, 200)})
    rows["best"] = rows["outcome"] * np.where(rows["treated"] == 1, 1, -1)
    rows["none"] = 0

    def qini(score: str) -> float:
        statistic = Qini(outcome="outcome", treated="treated", score=score, normalised=True)
        return float(statistic.bind(rows)(np.ones((1, 200)))[0])

    assert qini("best") == pytest.approx(1)
    assert qini("none") == pytest.approx(0)


@pytest.fixture
def predictor() -> NotificationPredictor:
    covariates = Covariates.learn([{"away": str(number), "device": ("a", "b")[number % 2]} for number in range(200)])
    arms = [{"arm": arm, "by": "uplift", "readings": [], "method": "t-linear"} for arm in ("note", "news")]
    policy = {
        "covariates": covariates.saved(),
        "channels": ["push"],
        "horizon_weeks": 8,
        "outcome": "visited",
        "held_back": 0.2,
        "least_gain": 0.01,
        "arms": arms,
    }
    place = covariates.columns.index("away")
    gains = {
        "note": Gain(0.0, ()),
        "news": Gain(0.02, [_part(place, 0.05)]),
    }
    return NotificationPredictor(policy, gains, Losses(Gain(0.0, ()), Gain(0.0, ())))


def _part(place: int, slope: float) -> Part:
    def adds(matrix_NC: np.ndarray) -> np.ndarray:
        return slope * np.where(np.arange(matrix_NC.shape[1]) == place, matrix_NC, 0).astype(float)

    return Part(1.0, "identity", Explained(lambda matrix_NC: adds(matrix_NC).sum(axis=1), 0.0, adds))


def test_a_message_is_sent_where_it_adds_enough_and_says_why(predictor: NotificationPredictor) -> None:
    person = next(f"p{number}" for number in range(99) if not predictor.is_held_back(f"p{number}"))
    sent = predictor.answer(Request(user_id=person, attributes={"away": "190", "device": "a"}))
    assert (sent.send, sent.arm, sent.channel) == (True, "news", "push")
    assert [one.covariate for one in sent.because] == ["away"]
    assert sent.usual + sent.because[0].gain + sent.others == pytest.approx(sent.arms[0].gain)
    silent = predictor.answer(Request(user_id=person, attributes={"away": "2"}))
    assert (silent.send, silent.arm, silent.arms[0].arm) == (False, None, "note")
    assert silent.reason.startswith("no message helps")
    assert predictor.answer(Request(user_id=person, attributes={"away": "no number", "new": "1"})).send


def test_of_people_of_whom_nothing_is_known_no_covariate_says_why() -> None:
    policy = {"covariates": {"numbers": {}, "values": {}}, "channels": ["push"], "horizon_weeks": 8, "held_back": 0.0}
    policy |= {"outcome": "visited", "least_gain": 0.0, "arms": [{"arm": "note", "by": "mean"}]}
    lone = NotificationPredictor(policy, {"note": Gain(0.02, ())}, Losses(Gain(0.0, ()), Gain(0.0, ())))
    answer = lone.answer(Request(user_id="p", attributes={"away": "3"}))
    assert (answer.send, answer.usual, answer.because, answer.others) == (True, 0.02, (), 0.0)


def test_a_share_of_people_is_held_back_whatever_they_gain(predictor: NotificationPredictor) -> None:
    held = [f"p{number}" for number in range(2000) if predictor.is_held_back(f"p{number}")]
    assert 300 < len(held) < 500
    answer = predictor.answer(Request(user_id=held[0], attributes={"away": "199"}))
    assert (answer.send, answer.held_back) == (False, True)


def test_an_assignment_that_follows_a_covariate_is_found() -> None:
    rng = np.random.default_rng(1)
    matrix_NC = rng.standard_normal((2000, 5))
    assert dependence(rng.integers(0, 2, 2000).astype(float), matrix_NC) > 0.001
    assert dependence((matrix_NC[:, 2] + rng.standard_normal(2000) > 0).astype(float), matrix_NC) < 1e-6


LOG = {"source": "message_log", "licence": "own", "channel": "email", "arm": "group", "outcomes": {"visited": "came"}}
SPLITS = {"salt": "x", "train": 50, "validation": 20}


def entry(path, **facts):
    arms = {"control": "none", "mail": "mail"}
    given = LOG | {"path": path, "arms": arms, "splits": SPLITS} | facts
    return TypeAdapter(DatasetParams).validate_python(given)


def rows(biased: bool = False) -> str:
    rng = np.random.default_rng(2)
    lines = ["group,age,told,came"]
    for _ in range(600):
        age, came = rng.integers(18, 80), rng.integers(0, 2)
        mailed = age > 50 if biased else rng.random() < 0.5
        lines.append(f"{'mail' if mailed else 'control'},{age},{came + rng.random() / 9:.3f},{came}")
    return "\n".join(lines) + "\n"


def test_a_log_of_a_random_test_passes_and_one_that_is_not_names_what_is_wrong(tmp_path) -> None:
    found = {}
    for name, biased, facts in (("fair", False, {"leave_out": ["told"]}), ("bent", True, {})):
        path = tmp_path / f"{name}.csv"
        path.write_text(rows(biased))
        params = entry(path, **facts)
        folder = prepare(name, params, lambda *_: None, tmp_path / name)
        report = check(open_dataset(name, folder, "1"), params, tmp_path / "docs", lambda *_: None)
        found[name] = {failure["check"] for failure in report.failures if failure["severity"] == "critical"}
    assert found["fair"] == set()
    assert found["bent"] >= {"arms are random", "outcomes are no covariates"}


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"arms": {"control": "none", "post": "mail"}}, "has the arm 'mail', which params.yaml does not name"),
        ({"user": "age"}, "give one row a person"),
        ({"outcomes": {"visited": "group"}}, "group is an outcome, and not always a number"),
        ({"outcomes": {"visited": "gone"}}, "has no column 'gone'"),
    ],
)
def test_a_log_that_cannot_be_read_is_named(facts, message, tmp_path) -> None:
    (tmp_path / "log.csv").write_text(rows())
    with pytest.raises(UserError, match=message):
        prepare("mine", entry(tmp_path / "log.csv", **facts), lambda *_: None, tmp_path / "out")


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"arms": {"control": "none", "rest": "none"}}, "and another"),
        ({"shares": {"none": 0.5, "mail": 0.6}}, "add up to 1"),
        ({"shares": {"none": 1.0, "mail": 0.0}}, "above 0"),
    ],
)
def test_a_design_that_tells_nothing_is_refused(facts, message, tmp_path) -> None:
    with pytest.raises(ValidationError, match=message):
        entry(tmp_path / "log.csv", **facts)


def test_the_plan_of_a_week_tells_those_whom_a_message_moves(predictor: NotificationPredictor) -> None:
    people = pa.Table.from_pylist(
        [
            {
                "user_id": f"p{number}",
                "attributes": [("away", str(number % 200)), ("device", "a")],
                "zone": "Europe/Berlin" if number % 7 else "Mars/Base",
                "channels": ["push"] if number % 5 else [],
                "visits": None if number % 3 else [0] * 167 + [5],
            }
            for number in range(400)
        ],
        PEOPLE,
    )
    made = plan(predictor, people, Terms(volume=50, cap=2, caps={"push": 2}), "2025-W02")
    rows = made.rows.to_pylist()
    numbers = [int(row["user_id"][1:]) for row in rows]
    assert len(rows) == 50
    assert min(number % 200 for number in numbers) > 100
    assert all(number % 5 and number % 7 for number in numbers)
    assert not any(predictor.is_held_back(row["user_id"]) for row in rows)
    assert len(made.refused) == len(range(0, 400, 7))
    assert rows[0]["reason"].startswith("news by push on ")


def test_a_column_of_people_is_the_matrix_of_people(predictor: NotificationPredictor) -> None:
    people = [{"away": "3", "device": "b"}, {}, {"away": "none"}, {"device": "?", "more": "1"}]
    column = pa.array([list(one.items()) for one in [{"away": "9"}, *people]], PEOPLE.field("attributes").type)[1:]
    assert np.array_equal(predictor.covariates.matrix_of(column), predictor.covariates.matrix(people))


def test_opens_order_people_where_an_outcome_is_lost_in_noise() -> None:
    whole = trial(moved=1.5, usual=0.5)
    opens_N = (np.random.default_rng(5).random(COUNT) < 1 / (1 + np.exp(1 - whole.matrix_NC[:, 0]))) * whole.treated_N
    gain_N = learn("open-linear", replace(whole, opened_N=opens_N), CONFIG).of(whole.matrix_NC)
    assert np.corrcoef(gain_N, whole.matrix_NC[:, 0])[0, 1] > 0.8


def test_a_message_that_may_cost_the_channel_has_to_gain_more() -> None:
    rng = np.random.default_rng(0)
    matrix_NC = rng.standard_normal((COUNT, 1)).astype(np.float32)
    left_N = rng.random(COUNT) < 1 / (1 + np.exp(3 - 2 * matrix_NC[:, 0]))
    messages = pd.DataFrame({"arm": "news", "unsubscribed": left_N, "days_active": np.where(left_N, 2, 6)})
    losses, said = learn_losses(messages, matrix_NC, CONFIG, "visited")
    calm, angry = losses.of(np.array([[-2.0], [2.0]], np.float32), weeks=8)
    assert 0 <= calm < 0.5 < 2 < angry < 8
    assert "costs 4.0" in said or "costs 3.9" in said
    assert learn_losses(messages, matrix_NC, CONFIG, "bought")[0].of(matrix_NC, 8).max() == 0


def test_what_is_measured_while_an_outcome_comes_about_is_no_covariate(tmp_path) -> None:
    rng = np.random.default_rng(3)
    talk_N = rng.exponential(1.0, 4000)
    bought_N = (talk_N > 0.4) & (rng.random(4000) < 0.25 * talk_N)
    path = tmp_path / "calls.csv"
    pd.DataFrame({"talk": talk_N, "came": np.where(bought_N, "yes", "no")}).to_csv(path, index=False)
    params = entry(path, arm=None, arms={}, positive="yes")
    folder = prepare("calls", params, lambda *_: None, tmp_path / "calls")
    report = check(open_dataset("calls", folder, "1"), params, tmp_path / "docs", lambda *_: None)
    found = {failure["check"]: failure["severity"] for failure in report.failures}
    assert found == {"outcomes are no covariates": "critical", "several arms": "warning"}
