"""What is known of items beside what is done with them: the keys that are counted by, attributes, and vectors.

Legend: N items, D dimensions, F facts.
"""

import json
from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import chain, repeat
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from components.features.facts import UNKNOWN, Facts
from data.errors import UserError
from data.files import write_json

__all__ = ["Items"]


class Items:
    """Of each item the keys that are counted by, when it was made, and its facts."""

    def __init__(self, facts: Facts, key_names: Sequence[str]) -> None:
        self.facts, self.key_names = facts, tuple(key_names)
        self.keys: dict[str, tuple[str, ...]] = {}  # in the order of their names
        self._unknown = ("",) * len(self.key_names)
        self.created_s: dict[str, int | None] = {}
        self._words: dict[str, tuple[Hashable, ...]] = {}

    def put(self, rows: Sequence[Mapping]) -> None:
        """rows: `item_id`, `category`, `attributes` (a mapping) and `created_s`, which may be None."""
        for row in rows:
            given = {"category": row["category"], **row["attributes"], "item_id": row["item_id"]}
            self.keys[row["item_id"]] = tuple(given.get(name, "") for name in self.key_names)
            self.created_s[row["item_id"]] = row["created_s"]
        self.facts.put([row["item_id"] for row in rows], [row["attributes"] for row in rows])
        for row in rows:  # after that: who reads meanwhile keeps words of the facts of before
            self._words.pop(row["item_id"], None)

    def keys_of(self, user_id: str, item_id: str) -> dict[str, str]:
        """What an event of a person on an item is counted by; of an unknown item its id alone."""
        own = dict(zip(self.key_names, self.keys.get(item_id, self._unknown), strict=True))
        return {**own, "item_id": item_id, "user_id": user_id}

    def columns(self, user_ids: Sequence[str], item_ids: Sequence[str]) -> dict[str, Sequence[str]]:
        """As `keys_of`, of many events: each key's values."""
        known = [self.keys.get(item_id, self._unknown) for item_id in item_ids]
        values = zip(*known, strict=True) if known else repeat(())
        return {**dict(zip(self.key_names, values, strict=False)), "item_id": item_ids, "user_id": user_ids}

    def vectors(self, item_ids: Sequence[str]) -> NDArray[np.float32]:
        """(N, D), 1 where an item has one of the D categories and few-valued attributes of all of them."""
        words_N = [self._words_of(item_id) for item_id in item_ids]
        place_of = {word: place for place, word in enumerate(dict.fromkeys(chain.from_iterable(words_N)))}
        vectors_ND = np.zeros((len(words_N), len(place_of)), np.float32)
        row_W = np.repeat(np.arange(len(words_N)), list(map(len, words_N)))
        vectors_ND[row_W, [place_of[word] for word in chain.from_iterable(words_N)]] = 1
        return vectors_ND

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

    def _words_of(self, item_id: str) -> tuple[Hashable, ...]:
        """What an item has in common with others; its id where nothing is known of it."""
        if item_id not in self._words:
            fact_F = self.facts.of([item_id])[0]
            coded = [place for place, name in enumerate(self.facts.names) if name in self.facts.codes]
            words = [(self.facts.names[place], float(fact_F[place])) for place in coded if fact_F[place] != UNKNOWN]
            named = [pair for pair in self._named(item_id) if pair[1] and pair[0] not in ("item_id", *dict(words))]
            self._words[item_id] = (*words, *named) or (item_id,)
        return self._words[item_id]

    def _named(self, item_id: str) -> Iterable[tuple[str, str]]:
        return zip(self.key_names, self.keys.get(item_id, ()), strict=False)
