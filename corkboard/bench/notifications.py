"""The released policy of messages: eight weeks of the simulated world, a plan for a million, and uplift on real tests.

`bar` rows are the figures to be reached; the others are beside a rival. `_low` and `_high` are 95 % intervals, in pairs
of people or of halves.

Legend: P people of all worlds.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from corkboard.bench._row import Row

__all__ = ["run"]

PEOPLE, SEEDS = 4000, (101, 102, 103)  # of worlds on which nothing was chosen
SHARES = (0.76, 0.4, 0.2)  # of a message a day to everybody
RESAMPLES, ASKED, MANY = 2000, 2000, 1_000_000
SYSTEM = "notifications"
Rows = list[Row]


def run() -> Rows:
    """What is chosen and reached on public logs and in the simulated world, and what a plan costs.

    Raises:
        UserError: nothing is released, or it did not learn from the simulated world.
    """
    released = _Released.find()
    decided = _decided(released)  # first: of a bundle that cannot be opened people hear at once
    real, right = _real()
    chosen, all_right = _simulated(released)
    bars = [Row("choices_right", right + all_right, 4, "1")]
    return [*decided, *_planned(released), *_lived(released), *real, *chosen, *bars, *_calls()]


@dataclass(frozen=True)
class _Released:
    bundle: Path
    params: Any

    @classmethod
    def find(cls) -> "_Released":
        from components.bundle import read_manifest
        from components.lifecycle.bundles import bundle_of
        from components.lifecycle.registry import champion_of, history
        from data.errors import UserError
        from data.params import MessageWorldParams, load

        champion = champion_of(history(SYSTEM))
        if champion is None:
            raise UserError(f"{SYSTEM} has no champion; run `corkboard run {SYSTEM}` first")
        bundle = bundle_of(champion)
        params = load().datasets[read_manifest(bundle).dataset]
        if not isinstance(params, MessageWorldParams):
            raise UserError(f"{SYSTEM} learned from people who are not simulated; run `corkboard run {SYSTEM}`")
        return cls(bundle, params)

    @cached_property
    def notifier(self) -> Any:
        from components.system import load_system

        return load_system(SYSTEM).open_bundle(self.bundle)

    @cached_property
    def log(self) -> tuple[dict[str, Any], Any]:
        """The tables that it learned from, and the truth of each message."""
        import tempfile

        import pandas as pd

        from data.dataset import TRUTH
        from data.sources.message_world import read

        with tempfile.TemporaryDirectory() as folder:
            tables = read(self.params, Path(folder), lambda *_: None).tables
            return dict(tables), pd.read_parquet(Path(folder) / TRUTH / "messages.parquet")

    @cached_property
    def response(self) -> Any:
        from corkboard.bench._messages_arms import Response

        return Response.learn(self.log[0])


def _decided(released: _Released) -> Rows:
    """Whole answers in process, one after the other."""
    from components.cost import cost
    from components.message import Message
    from components.system import load_system
    from corkboard.bench._messages_loop import begun

    request = load_system(SYSTEM).Request
    _, memory = begun(SEEDS[0], ASKED)
    people = [
        Message(request.model_validate({"user_id": str(row), "attributes": dict(one)}))
        for row, one in enumerate(memory.attributes())
    ]
    found = cost(released.bundle, released.notifier, people)
    bars = {"p50": 5.0, "p99": 15.0}
    return [Row(f"decide_{name}", found[f"latency_{name}_ms"].value, bar, "ms") for name, bar in bars.items()]


def _planned(released: _Released) -> Rows:
    """A week for a million people, scored and chosen, in a process of its own."""
    import json
    import subprocess
    import sys

    command = [sys.executable, "-m", "corkboard.bench._messages_plan", str(released.bundle), str(MANY)]
    found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    rows = [Row(f"plan_{MANY}_{name}", found[name], 120, "s") for name in ("seconds", "cpu_seconds")]
    return [*rows, Row(f"plan_{MANY}_peak", found["peak_gb"], 4, "GB")]


def _lived(released: _Released) -> Rows:
    """Eight weeks of each way of telling, in worlds of other seeds."""
    from functools import partial

    from components.system import load_system
    from corkboard.bench._messages_arms import Arms
    from corkboard.bench._messages_loop import begun, lived

    plan = partial(load_system(SYSTEM).plan, released.notifier)
    found: dict[str, list[Any]] = {}
    for seed in SEEDS:
        begin, arms = begun(seed, PEOPLE), Arms(plan, released.notifier, released.response, PEOPLE, seed)
        ways = {"policy": arms.policy(), "response": arms.response, "random": arms.random}
        ways |= {"everyone": arms.everyone, "oracle": arms.oracle}
        ways |= {f"share {share}": arms.policy(share) for share in SHARES}
        for name, told in ways.items():
            found.setdefault(name, []).append(lived(begin, told))
    rows = []
    for name in ("policy", "response"):
        bar = 0.6 if name == "policy" else None
        for place, seed in enumerate(SEEDS):
            share, *_ = _share(found, name, [place])
            rows.append(Row(f"world_share_of_oracle_{name}_seed_{seed}", share, bar, "1"))
        values = zip(("", "_low", "_high"), _share(found, name, range(len(SEEDS))), strict=True)
        rows += [Row(f"world_share_of_oracle_{name}{at}", one, bar, "1") for at, one in values]
    for what in ("visits", "messages", "unsubscribed"):
        ours_P = _of(found["policy"], what)
        for name in ("response", "random", "everyone", "oracle"):
            theirs_P = _of(found[name], what)
            rows.append(Row(f"world_{what}", ours_P.sum(), theirs_P.sum(), "1", name))
            rows += _paired(f"world_{what}_more", ours_P - theirs_P, name)
    return [*rows, *_saved(found)]


def _saved(found: dict[str, list[Any]]) -> Rows:
    """The smallest volume at which the policy has as many visits as a message a day to everybody."""
    saved, rows, everyone = 0.0, [], found["everyone"]
    for share in SHARES:
        more_P = _of(found[f"share {share}"], "visits") - _of(everyone, "visits")
        rows += _paired(f"world_visits_more_at_{share:.0%}_of_everyone", more_P, "everyone")
        if more_P.sum() >= 0:
            saved = 1 - _of(found[f"share {share}"], "messages").sum() / _of(everyone, "messages").sum()
    return [*rows, Row("world_volume_saved_at_equal_visits", saved, 0.24, "1")]


def _of(worlds: list[Any], what: str) -> np.ndarray:
    return np.concatenate([getattr(one, what) for one in worlds])


def _share(found: dict[str, list[Any]], name: str, places: Any) -> tuple[float, float, float]:
    """Of what the truth gains over chance, with its 95 % interval; people are resampled."""
    ours_P, random_P, most_P = (
        np.concatenate([found[one][place].visits for place in places]) for one in (name, "random", "oracle")
    )
    gain_P, most_P = ours_P - random_P, most_P - random_P
    draws = np.random.default_rng(0).integers(0, len(gain_P), (RESAMPLES, len(gain_P)))
    low, high = np.quantile(gain_P[draws].sum(axis=1) / most_P[draws].sum(axis=1), (0.025, 0.975))
    return float(gain_P.sum() / most_P.sum()), float(low), float(high)


def _simulated(released: _Released) -> tuple[Rows, bool]:
    """Whether what was chosen of each simulated arm orders people better than a response, by the truth of the test."""
    from components.systems.notifications.channels import on_channel

    tables, truth = released.log
    rows = tables["messages"].merge(truth.drop(columns="visited"), on="user_id")[lambda one: one["split"] == "test"]
    known, notifier = tables["users"].set_index("user_id")["attributes"], released.notifier
    pairs = list(zip(rows["user_id"], rows["channel"], strict=True))
    matrix_NC = notifier.covariates.matrix([on_channel(dict(known[user]), channel) for user, channel in pairs])
    came_N = np.zeros(len(rows))
    for channel in set(rows["channel"]):
        of_N = (rows["channel"] == channel).to_numpy()
        came_N[of_N] = released.response.of([dict(known[user]) for user in rows["user_id"][of_N]], channel)
    found, right = [], True
    for arm in notifier.arms:
        gain_N, first = rows[f"gain_{arm}"].to_numpy(), round(0.3 * len(rows))
        ours, theirs = (gain_N[np.argsort(-one)[:first]].mean() for one in (notifier.gains[arm].of(matrix_NC), came_N))
        found.append(Row(f"messages_{arm}_true_gain_at_30", ours, theirs, "1", "response"))
        right &= bool(ours > theirs)
    return found, right


def _real() -> tuple[Rows, int]:
    """Normalised Qini over halves, beside the bar and in pairs with each floor; how many choices are right."""
    from corkboard.bench._uplift_halves import halves

    rows, right = [], 0
    for test in halves():
        ours = float(np.mean(test.chosen))
        rows.append(Row(f"{test.name}_qini", ours, test.bar, "1"))
        for floor, values in test.floors.items():
            rows.append(Row(f"{test.name}_qini", ours, float(np.mean(values)), "1", floor))
            _, *ends = test.gained(floor)
            for side, end in zip(("low", "high"), ends, strict=True):
                rows.append(Row(f"{test.name}_qini_gained_{side}", end, 0.0, "1", floor))
        for by in sorted(set(test.by)):
            rows.append(Row(f"{test.name}_chose_{by}", test.by.count(by) / len(test.by), None, "1"))
        right += test.by.count(test.right) > len(test.by) / 2
    return rows, right


def _calls() -> Rows:
    """The calls of a bank, where nobody was left alone: who buys, at a random split and in the order of time."""
    from corkboard.bench._uplift_halves import answered

    found = answered("bank", "bought")
    return [Row(f"bank_response_auc_{name}", found[name], peer, "1", "floor") for name, peer in BANK.items()]


BANK = {"at_random": 0.802, "in_time": 0.581}


def _paired(metric: str, more_P: np.ndarray, peer: str) -> Rows:
    """The 95 % bootstrap interval of a paired sum over people."""
    draws = np.random.default_rng(0).integers(0, len(more_P), (RESAMPLES, len(more_P)))
    ends = np.quantile(more_P[draws].sum(axis=1), (0.025, 0.975))
    return [Row(f"{metric}_{side}", end, 0.0, "1", peer) for side, end in zip(("low", "high"), ends, strict=True)]
