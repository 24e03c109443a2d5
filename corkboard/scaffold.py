"""A new system: its folder from templates, its entries in `params.yaml` and `prefect.yaml`."""

import keyword
import re
import shutil
import tempfile
from pathlib import Path

import yaml

from data.errors import UserError
from data.files import write_text
from data.project import root

__all__ = ["new_system"]

TEMPLATES = Path(__file__).with_name("templates") / "system"
SUFFIX = ".template"
ENTRIES = {"params.yaml": "systems", "prefect.yaml": "deployments"}  # file to the section that is added to
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def new_system(name: str) -> list[Path]:
    """Write a working system called `name` into the project; returns the files made or added to.

    Raises:
        UserError: the name is taken or unusable; nothing is changed then.
    """
    if not NAME.fullmatch(name):
        raise UserError(f"{name!r} cannot name a system; use small letters, digits and single hyphens, as in my-system")
    if keyword.iskeyword(name):
        raise UserError(
            f"{name!r} cannot name a system, since Python could not import it; use another, as in my-{name}"
        )
    words = {"@NAME@": name, "@PACKAGE@": name.replace("-", "_"), "@CLASS@": "".join(map(str.title, name.split("-")))}
    folder = root() / "components" / "systems" / words["@PACKAGE@"]
    if folder.exists():
        raise UserError(f"there is a folder {folder.relative_to(root())} already; choose another name or remove it")
    entries = {root() / file: _added(root() / file, section, words) for file, section in ENTRIES.items()}
    before = {path: path.read_text(encoding="utf-8") for path in entries}
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as temporary:
        for template in sorted(set(TEMPLATES.glob(f"*{SUFFIX}")) - {_template(file) for file in ENTRIES}):
            write_text(Path(temporary) / "new" / template.name.removesuffix(SUFFIX), _filled(template, words))
        (Path(temporary) / "new").rename(folder)
    try:
        for path, text in entries.items():
            write_text(path, text)
    except BaseException:
        for path, text in before.items():
            if path.read_text(encoding="utf-8") != text:
                write_text(path, text)
        shutil.rmtree(folder)
        raise
    return [*sorted(folder.iterdir()), *entries]


def _template(file: str) -> Path:
    return TEMPLATES / f"{file}{SUFFIX}"


def _filled(template: Path, words: dict[str, str]) -> str:
    text = template.read_text(encoding="utf-8")
    for placeholder, word in words.items():
        text = text.replace(placeholder, word)
    return text


def _added(path: Path, section: str, words: dict[str, str]) -> str:
    """The text of `path` with the new entry at the end of its `section`; comments and order stay."""
    text = path.read_text(encoding="utf-8").rstrip("\n") + "\n"
    names = _names(text, section)
    if words["@NAME@"] in names:
        raise UserError(f"{path.name} has an entry {words['@NAME@']!r} under {section} already; choose another name")
    start = re.search(rf"^{section}:.*\n", text, re.MULTILINE)
    if start is None:
        raise UserError(f"{path.name} has no section {section!r} to add to; add it, with a line of its own")
    following = re.search(r"^\S", text[start.end() :], re.MULTILINE)
    end = start.end() + following.start() if following else len(text)
    whole = text[:end] + _filled(_template(path.name), words) + text[end:]
    assert _names(whole, section) == [*names, words["@NAME@"]]
    return whole


def _names(text: str, section: str) -> list[str]:
    found = yaml.safe_load(text).get(section) or {}
    return [entry["name"] for entry in found] if isinstance(found, list) else list(found)
