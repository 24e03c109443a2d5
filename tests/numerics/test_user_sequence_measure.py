"""The evaluation of a small trained bundle agrees with what the predictor answers to requests."""

from types import SimpleNamespace

import numpy as np
import pytest

from components.evaluation import Evaluation
from components.systems.user_sequence.catalogue import read_catalogue
from components.systems.user_sequence.config import Config
from components.systems.user_sequence.contest import lists_of_bundle
from components.systems.user_sequence.crowd import Crowd
from components.systems.user_sequence.evaluation_config import EvaluationConfig
from components.systems.user_sequence.histories import read_histories
from components.systems.user_sequence.kin import Kin
from components.systems.user_sequence.measure import evaluate
from components.systems.user_sequence.predictor import UserSequencePredictor
from components.systems.user_sequence.protocol import examples_of
from components.systems.user_sequence.scorer import Blend
from components.systems.user_sequence.train import fit
from components.systems.user_sequence.types import Action, Request, Trending
from data.dataset import open_dataset
from tests.logs import DAY_S, frame, log_rows, prepared

SETTINGS = {
    "network": {"dim": 16, "layers": 1},
    "training": {"epochs": 1, "batch_size": 64, "learning_rate": 0.01, "weight_decay": 0.01, "patience": 1},
}
EVALUATION = EvaluationConfig(ks=(1, 3), baselines=("popularity", "transitions"), interests_k=5)


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    folder = tmp_path_factory.mktemp("measured")
    rows = log_rows(users=12)
    path = prepared(folder, rows.assign(item="j" + rows.index.map(lambda row: str(row * 7 % 23))))
    dataset = open_dataset("mine", path, "1")
    for part in ("work", "bundle"):
        (folder / part).mkdir()
    fit(dataset, Config.model_validate(SETTINGS), folder / "work", folder / "bundle", lambda *_: None)
    config = SimpleNamespace(split="test", evaluation=EVALUATION)
    return folder, path, evaluate(folder / "bundle", dataset, config, folder / "out", lambda *_: None)


def test_users_are_judged_by_what_the_service_answers(measured):
    folder, path, evaluation = measured
    predictor = UserSequencePredictor.open(folder / "bundle")
    events = frame(path, "events")
    checked = 0
    for user, part in events.groupby("user_id"):
        last = part[part["split"] == "test"]
        before = part[part["split"] != "test"]
        if last.empty or last["item_id"].iloc[0] in set(before["item_id"]):
            assert user not in evaluation.examples.index
            continue
        columns = zip(before["item_id"], before["action"], before["time_s"], strict=True)
        actions = tuple(Action(item_id=item, action=action, time_s=int(time)) for item, action, time in columns)
        answer = predictor.answer(Request(actions=actions, k=3))
        found = [entry.item_id for entry in answer.items]
        rank = found.index(last["item_id"].iloc[0]) + 1 if last["item_id"].iloc[0] in found else None
        assert evaluation.examples.loc[user, "hr_at_3"] == (rank is not None)
        assert evaluation.examples.loc[user, "ndcg_at_3"] == pytest.approx(1 / np.log2(rank + 1) if rank else 0)
        checked += 1
    assert checked == len(evaluation.examples) > 5


def test_everything_announced_is_there(measured):
    folder, _, evaluation = measured
    assert {"ndcg_at_3.popularity", "hr_at_1.transitions", "novelty_at_10"} <= set(evaluation.metrics)
    assert {"history", "user", "target", "item_age", "activity"} == set(evaluation.slices)
    assert set(evaluation.metrics) | set(evaluation.slices) == set(evaluation.examples.columns)
    assert np.isfinite(evaluation.examples[list(evaluation.metrics)].to_numpy()).all()
    scalars = {"latency_p50_ms", "latency_p99_ms", "size_mb", "histories_per_s", "coverage_at_10.popularity"}
    assert scalars <= set(evaluation.scalars)
    assert "share_of_oracle" not in evaluation.scalars  # nobody knows the truth of a log
    assert evaluation.notes == ()  # times are known
    for name in evaluation.pictures:
        assert (folder / "out" / name).stat().st_size > 1000
    evaluation.save(folder / "saved")
    assert Evaluation.load(folder / "saved").notes == evaluation.notes


def _weighing_the_trend(folder, histories):
    """The predictor, with a trend that outweighs the rest, and who reads alike within it."""
    predictor = UserSequencePredictor.open(folder / "bundle")
    trained = histories.within("train")
    items = len(predictor.item_ids)
    predictor.scorer.kin = Kin.count(trained.user_ids.tolist(), trained.item_E, trained.owners(), items)
    predictor.scorer.blend = Blend(trend=50.0, alike=5.0, half_life_days=0.5)
    return predictor


def test_the_crowd_is_told_as_a_request_would_tell_it(measured):
    folder, path, _ = measured
    dataset = open_dataset("mine", path, "1")
    catalogue = read_catalogue(dataset)
    histories = read_histories(dataset, catalogue.item_ids)
    examples = examples_of(histories, "test")
    predictor = _weighing_the_trend(folder, histories)
    lists = lists_of_bundle(predictor, dataset, catalogue, examples, 3)
    kin = predictor.scorer.kin
    crowd = Crowd.of(histories, len(catalogue.item_ids), None, kin)
    names = list(kin.row_of)
    for number in range(len(examples)):
        first, stop = examples.first_B[number], examples.stop_B[number]
        now_s = int(histories.time_s_E[stop])
        count_N = crowd.counts(np.array([now_s]), 0.5)[0]
        came_E = (crowd.time_s_E < now_s) & (crowd.time_s_E >= now_s - DAY_S)
        trending = tuple(
            Trending(
                item_id=catalogue.item_ids[row],
                count=float(count_N[row]),
                user_ids=tuple(names[person] for person in crowd.person_E[came_E & (crowd.item_E == row)]),
            )
            for row in np.flatnonzero(count_N)
        )
        actions = tuple(
            Action(
                item_id=catalogue.item_ids[histories.item_E[event]],
                action=histories.actions[histories.action_E[event]],
                time_s=int(histories.time_s_E[event]),
            )
            for event in range(first, stop)
        )
        answer = predictor.answer(Request(actions=actions, time_s=now_s, k=3, trending=trending))
        found = [item.item_id for item in answer.items]
        assert found == [catalogue.item_ids[row] for row in lists.item_BK[number] if row >= 0]
        assert [item.score for item in answer.items] == pytest.approx(lists.score_BK[number][: len(found)], rel=1e-4)
