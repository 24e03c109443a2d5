"""What people did last, worked by hand, and a network that learns from nothing else."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from components.systems.feed_ranking.config import NetworkConfig
from components.systems.feed_ranking.log import Asked
from components.systems.feed_ranking.network import fit_network
from components.systems.feed_ranking.recent import Codes, Recent


def some(users: list[str], codes: list[int], times_ms: list[int]) -> Recent:
    return Recent.of(users, np.array(codes)[:, None], np.ones((len(users), 2)), times_ms)


def test_the_latest_actions_of_a_person_come_last_first_and_none_of_later_or_of_others(tmp_path: Path) -> None:
    recent = some(["ben", "ann", "ann", "ann", "ben"], [9, 3, 1, 2, 8], [50, 300, 100, 200, 60])
    until_ms_N, now_ms_N = np.array([250, 250, 0]), np.array([3_600_200, 250, 0])
    latest = recent.latest(["ann", "nobody", "ann"], until_ms_N, now_ms_N, 3)
    assert latest.item_NLF[..., 0].tolist() == [[2, 1, 0], [0, 0, 0], [0, 0, 0]]
    assert latest.there_NL.tolist() == [[1, 1, 0], [0, 0, 0], [0, 0, 0]]
    assert latest.age_NL[0, 0] == pytest.approx(np.log(2))
    assert latest.done_NLO[0].tolist() == [[1, 1], [1, 1], [0, 0]]
    assert recent.kept(2).item_AF[:, 0].tolist() == [2, 3, 9, 8]
    assert recent.person("ann").plus(some(["ann"], [7], [150])).item_AF[:, 0].tolist() == [1, 7, 2, 3]
    assert not len(recent.person("nobody").user_A)
    assert not len(Recent.of(["ann"], np.array([[1]]), np.zeros((1, 2)), [100]).user_A)  # only seen
    codes = Codes([("category", "lamp")])
    recent.save(tmp_path / "recent.npz", codes)
    loaded, known = Recent.load(tmp_path / "recent.npz")
    assert (loaded.item_AF.tolist(), known.values) == (recent.item_AF.tolist(), codes.values)


def test_a_network_learns_from_what_was_done_last_alone() -> None:
    """Whoever did something with an item of a kind wants more of that kind."""
    rng = np.random.default_rng(0)
    count = 600
    done, offered = rng.integers(1, 3, count), rng.integers(1, 3, count)
    users = [f"u{row}" for row in range(count)]
    recent = Recent.of(users, done[:, None], np.ones((count, 1)), [1000] * count)
    moment_N = np.full(count, 2000)
    rows = pd.DataFrame({"click": pd.array(done == offered, dtype="boolean")})
    latest = recent.latest(users, moment_N, moment_N, 4)
    asked = Asked(rows, np.zeros((count, 1), np.float32), offered[:, None], latest)
    config = NetworkConfig(dim=8, epochs=8, batch_size=32, learning_rate=0.03, hidden=0.1, dropout=0)
    network = fit_network(asked, 2, ["click"], config, 0)
    logits_NH = network.logits(asked)
    assert ((logits_NH[:, 0] > 0) == (done == offered)).mean() > 0.95
    wider = replace(asked, latest=recent.latest(users, moment_N, moment_N, 9))  # places where nothing was done
    assert network.logits(wider) == pytest.approx(logits_NH, abs=1e-5)
