"""The exact choice of a number of messages among all people, channels and slots.

A person gets one message a slot, so many a channel, and so many in all. Within a person, what k messages gain at most
is concave in k (a matching of slots to channels), so that the whole splits by the price of a message: at a price,
everybody takes the messages that gain more than it, and halving finds the price at which all take the volume.

Source: the Lagrangian of a budget (Everett 1963), exact here as the gains are concave; Murota 2003 (Discrete Convex
Analysis), chapter 8, on matchings.

Legend: N people, C channels, S slots, K messages of a person.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

__all__ = ["Chooser", "Chosen"]

NEVER = -1e30


@dataclass(frozen=True)
class Chosen:
    """The messages: person, channel and slot of each, by person and slot. price: what one has to gain."""

    person_M: NDArray[np.int64]
    channel_M: NDArray[np.int64]
    slot_M: NDArray[np.int64]
    price: float


class Chooser:
    """Takes people in chunks and keeps of each what 1 to K messages gain, and which they are."""

    def __init__(self, caps_C: Sequence[int], cap: int, slots: int) -> None:
        """caps_C: most messages of a person by each channel. cap: by all of them."""
        self._cap, self._slots, self._base = min(cap, slots), slots, len(caps_C) + 1
        if self._base**slots > np.iinfo(np.int64).max:
            raise ValueError(f"{len(caps_C)} channels and {slots} slots are too many for one choice")
        counts = (range(min(one, self._cap) + 1) for one in caps_C)
        states = [state for state in product(*counts) if sum(state) <= self._cap]
        self._states = sorted(states, key=lambda state: (-sum(state), state))
        self._more: list[NDArray[np.float64]] = []
        self._codes: list[NDArray[np.int64]] = []

    def add(self, value_NCS: NDArray[np.floating], tires_N: NDArray[np.floating] | float = 0.0) -> None:
        """Take the next people. value_NCS: what a message gains; not above 0: it is never sent. tires_N: at least 0,
        what the second message of a person loses, the third twice as much, and so on.
        """
        place = {state: number for number, state in enumerate(self._states)}
        count = len(value_NCS)
        best_YN = np.full((len(place), count), NEVER)
        code_YN = np.zeros((len(place), count), np.int64)
        best_YN[place[(0,) * (self._base - 1)]] = 0.0
        value_CSN = np.where(value_NCS > 0, value_NCS, NEVER).transpose(1, 2, 0).astype(np.float64)
        for slot in range(self._slots):
            for state, row in place.items():  # from the most messages down, so that a slot counts once
                for channel, had in enumerate(state):
                    if not had:
                        continue
                    before = place[(*state[:channel], had - 1, *state[channel + 1 :])]
                    sum_N = best_YN[before] + value_CSN[channel, slot]
                    better_N = sum_N > best_YN[row]
                    best_YN[row][better_N] = sum_N[better_N]
                    code_YN[row][better_N] = code_YN[before][better_N] + (channel + 1) * self._base**slot
        totals_Y = np.array([sum(state) for state in place])
        gain_KN, code_KN = np.zeros((self._cap + 1, count)), np.zeros((self._cap, count), np.int64)
        for k in range(1, self._cap + 1):
            rows = np.flatnonzero(totals_Y == k)
            if not len(rows):
                gain_KN[k] = NEVER
                continue
            row_N = rows[best_YN[rows].argmax(axis=0)]
            gain_KN[k] = best_YN[row_N, np.arange(count)] - np.asarray(tires_N) * (k * (k - 1) / 2)
            code_KN[k - 1] = code_YN[row_N, np.arange(count)]
        more_KN = np.minimum.accumulate(np.diff(gain_KN, axis=0), axis=0)  # concave but for the last digit
        self._more.append(np.maximum(more_KN, 0.0).T)
        self._codes.append(code_KN.T)

    def choose(self, volume: int) -> Chosen:
        """At most `volume` messages, those that gain most together; equal ones by the order of people."""
        more_NK, code_NK = np.concatenate(self._more), np.concatenate(self._codes)
        price = _price(more_NK, volume)
        above_NK = more_NK > price
        if price > 0:
            ties = np.flatnonzero(more_NK == price)[: volume - int(above_NK.sum())]
            above_NK.flat[ties] = True
        taken_N = above_NK.sum(axis=1)
        people_P = np.flatnonzero(taken_N)
        code_P = code_NK[people_P, taken_N[people_P] - 1]
        digit_PS = code_P[:, None] // self._base ** np.arange(self._slots) % self._base
        row_M, slot_M = np.nonzero(digit_PS)
        return Chosen(people_P[row_M], digit_PS[row_M, slot_M] - 1, slot_M, price)


def _price(more_NK: NDArray[np.float64], volume: int) -> float:
    """The price above which no more than `volume` messages gain, found to the last bit by halving; 0: all that gain.

    Numbers above 0 have the order of their bits, so that 63 halvings are enough.
    """
    bits_NK = more_NK.view(np.int64)
    low, high = -1, int(bits_NK.max(initial=0))  # more than `volume` are above low, no more above high
    while high - low > 1:
        middle = (low + high) // 2
        if int((bits_NK > middle).sum()) <= volume:
            high = middle
        else:
            low = middle
    return float(np.int64(max(high, 0)).view(np.float64))
