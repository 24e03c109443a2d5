"""Golden requests of a bundle: what was asked, what it answered, and whether an answer is still the same.

Files: `golden/<name>.json` with `request`, `answer` and the name of the picture's file, if it has one, beside it.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from components.system import Golden
from data.errors import UserError
from data.files import atomic, write_json

__all__ = ["FOLDER", "TOLERANCE", "differences", "load_goldens", "save_goldens"]

FOLDER = "golden"
TOLERANCE = 1e-3
SCORE = "score"  # the field by which the entries of a ranked list may tie


def save_goldens(bundle: Path, goldens: Iterable[Golden]) -> None:
    """Write goldens below `bundle`."""
    folder = bundle / FOLDER
    for golden in goldens:
        picture = None
        if golden.picture is not None:
            picture = f"{golden.name}.picture"
            with atomic(folder / picture) as file:
                file.write(golden.picture)
        write_json(
            folder / f"{golden.name}.json", {"request": golden.request, "answer": golden.answer, "picture": picture}
        )


def load_goldens(bundle: Path) -> list[Golden]:
    """Read the goldens of `bundle`, by name.

    Raises:
        UserError: there are none, or one is damaged; a bundle without goldens cannot be proven after packaging.
    """
    goldens = []
    for path in sorted((bundle / FOLDER).glob("*.json")):
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            picture = content["picture"] and (path.parent / content["picture"]).read_bytes()
            goldens.append(Golden(path.stem, content["request"], picture, content["answer"]))
        except (ValueError, KeyError, OSError) as error:
            raise UserError(f"the golden {path} is damaged ({error}); train or fetch the bundle again") from None
    if not goldens:
        raise UserError(f"{bundle} has no golden requests; train the bundle again")
    return goldens


def differences(expected: Any, got: Any, tolerance: float = TOLERANCE) -> list[str]:
    """What differs between two answers, a line each; empty if nothing does.

    Numbers may differ by `tolerance`. In a list of entries with a `score`, those whose expected scores tie within the
    tolerance may change places.
    """
    return list(_differences(expected, got, tolerance, "answer"))


def _differences(expected: Any, got: Any, tolerance: float, path: str) -> Iterator[str]:
    if isinstance(expected, dict) and isinstance(got, dict):
        for key in sorted(expected.keys() | got.keys()):
            if key not in expected or key not in got:
                yield f"{path}.{key}: {'missing' if key in expected else 'not expected'}"
            else:
                yield from _differences(expected[key], got[key], tolerance, f"{path}.{key}")
    elif isinstance(expected, list) and isinstance(got, list):
        yield from _list_differences(expected, got, tolerance, path)
    elif _is_number(expected) and _is_number(got):
        if not abs(expected - got) <= tolerance:
            yield f"{path}: {got} instead of {expected}"
    elif expected != got:
        yield f"{path}: {got!r} instead of {expected!r}"


def _list_differences(expected: list[Any], got: list[Any], tolerance: float, path: str) -> Iterator[str]:
    if len(expected) != len(got):
        yield f"{path}: {len(got)} entries instead of {len(expected)}"
        return
    ranked = all(isinstance(entry, dict) and _is_number(entry.get(SCORE)) for entry in expected + got)
    for position, (left, right) in enumerate(zip(expected, got, strict=True)):
        if ranked and left != right and _tied(expected, got, position, tolerance):
            left, right = {SCORE: left[SCORE]}, {SCORE: right[SCORE]}
        yield from _differences(left, right, tolerance, f"{path}[{position}]")


def _tied(expected: list[Any], got: list[Any], position: int, tolerance: float) -> bool:
    """Whether `got[position]` is, once, one of the expected entries whose score ties with this place's."""
    score = expected[position][SCORE]
    here = _unscored(got[position])
    same = [_unscored(entry) for entry in expected if abs(entry[SCORE] - score) <= tolerance]
    return here in same and sum(here == _unscored(entry) for entry in got) == 1


def _unscored(entry: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key != SCORE}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
