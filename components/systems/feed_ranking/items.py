"""What is known of items beside what is done with them: the keys that are counted by, attributes, and vectors.

Legend: D dimensions.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import repeat
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from components.features.facts import Facts
from data.errors import UserError
from data.files import write_json

__all__ = ["Items"]

DIM = 64  # of the vectors by which two items are compared


class Items:
    """Of each item the keys that are counted by, when it was made, and its facts."""

    def __init__(self, facts: Facts, key_names: Sequence[str]) -> None:
        self.facts, self.key_names = facts, tuple(key_names)
        self.keys: dict[str, tuple[str, ...]] = {}  # in the order of their names
        self._unknown = ("",) * len(self.key_names)
        self.created_s: dict[str, int | None] = {}
        self._vectors: dict[str, NDArray[np.float32]] = {}

    def put(self, rows: Sequence[Mapping]) -> None:
        """rows: `item_id`, `category`, `attributes` (a mapping) and `created_s`, which may be None."""
        for row in rows:
            given = {"category": row["category"], **row["attributes"], "item_id": row["item_id"]}
            self.keys[row["item_id"]] = tuple(given.get(name, "") for name in self.key_names)
            self.created_s[row["item_id"]] = row["created_s"]
        self.facts.put([row["item_id"] for row in rows], [row["attributes"] for row in rows])
        for row in rows:  # after that: who reads meanwhile keeps a vector of the facts of before
            self._vectors.pop(row["item_id"], None)

    def keys_of(self, user_id: str, item_id: str) -> dict[str, str]:
        """What an event of a person on an item is counted by; of an unknown item its id alone."""
        own = dict(zip(self.key_names, self.keys.get(item_id, self._unknown), strict=True))
        return {**own, "item_id": item_id, "user_id": user_id}

    def columns(self, user_ids: Sequence[str], item_ids: Sequence[str]) -> dict[str, Sequence[str]]:
        """As `keys_of`, of many events: each key's values."""
        known = [self.keys.get(item_id, self._unknown) for item_id in item_ids]
        values = zip(*known, strict=True) if known else repeat(())
        return {**dict(zip(self.key_names, values, strict=False)), "item_id": item_ids, "user_id": user_ids}

    def vector(self, item_id: str) -> NDArray[np.float32]:
        """A unit vector (D,): items with the same category or few-valued attributes lie near one another."""
        if item_id not in self._vectors:
            facts = self.facts.of([item_id])[0]
            words = [
                f"{name}={facts[place]:g}" for place, name in enumerate(self.facts.names) if name in self.facts.codes
            ]
            words += [f"{name}={value}" for name, value in self._named(item_id) if value]
            total_D = np.sum([_direction(word) for word in words or [item_id]], axis=0)
            self._vectors[item_id] = np.asarray(total_D / np.linalg.norm(total_D), np.float32)
        return self._vectors[item_id]

    def save(self, path: Path) -> None:
        """Into `path` as JSON, the facts beside it."""
        own = {item_id: dict(self._named(item_id)) for item_id in self.keys}
        write_json(path, {"keys": self.key_names, "of": own, "created_s": self.created_s})
        self.facts.save(path.with_suffix(".npz"))

    @classmethod
    def load(cls, path: Path) -> "Items":
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            items = cls(Facts.load(path.with_suffix(".npz")), content["keys"])
            items.keys = {name: tuple(own[key] for key in items.key_names) for name, own in content["of"].items()}
            items.created_s = content["created_s"]
        except (OSError, ValueError, KeyError) as error:
            raise UserError(f"{path} holds no items ({error}); make or fetch the bundle again") from None
        return items

    def _named(self, item_id: str) -> Iterable[tuple[str, str]]:
        return zip(self.key_names, self.keys.get(item_id, ()), strict=False)


@lru_cache(maxsize=100_000)
def _direction(word: str) -> NDArray[np.float32]:
    """A direction (D,) that is a word's own: those of two words are almost at right angles."""
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big")
    return np.random.default_rng(seed).standard_normal(DIM).astype(np.float32)
