"""The audit of dependencies asks for every locked package, and tells findings from a service that is not there."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from serving.process import free_port
from tests.audit import ROOT, locked, main

VULNERABLE = {"pillow==9.0.0": ["GHSA-1", "PYSEC-2"], "old==1.0": ["GHSA-3"]}


class Service(BaseHTTPRequestHandler):
    """As OSV answers: in the order of the questions, and of many findings a page at a time."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
        results = []
        for query in asked:
            assert query["package"]["ecosystem"] == "PyPI"
            ids = VULNERABLE.get(f"{query['package']['name']}=={query['version']}", [])
            page = int(query.get("page_token", 0))
            more = {"next_page_token": str(page + 1)} if page + 1 < len(ids) else {}
            results.append({"vulns": [{"id": ids[page]}], **more} if ids else {})
        body = json.dumps({"results": results}).encode()
        self.send_response(200 if self.path == "/v1/querybatch" else 404)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        del arguments


@pytest.fixture
def service() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Service) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_every_package_is_looked_up(service: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text("fine==2.0\nold==1.0 ; python_full_version < '3.12'\nold==2.0\npillow==9.0.0\n")
    assert main(["--lock", str(lock), "--service", service]) == 1
    told = capsys.readouterr()
    assert told.out == "old==1.0: GHSA-3\npillow==9.0.0: GHSA-1, PYSEC-2\n"
    assert told.err == "audit: 2 of 4 locked packages have known vulnerabilities\n"
    lock.write_text("fine==2.0\n")
    assert main(["--lock", str(lock), "--service", service]) == 0


def test_what_is_accepted_is_passed_over(
    service: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "requirements.lock").write_text("old==1.0\npillow==9.0.0\n")
    accepted = '[tool.corkboard.audit.accepted]\n"GHSA-3" = "what it is about is not served"\n"GHSA-1" = "nor this"\n'
    (tmp_path / "pyproject.toml").write_text(accepted)
    monkeypatch.setattr("tests.audit.ROOT", tmp_path)
    assert main(["--lock", str(tmp_path / "requirements.lock"), "--service", service]) == 1
    assert capsys.readouterr().out == "pillow==9.0.0: PYSEC-2\n"


def test_a_service_that_is_not_there_is_said_and_no_finding(capsys: pytest.CaptureFixture[str]) -> None:
    address = f"http://127.0.0.1:{free_port()}"
    assert main(["--service", address]) == 0
    assert "packages were not looked up: http://127.0.0.1" in capsys.readouterr().err
    assert main(["--service", address, "--strict"]) == 1


def test_the_lock_of_this_project_is_read_whole() -> None:
    pins = locked(ROOT / "requirements.lock")
    assert len(pins) > 300
    assert all(pin.count("==") == 1 and " " not in pin for pin in pins)
