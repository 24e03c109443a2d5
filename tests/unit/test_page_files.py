"""Every file of the page is one that it takes: a style sheet that is not linked styles nothing."""

import re

from serving.discovery.page import PAGE

IMPORTED = re.compile(r'^(?:import|\} from)\b[^;]*?"\./([\w-]+\.js)"', re.MULTILINE)


def test_every_file_is_taken_and_every_file_that_is_taken_is_there() -> None:
    index = (PAGE / "index.html").read_text(encoding="utf-8")
    taken = {"index.html", *re.findall(r'"/static/([^"]+)"', index)}
    for path in PAGE.glob("*.js"):
        taken |= set(IMPORTED.findall(path.read_text(encoding="utf-8")))
    assert taken == {path.relative_to(PAGE).as_posix() for path in PAGE.rglob("*") if path.is_file()}
