"""What is known of a query and a candidate, as numbers: the same code for training and for answering.

Legend: C candidates, S those with a text, W words of all candidates, U different ones, V all stems, X signals, T words
of the query, D dimensions.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from components.finding.shelf import FIELDS, VECTORS, Shelf
from components.ranking.clicks import ClickRates
from components.reading.understood import Understood
from data.times import DAY_S

__all__ = ["SIGNALS", "ReadQuery", "signals"]

K1, B = 1.2, 0.75
FAR = 50  # the place of a word that is not there
BY_FIELD = ("bm25", "covered", "first", "phrase", "length")
SOFT = ("title", "prose")  # fields whose words are compared with the query's by their vectors
KERNELS = (0.9, 0.7, 0.5, 0.3)  # cosines about which words are counted
WIDTH = 0.1
BY_KERNEL = ("nearest", "least", *(f"near_{about}" for about in KERNELS))
OF_QUERY = ("query_words", "rarest", "commonest")
OF_PEOPLE = ("clicked", "clicked_for_all", "age_days")  # the same for all where there is neither log nor time
BESIDE_BEST = ("words_bm25", "meaning", "looks")
SIGNALS = (
    *(f"{field}_{name}" for field in FIELDS for name in BY_FIELD),
    *(f"{field}_{name}" for field in SOFT for name in BY_KERNEL),
    "last",
    *VECTORS,
    "understood",
    "contradicted",
    *OF_QUERY,
    *(f"{name}_beside_best" for name in BESIDE_BEST),
    *OF_PEOPLE,
)


@dataclass(frozen=True)
class ReadQuery:
    """A query as it is searched, its `text` as it was typed, and `corrected`, what is searched instead.

    vectors: its unit vectors (D,) as those of a shelf, zero where there is none.
    named: the values that the text is taken to name. clicks: of people who asked before.
    seen: whether a picture is part.
    """

    text: str
    stems: Sequence[str]
    vectors: Sequence[np.ndarray]
    named: Sequence[Understood]
    clicks: ClickRates
    seen: bool = False
    corrected: str | None = None

    @property
    def understood(self) -> dict[str, dict[str, float]]:
        """The probability of each value, by name."""
        return {one.name: {one.value: one.probability} for one in self.named}


def signals(shelf: Shelf, query: ReadQuery, rows: np.ndarray) -> np.ndarray:
    """Signals float32 (C, X) of the candidates in `rows`, in the order of `SIGNALS`."""
    stem_ids = [shelf.stem_ids.get(stem, -1) for stem in query.stems]
    idfs = np.array([shelf.idf(stem_id) for stem_id in stem_ids]) if stem_ids else np.zeros(1)
    columns: dict[str, np.ndarray] = {}
    words = {name: shelf.fields[name].gathered(rows) for name in FIELDS}
    for name in FIELDS:
        usual_length = shelf.fields[name].length_sum / max(len(shelf), 1)
        found = _field(*words[name], stem_ids, idfs, usual_length)
        columns |= {f"{name}_{key}": values_C for key, values_C in found.items()}
    if stem_ids:
        query_TD = _vectors(shelf, query.stems, stem_ids)
        for name in SOFT:
            columns |= {f"{name}_{key}": of_C for key, of_C in _kernels(shelf, *words[name], query_TD).items()}
    else:
        columns |= {f"{name}_{key}": np.zeros(len(rows)) for name in SOFT for key in BY_KERNEL}
    columns["last"] = columns["title_last"]
    for name, vectors_ND, query_D in zip(VECTORS, shelf.vectors, query.vectors, strict=True):
        columns[name] = vectors_ND[rows] @ query_D
    columns["understood"], columns["contradicted"] = _agreement(shelf, query, rows)
    whole = (float(len(stem_ids)), float(idfs.max()), float(idfs.min()))
    columns |= {name: np.full(len(rows), value) for name, value in zip(OF_QUERY, whole, strict=True)}
    for name in BESIDE_BEST:
        columns[f"{name}_beside_best"] = columns[name] - columns[name].max(initial=-np.inf)
    columns |= _people(shelf, query, rows)
    return np.stack([columns[name] for name in SIGNALS], axis=1).astype(np.float32)


def _field(
    stems_W: np.ndarray, length_C: np.ndarray, stem_ids: Sequence[int], idfs: np.ndarray, usual_length: float
) -> dict[str, np.ndarray]:
    count = len(length_C)
    start_C = np.cumsum(length_C) - length_C
    owner_W = np.repeat(np.arange(count), length_C)
    norm_C = K1 * (1 - B + B * length_C / max(usual_length, 1e-9))
    bm25_C, covered_C = np.zeros(count), np.zeros(count)
    first_C, last_C = np.full(count, FAR), np.full(count, FAR)
    there = [np.flatnonzero(stems_W == stem_id) for stem_id in stem_ids]
    for places, idf in zip(there, idfs, strict=False):
        owners = owner_W[places]
        times_C = np.bincount(owners, minlength=count)
        bm25_C += idf * times_C * (K1 + 1) / (times_C + norm_C)
        covered_C += idf * (times_C > 0)
        np.minimum.at(first_C, owners, places - start_C[owners])
        np.minimum.at(last_C, owners, (start_C + length_C)[owners] - 1 - places)
    phrase_C = np.zeros(count)
    if there:
        phrase = there[0]
        for step, places in enumerate(there[1:], 1):
            phrase = phrase[np.isin(phrase + step, places)]
        ends = np.minimum(phrase + len(there) - 1, len(owner_W) - 1)
        phrase_C[owner_W[phrase[owner_W[phrase] == owner_W[ends]]]] = 1.0
    return {
        "bm25": bm25_C,
        "covered": covered_C / max(float(idfs.sum()), 1e-9),
        "first": first_C,
        "last": last_C,
        "phrase": phrase_C,
        "length": length_C,
    }


def _vectors(shelf: Shelf, stems: Sequence[str], stem_ids: Sequence[int]) -> np.ndarray:
    """Unit vectors float32 (T, D) of the query's stems, also of those that no document has."""
    vectors_TD = shelf.stem_vectors[stem_ids].astype(np.float32)
    strange = [place for place, stem_id in enumerate(stem_ids) if stem_id < 0]
    if strange:
        vectors_TD[strange] = shelf.encode([stems[place] for place in strange])
    return vectors_TD


def _kernels(shelf: Shelf, stems_W: np.ndarray, length_C: np.ndarray, query_TD: np.ndarray) -> dict[str, np.ndarray]:
    """How near words of candidates are to those of the query, by kernels (Xiong et al. 2017, K-NRM), each (C,)."""
    pooled = {name: np.zeros(len(length_C)) for name in BY_KERNEL}
    some = length_C > 0
    if not some.any():
        return pooled
    unique_U = np.flatnonzero(np.bincount(stems_W))
    place_V = np.zeros(unique_U[-1] + 1, np.int64)
    place_V[unique_U] = np.arange(len(unique_U))
    of_W = place_V[stems_W]
    cosine_TU = query_TD @ shelf.stem_vectors[unique_U].astype(np.float32).T
    start_S = (np.cumsum(length_C) - length_C)[some]
    best_TS = np.maximum.reduceat(cosine_TU[:, of_W], start_S, axis=1)
    pooled["nearest"][some], pooled["least"][some] = best_TS.mean(axis=0), best_TS.min(axis=0)
    for about, name in zip(KERNELS, BY_KERNEL[2:], strict=True):
        near_TU = np.exp(-((cosine_TU - about) ** 2) / (2 * WIDTH**2))
        pooled[name][some] = np.log1p(np.add.reduceat(near_TU[:, of_W], start_S, axis=1)).mean(axis=0)
    return pooled


def _agreement(shelf: Shelf, query: ReadQuery, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How sure it is that the text names the candidates' values, and that it names others, summed over names (C,)."""
    for_C, against_C = np.zeros(len(rows)), np.zeros(len(rows))
    for one in query.named:
        any_C = shelf.having(one.name, rows)
        given_C = np.where(any_C, one.probability * shelf.having(f"{one.name}={one.value}", rows), one.probability / 2)
        for_C += given_C
        against_C += one.probability - given_C
    return for_C, against_C


def _people(shelf: Shelf, query: ReadQuery, rows: np.ndarray) -> dict[str, np.ndarray]:
    """What people clicked, and how many days an item came before the newest one; -1 where its time is not known."""
    documents = [shelf.entries[row].document for row in rows.tolist()]
    clicked, for_all = query.clicks.columns(query.text, [one.item_id for one in documents])
    ages = [-1.0 if one.created_s is None else (shelf.newest_s - one.created_s) / DAY_S for one in documents]
    return dict(zip(OF_PEOPLE, map(np.array, (clicked, for_all, ages)), strict=True))
