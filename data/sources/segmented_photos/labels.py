"""Labels of regions: their fine names, which of them are coarse groups' and which one means nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.io
from numpy.typing import NDArray

from data.errors import UserError
from data.params import SegmentedPhotosParams

__all__ = ["Labels", "make_labels", "read_names"]


@dataclass(frozen=True)
class Labels:
    """Legend: V values.

    fine: names by value. coarse: the labels of regions. group_V: place in `coarse` of each value; -1: nothing.
    grouped: whether fine labels say more than coarse ones.
    """

    fine: tuple[str, ...]
    coarse: tuple[str, ...]
    group_V: NDArray[np.int32]
    grouped: bool


def make_labels(fine: Iterable[str], params: SegmentedPhotosParams, where: str) -> Labels:
    """The labels of `fine` names as the parameters group them. `where` names their origin in errors.

    Raises:
        UserError: a name is empty or occurs twice, or the background or a group names an unknown label, or a label is
            in no group.
    """
    fine = tuple(fine)
    odd = sorted({name or "(nothing)" for name in fine if not name or fine.count(name) > 1})
    if odd or not fine:
        raise UserError(f"{where} has to give each label once, and gives {', '.join(odd) or 'none'}; correct it")
    if params.background is not None and params.background not in fine:
        raise UserError(f"the background {params.background!r} is none of the labels of {where}; correct it")
    things = [name for name in fine if name != params.background]
    groups = params.groups if params.groups is not None else {name: (name,) for name in things}
    _check_groups(groups, things, where)
    coarse = tuple(groups)
    place = {name: number for number, names in enumerate(groups.values()) for name in names}
    return Labels(fine, coarse, np.array([place.get(name, -1) for name in fine], np.int32), params.groups is not None)


def _check_groups(groups: Mapping[str, tuple[str, ...]], things: list[str], where: str) -> None:
    named = {name for names in groups.values() for name in names}
    unknown = sorted(named - set(things))
    if unknown:
        raise UserError(f"groups name {', '.join(unknown)}, which {where} does not have as a thing; correct them")
    left = [name for name in things if name not in named]
    if left:
        raise UserError(
            f"the labels {', '.join(left)} of {where} are in no group; add each to one, or make one of them the "
            f"background"
        )


def read_names(names: tuple[str, ...] | str, folder: Path) -> tuple[tuple[str, ...], str]:
    """The names of a map's values, and where they are from: the list itself, or a file below `folder`.

    Raises:
        UserError: the file is missing, no UTF-8 text, or no .mat file with one list of names.
    """
    if not isinstance(names, str):
        return names, "names"
    path = folder / names
    if not path.is_file():
        raise UserError(f"{path} is missing, which `names` in params.yaml says; correct it or put the file there")
    if path.suffix == ".mat":
        return _cells(path), names
    try:
        return tuple(line.strip() for line in path.read_text("utf-8-sig").rstrip().splitlines()), names
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is no UTF-8 text ({error}); save it so, a name a line") from None


def _cells(path: Path) -> tuple[str, ...]:
    """The names in the only cell array of a .mat file."""
    try:
        content = scipy.io.loadmat(path)
    except (ValueError, NotImplementedError, TypeError, OSError) as error:
        raise UserError(f"{path} does not open as a .mat file ({error}); save it as version 7 or older") from None
    arrays = [value for name, value in content.items() if not name.startswith("__")]
    cells = [value for value in arrays if isinstance(value, np.ndarray) and value.dtype == object]
    if len(cells) != 1:
        raise UserError(f"{path} holds {len(cells)} cell arrays, and one with the names is needed; correct it")
    return tuple(str(cell.item()) if cell.size else "" for cell in cells[0].ravel())
