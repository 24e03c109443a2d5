"""Signals that never hold their own outcome, calibration that is monotone, and auctions that say why."""

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from components.calibration import calibrated, fit_beta, fit_isotonic, fit_platt
from components.settings import system_settings
from components.systems.ads import orders
from components.systems.ads.config import Config, SignalConfig
from components.systems.ads.delays import known_by, weights_of
from components.systems.ads.heads import deployed, of_log
from components.systems.ads.orders import Orders
from components.systems.ads.predictor import FINALISTS, AdsPredictor
from components.systems.ads.signals import Signals, frequent
from components.systems.ads.train import fit
from components.systems.ads.types import Request
from data.errors import UserError
from tests.pictures import small_dataset

RATES = SignalConfig(
    rates=(("ad",), ("tag",), ("tag", "ad")), numbers=("size",), flags=("tag",), lists=("tag",), bits=12
)
COLUMNS = {"ad": ["a", "a", "b", "a"], "tag": ["x,y", "x", "", "y"], "size": ["3", "", "nan", "-1.5"]}
CLICK = np.array([True, False, True, False])


def test_a_rate_is_of_the_rows_before_it() -> None:
    """The clicks in a row's rate are the same whether it was clicked itself or not, in any order."""
    signals, read, _ = Signals.learn(RATES, COLUMNS, CLICK)
    for row, seed in itertools.product(range(4), range(5)):
        other = CLICK.copy()
        other[row] = ~other[row]
        clicks = []
        for click in (CLICK, other):
            rng = np.random.default_rng(seed)
            rate, shown = Orders(signals, read, click).signals(np.ones(4, bool), rng)[row, :2]
            clicks.append(rate * (np.expm1(shown) + 1) - click.mean())
        assert clicks[0] == pytest.approx(clicks[1], abs=1e-5)


@pytest.mark.parametrize("radix", [0, orders.RADIX])
def test_rows_held_out_have_the_signals_that_serving_gives(radix: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """And those of training the counts of the rows before them: a row may have a value twice, or none."""
    monkeypatch.setattr(orders, "RADIX", radix)
    rng, count = np.random.default_rng(0), 300
    tags = [",".join(rng.choice(list("abcdefgh"), rng.integers(0, 5)).tolist()) for _ in range(count)]
    columns = {"ad": rng.choice([f"ad-{n}" for n in range(40)], count).tolist(), "tag": tags, "size": ["1"] * count}
    click_N, trains_N = rng.random(count) < 0.3, rng.random(count) < 0.7
    many = RATES.model_copy(update={"bits": 24})
    signals, read, _ = Signals.learn(many, columns, click_N)
    found = Orders(signals, read, click_N).signals(trains_N, np.random.default_rng(1))
    known = {
        name: [value for value, there in zip(own, trains_N, strict=True) if there] for name, own in columns.items()
    }
    served, _, _ = Signals.learn(many, known, click_N[trains_N])
    assert (served.of(read.where(np.flatnonzero(~trains_N))) == found[~trains_N]).all()
    place_N = np.random.default_rng(1).permutation(count)
    for row in np.flatnonzero(trains_N).tolist():
        before = np.flatnonzero(trains_N & (place_N < place_N[row]))
        shown = np.float32((read.buckets[0][before] == read.buckets[0][row]).sum())
        assert found[row, 1] == np.log1p(shown)
        own = read.buckets[1][row][read.buckets[1][row] >= 0]
        alike = [(read.buckets[1][before] == bucket) for bucket in own]
        rates = [(click_N[before] @ one.sum(axis=1) + click_N[trains_N].mean()) / (one.sum() + 1) for one in alike] or [
            click_N[trains_N].mean()
        ]
        assert found[row, 2:5] == pytest.approx([min(rates), np.mean(rates), max(rates)], rel=1e-5)


def test_a_list_without_values_has_everybodys_rate() -> None:
    signals, read, _ = Signals.learn(RATES, {"ad": [""], "tag": [""] * 4, "size": ["1"]}, CLICK)
    found = Orders(signals, read, CLICK).signals(np.array([True, True, True, False]), np.random.default_rng(0))
    assert (found[:, 2:5] == np.float32(2 / 3)).all()


def test_rates_worked_by_hand() -> None:
    """Of three ads `a` one was clicked, of all rows two in four: with one more at that rate, (1 + .5) / (3 + 1)."""
    signals, _, _ = Signals.learn(RATES, COLUMNS, CLICK, frequent(RATES, COLUMNS))
    read = signals.read({"ad": ["a", "unheard of"], "tag": ["x"], "size": ["7"]}, 2)
    found = signals.of(read)
    assert (signals.of(read.where(np.array([1]))) == found[1]).all()
    assert found[:, 0] == pytest.approx([0.375, 0.5])
    assert found[:, 1] == pytest.approx(np.log1p([3, 0]))
    assert found[:, 2:5] == pytest.approx(np.full((2, 3), (1 + 0.5) / (2 + 1)))  # x: one of two; least, mean, largest
    assert found[:, 8].tolist() == [7, 7]
    missing = signals.of(signals.read({}, 1))
    assert np.isfinite(missing).all()


def test_values_that_share_a_bucket_are_counted() -> None:
    columns = {"ad": [f"ad-{n}" for n in range(5000)], "tag": [""], "size": [""]}
    few = RATES.model_copy(update={"bits": 8})
    assert Signals.learn(few, columns, np.arange(5000) % 2 == 0)[2] == (5000, 5000)
    many = RATES.model_copy(update={"bits": 22})
    assert Signals.learn(many, columns, np.arange(5000) % 2 == 0)[2][0] < 20


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000), st.sampled_from([fit_beta, fit_platt, fit_isotonic]), st.sampled_from([1.0, 0.01]))
def test_calibration_is_monotone_on_each_surface(seed: int, fitting: Any, kept: float) -> None:
    rng = np.random.default_rng(seed)
    sum_N = rng.normal(-1, 2, 700)
    surfaces = np.where(rng.random(700) < 0.5, "home", "search").tolist()
    label_N = (rng.random(700) < 1 / (1 + np.exp(-0.5 * sum_N))).astype(float)
    if seed % 3 == 0:
        label_N = 1 - label_N  # the worst that can come
    fitted = fitting(sum_N, label_N, surfaces, None, kept)
    for surface in ("home", "search", "unheard of"):
        chance_N = calibrated(fitted, np.sort(sum_N), [surface] * 700)
        assert (np.diff(chance_N) >= 0).all()
        assert ((chance_N > 0) & (chance_N < 1)).all()


def test_small_probabilities_have_a_slope_of_their_own() -> None:
    """Logits of small probabilities are half of what they seem to be, of large ones all of it; all count in the end."""
    rng = np.random.default_rng(0)
    sum_N = rng.normal(-3, 2.5, 60_000)
    true_N = sum_N - 0.5 * np.minimum(sum_N, 0)
    kept, whole_N = 0.05, 1 / (1 + np.exp(-true_N - np.log(0.05)))  # of all; a twentieth of what is not clicked is kept
    click_N = rng.random(60_000) < whole_N
    there_N = click_N | (rng.random(60_000) < kept)
    sum_N, click_N = sum_N[there_N], click_N[there_N].astype(float)
    surfaces = ["home"] * len(sum_N)
    weight_N = np.where(click_N > 0, 1, 1 / kept)

    def of_observed(fitting: Any) -> float:
        chance_N = calibrated(fitting(sum_N, click_N, surfaces, None, kept), sum_N, surfaces)
        return float((weight_N * deployed(chance_N, kept)).sum() / click_N.sum())

    assert of_observed(fit_beta) == pytest.approx(1, abs=0.02)
    assert abs(of_observed(fit_platt) - 1) > 2 * abs(of_observed(fit_beta) - 1)


def test_a_sample_is_undone() -> None:
    """Of 1,000 impressions with 10 clicks a tenth of the others is kept: 10 in 109."""
    assert deployed(np.array([10 / 109]), 0.1) == pytest.approx(0.01)
    assert of_log(deployed(np.array([0.3]), 0.02), 0.02) == pytest.approx(0.3)


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> AdsPredictor:
    folder = tmp_path_factory.mktemp("ads")
    fit(small_dataset(folder), _config(), folder, folder, lambda *_: None)
    return AdsPredictor.open(folder)


def _config(**changes: Any) -> Config:
    return Config.model_validate(system_settings("ads").small | changes)


def test_an_auction_says_why(predictor: AdsPredictor) -> None:
    ads = [{"ad_id": f"ad-{n}", "advertiser_id": f"advertiser-{n}", "bid": 100 + n} for n in range(4)]
    odd = [ads[0] | {"targeting": {"city": "there"}}, ads[1] | {"shown": 5}, ads[2] | {"left": 101}]
    held = predictor.answer(Request.model_validate({"slots": 3, "candidates": [*odd, ads[3]]}))
    assert held.filtered == {"ad-0": "targeting", "ad-1": "shown", "ad-2": "budget"}
    assert [(one.ad_id, one.price) for one in held.ads] == [("ad-3", 0)]
    same = [one | {"advertiser_id": "they", "objective": "impressions"} for one in ads]
    held = predictor.answer(Request.model_validate({"slots": 3, "candidates": same}))
    assert [one.ad_id for one in held.ads] == ["ad-3"]
    assert set(held.filtered.values()) == {"advertiser"}
    paying = [one | {"objective": objective} for one, objective in zip(ads, ("clicks", "conversions"), strict=False)]
    held = predictor.answer(Request.model_validate({"slots": 2, "features": {"city": "here"}, "candidates": paying}))
    assert {one.objective for one in held.ads} == {"clicks", "conversions"}
    assert all(one.probabilities["click"] > 0 for one in held.ads)


def test_an_item_is_shown_once_and_leaves_no_slot_empty(predictor: AdsPredictor) -> None:
    """Of two campaigns of an item the better one wins, and the one below it sets its price."""
    ads = [
        {"ad_id": f"ad-{n}", "item_id": item, "bid": bid, "objective": "impressions"}
        for n, (item, bid) in enumerate((("x", 30), ("x", 20), ("y", 9)))
    ]
    held = predictor.answer(Request.model_validate({"slots": 2, "candidates": ads}))
    assert [(one.ad_id, one.price) for one in held.ads] == [("ad-0", 20), ("ad-2", 0)]
    assert held.filtered == {"ad-1": "there"}


def _ad(name: str, advertiser: str, item: str, bid: int) -> dict[str, Any]:
    own = {"ad_id": name, "advertiser_id": advertiser, "item_id": item}
    return own | {"bid": bid, "objective": "impressions"}


def test_an_advertiser_whose_item_somebody_else_shows_shows_another(predictor: AdsPredictor) -> None:
    ads = [_ad("a", "they", "x", 30), _ad("b", "we", "x", 20), _ad("c", "we", "y", 9), _ad("d", "we", "z", 5)]
    held = predictor.answer(Request.model_validate({"slots": 3, "candidates": ads}))
    assert [(one.ad_id, one.price) for one in held.ads] == [("a", 20), ("c", 0)]
    assert held.filtered == {"b": "there", "d": "advertiser"}


@pytest.mark.parametrize("owner", ["we", ""])
def test_no_slot_stays_empty_for_what_was_not_among_the_best(predictor: AdsPredictor, owner: str) -> None:
    """Of 3 * FINALISTS ads all but the last two are of one item, or of one advertiser."""
    many = [_ad(f"ad-{n}", owner, f"item-{n}" if owner else "x", 1000 - n) for n in range(3 * FINALISTS)]
    ads = [*many, _ad("last", "others", "y", 3), _ad("least", "more", "z", 2)]
    held = predictor.answer(Request.model_validate({"slots": 4, "candidates": ads}))
    assert [one.ad_id for one in held.ads] == ["ad-0", "last", "least"]
    assert set(held.filtered.values()) == {"advertiser" if owner else "there"}
    assert len(held.ads) + len(held.filtered) == len(ads)


def test_nobody_lowers_their_price_by_more_bids_for_the_same_item(predictor: AdsPredictor) -> None:
    """Who is second for an item stays among the finalists, however often the first bids for it."""
    many = [_ad(f"ad-{n}", f"advertiser-{n}", f"item-{n}", 1) for n in range(FINALISTS)]
    ads = [_ad("own", "we", "x", 30), _ad("more", "we", "x", 29), _ad("rival", "they", "x", 20), *many]
    for bidding in (ads, [one for one in ads if one["ad_id"] != "more"]):
        held = predictor.answer(Request.model_validate({"slots": 1, "candidates": bidding}))
        assert [(one.ad_id, one.price) for one in held.ads] == [("own", 20)]


@pytest.mark.parametrize("bid", [0, -1, 1.5, "3", True])
def test_bids_are_whole_and_above_nothing(bid: Any) -> None:
    with pytest.raises(ValidationError, match="bid"):
        Request.model_validate({"candidates": [{"ad_id": "a", "bid": bid}]})


def test_what_cannot_be_learned_is_said(tmp_path: Path) -> None:
    dataset = small_dataset(tmp_path)
    missing = _config(signals={"rates": [["no such"]]})
    with pytest.raises(UserError, match="no feature 'no such'"):
        fit(dataset, missing, tmp_path, tmp_path, lambda *_: None)
    with pytest.raises(ValidationError, match="heads begin with click"):
        _config(heads=["conversion"])


def test_conversions_that_are_still_to_come_are_counted_in() -> None:
    """Of clicks a third converts, two days later on average; what had come in ten days says so."""
    rng = np.random.default_rng(0)
    age_s_N, delay_s_N = rng.uniform(0, 10, 40_000) * 86_400, rng.exponential(2 * 86_400, 40_000)
    converts_N = rng.random(40_000) < 1 / 3
    delay_s_N[~converts_N] = np.nan
    known_N = known_by(converts_N, delay_s_N, age_s_N)
    weight_N = weights_of(known_N, delay_s_N, age_s_N)
    assert known_N.mean() < 0.28
    assert np.average(known_N, weights=weight_N) == pytest.approx(1 / 3, abs=0.01)
    assert weight_N.mean() == pytest.approx(1, abs=0.02)
    assert (weights_of(known_N, np.full(40_000, np.nan), age_s_N) == 1).all()
