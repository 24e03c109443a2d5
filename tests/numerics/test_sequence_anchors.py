"""Baselines against their published figures on Amazon Beauty as S3-Rec prepared it, and SASRec on a made-up order.

The data is read where `CORKBOARD_MIRROR` names a folder that holds `s3rec-Beauty.txt`.
"""

import numpy as np
import pytest

from components.baselines import Interactions, popularity, transitions
from components.baselines.sasrec import SasRecConfig
from components.baselines.sasrec.train import sasrec
from components.ranking import best, masked, ndcg_at, recall_at, target_ranks
from components.transitions import TransitionConfig
from data.project import mirror

BEAUTY = (mirror() / "s3rec-Beauty.txt") if mirror() else None
needs_beauty = pytest.mark.skipif(BEAUTY is None or not BEAUTY.is_file(), reason="CORKBOARD_MIRROR has no Beauty")


def log_of(sequences) -> Interactions:
    offsets = np.cumsum([0, *(len(items) for items in sequences)])
    return Interactions(offsets, np.concatenate(sequences), None, 1 + max(int(items.max()) for items in sequences))


@pytest.fixture(scope="module")
def beauty() -> list[np.ndarray]:
    lines = BEAUTY.read_text(encoding="utf-8").splitlines()
    return [np.array(line.split()[1:], np.int64) - 1 for line in lines]


def ranks_after(scorer, sequences) -> np.ndarray:
    """Of `items[-1]` after `items[:-1]`, in the full ranking."""
    parts = []
    for start in range(0, len(sequences), 512):
        inputs = [items[:-1] for items in sequences[start : start + 512]]
        targets = np.array([items[-1] for items in sequences[start : start + 512]])
        parts.append(target_ranks(*best(masked(scorer(inputs), inputs), 20), np.arange(len(inputs)), targets))
    return np.concatenate(parts)


@needs_beauty
def test_the_floor_is_reproduced(beauty):
    """ANCHORS: HR@5 .0623, NDCG@5 .0457, HR@10 .0834, NDCG@10 .0525, ties broken by item; here they count against."""
    log = Interactions(*_trained(beauty), None, 12_101)
    rank_U = ranks_after(transitions(log, TransitionConfig()), beauty)
    assert recall_at(rank_U, 10).mean() == pytest.approx(0.0834, abs=3e-4)
    assert ndcg_at(rank_U, 10).mean() == pytest.approx(0.0525, abs=3e-4)
    assert recall_at(rank_U, 5).mean() == pytest.approx(0.0623, abs=3e-4)
    assert ndcg_at(rank_U, 5).mean() == pytest.approx(0.0457, abs=3e-4)


@needs_beauty
def test_the_published_popularity_counts_what_it_is_asked_for(beauty):
    """S3-Rec (arXiv 2008.07873, table 2): HR@5 .0080, NDCG@5 .0044, HR@10 .0152, NDCG@10 .0068."""
    rank_U = ranks_after(popularity(log_of(beauty)), beauty)
    found = [figure.mean() for k in (5, 10) for figure in (recall_at(rank_U, k), ndcg_at(rank_U, k))]
    assert np.round(found, 4).tolist() == [0.0080, 0.0044, 0.0152, 0.0068]
    honest_U = ranks_after(popularity(Interactions(*_trained(beauty), None, 12_101)), beauty)
    assert recall_at(honest_U, 10).mean() == pytest.approx(0.0110, abs=1e-4)


def _trained(sequences) -> tuple[np.ndarray, np.ndarray]:
    kept = [items[:-2] for items in sequences]
    return np.cumsum([0, *(len(items) for items in kept)]), np.concatenate(kept)


@pytest.fixture(scope="module")
def rounds() -> list[np.ndarray]:
    """People who go round 30 items, starting anywhere."""
    starts = np.random.default_rng(0).integers(0, 30, 200)
    return [(start + np.arange(8)) % 30 for start in starts]


def test_sasrec_learns_an_order(rounds, tmp_path):
    config = SasRecConfig(dim=16, dropout=0.1, learning_rate=0.01, epochs=12, validate_every=4)
    validation = [items[:-2] for items in rounds], np.array([items[-2] for items in rounds])
    log = log_of([items[:-2] for items in rounds])
    told = []
    scorer = sasrec(log, validation, config, tmp_path, lambda *step: told.append(step))
    rank_U = ranks_after(scorer, rounds)
    assert recall_at(rank_U, 1).mean() > 0.9
    assert len(told) == 12
    assert sasrec(log, validation, config, tmp_path, lambda *step: told.append(step))([rounds[0][:3]]) == pytest.approx(
        scorer([rounds[0][:3]])
    )
    assert len(told) == 12  # the second call found the first one's weights
    assert scorer([np.array([], np.int64)]).tolist() == [[0.0] * 30]
    assert [path.suffix for path in sorted(tmp_path.iterdir())] == [".lock", ".safetensors"]
