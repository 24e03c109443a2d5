"""The world's behaviour: plausible, equal for equal parameters, and true to the probabilities that it keeps."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from data.errors import UserError
from data.files import sha256_tree
from data.params import WorldBehaviour
from data.project import root
from data.sources.raw import LOG_COLUMNS
from data.world.behaviour.laws import DAY_S, LAWS, START_S, SURFACES
from data.world.behaviour.simulation import simulate
from data.world.behaviour.stock import Goods
from data.world.behaviour.truth import Truth, open_truth, oracle_scores
from data.world.undrawn import describe

USERS, DAYS, OBJECTS = 400, 14, 620
POSITIVE = ("click", "save")


def quiet(stage: str, done: int, total: int) -> None:
    assert stage
    assert 0 < done <= total


@pytest.fixture(scope="module")
def goods() -> list[Goods]:
    return [Goods(row.item_id, row.category, row.attributes) for row in describe(3, OBJECTS)]


@pytest.fixture(scope="module")
def folder(goods: list[Goods], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("behaviour")
    simulate(WorldBehaviour(users=USERS, days=DAYS), 3, goods, out, quiet)
    return out


@pytest.fixture(scope="module")
def events(folder: Path) -> pd.DataFrame:
    found = pd.concat([pd.read_parquet(path) for path in sorted((folder / "log").glob("part-*.parquet"))])
    return found.assign(day=(found["time_s"] - START_S) // DAY_S)


@pytest.fixture(scope="module")
def truth(folder: Path) -> Truth:
    return open_truth(folder)


def test_equal_parameters_give_equal_bytes(goods: list[Goods], tmp_path: Path) -> None:
    def made(name: str, seed: int, users: int = 60) -> str:
        simulate(WorldBehaviour(users=users, days=6), seed, goods, tmp_path / name, quiet)
        return sha256_tree(tmp_path / name)

    assert made("one", 1) == made("again", 1)
    assert made("other", 2) != made("one", 1)


def test_the_log_is_in_order_and_says_what_it_should(events: pd.DataFrame) -> None:
    assert tuple(events.columns[:-1]) == LOG_COLUMNS
    assert (events["row"].to_numpy() == np.arange(len(events))).all()
    assert set(events["action"]) == {"view", "click", "save", "hide"}
    assert set(events["surface"]) == set(SURFACES)
    assert events["day"].between(0, DAYS - 1).all()
    assert events["day"].max() == DAYS - 1  # where the windows of the splits are counted from
    by_user = events.sort_values(["user_id", "row"])
    assert (by_user.groupby("user_id")["time_s"].diff().dropna() > 0).all()
    assert (events.groupby("session_id")["user_id"].nunique() == 1).all()
    assert (events.groupby("session_id")["day"].nunique() == 1).all()
    assert events.groupby("user_id")["session_id"].nunique().mean() > 2


def test_nobody_acts_twice_on_an_item(events: pd.DataFrame) -> None:
    acted = events[events["action"] != "view"]
    assert not acted.duplicated(["user_id", "item_id"]).any()
    assert len(acted) > 1000


def test_propensity_is_the_probability_of_a_look(events: pd.DataFrame, truth: Truth) -> None:
    tally = truth.arrays("tally")
    for surface, name in enumerate(SURFACES):
        at = events[events["surface"] == name].groupby("position")["propensity"]
        assert (at.nunique() == 1).all()
        looked = at.first().to_numpy()
        assert (np.diff(looked) < 0).all()
        shown, seen = tally["shown"][surface], tally["seen"][surface]
        assert (np.abs(seen / shown - looked) < 4 * np.sqrt(looked * (1 - looked) / shown)).all()


def test_weighing_by_propensity_gives_the_true_rate(truth: Truth, events: pd.DataFrame) -> None:
    """Positive actions over slots shown fall with the position; divided by the propensity they are the true rate."""
    tally = truth.arrays("tally")
    for surface, name in enumerate(SURFACES):
        at = events[events["surface"] == name]
        looked = at.groupby("position")["propensity"].first().to_numpy()
        shown, positive, expected = (tally[key][surface] for key in ("shown", "positive", "expected"))
        assert positive.sum() == at["action"].isin(POSITIVE).sum()
        corrected, rate = (positive / looked).sum() / shown.sum(), expected.sum() / shown.sum()
        deviation = np.sqrt((positive / looked**2).sum()) / shown.sum()
        assert abs(corrected - rate) < 3.5 * deviation
        naive = positive.sum() / shown.sum()
        assert naive < rate - 3.5 * deviation


def test_people_and_items_arrive(events: pd.DataFrame, truth: Truth) -> None:
    first = events.groupby("user_id")["day"].min()
    assert (first > DAYS // 2).sum() > USERS * 0.05
    created = pd.Series(truth.stock.created_s, index=truth.stock.item_id)
    assert (created > START_S).sum() > OBJECTS * 0.2
    assert (events["time_s"] >= events["item_id"].map(created)).all()
    late = events[events["item_id"].map(created) >= START_S + (DAYS - 3) * DAY_S]
    assert len(late) > 100


def test_tastes_drift(truth: Truth) -> None:
    """Slowly for most; a few people have a new taste, which moves a favourite."""
    days = [truth.arrays(f"day-{day}")["taste"] for days in truth.splits.values() for day in days]
    step = np.abs(np.diff(np.stack(days), axis=0)).max(axis=2)
    jumped = step > 1
    assert 0 < jumped.mean() < 4 * LAWS.jump
    assert 0.02 < np.median(step) < 0.3


def test_people_do_more_with_what_they_like(events: pd.DataFrame, truth: Truth) -> None:
    row = {item: number for number, item in enumerate(truth.stock.item_id)}
    last = events[events["day"] == DAYS - 1]
    codes = truth.stock.codes_NB[last["item_id"].map(row)]
    person = last["user_id"].str.removeprefix("user-").astype(int).to_numpy()
    taste = truth.arrays(f"day-{DAYS - 1}")["taste"][person[:, None], codes].sum(axis=1)
    liked, hidden = taste[last["action"].isin(POSITIVE)], taste[last["action"] == "hide"]
    assert liked.mean() > taste.mean() + 1
    assert hidden.mean() < taste.mean()


def ndcg(scores: np.ndarray, target: np.ndarray) -> np.ndarray:
    rank = (scores > scores[np.arange(len(target)), target][:, None]).sum(axis=1)
    return np.where(rank < 10, 1 / np.log2(rank + 2), 0)


@pytest.mark.parametrize("split", ["validation", "test"])
def test_the_oracle_beats_popularity(folder: Path, events: pd.DataFrame, truth: Truth, split: str) -> None:
    days = truth.splits[split]
    past, asked = events[events["day"] < days.start], events[events["day"].isin(days)]
    target = asked[asked["action"].isin(POSITIVE)].groupby("user_id")["item_id"].first()
    ids, chunks = oracle_scores(folder, target.index.tolist(), split)
    oracle = np.concatenate(list(chunks))
    assert ids == sorted(ids)
    assert oracle.shape == (len(target), OBJECTS)
    assert oracle.dtype == np.float32
    place = {item: number for number, item in enumerate(ids)}
    wanted = target.map(place).to_numpy()
    liked = past[past["action"].isin(POSITIVE)]
    popular = np.bincount(liked["item_id"].map(place), minlength=OBJECTS) + np.random.default_rng(0).random(OBJECTS)
    known = ndcg(oracle, wanted).mean()
    assert known > 0.15
    assert known > 3 * ndcg(np.tile(popular, (len(wanted), 1)), wanted).mean()
    person = {user: number for number, user in enumerate(target.index)}
    done = past[(past["action"] != "view") & past["user_id"].isin(person)]
    assert not oracle[done["user_id"].map(person), done["item_id"].map(place)].any()


def test_the_oracle_says_what_is_wrong(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="'nobody' is not of this world"):
        oracle_scores(folder, ["nobody"], "test")
    with pytest.raises(UserError, match="no split 'train'"):
        oracle_scores(folder, ["user-000000"], "train")
    with pytest.raises(UserError, match="keeps no truth"):
        oracle_scores(tmp_path, ["user-000000"], "test")


def test_memory_is_bounded(tmp_path: Path) -> None:
    """Six thousand people and their events take little more than the interpreter with its libraries."""
    script = (
        "import sys, resource\n"
        "from pathlib import Path\n"
        "from data.params import WorldBehaviour\n"
        "from data.world.behaviour.simulation import simulate\n"
        "from data.world.behaviour.stock import Goods\n"
        "from data.world.undrawn import describe\n"
        "goods = [Goods(row.item_id, row.category, row.attributes) for row in describe(3, 620)]\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "simulate(WorldBehaviour(users=6_000, days=6), 3, goods, Path(sys.argv[1]), lambda *step: None)\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], cwd=root(), capture_output=True, text=True, check=True
    )
    rows = sum(pq.read_metadata(path).num_rows for path in (tmp_path / "log").iterdir())
    assert rows > 100_000
    assert int(done.stdout) < 300  # MB


def test_laws_are_kept_with_the_truth(goods: list[Goods], tmp_path: Path) -> None:
    laws = replace(LAWS, taste=0.4, explore=0.16)
    simulate(WorldBehaviour(users=20, days=6), 1, goods, tmp_path, quiet, laws)
    assert open_truth(tmp_path).laws == laws


def test_too_little_is_refused(goods: list[Goods], tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="give more days to train on"):
        WorldBehaviour(users=10, days=4)
    laws = replace(LAWS, founders=1.0, gap_days=1e6, gap_sd=0.0)
    with pytest.raises(UserError, match="none of 1 people came"):
        simulate(WorldBehaviour(users=1, days=5), 1, goods, tmp_path, quiet, laws)
