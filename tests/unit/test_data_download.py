"""Downloads from a real server that drops connections, refuses, or lies."""

import resource
import signal
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from data.disk import DiskFullError
from data.download import bring_archive, download
from data.errors import UserError
from data.params import Archive
from data.project import MIRROR
from tests.folders import quiet

CONTENT = bytes(range(256)) * 4000
PAUSE_S = 0.01


class Server:
    """Answers with `content`; `drops` connections break in the middle, `busy` answers are 503."""

    def __init__(self) -> None:
        self.content, self.drops, self.busy, self.ranges = CONTENT, 0, 0, True
        self.asked: list[str | None] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self.httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.httpd.server_port}/pictures.tar.gz"

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        asked = request.headers.get("range")
        self.asked.append(asked)
        if "missing" in request.path:
            request.send_error(404)
            return
        if self.busy:
            self.busy -= 1
            request.send_error(503)
            return
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and self.ranges else 0
        if start >= len(self.content):
            request.send_error(416)
            return
        request.send_response(206 if asked and self.ranges else 200)
        if asked and self.ranges:
            request.send_header("content-range", f"bytes {start}-{len(self.content) - 1}/{len(self.content)}")
        request.send_header("content-length", str(len(self.content) - start))
        request.end_headers()
        body = self.content[start:]
        if self.drops:
            self.drops -= 1
            body = body[: len(body) // 2]
        request.wfile.write(body)


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    thread = threading.Thread(target=made.httpd.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.httpd.shutdown()
    thread.join()
    made.httpd.server_close()


def _archive(url: str) -> Archive:
    return Archive(url=url, file="pictures.tar.gz", files=1, content_sha256="0" * 64)


def test_a_broken_download_is_resumed_where_it_broke(server: Server, tmp_path: Path) -> None:
    server.drops = 3
    seen: list[tuple[int, int]] = []
    download(server.url, tmp_path / "a", lambda _what, done, total: seen.append((done, total)), PAUSE_S)
    assert (tmp_path / "a").read_bytes() == CONTENT
    assert server.asked[0] is None
    assert server.asked[1] == f"bytes={len(CONTENT) // 2}-"
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_what_an_earlier_process_left_is_resumed(server: Server, tmp_path: Path) -> None:
    (tmp_path / "a.part").write_bytes(CONTENT[:1000])
    download(server.url, tmp_path / "a", quiet, PAUSE_S)
    assert (tmp_path / "a").read_bytes() == CONTENT
    assert server.asked == ["bytes=1000-"]


def test_a_server_without_ranges_starts_over(server: Server, tmp_path: Path) -> None:
    server.drops, server.ranges = 2, False
    download(server.url, tmp_path / "a", quiet, PAUSE_S)
    assert (tmp_path / "a").read_bytes() == CONTENT


def test_a_part_longer_than_the_file_is_thrown_away(server: Server, tmp_path: Path) -> None:
    (tmp_path / "a.part").write_bytes(CONTENT + b"more")
    download(server.url, tmp_path / "a", quiet, PAUSE_S)
    assert (tmp_path / "a").read_bytes() == CONTENT


def test_a_busy_server_is_asked_again_and_not_for_ever(server: Server, tmp_path: Path) -> None:
    server.busy = 2
    download(server.url, tmp_path / "a", quiet, PAUSE_S)
    assert (tmp_path / "a").read_bytes() == CONTENT
    server.busy = 1000
    with pytest.raises(UserError, match="503"):
        download(server.url, tmp_path / "b", quiet, PAUSE_S)
    assert len(server.asked) < 12
    assert not (tmp_path / "b").exists()


def test_a_missing_archive_names_what_was_tried(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORKBOARD_HOME", str(tmp_path / "home"))
    monkeypatch.setenv(MIRROR, str(tmp_path / "mirror"))
    url = server.url.replace("pictures", "missing")
    with pytest.raises(UserError) as raised:
        bring_archive(_archive(url), quiet)
    said = str(raised.value)
    assert all(part in said for part in ("pictures.tar.gz", str(tmp_path / "mirror"), url, "404", MIRROR))
    assert len(server.asked) == 1


def test_a_full_disk_is_no_missing_archive(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORKBOARD_HOME", str(tmp_path / "home"))
    monkeypatch.delenv(MIRROR, raising=False)
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    former = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # the limit on a file's size stands in for a full disk
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, most))
    try:
        with pytest.raises(DiskFullError, match=r"downloads is full while downloading") as raised:
            bring_archive(_archive(server.url), quiet)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        signal.signal(signal.SIGXFSZ, former)
    assert "go online" not in str(raised.value)


def test_nobody_listens(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"http://127.0.0.1:9/a cannot be downloaded"):
        download("http://127.0.0.1:9/a", tmp_path / "a", quiet, PAUSE_S)


def test_the_mirror_comes_first_and_downloads_are_kept(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORKBOARD_HOME", str(tmp_path / "home"))
    monkeypatch.delenv(MIRROR, raising=False)
    kept = bring_archive(_archive(server.url), quiet)
    assert bring_archive(_archive(server.url), quiet) == kept
    assert len(server.asked) == 1
    (tmp_path / "pictures.tar.gz").write_bytes(b"mirrored")
    monkeypatch.setenv(MIRROR, str(tmp_path))
    assert bring_archive(_archive(server.url), quiet).read_bytes() == b"mirrored"
