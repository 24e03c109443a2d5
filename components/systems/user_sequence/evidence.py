"""What the training events tell of attributes, items and what is shown after what: a profile without weights.

Legend: E events, N items, F attributes, V their values, S surfaces, K kinds of evidence (1 + S), P pairs.
"""

from collections.abc import Sequence

import numpy as np

from components.systems.user_sequence.catalogue import Catalogue
from components.systems.user_sequence.histories import Histories
from components.systems.user_sequence.profile import Profile
from components.systems.user_sequence.protocol import is_positive
from data.errors import UserError

__all__ = ["count_evidence"]

COMMON = 0.5  # share of the items that have an attribute which counts as one of all
MOST_SHOWN = 64  # items kept of what a surface shows after another
LOOKS = 20.0  # that the times are of
SHRINKAGE = 20.0  # times that something unknown is taken to have been shown beside those counted, and looks of an item


def count_evidence(trained: Histories, catalogue: Catalogue, positive: Sequence[str] | None) -> Profile:
    """Count, for attributes that at least half of the items have.

    Raises:
        UserError: there is no such attribute.
    """
    items = len(catalogue.item_ids)
    code_FN, field_V = _codes(catalogue)
    positive_E = is_positive(trained, positive)
    looks_N = np.bincount(trained.item_E, minlength=items)
    done_N = np.bincount(trained.item_E[positive_E], minlength=items)
    shown = [
        np.bincount(trained.item_E[trained.surface_E == surface], minlength=items)
        for surface in range(len(trained.surfaces))
    ]
    share_KV = np.stack([_shares(count_N, code_FN, field_V) for count_N in (done_N, *shown)])
    mean = max(done_N.sum(), 1) / max(looks_N.sum(), 1)
    offset_R1, target_E, times_E = _shown_after(trained, positive_E, items)
    done_A = np.unique(trained.action_E[positive_E]) + 1
    return Profile(
        code_FN=code_FN,
        field_V=field_V,
        share_KV=share_KV,
        done_A=done_A,
        rate_N=np.log((done_N + SHRINKAGE * mean) / (looks_N + SHRINKAGE) / mean),
        offset_R1=offset_R1,
        target_E=target_E,
        times_E=times_E,
        weight_KF=np.zeros((len(share_KV), len(code_FN))),
        rate_weight=np.zeros(()),
        follow_weight_S=np.zeros(len(trained.surfaces)),
    )


def _codes(catalogue: Catalogue) -> tuple[np.ndarray, np.ndarray]:
    """int32 (F, N) and (V,). An item that lacks the attribute has the value that says so."""
    least = COMMON * len(catalogue.item_ids)
    names = sorted({name for values in catalogue.attributes for name in values})
    names = [name for name in names if sum(name in values for values in catalogue.attributes) >= least]
    if not names:
        raise UserError(
            "blend.profile needs an attribute that half of the items have; describe the items, or set it to false"
        )
    codes, fields, start = [], [], 0
    for number, name in enumerate(names):
        found, code_N = np.unique([values.get(name, "") for values in catalogue.attributes], return_inverse=True)
        codes.append(code_N + start)
        fields += [number] * len(found)
        start += len(found)
    return np.stack(codes).astype(np.int32), np.array(fields, np.int32)


def _shares(count_N: np.ndarray, code_FN: np.ndarray, field_V: np.ndarray) -> np.ndarray:
    """float64 (V,): one more of each item, so that no value is impossible."""
    count_V = sum(np.bincount(code_N, count_N + 1.0, len(field_V)) for code_N in code_FN)
    return np.asarray(count_V / (count_N.sum() + len(count_N)))


def _shown_after(trained: Histories, positive_E: np.ndarray, items: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows surface x item: what its user is shown there from an action on the item until the next action."""
    event_E = np.arange(len(positive_E))
    last_E = np.maximum.accumulate(np.where(positive_E, event_E, -1))
    before_E = np.concatenate([[-1], last_E[:-1]])
    owner_E = trained.owners()
    pair_P = np.flatnonzero((before_E >= 0) & (owner_E[np.maximum(before_E, 0)] == owner_E))
    row_P = trained.surface_E[pair_P] * np.int64(items) + trained.item_E[before_E[pair_P]]
    key, count = np.unique(row_P * items + trained.item_E[pair_P], return_counts=True)
    row, target = np.divmod(key, items)
    rows = items * len(trained.surfaces)
    times = LOOKS * count / (np.bincount(row, count, rows) + SHRINKAGE)[row]
    order = np.lexsort((-times, row))
    place = np.arange(len(order)) - np.searchsorted(row[order], row[order])
    kept = np.sort(order[place < MOST_SHOWN])
    offset_R1 = np.concatenate([[0], np.cumsum(np.bincount(row[kept], minlength=rows))])
    return offset_R1, target[kept].astype(np.int32), times[kept].astype(np.float32)
