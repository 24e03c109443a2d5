"""The predictor of user-sequence answers whoever asks, and refuses by name what cannot be answered."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from pydantic import ValidationError

from components.golden import differences
from components.message import Message
from components.systems.user_sequence.config import Config
from components.systems.user_sequence.graph import Graph
from components.systems.user_sequence.history import History
from components.systems.user_sequence.predictor import UserSequencePredictor, open_bundle
from components.systems.user_sequence.profile import Profile
from components.systems.user_sequence.scorer import Blend, Scorer, best_rows
from components.systems.user_sequence.train import fit
from components.systems.user_sequence.transformer import TOWER, Packed, Transformer, padded
from components.systems.user_sequence.types import Request, Response
from data.errors import UserError
from tests.pictures import small_dataset

SETTINGS = {
    "network": {"dim": 8, "heads": 1, "layers": 2, "max_length": 6},
    "training": {"epochs": 1, "batch_size": 64, "learning_rate": 0.01, "weight_decay": 0.01, "patience": 1},
}
BAR, DISC, FRAME = "bar-train-000", "disc-train-001", "frame-train-002"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("user-sequence-served")
    for name in ("work", "bundle"):
        (folder / name).mkdir()
    config = Config.model_validate(SETTINGS)
    fit(small_dataset(folder / "data", 8, 4), config, folder / "work", folder / "bundle", lambda *_: None)
    return folder / "bundle"


@pytest.fixture(scope="module")
def predictor(bundle: Path) -> UserSequencePredictor:
    return open_bundle(bundle)


def _ids(predictor: UserSequencePredictor, **fields: object) -> list[str]:
    return [item.item_id for item in predictor.answer(Request.model_validate(fields)).items]


def _done(*item_ids: str) -> list[dict]:
    return [{"item_id": item_id} for item_id in item_ids]


def test_answers_are_by_falling_score_and_leave_out_what_was_done(predictor: UserSequencePredictor) -> None:
    answer = predictor.answer(Request.model_validate({"actions": _done(BAR, DISC), "k": 1000}))
    scores = [item.score for item in answer.items]
    assert scores == sorted(scores, reverse=True)
    assert len(scores) == len(predictor.item_ids) - 2
    assert not {BAR, DISC} & {item.item_id for item in answer.items}
    assert answer.personal
    assert answer.items[0].title
    assert answer.items[0].because == ()
    assert BAR in _ids(predictor, actions=_done(BAR, DISC), k=1000, exclude_history=False)


def test_what_is_done_now_changes_the_answer(predictor: UserSequencePredictor) -> None:
    assert _ids(predictor, actions=_done(BAR)) != _ids(predictor, actions=_done(FRAME))
    assert _ids(predictor, actions=_done(BAR, FRAME), k=100) != _ids(predictor, actions=_done(FRAME, BAR), k=100)


def test_a_known_users_history_comes_before_the_actions(predictor: UserSequencePredictor) -> None:
    history = predictor.people.history("user-03")
    assert history is not None
    stored = [predictor.item_ids[row] for row in history.item_L]
    assert len(stored) == 8  # all but the event of the test split
    assert not set(stored) & set(_ids(predictor, user_id="user-03", k=1000))
    new = next(item_id for item_id in predictor.item_ids if item_id not in stored)
    assert _ids(predictor, user_id="user-03", actions=_done(new), k=1000) != _ids(predictor, actions=_done(new), k=1000)
    assert len(_ids(predictor, user_id="user-03", actions=_done(new), k=1000)) == len(predictor.item_ids) - 9


@pytest.mark.parametrize("fields", [{}, {"user_id": "nobody"}, {"actions": _done("gone", "gone")}])
def test_somebody_unknown_gets_what_is_popular(predictor: UserSequencePredictor, fields: dict) -> None:
    answer = predictor.answer(Request.model_validate({**fields, "k": 10, "explain": True}))
    assert not answer.personal
    assert answer.ignored == (("gone",) if "actions" in fields else ())
    rows = [predictor.index.row_of[item.item_id] for item in answer.items]
    popular_N = predictor.scorer.popularity.count_N
    assert popular_N[rows].tolist() == sorted(popular_N.tolist(), reverse=True)[:10]


def test_unknown_items_are_passed_over_and_told(predictor: UserSequencePredictor) -> None:
    answer = predictor.answer(Request.model_validate({"actions": _done("gone", BAR, "gone", "away")}))
    assert answer.ignored == ("gone", "away")
    assert answer.items == predictor.answer(Request.model_validate({"actions": _done(BAR)})).items
    many = predictor.answer(Request.model_validate({"actions": _done(*(f"gone-{number}" for number in range(500)))}))
    assert len(many.ignored) == 100


def test_filters_leave_what_matches(predictor: UserSequencePredictor) -> None:
    found = _ids(predictor, actions=_done(BAR), k=1000, filters={"colour": "red", "category": ["bar", "disc"]})
    assert found
    assert all(predictor.index.metadata.row(predictor.index.row_of[item_id])["colour"] == "red" for item_id in found)
    assert all(item_id.startswith(("bar", "disc")) for item_id in found)
    assert _ids(predictor, k=1000, filters={"category": "bar"})  # of the popular ones too


def test_ten_thousand_actions_are_answered_by_the_newest(predictor: UserSequencePredictor) -> None:
    newest = [BAR, DISC, FRAME, BAR, DISC, FRAME, BAR, FRAME, DISC, BAR, BAR, DISC]
    long = _done(*["disc-train-003"] * (10_000 - len(newest)), *newest)
    few = predictor.answer(Request.model_validate({"actions": _done("disc-train-003", *newest), "k": 5}))
    assert [item.item_id for item in few.items] == _ids(predictor, actions=long, k=5)


def test_the_only_item_of_a_history_is_the_cause(predictor: UserSequencePredictor) -> None:
    answer = predictor.answer(Request.model_validate({"actions": _done(BAR, BAR), "k": 3, "explain": True}))
    assert [[(cause.item_id, cause.share) for cause in item.because] for item in answer.items] == [[(BAR, 1.0)]] * 3


def test_explaining_changes_nothing_but_that_it_is_explained(predictor: UserSequencePredictor) -> None:
    """Of histories longer than what is read, with times: the gap before the first action that is read is known."""
    ids = predictor.item_ids
    for length in (1, 6, 7, 20):
        actions = [{"item_id": ids[number % 9], "time_s": 10**9 + 7**number} for number in range(length)]
        plain, explained = (
            predictor.answer(Request.model_validate({"actions": actions[:12], "k": 30, "explain": explain}))
            for explain in (False, True)
        )
        assert [item.item_id for item in plain.items] == [item.item_id for item in explained.items]
        assert [item.score for item in plain.items] == pytest.approx([item.score for item in explained.items], abs=1e-5)


@pytest.mark.parametrize(("max_length", "last"), [(6, 10), (4, 2), (5, 5)])
@pytest.mark.parametrize(("length", "same"), [(3, 0), (5, 0), (14, 0), (4, 7)])
def test_explanations_are_those_of_scoring_again_without_each_item(
    predictor: UserSequencePredictor, max_length: int, last: int, length: int, same: int
) -> None:
    """One after the other, with nothing shared; the graph and a person's profile count too."""
    generator = np.random.default_rng(length)
    served = predictor.scorer
    graph = Graph(replace(served.graph.transitions, last=last))
    profile = _profile(len(predictor.item_ids))
    transformer = replace(served.transformer, max_length=max_length)
    scorer = replace(served, transformer=transformer, graph=graph, profile=profile, blend=Blend(graph=2.0))
    item_L = np.concatenate([generator.integers(0, 8, length), np.full(same, 3)])
    zeros_L = np.zeros(len(item_L), np.int64)
    whole = History(item_L, zeros_L + 1, zeros_L + 1, generator.integers(1, 10**6, len(item_L)).cumsum())
    row_K = np.arange(8, 20)

    def scores(history: History, newest: History, before: int) -> np.ndarray:
        score_N = _query(transformer, newest, before) @ transformer.vector_ND.T
        return (score_N + 2 * graph.transitions.scores(history.item_L) + profile.scores(history, None))[row_K]

    newest = whole.part(slice(-max_length - 1, None))
    before = int(len(newest) > max_length)
    item_J = np.unique(newest.item_L[before:])
    if len(item_J) > 1:
        rests = []
        for item in item_J:
            keep_L = newest.item_L != item
            keep_L[:before] = True
            rests.append(scores(whole.part(whole.item_L != item), newest.part(keep_L), before))
        raised_JK = (scores(whole, newest, before) - np.stack(rests)).clip(min=0)
    else:
        raised_JK = np.ones((1, len(row_K)))
    assert raised_JK.any()
    share_JK = raised_JK / np.maximum(raised_JK.sum(axis=0), 1e-9)
    for k, moved in enumerate(_causes(scorer, whole, row_K)):
        most = np.sort(share_JK[share_JK[:, k] > 0, k])[::-1][:3].tolist()
        assert [share for _, share in moved] == pytest.approx(most, abs=1e-4)
        assert [share_JK[item_J == row, k].item() for row, _ in moved] == pytest.approx(most, abs=1e-4)


def _profile(items: int) -> Profile:
    """By one attribute of three values, of what was done and of what was looked at on the only surface."""
    return Profile(
        code_FN=(np.arange(items) % 3)[None],
        field_V=np.zeros(3, int),
        share_KV=np.full((2, 3), 1 / 3),
        done_A=np.array([1]),
        rate_N=np.zeros(items),
        offset_R1=np.zeros(items + 1, int),
        target_E=np.empty(0, np.int32),
        times_E=np.empty(0, np.float32),
        weight_KF=np.array([[1.0], [0.5]]),
        rate_weight=np.zeros(()),
        follow_weight_S=np.zeros(1),
    )


def _query(transformer: Transformer, history: History, before: int) -> np.ndarray:
    """Of one history alone, of whose first `before` actions the time alone is read."""
    tokens = padded([history], len(history))
    columns = (tokens.item_BL, tokens.action_BL, tokens.surface_BL, tokens.gap_BL)
    place_L = np.arange(len(history) - before)
    given = Packed(
        *(column[0, before:] for column in columns), place_L, place_L[None], place_L, tokens.length_B - before
    )
    return transformer.queries(given)[0]


def _causes(scorer: Scorer, history: History, row_K: np.ndarray) -> list[list[tuple[int, float]]]:
    left_out = scorer.left_out(history, history, None)
    query_XD = scorer.transformer.queries(scorer.transformer.packed_without(left_out))
    return scorer.causes(replace(left_out, query_XD=query_XD), row_K)


def test_only_some_items_may_be_recommended_and_their_reasons_are_the_same(predictor: UserSequencePredictor) -> None:
    fields = {"actions": _done(BAR, DISC, FRAME), "explain": True}
    every = predictor.answer(Request.model_validate({**fields, "k": 30})).items
    some = [every[place].item_id for place in (7, 2, 4)]
    among = {**fields, "k": 9, "among": [*some, "no such item", BAR]}
    assert predictor.answer(Request.model_validate(among)).items == (every[2], every[4], every[7])
    assert predictor.answer(Request.model_validate({**fields, "among": ["no such item"]})).items == ()


def test_a_long_history_is_explained_within_bounds(predictor: UserSequencePredictor) -> None:
    actions = _done(*(predictor.item_ids * 40)[:2000])
    history, _ = predictor._history(Request.model_validate({"actions": actions}))
    for moved in _causes(predictor.scorer, history, np.arange(5)):
        assert len(moved) <= 3
        assert {row for row, _ in moved} <= set(history.item_L[-6:].tolist())  # as far as the transformer reads


def test_nothing_that_matches_is_explained_by_nothing(predictor: UserSequencePredictor) -> None:
    filters = {"category": "bar", "colour": "red"}
    every = _ids(predictor, actions=_done(DISC), filters=filters, k=1000)
    fields = {"actions": _done(*every, DISC), "filters": filters, "explain": True}
    assert predictor.answer(Request.model_validate(fields)).items == ()


def test_what_takes_a_moment_is_answered_at_once(predictor: UserSequencePredictor) -> None:
    """Stored actions count, and explanations read a history many times, as far as it is read."""
    stored = len(predictor.people.history("user-03").item_L)  # type: ignore[union-attr]
    for count, user_id, explain, quick in (
        (200, None, False, True),
        (201, None, False, False),
        (30, None, True, True),
        (31, None, True, False),
        (30 - stored, "user-03", True, True),
        (31 - stored, "user-03", True, False),
        (30, "nobody", True, True),
    ):
        fields = {"actions": _done(*[BAR] * count), "user_id": user_id, "explain": explain}
        assert predictor.is_quick(Message(Request.model_validate(fields))) is quick
    clicks = copy(predictor)
    clicks.read_codes = (predictor.action_code["click"],)
    actions = [{"item_id": BAR, "action": "click"}] * 30
    looked_at = [{"item_id": BAR, "action": "save"}] * 100
    assert clicks.is_quick(Message(Request.model_validate({"actions": [*actions, *looked_at], "explain": True})))
    assert not clicks.is_quick(Message(Request.model_validate({"actions": [*actions, *actions[:1]], "explain": True})))


def test_a_tower_of_another_release_is_refused_by_name(bundle: Path, tmp_path) -> None:
    copy = shutil.copytree(bundle, tmp_path / "bundle")
    older = onnx.compose.add_prefix(onnx.load(copy / TOWER), "older_")
    (copy / TOWER).write_bytes(older.SerializeToString())
    with pytest.raises(
        UserError, match=r"query\.onnx was made by another release of user-sequence; use that one, or train again"
    ):
        open_bundle(copy)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"actions": [{"item_id": BAR, "action": "buy"}]}, "unknown action 'buy'; known: click, save"),
        ({"filters": {"shape": "round"}}, "unknown filter 'shape'; known: category, colour"),
        ({"filters": {"colour": "green"}}, "known: blue, red"),
    ],
)
def test_requests_that_cannot_be_met(predictor: UserSequencePredictor, fields: dict, message: str) -> None:
    with pytest.raises(UserError, match=message):
        predictor.answer(Request.model_validate(fields))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"k": 0}, "greater than or equal to 1"),
        ({"k": 1001}, "less than or equal to 1000"),
        ({"user_id": 7}, "valid string"),
        ({"user_id": ""}, "at least 1 character"),
        ({"actions": [{"item_id": 7}]}, "valid string"),
        ({"actions": [{"item": BAR}]}, "Field required"),
        ({"actions": _done(*[BAR] * 10_001)}, "at most 10000 items"),
        ({"actions": [{"item_id": BAR, "time_s": 1_700_000_000_000}]}, "looks like milliseconds"),
        ({"actions": [{"item_id": BAR, "time_s": -5}]}, "greater than or equal to 0"),
        ({"actions": [{"item_id": BAR, "time_s": 9}, {"item_id": BAR, "time_s": 8}]}, "sort the actions"),
    ],
)
def test_malformed_requests(fields: dict, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Request.model_validate(fields)


def test_answers_alike_from_many_threads(predictor: UserSequencePredictor) -> None:
    request = Request.model_validate({"actions": _done(BAR, DISC, FRAME), "explain": True})
    expected = predictor.answer(request)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: predictor.answer(request), range(40)))
    assert all(answer == expected for answer in answers)


def test_requests_together_are_answered_as_one_by_one(predictor: UserSequencePredictor) -> None:
    """Among them somebody unknown, long and short histories, and one that cannot be met, which harms no other."""
    ids = predictor.item_ids
    asked = [
        Request.model_validate({"actions": _done(*ids[:count]), "k": 5, "explain": explain})
        for count, explain in ((0, True), (1, True), (9, False), (4, True))
    ]
    asked.append(Request.model_validate({"user_id": "user-03", "actions": _done(*ids[:2]), "explain": True}))
    wrong = Request.model_validate({"actions": [{"item_id": ids[0], "action": "shrug"}]})
    unmet = Request.model_validate({"actions": _done(ids[0]), "filters": {"shape": "round"}, "explain": True})
    found = predictor.responses([*asked[:2], wrong, unmet, *asked[2:]])
    assert all(isinstance(found.pop(2), UserError) for _ in range(2))
    for request, answer in zip(asked, found, strict=True):
        assert isinstance(answer, Response)
        assert differences(predictor.answer(request).model_dump(mode="json"), answer.model_dump(mode="json")) == []
    assert predictor.responses([]) == []


def test_damaged_bundles_are_said(bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"sequence\.json is missing"):
        open_bundle(tmp_path)
    for path in bundle.rglob("*"):
        if path.is_file():
            copy = tmp_path / path.relative_to(bundle)
            copy.parent.mkdir(exist_ok=True)
            copy.write_bytes(path.read_bytes())
    (tmp_path / "people.npz").write_bytes((bundle / "people.npz").read_bytes()[:-40])
    with pytest.raises(UserError, match=r"people\.npz holds no histories"):
        open_bundle(tmp_path)


def test_the_best_rows_are_sorted_ties_by_row_and_never_minus_infinity() -> None:
    score_N = np.array([1, 3, -np.inf, 3, 2, 3], np.float32)
    assert best_rows(score_N, 2).tolist() == [1, 3]
    assert best_rows(score_N, 4).tolist() == [1, 3, 5, 4]
    assert best_rows(score_N, 9).tolist() == [1, 3, 5, 4, 0]
    assert best_rows(np.full(4, -np.inf), 2).tolist() == []


def test_items_that_are_not_there_yet_are_left_out(predictor: UserSequencePredictor) -> None:
    created_s = int(predictor.scorer.freshness.created_s_N.min())
    assert _ids(predictor, actions=_done(BAR), k=1000, time_s=created_s) == []
    assert len(_ids(predictor, actions=_done(BAR), k=1000, time_s=created_s + 1)) == len(predictor.item_ids) - 1
    assert _ids(predictor, k=1000, time_s=created_s) == []
    history, _ = predictor._history(Request.model_validate({"actions": _done(BAR)}))
    row_BK, _ = predictor.rank(predictor.contexts([history, history], np.array([created_s, created_s + 1])), 5)
    assert (row_BK >= 0).tolist() == [[False] * 5, [True] * 5]
