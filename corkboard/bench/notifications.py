"""The released policy of messages: eight weeks of the simulated world, and uplift on randomised tests.

In the world, arms differ in whom they tell what, when: the policy, its response model without what a channel costs,
as many messages at random, a message to everybody every day, and the truth in the same plan. All hold back the same
people.

Legend: P people, C channels, A arms, N people of a test.
"""

from typing import Any

import numpy as np

__all__ = ["run"]

PEOPLE, SEED, A_WEEK = 10_000, 29, 1.0  # messages of a week for each person
SHARES = (0.8, 0.76, 0.6, 0.4, 0.3, 0.2)  # of a message a day to everybody
RESAMPLES = 2000
SYSTEM = "notifications"


def run(people: int = PEOPLE) -> list[dict[str, Any]]:
    """Rows `{bench, metric, ours, peer, peer_name, ratio, unit}`.

    Raises:
        UserError: nothing is released, or it did not learn from the simulated world.
    """
    return [*_world(people), *_tests()]


def _tests() -> list[dict[str, Any]]:
    """Normalised Qini over halves, beside the bar, and gained over each floor in pairs."""
    from corkboard.bench._uplift_halves import halves

    rows = []
    for test in halves():
        rows.append(_row(f"{test.name}_qini", float(np.mean(test.chosen)), test.bar, "to be reached", "1"))
        for floor, values in test.floors.items():
            rows.append(_row(f"{test.name}_qini", float(np.mean(test.chosen)), float(np.mean(values)), floor, "1"))
            _, *ends = test.gained(floor)
            for side, end in zip(("low", "high"), ends, strict=True):
                rows.append(_row(f"{test.name}_qini_gained_{side}", end, 0.0, floor, "1"))
        for method in sorted(set(test.by)):
            share = test.by.count(method) / len(test.by)
            rows.append(_row(f"{test.name}_chose_{method}", share, None, None, "1"))
    return rows


def _world(people: int) -> list[dict[str, Any]]:
    from corkboard.bench._messages_loop import lived

    arms = _arms(people)
    found = {name: lived(SEED, people, told) for name, told in arms.items() if not name.startswith("share")}
    ours, random, oracle = (found[name] for name in ("policy", "random", "oracle"))
    rows = []
    for name, one in found.items():
        for what in ("visits", "messages", "unsubscribed"):
            rows.append(_row(f"world_{what}", getattr(ours, what).sum(), getattr(one, what).sum(), name, "1"))
            if name != "policy":
                rows += _interval(f"world_{what}_more", getattr(ours, what) - getattr(one, what), name)
    draws = np.random.default_rng(0).integers(0, people, (RESAMPLES, people))
    for name in ("policy", "response"):
        gain_P, most_P = found[name].visits - random.visits, oracle.visits - random.visits
        share = gain_P.sum() / most_P.sum()
        low, high = np.quantile(gain_P[draws].sum(axis=1) / most_P[draws].sum(axis=1), (0.025, 0.975))
        bar = 0.6 if name == "policy" else None
        for side, value in (("", share), ("_low", low), ("_high", high)):
            rows.append(_row(f"world_share_of_oracle_{name}{side}", value, bar, "to be reached" if bar else None, "1"))
    return [*rows, *_saved(arms, found["everyone"], people)]


def _saved(arms: dict[str, Any], everyone: Any, people: int) -> list[dict[str, Any]]:
    """The smallest volume at which the policy has as many visits as a message a day to everybody."""
    from corkboard.bench._messages_loop import lived

    saved, rows = 0.0, []
    for share in SHARES:
        one = lived(SEED, people, arms[f"share {share}"])
        more_P = one.visits - everyone.visits
        rows += _interval(f"world_visits_more_at_{share:.0%}_of_everyone", more_P, "everyone")
        if more_P.sum() < 0:
            break
        saved = 1 - one.messages.sum() / everyone.messages.sum()
    return [*rows, _row("world_volume_saved_at_equal_visits", saved, 0.24, "to be reached", "1")]


def _arms(people: int) -> dict[str, Any]:
    from components.volume.people import likely_hours
    from components.volume.week import Chunk, Terms, plan_week
    from corkboard.bench._messages_loop import days_of, name_of, people_of
    from data.world.messages import ARMS, AWAKE, CHANNELS, Sent

    plan, notifier, params = _released()
    free_P = ~np.array([notifier.is_held_back(name_of(person)) for person in range(people)])
    terms = Terms(volume=round(A_WEEK * people), cap=3, caps={"push": 2, "email": 2, "in_app": 3})

    covariates, came = _response(params)

    def chunk(world: Any, gain_PCA: np.ndarray, cost_PCA: np.ndarray, looks_PSH: np.ndarray) -> Any:
        users = [name_of(person) for person in range(people)]
        open_PC = world.on_PC & free_P[:, None]
        return Chunk(users, world.zone_P.tolist(), gain_PCA, cost_PCA, open_PC, looks_PSH)

    def response(world: Any, memory: Any, week: str, left: int) -> list[Any]:  # noqa: ARG001
        known = [dict(one) for one in memory.attributes()]
        matrices = [covariates.matrix([one | {"channel": channel} for one in known]) for channel in CHANNELS]
        gain_PC1 = 1 / (1 + np.exp(-np.stack([came(one) for one in matrices], axis=1)))[:, :, None]
        looks_PSH = likely_hours(memory.visits_PSH)
        part = chunk(world, gain_PC1, np.zeros_like(gain_PC1), looks_PSH)
        return days_of(plan_week([part], terms, CHANNELS, (ARMS[0],), week), world)

    def oracle(world: Any, memory: Any, week: str, left: int) -> list[Any]:  # noqa: ARG001
        gain_PCA = world.gain_PCA()
        lost_PC = world.unsubscribes_PC() * gain_PCA.max(axis=2) * A_WEEK * left / 2
        cost_PCA = np.repeat(lost_PC[:, :, None], len(ARMS), axis=2)
        part = chunk(world, gain_PCA, cost_PCA, world.looks_PSH)
        return days_of(plan_week([part], terms, CHANNELS, ARMS, week), world)

    def policy(share: float | None) -> Any:
        volume = terms.volume if share is None else round(share * 7 * free_P.sum())
        within = terms if share is None else Terms(volume=volume, cap=7, caps=dict.fromkeys(CHANNELS, 7))
        return lambda world, memory, week, _: days_of(plan(people_of(world, memory), within, week), world)

    def random(world: Any, memory: Any, week: str, left: int) -> list[Any]:  # noqa: ARG001
        rng, days = np.random.default_rng([SEED, 16, left]), []
        for _ in range(7):
            one = world.at_random(free_P.astype(float), rng)
            some = rng.permutation(len(one.person_M))[: round(terms.volume / 7)]
            days.append(Sent(*(part[some] for part in (one.person_M, one.channel_M, one.arm_M, one.hour_M))))
        return days

    def everyone(world: Any, memory: Any, week: str, left: int) -> list[Any]:  # noqa: ARG001
        rng, days = np.random.default_rng([SEED, 17, left]), []
        for _ in range(7):
            channel_P = np.where(world.on_PC, rng.random(world.on_PC.shape), -1.0).argmax(axis=1)
            person_M = np.flatnonzero(free_P & world.on_PC.any(axis=1))
            arm_M, hour_M = rng.integers(0, len(ARMS), len(person_M)), rng.integers(*AWAKE, len(person_M))
            days.append(Sent(person_M, channel_P[person_M], arm_M, hour_M))
        return days

    shares = {f"share {share}": policy(share) for share in SHARES}
    return {
        "policy": policy(None),
        "response": response,
        "random": random,
        "everyone": everyone,
        "oracle": oracle,
    } | shares


def _released() -> tuple[Any, Any, Any]:
    from functools import partial

    from components.bundle import read_manifest
    from components.lifecycle.bundles import bundle_of
    from components.lifecycle.registry import champion_of, history
    from components.system import load_system
    from data.errors import UserError
    from data.params import MessageWorldParams, load

    champion = champion_of(history(SYSTEM))
    if champion is None:
        raise UserError(f"{SYSTEM} has no champion; run `corkboard run {SYSTEM}` first")
    params = load().datasets[read_manifest(bundle_of(champion)).dataset]
    if not isinstance(params, MessageWorldParams):
        raise UserError(f"{SYSTEM} learned from people who are not simulated; run `corkboard run {SYSTEM}`")
    system = load_system(SYSTEM)
    notifier = system.open_bundle(bundle_of(champion))
    return partial(system.plan, notifier), notifier, params


def _response(params: Any) -> tuple[Any, Any]:
    """The covariates of who got a message, and a model of who came."""
    import tempfile
    from pathlib import Path

    from components.uplift.config import Learning
    from components.uplift.learners import fit_model
    from data.covariates import Covariates
    from data.sources.message_world import read

    with tempfile.TemporaryDirectory() as folder:
        tables = read(params, Path(folder), lambda *_: None).tables
    rows = tables["messages"][lambda one: (one["split"] != "test") & (one["arm"] != "none")]
    known = tables["users"].set_index("user_id")["attributes"]
    told = [
        dict(known[user]) | {"channel": channel} for user, channel in zip(rows["user_id"], rows["channel"], strict=True)
    ]
    covariates = Covariates.learn(told)
    return covariates, fit_model(
        "trees", covariates.matrix(told), rows["visited"].to_numpy(float), "sigmoid", Learning()
    )


def _interval(metric: str, gain_P: np.ndarray, peer: str) -> list[dict[str, Any]]:
    """The 95 % bootstrap interval of a paired sum over people."""
    draws = np.random.default_rng(0).integers(0, len(gain_P), (RESAMPLES, len(gain_P)))
    ends = np.quantile(gain_P[draws].sum(axis=1), (0.025, 0.975))
    return [_row(f"{metric}_{side}", end, 0.0, peer, "1") for side, end in zip(("low", "high"), ends, strict=True)]


def _row(metric: str, ours: float, peer: float | None, peer_name: str | None, unit: str) -> dict[str, Any]:
    known = {"bench": "notifications", "metric": metric, "ours": float(ours), "peer": peer, "peer_name": peer_name}
    known["peer"] = None if peer is None else float(peer)
    return known | {"ratio": float(ours) / float(peer) if peer else None, "unit": unit}
