"""The released home feed: how long a page takes, what variety costs, and two weeks of a world beside other homes."""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from components.bundle import Manifest
from corkboard.bench._row import Row

__all__ = ["run"]

PEOPLE, CANDIDATES, PAGES, AT_ONCE = 150, 500, 200, 8
TESTED = 800  # further people, who live with one of several weightings
RESAMPLES = 2000
ASKED = {"p50": (0.5, 25.0), "p99": (0.99, 60.0)}
WHOLE = "feed"


def run(people: int = PEOPLE) -> list[Row]:
    """The ranker's time, and people of the simulated world who are shown feeds.

    Raises:
        UserError: nothing is released in the roles `rank` and `recommend`, or they did not learn from the same world.
    """
    from components.lifecycle.registry import champion_of, history
    from components.roles import KEEP, RANK, RECOMMEND
    from components.system import load_system
    from corkboard.bench._closed_loop import Policies
    from corkboard.bench._feed_variety import varied
    from corkboard.bench._feed_weights import weighed
    from data.errors import UserError
    from data.versioned import current
    from data.world.behaviour.loop import Loop
    from data.world.behaviour.truth import open_truth
    from serving.discovery.declared import filling

    ranking, recommending = _opened(filling(RANK)), _opened(filling(RECOMMEND))
    learned = [manifest.dataset for _, manifest in (ranking, recommending)]
    if learned[0] != learned[1]:
        raise UserError(
            f"{filling(RANK)} learned from {learned[0]!r} and {filling(RECOMMEND)} from {learned[1]!r}; run both "
            "on the same world with impressions"
        )
    dataset = current(learned[0])
    keeper = _opened(filling(KEEP))[0] if champion_of(history(filling(KEEP))) else None
    asks: dict[str, Any] = {role: load_system(filling(role)).Request for role in (RANK, RECOMMEND, KEEP)}
    items = dataset.table("items").to_pandas()
    created_s = dict(zip(items["item_id"], items["created_s"].astype(int), strict=True))
    truth = open_truth(Path(dataset.path))
    loop = Loop(truth, range(people))
    events = dataset.table("events").to_pandas()
    before = events[events["split"] != "test"].sort_values("time_s", kind="stable")
    rows = _timed(ranking[0], asks[RANK], sorted(created_s), int(before["time_s"].max()))
    parties = recommending[0], ranking[0], keeper, asks
    rows += _compared(Policies(loop, created_s, *parties), created_s, before)
    further = Policies(Loop(truth, range(people, min(people + TESTED, truth.users))), created_s, *parties)
    rows += varied(further, before, events[(events["split"] == "test") & (events["action"] == "save")], items)
    return rows + weighed(further, before, created_s, ranking[1].config["feed"]["utility"])


def _opened(system: str) -> tuple[Any, Manifest]:
    """The champion in its role, and what its bundle says of itself."""
    from components.bundle import read_manifest
    from components.lifecycle.bundles import bundle_of
    from components.lifecycle.inputs import inputs_of
    from components.lifecycle.registry import champion_of, history
    from components.system import load_system
    from data.errors import UserError

    champion = champion_of(history(system))
    if champion is None:
        raise UserError(f"{system} has no champion; run `corkboard run {system}` first")
    manifest = read_manifest(bundle_of(champion))
    return load_system(system).open_role(bundle_of(champion), 1, inputs_of(manifest)), manifest


def _timed(ranker: Any, kind: Any, items: Sequence[str], now_s: int) -> list[Row]:
    """Pages of 500 candidates, by eight threads at once, in process."""
    from components.message import Message, answer_one

    candidates = [{"item_id": item, "source": f"source{place % 4}"} for place, item in enumerate(items[:CANDIDATES])]
    moment = {"time_s": now_s, "surface": "home", "candidates": candidates}
    requests = [Message(kind.model_validate({"user_id": f"user-{n:06d}"} | moment)) for n in range(PAGES)]

    def taken_ms(request: Message) -> float:
        started = time.perf_counter()
        answer_one(ranker.answers, request)
        return (time.perf_counter() - started) * 1e3

    taken_ms(requests[0])
    alone = [taken_ms(request) for request in requests]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        together = list(pool.map(taken_ms, requests))
    parts = ((f"rank_{CANDIDATES}", alone), (f"rank_{CANDIDATES}_{AT_ONCE}_at_once", together))
    return [
        Row(f"{name}_{quantile}", float(np.quantile(taken, share)), most, "ms")
        for name, taken in parts
        for quantile, (share, most) in ASKED.items()
    ]


def _compared(policies: Any, created_s: Mapping[str, int], before: Any) -> list[Row]:
    from corkboard.bench._closed_loop import lived

    loop = policies.loop
    arms = {
        WHOLE: policies.feed(),
        "popularity": policies.popular,
        "sequence_alone": policies.sequence,
        "without_diversity": policies.feed(diversity=0.0),
        "without_exploration": policies.feed(explore=False),
        "without_real_time": policies.feed(actions=[]),
        "oracle": policies.oracle,
        "oracle_of_sources": policies.oracle_of_sources,
    }
    if policies.keeper is not None:
        arms["with_boards"] = policies.with_boards
    visits = loop.visits()
    outcomes = {name: lived(policy, loop, visits, before, created_s) for name, policy in arms.items()}
    saves = {name: np.array([outcome.saves[one] for one in loop.people], float) for name, outcome in outcomes.items()}
    hides = {name: np.array([outcome.hides[one] for one in loop.people], float) for name, outcome in outcomes.items()}
    draws = np.random.default_rng(0).integers(0, len(loop.people), (RESAMPLES, len(loop.people)))
    rows = [Row("pages", float(len(visits)), None, "1")]
    for name in arms:
        rows.append(Row("saves_a_person", saves[WHOLE].mean(), saves[name].mean(), "1", name))
        if name == WHOLE:
            continue
        gain = (saves[WHOLE] - saves[name])[draws].mean(axis=1)
        for side, share in (("low", 0.025), ("high", 0.975)):
            rows.append(Row(f"saves_gained_a_person_{side}", float(np.quantile(gain, share)), 0.0, "1", name))
        rows.append(Row("hides_a_person", hides[WHOLE].mean(), hides[name].mean(), "1", name))
        rows.append(Row("new_items_shown", outcomes[WHOLE].new_shown, outcomes[name].new_shown, "1", name))
    return rows
