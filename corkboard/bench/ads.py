"""Ads: every figure that the system is held to, beside CatBoost and fuxictr where they are installed.

A part that cannot run is a row that says why, and the rest goes on.

In the world, auctions of four slots are held for people whose true probabilities are known. Arms differ in one thing:
what is believed of a click, whether budgets are paced, or what slots are given by.

Legend: N auctions.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from corkboard.bench._row import Row
from corkboard.bench._told import told
from corkboard.faults import sentence

__all__ = ["FOLDS", "run"]

FOLDS, KILLS = 1, 100
MINUTES = {"catboost": 12.0, "fuxictr": 2.0}  # of a fold of both data sets

EPISODE, MOST_BID = 1000, 300
SHARES = (32, 16, 8, 4, 2)  # a budget is one over so many of what the log cost
BASES = {32: 10, 16: 15, 8: 20, 4: 85, 2: 130}  # of linear bids, published beside the log; tuned on its training part
PUBLISHED = {32: ("ss-mdp", 80.0)}
MIRROR = "ads"
LOG, FACTS = "ipinyou_2997_test.txt.gz", "ipinyou_2997_train_info.json"
SHA256 = {
    LOG: "f8c899440952c8d6202b81697537eee0a62645dc5381f4a1e0e1d45fbaef3352",
    FACTS: "8be0931d09dd90dcf989cc11c203c6a187dad5bb885019f9a707838ed6604ef0",
}
PAGE = "https://github.com/han-cai/rlb-dp/tree/1eeb9e475b7740567a4e6aa9813cb3700a1282bb/data/ipinyou-data/2997"
DAYS, VISITS, BUDGET = 14, 3000, 3000
RESAMPLES = 2000
WHOLE = "whole"


def run(folds: int = FOLDS, visits: int = VISITS, kills: int = KILLS) -> list[Row]:
    """Every figure that the system and what it stands on are held to.

    folds: of five, in which peers are compared. visits: of two weeks of the world. kills: of processes that book.
    """
    import tempfile

    from corkboard.bench import experiments, offpolicy
    from corkboard.bench._ads_models import DATASETS, measured
    from corkboard.bench._ads_peers import against_peers, peers

    found = peers()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        parts: dict[str, tuple[float, Callable[[], list[Row]]]] = {
            "bids for a budget on a real log": (0.5, _bidding),
            **{f"a model of {name}": (2.0, partial(measured, name, folder)) for name in DATASETS},
            "two weeks of the world": (5.0, partial(_world, visits, folder)),
            f"{kills} processes that book and are killed": (2.0, partial(_spent, kills, folder)),
            "experiments": (3.0, experiments.run),
            "policies judged by logs": (1.0, offpolicy.run),
            "peers": (0.1 + folds * sum(MINUTES[name] for name in found), partial(against_peers, found, folds)),
        }
        told(
            "ads",
            f"{len(parts)} parts, about {sum(minutes for minutes, _ in parts.values()):.0f} minutes on two quiet cores",
        )
        for number, (name, (minutes, part)) in enumerate(parts.items(), 1):
            told("ads", f"{number} of {len(parts)}, {name}, about {minutes:.1f} min")
            try:
                rows += part()
            except Exception as error:  # the rows of the others are worth their minutes
                told("ads", f"{name}: {sentence(error)}")
                rows.append(Row(f"{name}: could not run", None, None, "", sentence(error)))
    return rows


def _spent(kills: int, folder: Path) -> list[Row]:
    """On SQLite, of eight processes at once; the test of campaigns has PostgreSQL as well."""
    from corkboard.bench._ads_spend import killed

    found = killed(f"sqlite:///{folder / 'campaigns.sqlite'}", kills)
    metric = f"overspent by 8 processes, {kills} killed"
    return [
        Row(metric, found.spent - found.due, 0.0, "1"),
        Row(f"{metric}: spent and not booked", found.spent - found.booked, 0.0, "1"),
    ]


def _bidding() -> list[Row]:
    """Clicks for a budget on the whole log; nothing is tuned on it."""
    import json
    import tempfile

    from components.auction.bidding import Planner, linear, replay
    from data.params import Download, FromFile
    from data.single import single_file

    def brought(name: str, folder: str) -> Any:
        file = Download(file=f"{MIRROR}/{name}", page=PAGE, sha256=SHA256[name])
        return single_file(FromFile(file=file), Path(folder), lambda *_: None)

    with tempfile.TemporaryDirectory() as folder:
        with brought(FACTS, folder) as path:
            facts = json.loads(path.read_text(encoding="utf-8"))
        with brought(LOG, folder) as path:
            table_N3 = np.loadtxt(path)
    click_N, price_N, value_N = table_N3[:, 0] > 0, table_N3[:, 1].astype(int), table_N3[:, 2]
    average = facts["clk_train"] / facts["imp_train"]
    parts = [slice(start, start + EPISODE) for start in range(0, len(click_N), EPISODE)]
    rows = []
    for share in SHARES:
        budget = int(facts["cost_train"] / facts["imp_train"] / share * EPISODE)
        planner = Planner(facts["price_counter_train"], average)
        found = {}
        for name, bid in (("planner", planner), ("linear", linear(BASES[share], average))):
            ended = planner.ended if name == "planner" else lambda _: None
            spent = [replay(click_N[p], price_N[p], value_N[p], bid, budget, MOST_BID, ended) for p in parts]
            found[name] = np.array([one.clicks for one in spent], float)
        rows.append(Row(f"clicks_of_budget_1_{share}", found["planner"].sum(), found["linear"].sum(), "1", "linear"))
        rows += _interval(f"clicks_gained_of_budget_1_{share}", found["planner"] - found["linear"], "linear", np.sum)
        if share in PUBLISHED:
            name, clicks = PUBLISHED[share]
            rows.append(Row(f"clicks_of_budget_1_{share}", found["planner"].sum(), clicks, "1", name))
    return rows


def _world(visits: int, folder: Path) -> list[Row]:
    from components.roles import ADVERTISE
    from components.system import load_system
    from corkboard.bench._ads_loop import Arm, Believed, lived, traffic_of
    from corkboard.bench._ads_models import WORLD, bundle_in
    from corkboard.bench._ads_tests import tested
    from data.errors import UserError
    from data.params import AdWorldParams, load
    from data.world.ads import DAY_S, START_S, AdWorld
    from serving.discovery.declared import filling

    name, params, bundle = filling(ADVERTISE), load().datasets[WORLD], bundle_in(folder, WORLD)
    assert isinstance(params, AdWorldParams)
    if not bundle.exists():
        raise UserError(f"there is no model of {WORLD}, see above")
    world = AdWorld(params.seed, params.people, params.ads)
    believed = Believed(world, load_system(name).open_role(bundle), load_system(name).Request)
    arms = {
        WHOLE: Arm(),
        "without_calibration": Arm(power=0.5),
        "without_pacing": Arm(paced=False),
        "without_forecast": Arm(forecast=False),
        "price_only": Arm(by_price=True),
        "oracle": Arm(oracle=True),
    }
    seen = world.visits(params.days, DAYS, visits)
    traffic_168 = traffic_of(world.visits(0, params.days, params.visits))
    outcomes = {
        arm: lived(world, seen, settings, believed, BUDGET, DAYS, traffic_168) for arm, settings in arms.items()
    }
    rows = [
        Row(f"auction_{params.ads}_{quantile}", float(np.quantile(believed.taken_ms, share)), most, "ms")
        for quantile, share, most in (("p50", 0.5, 5.0), ("p99", 0.99, 15.0))
    ]
    whole = outcomes[WHOLE]
    for arm, outcome in outcomes.items():
        for metric, unit in (("revenue", "1"), ("clicks", "1"), ("value", "1"), ("hides", "1"), ("overspent", "1")):
            ours, theirs = getattr(whole, metric), getattr(outcome, metric)
            rows.append(Row(f"world_{metric}", float(ours.sum()), float(theirs.sum()), unit, arm))
            if arm != WHOLE and metric != "overspent":
                rows += _interval(f"world_{metric}_gained", (ours - theirs).sum(axis=1), arm, np.sum)
    exposed_P = np.full(world.people, DAYS)
    np.minimum.at(exposed_P, seen.person_N, (seen.time_s_N - START_S) // DAY_S - params.days)
    others = tuple(arm for arm in arms if arm not in (WHOLE, "oracle", "without_forecast"))
    shares = tested(outcomes, WHOLE, others, exposed_P)
    return rows + [Row(f"test of {metric}", value, None, "share") for metric, value in shares.items()]


def _interval(metric: str, gain_N: np.ndarray, peer: str, of: Any) -> list[Row]:
    """The 95 % bootstrap interval of a paired gain."""
    draws = np.random.default_rng(0).integers(0, len(gain_N), (RESAMPLES, len(gain_N)))
    sums = of(gain_N[draws], axis=1)
    ends = (("low", 0.025), ("high", 0.975))
    return [Row(f"{metric}_{side}", float(np.quantile(sums, share)), 0.0, "1", peer) for side, share in ends]
