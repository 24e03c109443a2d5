"""Every setting that the code reads stands in the table of the command line's document."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("components", "corkboard", "data", "flows", "serving", "tests")
NAME = re.compile(r'"(CORKBOARD_[A-Z_]+)"')


def test_every_setting_is_documented() -> None:
    code = [path.read_text(encoding="utf-8") for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    read = {name for text in code for name in NAME.findall(text)}
    told = set(re.findall(r"`(CORKBOARD_[A-Z_]+)`", (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")))
    assert {"CORKBOARD_HOME", "CORKBOARD_KEYS", "CORKBOARD_STATE_URL"} <= read
    assert read - told == set()
