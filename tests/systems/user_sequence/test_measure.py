"""The evaluation of a small trained bundle agrees with what the predictor answers to requests."""

import json
import shutil
from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from components.code import code_of_part
from components.evaluation import Evaluation
from components.systems.user_sequence import measure
from components.systems.user_sequence.config import Config, EvaluationConfig
from components.systems.user_sequence.examples import examples_of
from components.systems.user_sequence.goldens import golden_requests
from components.systems.user_sequence.lists import lists_of_bundle, makers_of
from components.systems.user_sequence.measure import evaluate
from components.systems.user_sequence.neighbours import Neighbours
from components.systems.user_sequence.predictor import UserSequencePredictor
from components.systems.user_sequence.profile import Profile
from components.systems.user_sequence.scorer import Blend
from components.systems.user_sequence.tables import read_catalogue, read_histories
from components.systems.user_sequence.train import fit
from components.systems.user_sequence.trend import CrowdLog
from components.systems.user_sequence.types import Action, Request, Trending
from data.dataset import open_dataset
from tests.logs import frame, log_rows, prepared

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
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CORKBOARD_HOME", str(folder / "home"))
        return folder, path, evaluated(folder, dataset)


def evaluated(folder, dataset, split="test", **settings) -> Evaluation:
    config = SimpleNamespace(split=split, evaluation=EVALUATION.model_copy(update=settings))
    return evaluate(folder / "bundle", dataset, config, folder / "out", lambda *_: None)


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
    assert {"ndcg_at_3.popularity", "hr_at_1.transitions", "novelty_at_10"} <= set(evaluation.names)
    assert {"history", "user", "target", "item_age", "activity"} == set(evaluation.slices)
    assert set(evaluation.names) | set(evaluation.slices) == set(evaluation.examples.columns)
    assert np.isfinite(evaluation.examples[list(evaluation.names)].to_numpy()).all()
    scalars = {"latency_p50_ms", "latency_p99_ms", "size_mb", "histories_per_s", "coverage_at_10.popularity"}
    assert scalars <= set(evaluation.scalars)
    assert "share_of_oracle" not in evaluation.scalars  # nobody knows the truth of a log
    assert evaluation.notes == ()  # times are known
    for name in evaluation.pictures:
        assert (folder / "out" / name).stat().st_size > 1000
    evaluation.save(folder / "saved")
    assert Evaluation.load(folder / "saved").notes == evaluation.notes


@pytest.fixture
def learned(measured, monkeypatch):
    """The baselines that were measured since, in a state folder that holds what the fixture `measured` kept."""
    names = []

    def makers(*given):
        return {name: partial(_noted, names, name, make) for name, make in makers_of(*given).items()}

    monkeypatch.setattr(measure, "makers_of", makers)
    monkeypatch.setenv("CORKBOARD_HOME", str(measured[0] / "home"))
    return names


def _noted(names, name, make):
    names.append(name)
    return make()


def test_a_baseline_is_measured_once_and_its_figures_come_back_as_they_were(measured, learned, tmp_path, monkeypatch):
    folder, path, first = measured
    dataset = open_dataset("mine", path, "1")
    again = evaluated(folder, dataset)
    assert learned == []
    monkeypatch.setenv("CORKBOARD_HOME", str(tmp_path))
    anew = evaluated(folder, dataset)
    assert learned == ["popularity", "transitions"]
    for evaluation in (again, anew):
        pd.testing.assert_frame_equal(evaluation.examples, first.examples, check_exact=True)
        for name in ("coverage_at_10.popularity", "p90_coverage_at_10.transitions"):
            assert evaluation.scalars[name] == first.scalars[name]
    evaluated(folder, dataset, baselines=("newest", "transitions"))
    assert learned == ["popularity", "transitions", "newest"]  # which of them are asked decides none of them


@pytest.mark.parametrize(
    "settings", [{"split": "validation"}, {"users": 5}, {"ks": (1, 2)}, {"baselines_see": "known"}]
)
def test_other_settings_measure_the_baselines_anew(measured, learned, settings):
    folder, path, _ = measured
    evaluated(folder, open_dataset("mine", path, "1"), **settings)
    assert learned == ["popularity", "transitions"]


@pytest.mark.parametrize(
    ("table", "column", "found"), [("events", "time_s", 2), ("items", "title", 2), ("users", "last_s", 0)]
)
def test_another_version_of_what_is_read_measures_the_baselines_anew(measured, learned, table, column, found):
    folder, path, _ = measured
    dataset = open_dataset("mine", path, "1")
    content = dataset.tables[table]
    changed = replace(content, columns={**content.columns, column: f"another {table}"})
    evaluated(folder, replace(dataset, tables={**dataset.tables, table: changed}))
    assert len(learned) == found


def test_other_code_measures_the_baselines_anew(measured, learned, monkeypatch):
    folder, path, _ = measured
    monkeypatch.setattr(measure, "code_of_evaluation", lambda _: code_of_part("components.ranking"))
    evaluated(folder, open_dataset("mine", path, "1"))
    assert learned == ["popularity", "transitions"]


def _weighing_the_trend(folder, histories):
    """The predictor, with a trend that outweighs the rest, and neighbours within it."""
    predictor = UserSequencePredictor.open(folder / "bundle")
    trained = histories.within("train")
    items = len(predictor.item_ids)
    predictor.scorer.neighbours = Neighbours.count(trained, items)
    predictor.scorer.blend = Blend(trend=50.0, neighbours=5.0, half_life_days=0.5)
    return predictor


def test_the_crowd_is_measured_as_a_request_describes_it(measured):
    folder, path, _ = measured
    dataset = open_dataset("mine", path, "1")
    catalogue = read_catalogue(dataset)
    histories = read_histories(dataset, catalogue.item_ids)
    examples = examples_of(histories, "test")
    predictor = _weighing_the_trend(folder, histories)
    lists = lists_of_bundle(predictor, dataset, catalogue, examples, 3)
    neighbours = predictor.scorer.neighbours
    crowd_log = CrowdLog.of(histories, len(catalogue.item_ids), None, neighbours)
    names = list(neighbours.row_of)
    for number in range(len(examples)):
        first, stop = examples.first_B[number], examples.stop_B[number]
        now_s = int(histories.time_s_E[stop])
        (crowd,) = crowd_log.at(np.array([now_s]), 0.5)
        trending = tuple(
            Trending(
                item_id=catalogue.item_ids[row],
                count=float(crowd.count_N[row]),
                user_ids=tuple(names[person] for person in crowd.person_E[crowd.item_E == row]),
            )
            for row in np.flatnonzero(crowd.count_N)
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


def _planted(dataset, folder, last: str, item_id: str, time_s: int):
    """The data set with one more event of its last user, at the end of the history, whenever it happened."""
    shutil.copytree(dataset.path, folder)
    events = dataset.table("events")
    rows = [row for row in events.to_pylist() if row["user_id"] == last]
    newest = max(rows, key=lambda row: row["place"])
    row = newest | {"item_id": item_id, "time_s": time_s, "place": newest["place"] + 1}
    planted = pa.concat_tables([events, pa.Table.from_pylist([row], events.schema)])
    pq.write_table(planted, folder / "events.parquet")
    return open_dataset("mine", folder, "2")


def test_what_happens_after_a_question_does_not_change_its_answer(measured, tmp_path):
    folder, path, _ = measured
    dataset = open_dataset("mine", path, "1")
    catalogue = read_catalogue(dataset)
    histories = read_histories(dataset, catalogue.item_ids)
    examples = examples_of(histories, "test")
    predictor = _weighing_the_trend(folder, histories)
    asked_s = histories.time_s_E[examples.stop_B]
    last = str(histories.user_ids[-1])
    before = lists_of_bundle(predictor, dataset, catalogue, examples, 3)
    item_id = catalogue.item_ids[next(row for row in range(23) if row not in before.item_BK[:, 0])]
    for place, moment in (("later", int(asked_s.max())), ("earlier", int(asked_s.min()) - 60)):
        planted = _planted(dataset, tmp_path / place, last, item_id, moment)
        again = lists_of_bundle(predictor, planted, catalogue, examples, 3)
        same = (again.item_BK == before.item_BK).all() and again.score_BK == pytest.approx(before.score_BK, rel=1e-5)
        assert same == (place == "later")


def test_a_bundle_that_weighs_the_trend_has_a_golden_request_with_one(measured, tmp_path):
    folder, path, _ = measured
    dataset = open_dataset("mine", path, "1")
    shutil.copytree(folder / "bundle", tmp_path / "bundle")
    description = json.loads((tmp_path / "bundle" / "sequence.json").read_text())
    description["blend"] |= {"trend": 50.0, "neighbours": 0.0}
    (tmp_path / "bundle" / "sequence.json").write_text(json.dumps(description))
    goldens = {golden.name: golden for golden in golden_requests(tmp_path / "bundle", dataset)}
    predictor = UserSequencePredictor.open(tmp_path / "bundle")
    golden = goldens["trending"]
    assert predictor.answer(Request(**golden.request)).model_dump(mode="json") == golden.answer
    without = predictor.answer(Request(**{**golden.request, "trending": []}))
    assert [item.score for item in without.items] != [item["score"] for item in golden.answer["items"]]


def test_a_profile_reads_what_the_transformer_does_not(measured):
    folder, path, _ = measured
    dataset = open_dataset("mine", path, "1")
    catalogue = read_catalogue(dataset)
    colours = tuple({"colour": ("red", "blue")[row % 2]} for row in range(len(catalogue.item_ids)))
    trained = read_histories(dataset, catalogue.item_ids).within("train")
    counted = Profile.count(trained, replace(catalogue, attributes=colours), ("save",))
    predictor = UserSequencePredictor.open(folder / "bundle")
    without = predictor.answer(Request(k=5))
    predictor.read_codes = tuple(code for name, code in predictor.action_code.items() if name == "save")
    predictor.scorer.profile = replace(
        counted, weight_KF=np.ones((2, 1)), rate_weight=np.array(0.5), follow_weight_S=np.array([2.0])
    )
    pairs = ((0, "view"), (3, "save"), (4, "view"), (6, "view"))
    actions = [{"item_id": catalogue.item_ids[row], "action": action} for row, action in pairs]
    request = Request(actions=actions, k=5, explain=True)
    answer = predictor.answer(request)
    history, _ = predictor._history(request)
    row_BK, score_BK = predictor.rank(predictor.contexts([history, history.part(slice(0, 0))]), 5)
    assert [item.item_id for item in answer.items] == [predictor.item_ids[row] for row in row_BK[0]]
    assert [item.score for item in answer.items] == pytest.approx(score_BK[0].tolist(), rel=1e-4)
    profile_N = predictor.scorer.profile.scores(history, None)
    predictor.scorer.profile = None
    bare = {item.item_id: item.score for item in predictor.answer(Request(actions=actions, k=1000)).items}
    for item in answer.items:
        expected = bare[item.item_id] + profile_N[predictor.index.row_of[item.item_id]]
        assert item.score == pytest.approx(expected, rel=1e-4)
    assert [predictor.item_ids[row] for row in row_BK[1]] == [item.item_id for item in without.items]  # of nobody
