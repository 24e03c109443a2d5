"""How often items are clicked where they are looked at: clicks of a log without the bias of places.

Legend: N rows of a log, Q pairs of a query and an item, K places from the top.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from data.errors import UserError
from data.files import write_json

__all__ = ["ClickRates", "propensities"]

FILE = "clicks.json"
ROUNDS = 200  # from all places alike; after 50 the lower ones are still held for too good
PRIOR = 5.0  # looks that count as the mean of all, added to those of each pair and item: few looks say little
DIGITS = 4
TINY = 1e-9


def propensities(pair_N: np.ndarray, place_N: np.ndarray, clicked_N: np.ndarray) -> np.ndarray:
    """The chance that each place is looked at, as a share of the first's (K,), from a log of whole numbers.

    Expectation maximisation of the position-based model (Wang et al. 2018, "Position bias estimation for unbiased
    learning to rank"), with a beta prior on what attracts. Pairs that were seen in several places tell places apart.
    pair_N: the number of each row's pair. place_N: from 0.
    """
    pairs, places = int(pair_N.max()) + 1, int(place_N.max()) + 1
    cell_N = pair_N * places + place_N
    shown_QK = np.bincount(cell_N, minlength=pairs * places).reshape(pairs, places)
    clicked_QK = np.bincount(cell_N, clicked_N, pairs * places).reshape(pairs, places)
    passed_QK = shown_QK - clicked_QK
    looked_K, attracts_Q = np.full(places, 0.5), np.full(pairs, 0.5)
    for _ in range(ROUNDS):
        both_QK = attracts_Q[:, None] * looked_K
        passed_by_QK = passed_QK / np.maximum(1 - both_QK, TINY)
        looked_QK = clicked_QK + passed_by_QK * (looked_K - both_QK)
        attracted_QK = clicked_QK + passed_by_QK * (attracts_Q[:, None] - both_QK)
        looked_K = looked_QK.sum(axis=0) / np.maximum(shown_QK.sum(axis=0), 1)
        mean = clicked_N.sum() / max(float((shown_QK * looked_K).sum()), TINY)
        attracts_Q = np.minimum((attracted_QK.sum(axis=1) + PRIOR * mean) / (shown_QK.sum(axis=1) + PRIOR), 1)
        looked_K = np.minimum(looked_K / max(looked_K[0], TINY), 1)
    return looked_K


class ClickRates:
    """Clicks per look of items, for a query's text and for all of them: clicks over what places let expect.

    Source: Zhang and Jones 2007, clicks over expected clicks; with a prior for what was seldom looked at.
    """

    def __init__(self, mean: float, of_items: Mapping[str, float], of_pairs: Mapping[str, Mapping[str, float]]) -> None:
        """mean: of all looks, also said of an item that nobody saw. of_pairs: by text as `ClickRates.key`, and item."""
        self.mean, self.of_items, self.of_pairs = mean, of_items, of_pairs

    @classmethod
    def none(cls) -> "ClickRates":
        return cls(0.0, {}, {})

    @classmethod
    def of(
        cls, texts: Sequence[str], item_ids: Sequence[str], place_N: np.ndarray, clicked_N: np.ndarray
    ) -> "ClickRates":
        """From the rows of a log; place_N counts from 1."""
        pairs: dict[tuple[str, str], int] = {}
        keys = [(cls.key(text), item_id) for text, item_id in zip(texts, item_ids, strict=True)]
        pair_N = np.array([pairs.setdefault(key, len(pairs)) for key in keys])
        look_N = propensities(pair_N, place_N - 1, clicked_N)[place_N - 1]
        mean = float(clicked_N.sum() / max(look_N.sum(), TINY))
        items = {item_id: number for number, item_id in enumerate(dict.fromkeys(item_ids))}
        item_N = np.array([items[item_id] for item_id in item_ids])
        of_items = _rates(item_N, look_N, clicked_N, mean)
        of_pairs: dict[str, dict[str, float]] = {}
        for (text, item_id), rate in zip(pairs, _rates(pair_N, look_N, clicked_N, mean), strict=True):
            of_pairs.setdefault(text, {})[item_id] = rate
        return cls(round(mean, DIGITS), dict(zip(items, of_items, strict=True)), of_pairs)

    @staticmethod
    def key(text: str) -> str:
        """The text by which clicks are kept: in one case, with single spaces."""
        return " ".join(text.casefold().split())

    def columns(self, text: str, item_ids: Sequence[str]) -> tuple[list[float], list[float]]:
        """Of each item the rate for this text, and that for all texts."""
        here = self.of_pairs.get(self.key(text), {})
        return (
            [here.get(item_id, self.mean) for item_id in item_ids],
            [self.of_items.get(item_id, self.mean) for item_id in item_ids],
        )

    def liked(self, text: str, k: int) -> list[str]:
        """At most k items that people who asked this clicked more than usual, the most clicked first."""
        here = [(-rate, item_id) for item_id, rate in self.of_pairs.get(self.key(text), {}).items() if rate > self.mean]
        return [item_id for _, item_id in sorted(here)[:k]]

    def save(self, folder: Path) -> None:
        write_json(folder / FILE, {"mean": self.mean, "of_items": self.of_items, "of_pairs": self.of_pairs})

    @classmethod
    def load(cls, folder: Path) -> "ClickRates":
        """What `save` wrote. Raises `UserError` where it is missing or damaged."""
        try:
            return cls(**json.loads((folder / FILE).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise UserError(f"{folder} has no whole {FILE} ({error}); make or fetch the bundle again") from None


def _rates(number_N: np.ndarray, look_N: np.ndarray, clicked_N: np.ndarray, mean: float) -> list[float]:
    clicks = np.bincount(number_N, clicked_N)
    looks = np.bincount(number_N, look_N)
    return np.round((clicks + PRIOR * mean) / (looks + PRIOR), DIGITS).tolist()
