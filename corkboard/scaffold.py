"""Writes a new system from templates: its folder and its tests. Nothing else in the project changes."""

import keyword
import re
import shutil
import tempfile
from pathlib import Path

from data.errors import UserError
from data.files import write_text
from data.project import root

__all__ = ["new_system"]

TEMPLATES = Path(__file__).with_name("templates")
SUFFIX = ".template"
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def new_system(name: str) -> list[Path]:
    """Write a working system called `name` into the project; returns the files made.

    Raises:
        UserError: the name is taken or unusable; nothing is changed then.
    """
    if not NAME.fullmatch(name):
        raise UserError(f"{name!r} cannot name a system; use small letters, digits and single hyphens, as in my-system")
    if keyword.iskeyword(name):
        raise UserError(
            f"{name!r} cannot name a system, since Python could not import it; use another, as in my-{name}"
        )
    package = name.replace("-", "_")
    words = {"@NAME@": name, "@PACKAGE@": package, "@CLASS@": "".join(map(str.title, name.split("-")))}
    folders = {
        "tests": root() / "tests" / "systems" / package,
        "system": root() / "components" / "systems" / package,  # last: a system is there once its folder is
    }
    for folder in folders.values():
        if folder.exists():
            raise UserError(f"there is a folder {folder.relative_to(root())} already; choose another name or remove it")
    made: list[Path] = []
    try:
        for kind, folder in folders.items():
            made.append(folder)
            _write(TEMPLATES / kind, folder, words)
    except BaseException:
        for folder in made:
            shutil.rmtree(folder, ignore_errors=True)
        raise
    return sorted(path for folder in made for path in folder.iterdir())


def _write(templates: Path, folder: Path, words: dict[str, str]) -> None:
    """Fill all templates into `folder`, which appears at once with all of its files."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as temporary:
        filled = Path(temporary) / "new"
        for template in sorted(templates.glob(f"*{SUFFIX}")):
            write_text(filled / template.name.removesuffix(SUFFIX), _filled(template, words))
        filled.rename(folder)


def _filled(template: Path, words: dict[str, str]) -> str:
    text = template.read_text(encoding="utf-8")
    for placeholder, word in words.items():
        text = text.replace(placeholder, word)
    return text
