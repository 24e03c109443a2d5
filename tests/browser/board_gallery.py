"""The pictures of the page's service, with vectors that need no training: colours of a grid."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image

__all__ = ["Gallery", "embedded"]

GRID = 6


def embedded(image: Image.Image) -> np.ndarray:
    small = np.asarray(image.convert("RGB").resize((GRID, GRID), Image.Resampling.BOX), np.float32) / 255
    vector_D = (small - small.mean()).ravel()
    return vector_D / max(float(np.linalg.norm(vector_D)), 1e-6)


def described(facts: Sequence[Mapping[str, str]]) -> np.ndarray:
    """A column a fact: people are taken to want more of the same kind."""
    known = sorted({fact for item in facts for fact in item.items()})
    kinds_ND = np.array([[fact in item.items() for fact in known] for item in facts], np.float32)
    return kinds_ND / np.linalg.norm(kinds_ND, axis=1, keepdims=True)


class Gallery:
    """Items and their vectors."""

    def __init__(self, items: Sequence[Mapping[str, Any]], pictures: Mapping[str, bytes]) -> None:
        self.items = {item["item_id"]: item for item in items}
        self.ids = list(self.items)
        self.images = {item_id: Image.open(io.BytesIO(picture)) for item_id, picture in pictures.items()}
        self.looks_ND = np.stack([embedded(self.images[item_id]) for item_id in self.ids])
        self.kinds_ND = described([{"category": item["category"], **item["attributes"]} for item in items])

    def place(self, item_id: str) -> int:
        return self.ids.index(item_id)

    def best(self, scores_N: np.ndarray, k: int, filters: Mapping[str, Any], without: set[str]) -> list[Any]:
        order = [self.ids[place] for place in np.argsort(-scores_N, kind="stable")]
        wanted = [item_id for item_id in order if item_id not in without and self._matches(item_id, filters)]
        return [{"item_id": item_id, "score": float(scores_N[self.place(item_id)])} for item_id in wanted[:k]]

    def alike(self, item_id: str, asked: Mapping[str, Any]) -> list[Any]:
        """None of what somebody added."""
        if item_id not in self.items:
            return []
        scores_N = self.looks_ND @ self.looks_ND[self.place(item_id)]
        return self.best(scores_N, asked["k"], asked["filters"], {item_id})

    def _matches(self, item_id: str, filters: Mapping[str, Any]) -> bool:
        item = self.items[item_id]
        facts = {"category": item["category"], **item["attributes"]}
        return all(facts.get(key) in ([value] if isinstance(value, str) else value) for key, value in filters.items())
