"""The part of the score that a person's taste gives: attributes of what they did and saw, beside everybody's.

numpy alone. Legend: B people who ask, L actions of a history, X parts of it, N items, F attributes, V their values,
S surfaces, K kinds of evidence (1 + S), E events or edges, P pairs, I chosen items;
`offset_R1` delimits the rows surface x item as in a CSR matrix.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from components.arrays import opened_arrays
from components.systems.user_sequence.history import NO_TIME, Contexts, History, LeaveOneOut
from data.errors import UserError
from data.files import atomic
from data.times import DAY_S

if TYPE_CHECKING:  # tables are not in the served image
    from components.systems.user_sequence.tables import Catalogue, Histories

__all__ = ["PROFILE", "Profile"]

PROFILE = "profile.npz"
HALF_LIFE_DAYS = 20.0  # of an action's weight
BLOCK = 1000  # actions compared with values at once, to bound memory
SMOOTHING = 10.0  # actions of everybody that a person is taken to have beside their own
COMMON = 0.5  # share of the items that have an attribute which counts as one of all
MOST_SHOWN = 64  # items kept of what a surface shows after another
LOOKS = 20.0  # that the times are of
SHRINKAGE = 20.0  # times that something unknown is taken to have been shown beside those counted, and looks of an item


@dataclass(frozen=True)
class Profile:
    """Evidence of a person's taste, and how much each piece of it weighs in the scores.

    Kinds of evidence: what was done (the first), and what was looked at on each surface. A platform that shows a person
    more of something has its reasons, and a look without an action tells little of an item but much of its kind.

    code_FN: the value that an item has of each attribute, numbered through over all attributes; field_V says of which.
    share_KV: share of a kind's training events with the value, within its attribute. done_A: codes of what counts as
    done. rate_N: logarithm of how often somebody who looks at an item acts on it. offset_R1, target_E, times_E: how
    often an item is among twenty looks on a surface, once another item was acted on. Weights: of each kind's attributes
    (K, F), of the rate, and of what is shown on each surface after the last item acted on.
    """

    code_FN: np.ndarray
    field_V: np.ndarray
    share_KV: np.ndarray
    done_A: np.ndarray
    rate_N: np.ndarray
    offset_R1: np.ndarray
    target_E: np.ndarray
    times_E: np.ndarray
    weight_KF: np.ndarray
    rate_weight: np.ndarray
    follow_weight_S: np.ndarray

    @classmethod
    def count(cls, trained: "Histories", catalogue: "Catalogue", positive: Sequence[str] | None) -> "Profile":
        """What training tells of the attributes that at least half of the items have; the weights are zeros.

        Raises:
            UserError: there is no such attribute.
        """
        items = len(catalogue.item_ids)
        code_FN, field_V = _codes(catalogue)
        positive_E = trained.is_positive(positive)
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
        return cls(
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

    def lifts(self, history: History, now_s: int | None) -> np.ndarray:
        """float64 (K, V): the logarithm of how much more of a value the person has than everybody.

        now_s: the time of the request; None: when the newest action was. An action of no known time counts as of now.
        """
        kinds, values = self.share_KV.shape
        (weight_L,) = _weights(history.time_s_L, np.ones((1, len(history)), bool), now_s)
        kind_E = np.concatenate([np.where(history.did(self.done_A), 0, -1), history.surface_L])
        weight_E, item_E = np.tile(weight_L, 2), np.tile(history.item_L, 2)
        kept_E = (kind_E >= 0) & (kind_E < kinds)
        kept_E[len(history) :] &= history.surface_L > 0  # 0 is a surface unknown, and not what was done
        kind_E, weight_E, item_E = kind_E[kept_E], weight_E[kept_E], item_E[kept_E]
        place_FE = kind_E[None] * values + self.code_FN[:, item_E]
        weight_FE = np.broadcast_to(weight_E[None], place_FE.shape)
        count_KV = np.bincount(place_FE.ravel(), weight_FE.ravel(), kinds * values).reshape(kinds, values)
        total_K1 = np.bincount(kind_E, weight_E, kinds)[:, None]
        return np.asarray(np.log((count_KV / self.share_KV + SMOOTHING) / (total_K1 + SMOOTHING)))

    def follows(self, history: History) -> list[tuple[np.ndarray, np.ndarray]]:
        """By surface, what is shown there after the last item acted on, and how often; none if nothing was done."""
        done = np.flatnonzero(history.did(self.done_A))
        if not len(done):
            return []
        row_S = int(history.item_L[done[-1]]) + len(self.rate_N) * np.arange(len(self.follow_weight_S))
        parts = [slice(self.offset_R1[row], self.offset_R1[row + 1]) for row in row_S.tolist()]
        return [(self.target_E[part], self.times_E[part]) for part in parts]

    def scores(self, history: History, now_s: int | None) -> np.ndarray:
        """float32 (N,) to add to the scores of a history; of an empty one what everybody's actions tell of items."""
        value_V = (self._weight_by_value * self.lifts(history, now_s)).sum(axis=0)
        score_N = value_V[self.code_FN].sum(axis=0) + self._weighed_rate + self._shown_next(history)
        return score_N.astype(np.float32)

    def add(self, contexts: Contexts, weight: float, score_BN: np.ndarray) -> None:
        """Add the scores of all that people did, what the transformer does not read included."""
        for row, (score_N, history) in enumerate(zip(score_BN, contexts.whole, strict=True)):
            if len(history):
                score_N += np.float32(weight) * self.scores(history, contexts.now_s(row))

    def scores_without(self, left_out: LeaveOneOut, row_I: np.ndarray) -> np.ndarray:
        history, now_s = left_out.whole, left_out.now_s
        keep_XL = left_out.keep(history.item_L)
        kind_K1 = np.arange(len(self.share_KV))[:, None]
        is_KL = np.where(kind_K1 == 0, history.did(self.done_A), history.surface_L == kind_K1)
        weight_XKL = _weights(history.time_s_L, keep_XL, now_s)[:, None] * is_KL
        code_V, place_FI = np.unique(self.code_FN[:, row_I], return_inverse=True)  # the values that decide
        count_XKV = np.zeros((*weight_XKL.shape[:2], len(code_V)))
        for start in range(0, len(history), BLOCK):
            item_L = history.item_L[start : start + BLOCK]
            same_LV = self.code_FN[self.field_V[code_V][None], item_L[:, None]] == code_V
            count_XKV += weight_XKL[:, :, start : start + BLOCK] @ same_LV.astype(float)
        total_XK1 = weight_XKL.sum(axis=2)[:, :, None]
        lift_XKV = np.log((count_XKV / self.share_KV[:, code_V] + SMOOTHING) / (total_XK1 + SMOOTHING))
        value_XV = (self._weight_by_value[:, code_V] * lift_XKV).sum(axis=1)
        score_XI = value_XV[:, place_FI].sum(axis=1) + self._weighed_rate[row_I]
        last_X = np.where(keep_XL & is_KL[0], np.arange(len(history)), -1).max(axis=1)
        for last in np.unique(last_X).tolist():
            score_XI[last_X == last] += self._shown_next(history.part(slice(last + 1)))[row_I]
        return score_XI.astype(np.float32)

    @cached_property
    def _weight_by_value(self) -> np.ndarray:
        """float64 (K, V)."""
        return self.weight_KF[:, self.field_V]

    @cached_property
    def _weighed_rate(self) -> np.ndarray:
        """float64 (N,)."""
        return self.rate_weight * self.rate_N

    def _shown_next(self, history: History) -> np.ndarray:
        """float64 (N,): what is shown after the last item acted on, weighed."""
        score_N = np.zeros(len(self.rate_N))
        for weight, (target_E, times_E) in zip(self.follow_weight_S, self.follows(history), strict=False):
            score_N[target_E] += weight * times_E
        return score_N

    def save(self, folder: Path) -> None:
        with atomic(folder / PROFILE) as file:
            np.savez(file, allow_pickle=False, **{field.name: getattr(self, field.name) for field in fields(self)})

    @classmethod
    def load(cls, folder: Path) -> "Profile":
        """Open what `save` wrote; raises `UserError` where it is missing or damaged."""
        with opened_arrays(folder / PROFILE, "holds no profile") as arrays:
            return cls(**{field.name: arrays[field.name] for field in fields(cls)})


def _weights(time_s_L: np.ndarray, keep_XL: np.ndarray, now_s: int | None) -> np.ndarray:
    """float64 (X, L): half for every half-life of age, 1 for an unknown one, 0 for what is not kept."""
    newest_s_X1 = np.where(keep_XL, time_s_L, NO_TIME).max(axis=1, keepdims=True, initial=NO_TIME)
    age_days_XL = np.maximum((newest_s_X1 if now_s is None else now_s) - time_s_L, 0) / DAY_S
    return np.where(time_s_L == NO_TIME, 1.0, 0.5 ** (age_days_XL / HALF_LIFE_DAYS)) * keep_XL


def _codes(catalogue: "Catalogue") -> tuple[np.ndarray, np.ndarray]:
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
        values, code_N = np.unique([item.get(name, "") for item in catalogue.attributes], return_inverse=True)
        codes.append(code_N + start)
        fields += [number] * len(values)
        start += len(values)
    return np.stack(codes).astype(np.int32), np.array(fields, np.int32)


def _shares(count_N: np.ndarray, code_FN: np.ndarray, field_V: np.ndarray) -> np.ndarray:
    """float64 (V,): one more of each item, so that no value is impossible."""
    count_V = sum(np.bincount(code_N, count_N + 1.0, len(field_V)) for code_N in code_FN)
    return np.asarray(count_V / (count_N.sum() + len(count_N)))


def _shown_after(trained: "Histories", positive_E: np.ndarray, items: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
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
