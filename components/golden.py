"""Golden requests of a bundle: requests with its answers, and whether an answer is still the same.

Files: `golden/<name>.json` with `request`, `answer`, and `parts` and `answer_parts`: name to media type and the file
beside it that has the content.
"""

import io
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from components.message import Message, Part, answer_one
from components.system import Golden, Predictor, System
from data.errors import UserError
from data.files import atomic, write_json
from data.params import Strict

__all__ = [
    "FOLDER",
    "TOLERANCE",
    "changes",
    "differences",
    "golden",
    "load_goldens",
    "part_differences",
    "save_goldens",
]

FOLDER = "golden"
TOLERANCE = 1e-3
SCORE = "score"  # the field by which the entries of a ranked list may tie


def golden(
    predictor: Predictor,
    name: str,
    request: type[Strict],
    fields: dict[str, Any],
    parts: Mapping[str, Part] | None = None,
) -> Golden:
    """Send a request to `predictor` and keep its answer. fields: of the system's type `request`."""
    answer = answer_one(predictor.answers, Message(request.model_validate(fields), parts or {}))
    return Golden(name, fields, answer.fields.model_dump(mode="json"), parts or {}, answer.parts)


def changes(system: System, predictor: Predictor, one: Golden) -> list[str]:
    """The differences in the answer that `predictor` gives now, one line each."""
    answer = answer_one(predictor.answers, Message(system.Request.model_validate(one.request), one.parts))
    fields = differences(one.answer, answer.fields.model_dump(mode="json"), system.tolerance)
    return fields + part_differences(one.answer_parts, answer.parts, system.pixel_tolerance)


def save_goldens(bundle: Path, goldens: Iterable[Golden]) -> None:
    """Write goldens below `bundle`."""
    folder = bundle / FOLDER
    for one in goldens:
        content = {
            "request": one.request,
            "answer": one.answer,
            "parts": _saved(folder, one.name, one.parts),
            "answer_parts": _saved(folder, f"{one.name}.answer", one.answer_parts),
        }
        write_json(folder / f"{one.name}.json", content)


def _saved(folder: Path, name: str, parts: Mapping[str, Part]) -> dict[str, dict[str, str]]:
    saved = {}
    for part_name, part in sorted(parts.items()):
        file_name = f"{name}.{part_name}.part"
        with atomic(folder / file_name) as file:
            file.write(part.content)
        saved[part_name] = {"media_type": part.media_type, "file": file_name}
    return saved


def load_goldens(bundle: Path) -> list[Golden]:
    """Read the goldens of `bundle`, by name.

    Raises:
        UserError: there are none, or one is damaged; a bundle without goldens cannot be proven after packaging.
    """
    goldens = []
    for path in sorted((bundle / FOLDER).glob("*.json")):
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            parts, answer_parts = (_loaded(path.parent, content[key]) for key in ("parts", "answer_parts"))
            goldens.append(Golden(path.stem, content["request"], content["answer"], parts, answer_parts))
        except (ValueError, KeyError, OSError) as error:
            raise UserError(f"the golden {path} is damaged ({error}); train or fetch the bundle again") from None
    if not goldens:
        raise UserError(f"{bundle} has no golden requests; train the bundle again")
    return goldens


def _loaded(folder: Path, saved: dict[str, dict[str, str]]) -> dict[str, Part]:
    return {name: Part((folder / part["file"]).read_bytes(), part["media_type"]) for name, part in saved.items()}


def part_differences(expected: Mapping[str, Part], got: Mapping[str, Part], pixel_tolerance: float = 0.0) -> list[str]:
    """The differences between the parts of two answers, one line each.

    Pictures may differ by `pixel_tolerance` on average, of 255; other parts have to be the same bytes.
    """
    return [
        f"part {name}: {difference}"
        for name in sorted(expected.keys() | got.keys())
        if (difference := _part_difference(expected.get(name), got.get(name), pixel_tolerance))
    ]


def _part_difference(expected: Part | None, got: Part | None, pixel_tolerance: float) -> str | None:
    if expected is None or got is None:
        return "not expected" if expected is None else "missing"
    if expected.media_type != got.media_type:
        return f"{got.media_type} instead of {expected.media_type}"
    if expected.content == got.content:
        return None
    if not expected.media_type.startswith("image/"):
        return f"{len(got.content)} other bytes instead of {len(expected.content)}"
    before, after = _pixels(expected), _pixels(got)
    if before.shape != after.shape:
        return f"a picture of {after.shape} instead of {before.shape}"
    difference = float(np.abs(before - after).mean())
    return None if difference <= pixel_tolerance else f"its pixels differ by {difference:.3g} of 255 on average"


def _pixels(part: Part) -> np.ndarray:
    """float64 (H, W) or (H, W, C), as the file has them: the numbers of a mask are no colours."""
    from PIL import Image

    with Image.open(io.BytesIO(part.content)) as image:
        return np.asarray(image, np.float64)


def differences(expected: Any, got: Any, tolerance: float = TOLERANCE) -> list[str]:
    """The differences between two answers, one line each; empty if there are none.

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
