"""AGENTS.md stays short, and what it names is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "AGENTS.md").read_text(encoding="utf-8")
NAMED = re.compile(
    r"`((?:components|corkboard|data|docs|flows|serving|tests)/[\w./<>-]*|[\w/]+\.(?:py|yaml|toml|md|txt|lock))`"
)
FORBIDDEN = ("utils.py", "helpers.py", "common.py")


def test_it_is_short_and_every_row_says_where():
    assert len(TEXT.splitlines()) < 100
    rows = re.search(r"## To add X, touch Y\n(.*?)\n## ", TEXT, re.DOTALL)[1].splitlines()
    assert len(rows) >= 10
    assert all("`" in row for row in rows)


def test_every_file_that_it_names_is_there():
    names = set(NAMED.findall(TEXT)) - set(FORBIDDEN)
    assert len(names) >= 20
    missing = [name for name in names if not _there(name)]
    assert not missing


def test_every_target_of_make_is_there():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"`make ([\w-]+)`", TEXT))
    assert len(targets) >= 5
    assert targets <= set(re.findall(r"^([\w-]+):", makefile, re.MULTILINE))


def _there(name: str) -> bool:
    """A path from the root, or below one of the rooms; a name in brackets is any."""
    pattern = re.sub(r"<\w+>", "*", name).rstrip("/")
    return any(next(ROOT.glob(above + pattern), None) is not None for above in ("", "*/", "*/*/"))
