"""What a bundle knows of people: the histories of known users, and what is popular. numpy alone.

Legend: U users, E events, N items; `offset_U1` delimits users as in a CSR matrix.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from components.arrays import opened_arrays
from components.systems.user_sequence.tokens import History
from data.files import atomic

__all__ = ["PEOPLE", "People"]

PEOPLE = "people.npz"


@dataclass(frozen=True)
class People:
    """The newest events of known users, and `popular_N`, the score of an item for somebody unknown."""

    row_of: dict[str, int]
    offset_U1: np.ndarray
    events: History
    popular_N: np.ndarray

    def history(self, user_id: str) -> History | None:
        """What is stored of a user, oldest first; None of an unknown one."""
        row = self.row_of.get(user_id)
        return None if row is None else self.events.part(slice(self.offset_U1[row], self.offset_U1[row + 1]))

    def save(self, folder: Path) -> None:
        events = self.events
        with atomic(folder / PEOPLE) as file:
            np.savez(
                file,
                allow_pickle=False,
                user_ids=np.array(list(self.row_of), np.str_),
                offset=self.offset_U1,
                item=events.item_L,
                action=events.action_L,
                surface=events.surface_L,
                time_s=events.time_s_L,
                popular=self.popular_N,
            )

    @classmethod
    def load(cls, folder: Path) -> "People":
        """Open what `save` wrote; raises `UserError` where it is missing or damaged."""
        with opened_arrays(folder / PEOPLE, "holds no histories") as arrays:
            row_of = {user_id: row for row, user_id in enumerate(arrays["user_ids"].tolist())}
            events = History(arrays["item"], arrays["action"], arrays["surface"], arrays["time_s"])
            return cls(row_of, arrays["offset"], events, arrays["popular"])
