"""What is known of items and people beside what they do: attributes as numbers, and the keys by which is counted.

Legend: R rows, F facts, D dimensions.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import repeat
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from components.arrays import opened_arrays
from data.errors import UserError
from data.files import atomic, write_json

__all__ = ["Facts", "Items"]

MOST_VALUES = 50  # of an attribute that is coded by its values; one with more, such as a name, is no fact
UNKNOWN = -1.0
DIM = 64  # of the vectors by which two items are compared


class Facts:
    """Attributes by id: numbers as they are, few words by their place among all words."""

    def __init__(self, names: Sequence[str], codes: Mapping[str, Mapping[str, int]]) -> None:
        """codes: of each attribute that is words, each word's number; the others are numbers."""
        self.names, self.codes = tuple(names), codes
        self.row_of: dict[str, int] = {}
        self.fact_RF = np.zeros((0, len(self.names)), np.float32)

    @classmethod
    def learn(cls, ids: Sequence[str], attributes: Sequence[Mapping[str, str]], leave_out: Iterable[str]) -> "Facts":
        seen: dict[str, set[str]] = {}
        for own in attributes:
            for name, value in own.items():
                seen.setdefault(name, set()).add(value)
        codes: dict[str, dict[str, int]] = {}
        names = []
        for name in sorted(set(seen) - set(leave_out)):
            if not all(map(_is_number, seen[name])):
                if len(seen[name]) > MOST_VALUES:
                    continue
                codes[name] = {value: number for number, value in enumerate(sorted(seen[name]))}
            names.append(name)
        facts = cls(names, codes)
        facts.put(ids, attributes)
        return facts

    def put(self, ids: Sequence[str], attributes: Sequence[Mapping[str, str]]) -> None:
        """Take rows, in place of those of the same id; who reads meanwhile finds no row without its facts."""
        new = [name for name in dict.fromkeys(ids) if name not in self.row_of]
        row_of = {name: len(self.row_of) + place for place, name in enumerate(new)}
        fact_RF = np.concatenate([self.fact_RF, np.empty((len(new), len(self.names)), np.float32)])
        for name, own in zip(ids, attributes, strict=True):
            row = row_of[name] if name in row_of else self.row_of[name]
            fact_RF[row] = [self._number(fact, own.get(fact)) for fact in self.names]
        self.fact_RF = fact_RF
        self.row_of.update(row_of)

    def of(self, ids: Sequence[str]) -> NDArray[np.float32]:
        """(N, F); what is not known is -1."""
        rows_N = np.array(list(map(self.row_of.get, ids, repeat(-1))), np.int64)
        if not len(self.fact_RF):
            return np.full((len(ids), len(self.names)), UNKNOWN, np.float32)
        return np.where(rows_N[:, None] >= 0, self.fact_RF[rows_N], np.float32(UNKNOWN))

    def save(self, path: Path) -> None:
        with atomic(path) as file:
            words = json.dumps({"names": self.names, "codes": self.codes})
            np.savez_compressed(file, ids=np.array(list(self.row_of), dtype=str), facts=self.fact_RF, words=words)

    @classmethod
    def load(cls, path: Path) -> "Facts":
        with opened_arrays(path, "holds no facts") as arrays:
            words = json.loads(str(arrays["words"]))
            facts = cls(words["names"], words["codes"])
            facts.row_of = {name: row for row, name in enumerate(arrays["ids"].tolist())}
            facts.fact_RF = arrays["facts"]
        return facts

    def _number(self, name: str, value: str | None) -> float:
        if value is None:
            return UNKNOWN
        if name in self.codes:
            return float(self.codes[name].get(value, UNKNOWN))
        return float(value) if _is_number(value) else UNKNOWN


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


def _is_number(value: str) -> bool:
    try:
        return bool(np.isfinite(float(value)))
    except ValueError:
        return False
