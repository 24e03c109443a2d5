"""An item that came or changed after the champion was trained, as it is stored."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

__all__ = ["Item", "ItemChange", "packed_attributes", "packed_vector", "unpacked_attributes", "unpacked_vector"]


@dataclass(frozen=True)
class Item:
    """The columns of the table `items` that a service needs, with the picture and its embedding.

    picture: the encoded file; None: there is none, or it was not asked for. image: path of the picture, where it lies
    in a file; empty: it does not. vector_D: float32 (D,). model: whose embedding that is, such as a bundle's hash.
    """

    item_id: str
    title: str = ""
    category: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    image: str = ""
    picture: bytes | None = None
    vector_D: np.ndarray | None = None
    model: str = ""


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


def packed_attributes(attributes: Mapping[str, str]) -> str:
    return json.dumps(dict(attributes), sort_keys=True, ensure_ascii=False)


def unpacked_attributes(packed: str) -> dict[str, str]:
    found: dict[str, str] = json.loads(packed)
    return found
