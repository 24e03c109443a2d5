"""What is known of a query and a candidate, as numbers: the same code for training and for answering.

Legend: C candidates, W words of all candidates, X signals, T words of the query.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from components.systems.search_relevance.shelf import FIELDS, Field, Shelf

__all__ = ["SIGNALS", "Asked", "signals"]

K1, B = 1.2, 0.75
FAR = 50  # the place of a word that is not there
BY_FIELD = ("bm25", "covered", "first", "phrase", "length")
OF_QUERY = ("query_words", "rarest", "commonest")
BESIDE_BEST = ("words_bm25", "meaning", "looks")
SIGNALS = (
    *(f"{field}_{name}" for field in FIELDS for name in BY_FIELD),
    "last",
    "meaning",
    "looks",
    "understood",
    "contradicted",
    *OF_QUERY,
    *(f"{name}_beside_best" for name in BESIDE_BEST),
)


@dataclass(frozen=True)
class Asked:
    """A query as it is searched. meaning_D, looks_D: its unit vectors, zero where there is none.

    understood: probability of the values that the text is taken to name, by name. seen: whether a picture is part.
    """

    text: str
    stems: Sequence[str]
    meaning_D: np.ndarray
    looks_D: np.ndarray
    understood: Mapping[str, Mapping[str, float]]
    seen: bool = False


def signals(shelf: Shelf, asked: Asked, rows: np.ndarray) -> np.ndarray:
    """Signals float32 (C, X) of the candidates in `rows`, in the order of `SIGNALS`."""
    stem_ids = [shelf.stem_ids.get(stem, -1) for stem in asked.stems]
    idfs = np.array([shelf.idf(stem_id) for stem_id in stem_ids]) if stem_ids else np.zeros(1)
    columns = {}
    for name in FIELDS:
        field = shelf.fields[name]
        found = _field(field, rows, stem_ids, idfs, field.length_sum / max(len(shelf), 1))
        columns |= {f"{name}_{key}": values_C for key, values_C in found.items()}
    columns["last"] = columns.pop("title_last")
    columns.pop("words_last")
    columns["meaning"] = shelf.vectors[0][rows] @ asked.meaning_D
    columns["looks"] = shelf.vectors[1][rows] @ asked.looks_D
    columns["understood"], columns["contradicted"] = _agreement(shelf, asked, rows)
    whole = (float(len(stem_ids)), float(idfs.max()), float(idfs.min()))
    columns |= {name: np.full(len(rows), value) for name, value in zip(OF_QUERY, whole, strict=True)}
    for name in BESIDE_BEST:
        columns[f"{name}_beside_best"] = columns[name] - columns[name].max(initial=-np.inf)
    return np.stack([columns[name] for name in SIGNALS], axis=1).astype(np.float32)


def _field(
    field: Field, rows: np.ndarray, stem_ids: Sequence[int], idfs: np.ndarray, usual_length: float
) -> dict[str, np.ndarray]:
    stems_W, length_C = field.gathered(rows)
    count = len(rows)
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


def _agreement(shelf: Shelf, asked: Asked, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How sure it is that the text names the candidates' values, and that it names others, summed over names (C,)."""
    for_C, against_C = np.zeros(len(rows)), np.zeros(len(rows))
    for name, probability in asked.understood.items():
        sure = sum(probability.values())
        values = [shelf.entries[row].facets().get(name) for row in rows.tolist()]
        given_C = np.array([probability.get(value, 0.0) if value else sure / 2 for value in values])
        for_C += given_C
        against_C += sure - given_C
    return for_C, against_C
