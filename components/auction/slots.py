"""An auction of the slots of a page, of which some are seen more than others.

A bid is for an event, such as a click; its worth is the bid times the probability of the event in the first slot. Slots
go by worth. Prices are due for an event; they are whole, and never above the bid.

Legend: N bids, K slots.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Bid", "Kind", "Won", "hold"]

Kind = Literal["second", "vcg", "first"]


@dataclass(frozen=True, slots=True)
class Bid:
    """amount: for one event. chance: of the event in the first slot, 0 to 1. item: what it shows; empty: what no other
    bid does. owner: who pays; empty: who has no other bid.
    """

    name: str
    amount: int
    chance: float
    item: str = ""
    owner: str = ""

    @property
    def worth(self) -> float:
        return self.amount * self.chance


@dataclass(frozen=True, slots=True)
class Won:
    """place: of the bid among those that were given. price: for one event."""

    place: int
    slot: int
    price: int


@dataclass
class _Page:
    """What is shown above a bid. most: bids of an owner; 0: any number."""

    most: int
    items: set[str] = field(default_factory=set)
    owners: Counter[str] = field(default_factory=Counter)

    def allows(self, bid: Bid) -> bool:
        """Whether its owner may have one more."""
        return not bid.owner or not self.most or self.owners[bid.owner] < self.most

    def takes(self, bid: Bid) -> bool:
        if bid.item in self.items or not self.allows(bid):
            return False
        self.items |= {bid.item} - {""}
        self.owners[bid.owner] += 1
        return True


def hold(
    bids: Sequence[Bid],
    seen_K: Sequence[float],
    reserve: float = 0.0,
    kind: Kind = "second",
    shading: float = 1.0,
    most: int = 0,
) -> list[Won]:
    """Give the slots to the bids of the largest worth, equal ones by name; of each item to one, of each owner to `most`
    (0: any number).

    seen_K: how much of the first slot's chance each slot has; does not rise. reserve: least worth that is shown.

    `second`: whoever wins a slot pays the worth of the next bid of anybody else, also of one whose item is shown
    already, but not of one whose owner has its `most` above. `vcg`: what others lose by it beside the owner's bids
    above, so that nobody gains by another bid than what an event is worth to them, unless `most` and items of several
    owners hold at once. `first`: the bid times `shading`. Source: Varian 2007 (Position auctions), sections 2 and 5;
    Edelman, Ostrovsky and Schwarz 2007.
    """
    taking = [place for place, bid in enumerate(bids) if bid.worth > 0 and bid.worth >= reserve]
    taking.sort(key=lambda place: (-bids[place].worth, bids[place].name))
    order, page, won = [bids[place] for place in taking], _Page(most), list[Won]()
    allowed = [(page.allows(bid), page.takes(bid)) for bid in order]
    for rank in [rank for rank, (_, shown) in enumerate(allowed) if shown][: len(seen_K)]:
        bid, slot = order[rank], len(won)
        others = (one for one in range(rank + 1, len(order)) if not bid.owner or order[one].owner != bid.owner)
        if kind == "first":
            due = bid.amount * shading
        elif kind == "second":
            due = next((order[one].worth for one in others if allowed[one][0]), reserve) / bid.chance
        elif seen_K[slot] > 0:
            above = _Page(most)
            for higher in won:
                above.takes(bids[higher.place])
            due = _lost(bid, (order[one] for one in others), above, seen_K[slot:], reserve)
            due /= seen_K[slot] * bid.chance
        else:
            due = 0.0
        won.append(Won(taking[rank], slot, min(bid.amount, max(_whole(due), 0))))
    return won


def _lost(bid: Bid, others: Iterable[Bid], page: _Page, seen_K: Sequence[float], reserve: float) -> float:
    """What others lose by a winner: of each worth at which it would be shown lower, what it would be seen less.

    others: below it. page: what is above. seen_K: from its slot on. The reserve is what empty slots bid.
    Source: Myerson 1981 (Optimal auction design), lemma 2.
    """
    total, left = 0.0, list(seen_K)
    for other in others:
        if not left:
            return total
        if not page.takes(other):
            continue
        if bid.item and other.item == bid.item:  # it would be shown instead
            return total + other.worth * left[0]
        seen = left.pop(0)
        total += other.worth * (seen - (left[0] if left else 0.0))
    return total + reserve * (left[0] if left else 0.0)


def _whole(due: float) -> int:
    """The next whole number, unless what is missing is a matter of the last bits."""
    nearest = round(due)
    return nearest if abs(due - nearest) < 1e-9 * max(1.0, abs(due)) else math.ceil(due)
