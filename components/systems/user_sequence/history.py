"""What one person did, what is stored of known people, and what is known of people when they ask. numpy alone.

Legend: B people who ask, L actions of a history, U users, E events, N items, J distinct items of a history, X parts of
it, D dimensions; `offset_U1` delimits users as in a CSR matrix.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from components.arrays import opened_arrays
from data.files import atomic

__all__ = ["NO_TIME", "UNKNOWN", "Contexts", "Crowd", "History", "LeaveOneOut", "People", "read_codes"]

UNKNOWN = 0  # code of an action or surface that is not known; those known count from 1
NO_TIME = -1
PEOPLE = "people.npz"
LEFT_OUT = 50  # newest distinct items that an explanation leaves out, one after the other


@dataclass(frozen=True)
class History:
    """What one person did, oldest first: item rows of the catalogue, codes, and seconds (-1 where unknown)."""

    item_L: np.ndarray
    action_L: np.ndarray
    surface_L: np.ndarray
    time_s_L: np.ndarray

    def __len__(self) -> int:
        return len(self.item_L)

    def part(self, chosen: slice | np.ndarray) -> "History":
        return History(self.item_L[chosen], self.action_L[chosen], self.surface_L[chosen], self.time_s_L[chosen])

    def doing(self, codes: Sequence[int] | None) -> "History":
        """The actions of some codes; all of them if that is None."""
        return self if codes is None else self.part(self.did(codes))

    def did(self, codes: Sequence[int] | np.ndarray) -> np.ndarray:
        """bool (L,): whether each action is one of some codes, of which there are few."""
        return np.asarray((self.action_L[:, None] == np.asarray(codes)).any(axis=1))

    def then(self, later: "History") -> "History":
        pairs = zip(self.columns(), later.columns(), strict=True)
        return History(*(np.concatenate(pair) for pair in pairs))

    def without(self, stored: "History") -> "History":
        """What is not in `stored`: an action of the same item, kind and known time is the same action."""
        known = set(zip(stored.item_L.tolist(), stored.action_L.tolist(), stored.time_s_L.tolist(), strict=True))
        given = zip(self.item_L.tolist(), self.action_L.tolist(), self.time_s_L.tolist(), strict=True)
        return self.part(np.array([one[2] == NO_TIME or one not in known for one in given], bool))

    def columns(self) -> tuple[np.ndarray, ...]:
        return self.item_L, self.action_L, self.surface_L, self.time_s_L


def read_codes(actions: Sequence[str], reads: Sequence[str] | None) -> tuple[int, ...] | None:
    """The codes of the actions `reads` in the vocabulary `actions`; None, all of them, where `reads` is None."""
    return None if reads is None else tuple(code for code, name in enumerate(actions, 1) if name in reads)


@dataclass(frozen=True)
class Crowd:
    """What everybody does at one moment.

    count_N: positive events of each item up to now, each counting half for every half-life of its age. item_E and
    person_E: who first acted on which item within the last day, as rows of items and of `Neighbours`.
    """

    count_N: np.ndarray
    item_E: np.ndarray
    person_E: np.ndarray


@dataclass(frozen=True)
class Contexts:
    """What is known of B people at the moment when each is to be shown something.

    read: the actions that transformer and graph read. whole: all actions. now_s_B: seconds since 1970, -1 where
    unknown. crowds: what everybody does then; empty if that is unknown of all, None if of one. query_BD: what the
    transformer makes of those whose `read` is not empty, where it has read them already.
    """

    read: Sequence[History]
    whole: Sequence[History]
    now_s_B: np.ndarray
    crowds: Sequence[Crowd | None] = ()
    query_BD: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.read)

    def now_s(self, row: int) -> int | None:
        now_s = int(self.now_s_B[row])
        return None if now_s == NO_TIME else now_s

    def chosen(self, rows: Sequence[int]) -> "Contexts":
        """Some of them, in the order of `rows`; queries are left out."""
        read, whole = [self.read[row] for row in rows], [self.whole[row] for row in rows]
        crowds = [self.crowds[row] for row in rows] if self.crowds else ()
        return Contexts(read, whole, self.now_s_B[list(rows)], crowds)


@dataclass(frozen=True)
class LeaveOneOut:
    """A history, and what is left of it without all actions on one of its items.

    read: what transformer and graph read of it, with older actions that the graph reads where others are left out;
    actions too old for the transformer do not move up. item_J: the newest distinct items of what the transformer
    reads. Where there is but one, nothing would be left, and there are no parts. query_XD: what the transformer makes
    of the whole and of each part, once it has read them.
    """

    read: History
    whole: History
    now_s: int | None
    item_J: np.ndarray
    query_XD: np.ndarray | None = None

    @classmethod
    def of(cls, read: History, whole: History, now_s: int | None, max_length: int, graph_length: int) -> "LeaveOneOut":
        """read: not empty. max_length, graph_length: actions that the transformer and the graph read."""
        read = read.part(slice(-max_length - graph_length, None))
        newest_first = read.item_L[-max_length:][::-1]
        _, first = np.unique(newest_first, return_index=True)
        return cls(read, whole, now_s, newest_first[np.sort(first)][:LEFT_OUT])

    def keep(self, item_L: np.ndarray) -> np.ndarray:
        """bool (X, L): everything, then all but the actions on each item; everything alone if there is one item."""
        whole_1L = np.ones((1, len(item_L)), bool)
        return whole_1L if len(self.item_J) == 1 else np.concatenate([whole_1L, item_L != self.item_J[:, None]])


@dataclass(frozen=True)
class People:
    """The newest events of known users."""

    row_of: dict[str, int]
    offset_U1: np.ndarray
    events: History

    def history(self, user_id: str) -> History | None:
        """What is stored of a user, oldest first; None of an unknown one."""
        row = self.row_of.get(user_id)
        return None if row is None else self.events.part(slice(self.offset_U1[row], self.offset_U1[row + 1]))

    def save(self, folder: Path) -> None:
        item, action, surface, time_s = self.events.columns()
        columns = {"item": item, "action": action, "surface": surface, "time_s": time_s}
        user_ids = np.array(list(self.row_of), np.str_)
        with atomic(folder / PEOPLE) as file:
            np.savez(file, allow_pickle=False, user_ids=user_ids, offset=self.offset_U1, **columns)

    @classmethod
    def load(cls, folder: Path) -> "People":
        """Open what `save` wrote; raises `UserError` where it is missing or damaged."""
        with opened_arrays(folder / PEOPLE, "holds no histories") as arrays:
            row_of = {user_id: row for row, user_id in enumerate(arrays["user_ids"].tolist())}
            events = History(arrays["item"], arrays["action"], arrays["surface"], arrays["time_s"])
            return cls(row_of, arrays["offset"], events)
