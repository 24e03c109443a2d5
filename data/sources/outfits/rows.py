"""Outfits as text: a header, and a row for each thing with tabs between its values."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from data.errors import UserError
from data.params import OutfitColumns

__all__ = ["read_rows"]

TAB = "\t"
ROUNDING = 1e-4  # by which a share may leave 0 to 1


def read_rows(path: Path, columns: OutfitColumns) -> Iterator[dict[str, Any]]:
    """The things in the order of the rows. Names of columns are separated by tabs or spaces.

    Raises:
        UserError: a column is missing, a row has too few values, or a box is not of numbers.
    """
    try:
        with path.open(encoding="utf-8-sig") as file:
            header = next(file, "").rstrip("\r\n")
            place = {name: number for number, name in enumerate(header.split(TAB if TAB in header else None))}
            wanted = [columns.outfit, columns.category, *filter(None, [columns.item]), *(columns.box or ())]
            missing = [name for name in wanted if name not in place]
            if missing:
                raise UserError(
                    f"{path.name} has no column {' and '.join(missing)}, only {', '.join(place) or 'none'}; correct "
                    f"`columns` in params.yaml"
                )
            for line, text in enumerate(file, 2):
                values = text.rstrip("\r\n").split(TAB)
                if len(values) != len(place):
                    raise UserError(
                        f"{path.name} line {line} has {len(values)} values, and there are {len(place)} columns; "
                        f"correct the row"
                    )
                yield _thing(values, place, columns, f"{path.name} line {line}")
    except UnicodeDecodeError as error:
        raise UserError(f"{path.name} is no UTF-8 text ({error}); save it so") from None


def _thing(values: list[str], place: dict[str, int], columns: OutfitColumns, where: str) -> dict[str, Any]:
    thing: dict[str, Any] = {
        "outfit_id": values[place[columns.outfit]],
        "category": values[place[columns.category]],
        "item_id": values[place[columns.item]] if columns.item else None,
    }
    if columns.box is None:
        return thing
    try:
        x, y, width, height = (float(values[place[name]]) for name in columns.box)
    except ValueError:
        raise UserError(f"{where}: the box is not of numbers; correct the row") from None
    edges = {"x0": x, "y0": y, "x1": x + width, "y1": y + height}
    return thing | {name: _rounded(edge) for name, edge in edges.items()}


def _rounded(edge: float) -> float:
    """The edge without what rounding took out of the picture; validation names what leaves it by more."""
    inside = min(max(edge, 0.0), 1.0)
    return inside if abs(edge - inside) <= ROUNDING else edge
