"""An auction of the slots of a page, of which some are seen more than others.

A bid is for an event, such as a click; its worth is the bid times the probability of the event in the first slot. Slots
go by worth. Prices are due for an event; they are whole, and never above the bid.

Legend: N bids, K slots.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

__all__ = ["Bid", "Kind", "Won", "hold"]

Kind = Literal["second", "vcg", "first"]


@dataclass(frozen=True, slots=True)
class Bid:
    """amount: for one event. chance: of the event in the first slot, 0 to 1."""

    name: str
    amount: int
    chance: float

    @property
    def worth(self) -> float:
        return self.amount * self.chance


@dataclass(frozen=True, slots=True)
class Won:
    """place: of the bid among those that were given. price: for one event."""

    place: int
    slot: int
    price: int


def hold(
    bids: Sequence[Bid], seen_K: Sequence[float], reserve: float = 0.0, kind: Kind = "second", shading: float = 1.0
) -> list[Won]:
    """Give the slots to the bids of the largest worth, equal ones by name.

    seen_K: how much of the first slot's chance each slot has; does not rise. reserve: least worth that is shown.

    `second`: whoever wins a slot pays the least that keeps it. `vcg`: what others lose by it, so that nobody gains by
    another bid than what an event is worth to them. `first`: the bid times `shading`. Source: Varian 2007 (Position
    auctions), sections 2 and 5; Edelman, Ostrovsky and Schwarz 2007.
    """
    taking = [place for place, bid in enumerate(bids) if bid.worth > 0 and bid.worth >= reserve]
    order = sorted(taking, key=lambda place: (-bids[place].worth, bids[place].name))
    slots = min(len(order), len(seen_K))
    worth = [bids[place].worth for place in order]
    beneath = [max(worth[rank], reserve) if rank < len(order) else reserve for rank in range(1, slots + 1)]
    won = []
    for slot in range(slots):
        bid = bids[order[slot]]
        if kind == "first":
            due = bid.amount * shading
        elif kind == "second":
            due = beneath[slot] / bid.chance
        else:
            due = _lost(slot, slots, beneath, seen_K) / (seen_K[slot] * bid.chance) if seen_K[slot] > 0 else 0.0
        won.append(Won(order[slot], slot, min(bid.amount, max(_whole(due), 0))))
    return won


def _lost(slot: int, slots: int, beneath: Sequence[float], seen_K: Sequence[float]) -> float:
    """What those below lose, each of whom would be a slot higher; below the last the slot goes to the next bid."""
    total = 0.0
    for lower in range(slot, slots):
        after = seen_K[lower + 1] if lower + 1 < slots else 0.0
        total += beneath[lower] * (seen_K[lower] - after)
    return total


def _whole(due: float) -> int:
    """The next whole number, unless what is missing is a matter of the last bits."""
    nearest = round(due)
    return nearest if abs(due - nearest) < 1e-9 * max(1.0, abs(due)) else math.ceil(due)
