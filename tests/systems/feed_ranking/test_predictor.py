"""What a feed is made of, worked by hand, and by a bundle that learned from thirty people."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from components.calibration import fit_platt, sigmoid
from components.lifecycle.plan import make_plan
from components.message import Message
from components.reranking import page
from components.reranking.page import Rules, compose
from components.systems.feed_ranking.config import Config
from components.systems.feed_ranking.heads import DESCRIPTION
from components.systems.feed_ranking.measure import evaluate
from components.systems.feed_ranking.predictor import FeedPredictor
from components.systems.feed_ranking.role import WordedRanker
from components.systems.feed_ranking.train import fit
from components.systems.feed_ranking.types import Action, Candidate, Request
from data.times import DAY_S
from tests.pictures import CATEGORIES, START_S, small_dataset

NOW_S = START_S + 20 * DAY_S


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, dataset = tmp_path_factory.mktemp("bundle"), small_dataset(tmp_path_factory.mktemp("data"))
    config = Config.model_validate({"trees": {"rounds": 20, "least_examples": 2, "leaves": 4}, "skip_days": 0})
    fit(dataset, config, folder, folder, lambda *_: None)
    return folder


def request(**fields: object) -> Request:
    items = [f"{category}-train-{number:03d}" for category in CATEGORIES for number in range(8)]
    candidates = tuple(Candidate(item_id=item, source=item[0]) for item in items)
    return Request.model_validate(
        {"user_id": "user-00", "time_s": NOW_S, "surface": "home", "candidates": candidates} | fields
    )


def ids(page: object) -> list[str]:
    return [one.item_id for one in page.items]  # type: ignore[attr-defined]


def test_what_a_person_likes_comes_first(bundle: Path) -> None:
    """User 0 clicks things of the first category, user 1 those of the second."""
    predictor = FeedPredictor.open(bundle)
    assert predictor.heads.names == predictor.config.heads  # as the network has them
    for user in (0, 1):
        page = predictor.answer(request(user_id=f"user-{user:02d}", k=24, diversity=0, explore=False))
        click = {one.item_id: one.probabilities["click"] for one in page.items}
        of = {name: np.mean([chance for item, chance in click.items() if item.startswith(name)]) for name in CATEGORIES}
        assert max(of, key=lambda name: of[name]) == CATEGORIES[user]


def test_a_request_may_weigh_outcomes_otherwise(bundle: Path) -> None:
    predictor = FeedPredictor.open(bundle)
    plain = {"diversity": 0, "explore": False, "k": 24}
    as_set = predictor.answer(request(**plain))
    assert predictor.answer(request(**plain, utility=predictor.config.feed.utility)) == as_set
    for head in ("click", "hide"):
        page = predictor.answer(request(**plain, utility={head: -1.0})).items
        assert [one.utility for one in page] == pytest.approx([-one.probabilities[head] for one in page])
    with pytest.raises(ValueError, match="'lick' is no outcome of impressions; use one of click, "):
        request(utility={"lick": 1.0})


def test_a_hide_of_a_moment_ago_counts_and_later_ones_do_not(bundle: Path) -> None:
    predictor = FeedPredictor.open(bundle)
    plain = predictor.answer(request(diversity=0, explore=False, k=24))
    done = [Action(item_id="bar-train-001", action=name, time_s=NOW_S - 5) for name in ("shown",) for _ in range(9)]
    moved = predictor.answer(request(diversity=0, explore=False, k=24, actions=done))
    later = [one.model_copy(update={"time_s": NOW_S + 5}) for one in done]
    assert predictor.answer(request(diversity=0, explore=False, k=24, actions=later)) == plain
    assert moved != plain
    worded = WordedRanker(predictor).answers(
        [
            Message(
                request(
                    diversity=0,
                    explore=False,
                    k=24,
                    actions=[one.model_copy(update={"action": "view"}) for one in done],
                )
            )
        ]
    )
    assert worded[0].fields == moved  # type: ignore[union-attr]


def test_an_action_that_training_has_counted_does_not_count_twice(bundle: Path) -> None:
    """What is stored of a person comes with each request, however long ago it was."""
    predictor = FeedPredictor.open(bundle)
    trained_s = predictor.stream.counters.latest_ms // 1000
    own = {tuple(item_F) for item_F in predictor.recent.person("user-00").item_AF.tolist()}
    items = ids(predictor.answer(request(k=24)))
    codes_AF = predictor.codes.of(predictor.maker.items, predictor.maker.items.columns(items, items)).tolist()
    logged = [item for item, item_F in zip(items, codes_AF, strict=True) if tuple(item_F) in own]
    asked = {"diversity": 0, "explore": False, "k": 24, "time_s": trained_s + 60}

    def moved(item: str, action: str, time_s: int, user: str = "user-00") -> bool:
        plain = request(**asked, user_id=user)
        done = (Action(item_id=item, action=action, time_s=time_s),)
        return predictor.answer(plain.model_copy(update={"actions": done})) != predictor.answer(plain)

    assert not moved(logged[0], "click", trained_s)
    assert moved(logged[0], "click", trained_s + 1)
    assert moved(logged[0], "click", trained_s, "nobody")
    elsewhere = next(item for item in items if item not in logged)
    assert moved(elsewhere, "click", trained_s)
    assert not moved(elsewhere, "shown", trained_s)


def test_whoever_hides_a_kind_again_and_again_is_shown_hardly_any_more_of_it(bundle: Path) -> None:
    predictor = FeedPredictor.open(bundle)
    kind = CATEGORIES[0]  # which user 0 likes
    hidden = [
        Action(item_id=f"{kind}-train-{number % 4:03d}", action=action, time_s=NOW_S - 60)
        for number in range(60)
        for action in ("shown", "hide")
    ]
    for user in ("user-00", "nobody"):
        page = predictor.answer(request(user_id=user, explore=False, k=12, actions=hidden))
        assert sum(item.startswith(kind) for item in ids(page)) <= 1


def test_what_is_observed_counts_after_a_minute_and_once(bundle: Path) -> None:
    predictor = FeedPredictor.open(bundle)
    before = predictor.answer(request(explore=False))
    for place in range(9):
        assert predictor.observe(f"e{place}", "user-00", "bar-train-001", ("shown",), NOW_S * 1000 - 30_000)
        assert not predictor.observe(f"e{place}", "user-00", "bar-train-001", ("shown",), NOW_S * 1000 - 30_000)
    assert predictor.answer(request(explore=False)) == before
    after = predictor.answer(request(explore=False, time_s=NOW_S + 60))
    assert [one.probabilities for one in after.items] != [one.probabilities for one in before.items]


def test_pages_follow_one_another_as_if_those_before_had_been_shown(bundle: Path) -> None:
    predictor, wanted = FeedPredictor.open(bundle), {"k": 5, "explore": False}
    pages = ids(predictor.answer(request(**wanted, pages=3)))
    assert len(set(pages)) == 15
    left = [one for one in request().candidates if one.item_id not in pages[:5]]
    assert pages[:5] == ids(predictor.answer(request(**wanted)))
    assert pages[5:10] == ids(predictor.answer(request(**wanted, candidates=left)))
    for explore in (False, True):
        every = predictor.answer(request(k=5, explore=explore, pages=10))
        assert len(ids(every)) == len(request().candidates)


def test_unknown_people_items_and_surfaces_are_answered(bundle: Path) -> None:
    predictor = FeedPredictor.open(bundle)
    new = Candidate(item_id="new", category="bar", attributes={"colour": "red"}, created_s=NOW_S)
    page = predictor.answer(
        Request(user_id="nobody", time_s=0, surface="nowhere", candidates=(new, Candidate(item_id="odd"), new), k=5)
    )
    assert sorted(ids(page)) == ["new", "odd"]
    named = {"user_id": "nobody", "time_s": 0, "surface": "nowhere", "k": 5}
    by_source = predictor.answer(Request.model_validate(named | {"sources": {"new": "unknown", "odd": "unknown"}}))
    assert by_source == page
    assert all(0 <= chance <= 1 for one in page.items for chance in one.probabilities.values())
    assert predictor.answer(Request(user_id="nobody", time_s=0)).items == ()


def test_a_page_mixes_sources_and_has_no_copies_side_by_side() -> None:
    utility_N = np.linspace(1, 0.9, 8)
    vectors_ND = np.eye(4, dtype=np.float32)[[0, 0, 0, 0, 1, 2, 3, 3]]
    plainly, variedly = Rules(0.0, 0.5, 0, 10), Rules(0.7, 0.5, 0, 10)
    plain = compose(utility_N, vectors_ND.__getitem__, ["a"] * 8, None, 4, plainly, 0)
    assert [drawn.row for drawn in plain] == [0, 1, 2, 3]
    varied = compose(utility_N, vectors_ND.__getitem__, ["a"] * 8, None, 4, variedly, 0)
    assert len({int(vectors_ND[drawn.row].argmax()) for drawn in varied}) == 4
    mixed = compose(utility_N, vectors_ND.__getitem__, [*["a"] * 6, "b", "b"], None, 4, plainly, 0)
    assert [drawn.row for drawn in mixed] == [0, 1, 6, 7]


@pytest.mark.parametrize("often", [0.3, 0.95])
def test_a_page_is_the_same_however_much_of_the_pool_is_chosen_at_first(
    often: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """often: the share of one source, which has to be cut where it is large."""
    rng = np.random.default_rng(0)
    utility_N, vectors_ND = rng.random(200) - 0.7, rng.standard_normal((200, 8)).astype(np.float32)
    sources = np.where(rng.random(200) < often, "walks", "trend").tolist()
    asked = (utility_N, lambda rows: vectors_ND[rows], sources, None, 20, Rules(0.5, 0.6, 12, 10), 0)
    soon = compose(*asked)
    monkeypatch.setattr(page, "AT_FIRST", page.POOL)
    assert compose(*asked) == soon
    assert len(soon) == 20


def test_an_explored_place_says_with_which_probability_it_was_drawn() -> None:
    utility_N = np.linspace(1, 0, 20)
    shown_N = np.where(np.arange(20) < 15, 1e6, 0.0)
    rules = Rules(0.0, 0.6, 3, 4)
    rows: list[int] = []
    for seed in range(200):
        page = compose(utility_N, np.eye(20, dtype=np.float32).__getitem__, ["a"] * 20, shown_N, 5, rules, seed)
        assert [drawn.propensity for drawn in page] == [1, 1, 0.25, 1, 1]
        assert len({drawn.row for drawn in page}) == 5
        rows.append(page[2].row)
    assert set(np.bincount(rows, minlength=20).nonzero()[0]) <= {5, 6, 7, 8, 15, 16, 17, 18, 19}
    assert np.bincount(rows).max() < 90


def test_a_calibration_says_how_often_it_happens_on_each_surface() -> None:
    rng = np.random.default_rng(0)
    sum_N, home_N = rng.normal(size=20_000), rng.random(20_000) < 0.5
    label_N = (rng.random(20_000) < sigmoid(0.5 * sum_N - 1 + home_N)).astype(float)
    given = fit_platt(sum_N, label_N, np.where(home_N, "home", "search").tolist())
    assert given["slope"] == pytest.approx(0.5, abs=0.05)
    assert given["surfaces"]["home"] - given["surfaces"]["search"] == pytest.approx(1, abs=0.1)


def test_the_trees_alone_are_measured_beside_the_blend(bundle: Path, tmp_path: Path) -> None:
    """As if validation had given the network half of every head, and then nothing of it."""
    dataset = small_dataset(tmp_path / "data")
    learned = json.loads((bundle / DESCRIPTION).read_text(encoding="utf-8"))

    def measured(weight: float, parts: tuple[str, ...]) -> pd.DataFrame:
        folder = tmp_path / str(weight)
        shutil.copytree(bundle, folder)
        heads = {head: given | {"network": weight} for head, given in learned.items()}
        for given in heads.values():
            given.update(*(given[part] for part in parts))
        (folder / DESCRIPTION).write_text(json.dumps(heads), encoding="utf-8")
        return evaluate(folder, dataset, Config(), folder, lambda *_: None).examples

    blend, alone = measured(0.5, ()), measured(0.0, ("trees",))
    for reading in ("live", "frozen"):
        for head in learned:
            trees_N = blend[f"{reading}_trees_{head}"].to_numpy()
            assert trees_N == pytest.approx(alone[f"{reading}_{head}"].to_numpy())
            assert np.abs(trees_N - blend[f"{reading}_{head}"]).max() > 1e-3


def test_an_outcome_that_is_none_is_refused() -> None:
    for wrong in (
        {"heads": ["clik"]},
        {"features": {"histories": {"liked": ["clik"]}}},
        {"feed": {"utility": {"clik": 1}}},
    ):
        with pytest.raises(ValueError, match="'clik' is no outcome"):
            Config.model_validate(wrong)
    assert Config.model_validate({"features": {"histories": {"seen": ["shown", "like"]}}})
    assert make_plan("feed-ranking", dataset="kuairand").dataset == "kuairand"
