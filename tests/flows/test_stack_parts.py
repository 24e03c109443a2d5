"""Which parts `corkboard up` starts, where, and what it leaves behind; with stand-ins that start at once."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import corkboard.stack.start
import flows.automations
import flows.dead_runs
from corkboard.stack import record
from corkboard.stack.processes import leader, marked
from corkboard.stack.record import Part, Record
from corkboard.stack.start import bring_up, take_down
from corkboard.stack.supervisor import rotate
from data.errors import UserError

pytestmark = pytest.mark.filterwarnings(
    "ignore:subprocess .* is still running:ResourceWarning"
)  # they are to outlive us
SERVER = """
import http.server, subprocess, sys
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])  # as servers have workers
class Well(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200), self.send_header("content-length", "0"), self.end_headers()
if sys.argv[1:]:
    http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Well).serve_forever()
import time; time.sleep(600)
"""
BROKEN = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])"


NAMES = ("prefect", "mlflow", "discovery")


def _port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _parts(ports: dict[str, int], host: str = "", code: str = SERVER) -> dict[str, Part]:
    made = {
        name: Part(command=(sys.executable, "-c", code, str(port)), address=f"http://127.0.0.1:{port}", port=port)
        for name, port in ports.items()
    }
    return made | {"worker": Part(command=(sys.executable, "-c", SERVER))}


async def _nothing(*_: object) -> None: ...


@pytest.fixture
def ports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, int | None]]:
    """Free ports for the stand-ins of the servers; what they started is gone afterwards."""
    for name in list(os.environ):
        if name.startswith("PREFECT_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("CORKBOARD_HOME", str(tmp_path))
    monkeypatch.setenv("PREFECT_API_URL", "")
    start = corkboard.stack.start
    monkeypatch.setattr(start, "parts", _parts)
    monkeypatch.setattr(start, "works", lambda name, part, url: part.port is None or _listens(part.port))
    monkeypatch.setattr(start, "check_server", lambda url: None)
    monkeypatch.setattr("corkboard.stack.part.released", lambda: True)
    monkeypatch.setattr(flows.automations, "install", _nothing)
    monkeypatch.setattr(flows.dead_runs, "mark_left_runs", _nothing)
    yield {name: _port() for name in NAMES}
    take_down()


def _up(ports: dict[str, int | None] | None = None) -> Record:
    return bring_up(ports or dict.fromkeys(NAMES), 20, lambda line: None)


def _until(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not true():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_what_dies_is_started_again_and_down_leaves_nothing(ports: dict[str, int | None]) -> None:
    made = _up(ports)
    for name in ("prefect", "worker"):
        killed = leader(made, name)
        assert killed is not None
        killed.kill()
        _until(lambda name=name, killed=killed: leader(made, name) not in (None, killed))  # type: ignore[misc]
    _until(lambda: _listens(int(ports["prefect"] or 0)))
    assert _up() == made
    with pytest.raises(UserError, match=f"prefect runs on port {ports['prefect']}; run `corkboard down` first"):
        _up({**ports, "prefect": _port()})
    assert take_down() == (["discovery", "mlflow", "prefect", "worker"], 0)
    assert marked(made.token) == []
    assert record.load() is None


def test_a_killed_supervisor_is_replaced_and_the_ports_stay(ports: dict[str, int | None]) -> None:
    before = _up(ports)
    supervisor = before.supervisor()
    assert supervisor is not None
    supervisor.kill()
    supervisor.wait(5)
    after = _up()
    assert after.parts == before.parts
    assert marked(before.token) == []
    assert leader(after, "mlflow") is not None


def test_a_first_start_that_fails_leaves_nothing(ports: dict[str, int | None], monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def broken(ports: dict[str, int], host: str) -> dict[str, Part]:
        return _parts(ports) | {"mlflow": _parts(ports, code=BROKEN)["mlflow"]}

    def start(made: dict[str, int], host: str) -> Record:
        started = real(made, host)
        seen.append(started.token)
        return started

    real = corkboard.stack.start._start
    monkeypatch.setattr(corkboard.stack.start, "_start", start)
    monkeypatch.setattr(corkboard.stack.start, "parts", broken)
    with pytest.raises(UserError, match="mlflow ended before it was ready"):
        _up(ports)
    assert record.load() is None
    assert marked(seen[0]) == []


def test_a_pid_that_another_process_has_by_now_is_left_alone(ports: dict[str, int | None]) -> None:
    other = subprocess.Popen(["sleep", "60"], start_new_session=True)  # noqa: S607
    try:
        record.save(Record(token="none of ours", parts={}, pid=other.pid))
        assert take_down() == ([], 0)
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_a_long_log_is_rotated_while_it_is_written(tmp_path: Path) -> None:
    log = tmp_path / "part.log"
    with log.open("a") as file:
        for number in range(5):
            file.write(f"{number}" * 100)
            file.flush()
            rotate(log, 50)
        file.write("now")
    assert log.read_text() == "now"
    assert [log.with_suffix(f".log.{number}").read_text()[0] for number in (1, 2, 3)] == ["4", "3", "2"]
    assert len(list(tmp_path.iterdir())) == 4
