"""Who is asked what: for every user one history, and the items that followed it.

With one held-out event a user this is leave-one-out: validation asks for `items[-2]` after `items[:-2]`, test for
`items[-1]` after `items[:-1]` (Kang and McAuley 2018, arXiv 1808.09781, section IV-C). With a split by time it asks for
everything new that a user did within the split, after all that came before.

Legend: U users, E events, B users asked about, T targets; `histories` are as in `Histories`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from components.systems.user_sequence.histories import Histories
from data.tables import SPLITS

__all__ = ["Examples", "examples_of", "is_positive", "positive_actions"]

HIDE = "hide"


@dataclass(frozen=True)
class Examples:
    """An example is a user: `first_B` to `stop_B` are the events of the input, `target_T` the items asked for.

    user_B: rows of `Histories.user_ids`; owner_T: positions among the users asked about; event_T: the event that made
    an item a target.
    """

    user_B: np.ndarray
    first_B: np.ndarray
    stop_B: np.ndarray
    owner_T: np.ndarray
    target_T: np.ndarray
    event_T: np.ndarray

    def __len__(self) -> int:
        return len(self.user_B)

    def drawn(self, most: int) -> "Examples":
        """At most so many users, drawn by a seed that never changes."""
        if len(self) <= most:
            return self
        chosen = np.sort(np.random.default_rng(0).choice(len(self), most, replace=False))
        kept_T = np.isin(self.owner_T, chosen)
        return Examples(
            self.user_B[chosen],
            self.first_B[chosen],
            self.stop_B[chosen],
            np.searchsorted(chosen, self.owner_T[kept_T]),
            self.target_T[kept_T],
            self.event_T[kept_T],
        )


def positive_actions(actions: Sequence[str], positive: Sequence[str] | None) -> tuple[str, ...]:
    """Those of `actions` that are among `positive`, or all but hide if that is None."""
    return tuple(name for name in actions if (name in positive if positive else name != HIDE))


def is_positive(histories: Histories, positive: Sequence[str] | None) -> np.ndarray:
    """Whether each event (E,) is one of the actions `positive`, or of all but hide if that is None."""
    wanted = [histories.actions.index(name) for name in positive_actions(histories.actions, positive)]
    return np.isin(histories.action_E, wanted)


def examples_of(histories: Histories, split: str, positive: Sequence[str] | None = None) -> Examples:
    """Users with a target in `split`, in the order of `histories`.

    The input is every event before the user's first event of the split. Targets are the items of the positive events of
    the split (of all but hide, if `positive` is None), each once, without those that the input holds.
    """
    asked_E = histories.split_E == SPLITS.index(split)
    user_E = histories.owners()
    count_E = np.arange(len(asked_E))
    begin_U = np.full(len(histories.user_ids), len(asked_E), np.int64)
    np.minimum.at(begin_U, user_E[asked_E], count_E[asked_E])
    target_E = asked_E & is_positive(histories, positive)
    pair_E = user_E * (np.int64(histories.item_E.max()) + 1) + histories.item_E
    known = pair_E[count_E < begin_U[user_E]]
    event_T = np.flatnonzero(target_E)
    event_T = event_T[~np.isin(pair_E[event_T], known)]
    event_T = np.sort(event_T[np.unique(pair_E[event_T], return_index=True)[1]])
    user_B, owner_T = np.unique(user_E[event_T], return_inverse=True)
    return Examples(
        user_B,
        histories.offset_U1[user_B],
        begin_U[user_B],
        owner_T,
        histories.item_E[event_T].astype(np.int64),
        event_T,
    )
