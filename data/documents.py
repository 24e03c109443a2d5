"""The project's own files of YAML, such as `params.yaml` and `dvc.lock`."""

import re
from pathlib import Path
from typing import Any

import yaml

from data.errors import UserError

__all__ = ["read_yaml"]

CONFLICT = re.compile(r"^(<{7}|={7}|>{7}|\|{7})( |$)", re.MULTILINE)


def read_yaml(path: Path) -> Any:
    """The content of a file.

    Raises:
        FileNotFoundError: it is missing.
        UserError: it is not YAML, or a merge left marks of a conflict in it.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not UTF-8 ({error.reason}); save it so") from None
    if mark := CONFLICT.search(text):
        line = text.count("\n", 0, mark.start()) + 1
        raise UserError(
            f"{path} line {line} has a mark of a conflict, {mark[1]}; resolve the merge, then run this again"
        )
    try:
        return yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        place = getattr(error, "problem_mark", None)
        where = f" line {place.line + 1}" if place else ""
        raise UserError(f"{path}{where} is not YAML: {getattr(error, 'problem', None) or error}; correct it") from None
