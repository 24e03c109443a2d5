"""An item that was added or changed after the champion was trained, as it is stored."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = ["Item", "ItemChange", "packed_map", "packed_vector", "unpacked_map", "unpacked_vector"]


@dataclass(frozen=True)
class Item:
    """The columns of the table `items` that a service needs, with the picture and its embedding.

    picture: the encoded file; None: there is none, or it was not read. image: path of the picture if it lies
    in a file; otherwise empty. vector_D: float32 (D,). model: whose embedding that is, such as a bundle's hash.
    details: what a service shows besides, such as the size and the colour of the picture; searches do not read it.
    """

    item_id: str
    title: str = ""
    category: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    image: str = ""
    picture: bytes | None = None
    vector_D: np.ndarray | None = None
    model: str = ""
    details: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True)
class ItemChange:
    """The latest change of one item. seq: its number. item: as it is now, without its picture; None: deleted."""

    seq: int
    item_id: str
    item: Item | None


def packed_vector(vector_D: np.ndarray | None) -> bytes:
    return b"" if vector_D is None else np.ascontiguousarray(vector_D, "<f4").tobytes()


def unpacked_vector(packed: bytes) -> np.ndarray | None:
    return np.frombuffer(packed, "<f4") if packed else None


def packed_map(values: Mapping[str, str | int]) -> str:
    return json.dumps(dict(values), sort_keys=True, ensure_ascii=False)


def unpacked_map(packed: str) -> Any:
    return json.loads(packed)
