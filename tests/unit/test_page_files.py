"""Every file of the page is one that it takes: a style sheet that is not linked styles nothing."""

import re

from serving.discovery.page import PAGE

IMPORTED = re.compile(r'^(?:import|\} from)\b[^;]*?"\./([\w-]+\.js)"', re.MULTILINE)
WORKER = re.compile(r'serviceWorker\.register\("/([\w-]+\.js)"\)')


def test_every_file_is_taken_and_every_file_that_is_taken_is_there() -> None:
    index = (PAGE / "index.html").read_text(encoding="utf-8")
    taken = {"index.html", *re.findall(r'"/static/([^"]+)"', index)}
    for path in PAGE.glob("*.js"):
        text = path.read_text(encoding="utf-8")
        taken |= {*IMPORTED.findall(text), *WORKER.findall(text)}
    assert taken == {path.relative_to(PAGE).as_posix() for path in PAGE.rglob("*") if path.is_file()}
