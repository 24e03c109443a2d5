"""What is left of a home feed between its pages, so that the next one asks no source again: in memory, for a while."""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import from_json, to_json

__all__ = ["Ahead", "Ranked", "Rest", "key_of"]

MOST = 1000  # feeds; one takes about 25 kB, and 100 kB with the longest lists
KEPT_S = 300

Ranked = tuple[str, dict[str, Any]]  # an item, and its source, score and propensity


@dataclass(frozen=True)
class Rest:
    """candidates: item to its source and the reason for it, since `gathered_s`. pages: those that are ranked."""

    candidates: Mapping[str, Sequence[str]]
    pages: Sequence[Sequence[Ranked]]
    gathered_s: float


class Ahead:
    """Rests of feeds by what they go on from. Used from one event loop."""

    def __init__(self) -> None:
        self._kept: OrderedDict[bytes, tuple[float, bytes]] = OrderedDict()

    def keep(self, key: bytes, rest: Rest, now_s: float) -> None:
        """Keep a rest; those that are too old go, and the one that was kept longest if there are too many."""
        self._kept[key] = rest.gathered_s, to_json([rest.candidates, rest.pages])
        self._kept.move_to_end(key)
        self._expire(now_s)
        if len(self._kept) > MOST:
            self._kept.popitem(last=False)

    def find(self, key: bytes, now_s: float) -> Rest | None:
        """The rest whose candidates were gathered no more than `KEPT_S` ago."""
        self._expire(now_s)
        if key not in self._kept:
            return None
        gathered_s, content = self._kept[key]
        candidates, pages = from_json(content)
        return Rest(candidates, pages, gathered_s)

    def clear(self) -> None:
        self._kept.clear()

    def _expire(self, now_s: float) -> None:
        for key in [key for key, (gathered_s, _) in self._kept.items() if not 0 <= now_s - gathered_s <= KEPT_S]:
            del self._kept[key]


def key_of(user_id: str | None, k: int, cursor: str, actions: Sequence[Mapping[str, Any]]) -> bytes:
    """Of a feed after `cursor`, for somebody who did `actions`; to have seen what was shown changes nothing."""
    done = [(action["item_id"], action["action"]) for action in actions if action["action"] != "view"]
    return hashlib.blake2b(to_json([user_id, k, cursor, done]), digest_size=16).digest()
