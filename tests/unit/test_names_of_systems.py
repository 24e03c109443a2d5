"""Whatever is written for any system names none: another one needs no change outside its folders."""

import re
from pathlib import Path

from components.inputs import all_in_order, in_order
from components.settings import system_names
from data.project import store

ROOT = Path(__file__).parents[2]
ROOMS = ("components", "corkboard", "data", "flows", "serving")
FILES = ("prefect.yaml", "params.yaml", "pyproject.toml")
SYSTEMS = ROOT / "components" / "systems"
NOT_WRITTEN = {".pyc", ".jpg", ".png"}
ADDRESS = re.compile(
    r"https?://\S+|/v1/[\w-]+|file: \S+"
)  # what a site, a file or the API calls a thing is no system's name


def written() -> list[Path]:
    files = [path for room in ROOMS for path in (ROOT / room).rglob("*") if path.is_file()]
    files = [path for path in files if store() not in path.parents]  # data sets are not written by hand
    return [path for path in files if path.suffix not in NOT_WRITTEN] + [ROOT / name for name in FILES]


def named_in(text: str, names: tuple[str, ...]) -> list[str]:
    text = ADDRESS.sub("", text)
    return [name for name in names if name in text or name.replace("-", "_") in text]


def test_a_name_is_seen_in_both_of_its_forms() -> None:
    assert named_in("from components.systems.some_thing import x", ("some-thing", "other")) == ["some-thing"]
    assert named_in("run some-thing", ("some-thing", "other")) == ["some-thing"]
    assert named_in("POST /v1/some-thing", ("some-thing",)) == []


def test_no_file_outside_a_systems_folder_names_it() -> None:
    names = tuple(name for name in system_names() if "-" in name)  # one of a single word may be any word
    assert names
    files = written()
    assert len(files) > 100
    found = {}
    for path in files:
        others = tuple(name for name in names if not _may_name(path, name))
        if named := named_in(path.read_text(encoding="utf-8"), others):
            found[path.relative_to(ROOT).as_posix()] = named
    assert found == {}


def _may_name(path: Path, name: str) -> bool:
    """Whether a file lies in the system's own folder, or in that of one which builds on it."""
    own = path.relative_to(SYSTEMS).parts[0].replace("_", "-") if path.is_relative_to(SYSTEMS) else ""
    return own == name or (own in system_names() and name in in_order(own))


def test_every_system_comes_after_those_that_it_builds_on() -> None:
    order = all_in_order(reversed(system_names()))
    assert sorted(order) == sorted(system_names())
    assert all(order.index(below) < order.index(name) for name in order for below in in_order(name))
