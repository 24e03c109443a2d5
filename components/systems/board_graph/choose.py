"""Settings and weights chosen on validation: which neighbours are best, and how much each part counts.

Legend: N items, L items of a board, P parts, J candidates of a board, K places, A boards asked for, T blends tried.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from components.ranking import best
from components.system import Progress
from components.systems.board_graph.config import Config, PathsConfig
from components.systems.board_graph.content import normal
from components.systems.board_graph.linear import paths
from components.systems.board_graph.scorer import LATEST, PARTS, Blend, Scorer

__all__ = ["K", "Questions", "choose_neighbours", "choose_shares", "choose_weights", "gained", "questions"]

K = 20
POOL = 150  # best of each part that are weighed
ROUNDS = 3
SHARES = (0.0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0)  # of factors, in the score of new items
LOOKS = (0.0, 0.1, 0.2, 0.3, 0.5, 0.7)  # of the picture, in that of those that have words too
DISCOUNT_K = 1 / np.log2(np.arange(2, K + 2))
IDEAL = np.concatenate([[0], np.cumsum(DISCOUNT_K)])


@dataclass(frozen=True)
class Questions:
    """Boards of which some items are known and others wanted. row_B: which boards."""

    row_B: np.ndarray
    known: Sequence[np.ndarray]
    wanted: Sequence[np.ndarray]

    def __len__(self) -> int:
        return len(self.row_B)


def questions(known_BN: csr_array, wanted_BN: csr_array, most: int, seed: int) -> Questions:
    """At most `most` boards that have both, drawn evenly."""
    rows = np.flatnonzero((np.diff(known_BN.indptr) > 0) & (np.diff(wanted_BN.indptr) > 0))
    if len(rows) > most:
        rows = np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))
    known, wanted = (
        [matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]].astype(np.int64) for row in rows]
        for matrix in (known_BN, wanted_BN)
    )
    return Questions(rows, known, wanted)


def gained(hit_K: np.ndarray, wanted: int) -> tuple[float, float]:
    """Recall and NDCG of the first K places."""
    return hit_K.sum() / wanted, float((hit_K * DISCOUNT_K[: len(hit_K)]).sum() / IDEAL[min(wanted, K)])


def choose_neighbours(train_BN: csr_array, asked: Questions, config: Config, progress: Progress) -> PathsConfig:
    """The setting whose NDCG and recall on validation add up to the most."""
    if len(config.neighbours) == 1 or not len(asked):
        return config.neighbours[0]
    figures = []
    for number, setting in enumerate(config.neighbours):
        matrix = paths(train_BN, setting, config.nearest)
        totals = []
        for known_L, wanted in zip(asked.known, asked.wanted, strict=True):
            row = csr_array(matrix[known_L[-LATEST:]].sum(axis=0)[None]).toarray()[0]
            row[known_L] = -np.inf
            totals.append(sum(gained(np.isin(best(row[None], K)[0][0], wanted), len(wanted))))
        figures.append(float(np.mean(totals)))
        progress("choose neighbours", number + 1, len(config.neighbours), {"validation/sum": figures[-1]})
    return config.neighbours[int(np.argmax(figures))]


def choose_weights(
    scorer: Scorer, asked: Questions, values: Sequence[float], progress: Progress
) -> tuple[Mapping[str, float], dict[str, float]]:
    """Weights of the parts by coordinate ascent, and their recall and NDCG on validation, with each part's own."""
    pooled = list(_pooled(scorer, asked, progress))
    figures = {name: _figures(pooled, np.eye(len(PARTS))[place]) for place, name in enumerate(PARTS)}
    weight_P = np.eye(len(PARTS))[max(range(len(PARTS)), key=lambda place: sum(figures[PARTS[place]]))]
    top = sum(_figures(pooled, weight_P))
    for _ in range(ROUNDS):
        before = weight_P.copy()
        for place in range(len(PARTS)):
            for value in values:
                trial_P = weight_P.copy()
                trial_P[place] = value
                if trial_P.any() and (figure := sum(_figures(pooled, trial_P))) > top + 1e-9:
                    weight_P, top = trial_P, figure
        if (weight_P == before).all():
            break
    weight_P /= weight_P.sum()
    blended = _figures(pooled, weight_P)
    report = {f"validation/{name}_{what}": value for name, pair in (*figures.items(), ("blend", blended))
              for what, value in zip(("recall_at_20", "ndcg_at_20"), pair, strict=True)}  # fmt: skip
    return dict(zip(PARTS, weight_P.tolist(), strict=True)), report


def choose_shares(scorer: Scorer, asked: Questions, progress: Progress) -> tuple[Blend, dict[str, float]]:
    """How much factors count beside content for new items, and pictures beside words.

    With the recall on items that were hidden, at each share of factors, and likewise of pictures. These count beside
    words where they gain more than two standard errors, in pairs.
    """
    assert scorer.content is not None
    new_N = np.flatnonzero(scorer.degrees == 0)
    blends = [Blend(share=share, looks=looks) for looks in LOOKS for share in SHARES]
    plain = len(SHARES)  # those without pictures come first
    blends = blends[: plain if scorer.content.pictures is None else None]
    recall_AT = np.zeros((len(asked), len(blends)))
    for number, (known_L, wanted) in enumerate(zip(asked.known, asked.wanted, strict=True)):
        evidence_22N = scorer.evidence(known_L)
        for place, blend in enumerate(blends):
            found = new_N[best(scorer.new(evidence_22N, blend)[None, new_N], K)[0][0]]
            recall_AT[number, place] = np.isin(found, wanted).sum() / len(wanted)
        if number % 500 == 0:
            progress("weigh what is known of new items", number, len(asked), {})
    mean_T = recall_AT.mean(axis=0)
    chosen, words = int(mean_T.argmax()), int(mean_T[:plain].argmax())
    gain_A = recall_AT[:, chosen] - recall_AT[:, words]
    if gain_A.mean() <= 2 * gain_A.std() / len(asked) ** 0.5:
        chosen = words
    figures = {
        f"share_{one.share}": recall for one, recall in zip(blends[:plain], mean_T[:plain].tolist(), strict=True)
    }
    for first in range(plain, len(blends), plain):
        figures[f"looks_{blends[first].looks}"] = float(mean_T[first : first + plain].max())
    report = {f"validation/new_recall_at_20_{name}": recall for name, recall in figures.items()}
    blend = blends[chosen]
    return blend, report | {"weight/share": blend.share, "weight/looks": blend.looks}


def _pooled(scorer: Scorer, asked: Questions, progress: Progress) -> Iterator[tuple[np.ndarray, np.ndarray, int]]:
    """Of each board the scores of the parts (P, J) for the best of each, which of them are wanted, and how many are."""
    for number, (known_L, wanted) in enumerate(zip(asked.known, asked.wanted, strict=True)):
        score_PN = np.stack([normal(scorer.part(name, known_L)) for name in PARTS])
        masked_PN = score_PN.copy()
        masked_PN[:, known_L] = -np.inf
        candidates = np.unique(np.argpartition(-masked_PN, min(POOL, masked_PN.shape[1] - 1), axis=1)[:, :POOL])
        candidates = candidates[~np.isin(candidates, known_L)]
        yield score_PN[:, candidates], np.isin(candidates, wanted), len(wanted)
        if number % 500 == 0:
            progress("weigh the parts", number, len(asked), {})


def _figures(pooled: Sequence[tuple[np.ndarray, np.ndarray, int]], weight_P: np.ndarray) -> tuple[float, float]:
    figures = []
    for score_PJ, hit_J, wanted in pooled:
        total_J = weight_P.astype(np.float32) @ score_PJ
        figures.append(gained(hit_J[best(total_J[None], K)[0][0]] if len(hit_J) else hit_J, wanted))
    recall, ndcg = np.mean(figures, axis=0).tolist() if figures else (0.0, 0.0)
    return recall, ndcg
