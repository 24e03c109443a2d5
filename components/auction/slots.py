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
    """amount: for one event. chance: of the event in the first slot, 0 to 1. item: what it shows; empty: what no other
    bid does.
    """

    name: str
    amount: int
    chance: float
    item: str = ""

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
    """Give the slots to the bids of the largest worth, equal ones by name; of each item to one.

    seen_K: how much of the first slot's chance each slot has; does not rise. reserve: least worth that is shown.

    `second`: whoever wins a slot pays the worth of the next bid, also of one whose item is shown already. `vcg`: what
    others lose by it, so that nobody gains by another bid than what an event is worth to them. `first`: the bid times
    `shading`. Source: Varian 2007 (Position auctions), sections 2 and 5; Edelman, Ostrovsky and Schwarz 2007.
    """
    taking = [place for place, bid in enumerate(bids) if bid.worth > 0 and bid.worth >= reserve]
    order = sorted(taking, key=lambda place: (-bids[place].worth, bids[place].name))
    worth = [*[bids[place].worth for place in order], reserve]
    ranks: dict[tuple[bool, str], list[int]] = {}  # of each item, from the best
    for rank, place in enumerate(order):
        item = bids[place].item
        ranks.setdefault((bool(item), item or bids[place].name), []).append(rank)
    shown = [own[0] for own in ranks.values()]
    instead = [worth[own[1]] if len(own) > 1 else reserve for own in ranks.values()]
    won = []
    for slot, rank in enumerate(shown[: len(seen_K)]):
        bid = bids[order[rank]]
        if kind == "first":
            due = bid.amount * shading
        elif kind == "second":
            due = worth[rank + 1] / bid.chance
        else:
            below = [worth[lower] for lower in shown[slot + 1 :]]
            lost = _lost(below, instead[slot], seen_K[slot:], reserve)
            due = lost / (seen_K[slot] * bid.chance) if seen_K[slot] > 0 else 0.0
        won.append(Won(order[rank], slot, min(bid.amount, max(_whole(due), 0))))
    return won


def _lost(below: Sequence[float], instead: float, seen_K: Sequence[float], reserve: float) -> float:
    """What those below lose by a winner, and who would show its item instead; the reserve is what empty slots bid."""
    empty = [reserve] * len(seen_K)
    without = sorted([*below, instead], reverse=True)
    total = seen_K[0] * without[0]
    for seen, before, after in zip(seen_K[1:], [*without[1:], *empty], [*below, *empty], strict=False):
        total += seen * (before - after)
    return total


def _whole(due: float) -> int:
    """The next whole number, unless what is missing is a matter of the last bits."""
    nearest = round(due)
    return nearest if abs(due - nearest) < 1e-9 * max(1.0, abs(due)) else math.ceil(due)
