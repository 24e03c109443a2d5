"""The items of a release with their pictures, as a folder: `items.jsonl`, `pictures.bin` and the index of all of them.

A line is what is known of an item, with the place of its picture among all pictures.
"""

import json
import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from data.errors import UserError

__all__ = ["INDEX", "ITEMS", "PICTURES", "Catalogue"]

ITEMS, PICTURES, INDEX = "items.jsonl", "pictures.bin", "index"


class Catalogue:
    """Read-only; pictures are mapped from disk."""

    def __init__(self, folder: Path) -> None:
        """Raises `UserError` if files are missing or do not belong together."""
        self._places: dict[str, tuple[int, int]] = {}
        self._lines: list[dict[str, Any]] = []
        try:
            with (folder / ITEMS).open(encoding="utf-8") as file:
                for text in file:
                    line = json.loads(text)
                    self._places[line["item_id"]] = line.pop("start"), line.pop("size")
                    self._lines.append(line)
            with (folder / PICTURES).open("rb") as pictures:
                self._pictures = mmap.mmap(pictures.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError, KeyError) as error:
            raise UserError(f"{folder} holds no whole catalogue ({error}); package the service again") from None
        if any(start + size > len(self._pictures) for start, size in self._places.values()):
            raise UserError(f"{folder} lacks pictures; package the service again")

    def __len__(self) -> int:
        return len(self._lines)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """item_id, title, category, attributes, created_s, width_px, height_px, dominant and version of each item."""
        return iter(self._lines)

    def picture(self, item_id: str) -> bytes | None:
        place = self._places.get(item_id)
        return None if place is None else self._pictures[place[0] : place[0] + place[1]]
