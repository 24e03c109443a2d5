"""The items of a release with their pictures, a folder: `items.jsonl`, `pictures.bin` and the index of all of them.

A line is what is known of an item, with the place of its picture among all pictures. Where scenes were parsed, a line
of `scenes.jsonl` is one of them with its regions, and `regions/` the index of these: a region is called `NUMBER SCENE`.
"""

import json
import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from data.errors import UserError

__all__ = ["INDEX", "ITEMS", "PICTURES", "REGIONS", "SCENES", "Catalogue"]

ITEMS, PICTURES, INDEX = "items.jsonl", "pictures.bin", "index"
SCENES, REGIONS = "scenes.jsonl", "regions"


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
            self._pictures = _mapped(folder / PICTURES)
            self._scenes = _mapped(folder / SCENES) if (folder / SCENES).is_file() else None
            self._scene_places = {} if self._scenes is None else _line_places(self._scenes)
        except (OSError, ValueError, KeyError) as error:
            raise UserError(f"{folder} holds no whole catalogue ({error}); package the service again") from None
        if any(start + size > len(self._pictures) for start, size in self._places.values()):
            raise UserError(f"{folder} lacks pictures; package the service again")

    def __len__(self) -> int:
        return len(self._lines)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """item_id, title, category, attributes, created_s, width_px, height_px, dominant and version of each item."""
        return iter(self._lines)

    @property
    def has_scenes(self) -> bool:
        """Whether scenes were parsed when this was made."""
        return self._scenes is not None

    def scene(self, item_id: str, version: str) -> dict[str, Any] | None:
        """Size and regions of a scene whose picture has this version; None if it was not parsed."""
        place = self._scene_places.get(item_id)
        if self._scenes is None or place is None:
            return None
        line = json.loads(self._scenes[slice(*place)])
        del line["item_id"]
        return line if line.pop("version") == version else None

    def picture(self, item_id: str) -> bytes | None:
        place = self._places.get(item_id)
        return None if place is None else self._pictures[place[0] : place[0] + place[1]]


def _mapped(path: Path) -> mmap.mmap:
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _line_places(lines: mmap.mmap) -> dict[str, tuple[int, int]]:
    """Start and end of the line of each item: masks stay on disk until they are asked for."""
    places, start = {}, 0
    for text in iter(lines.readline, b""):
        places[json.loads(text)["item_id"]] = start, start + len(text)
        start += len(text)
    return places
