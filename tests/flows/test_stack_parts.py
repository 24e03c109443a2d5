"""Which parts `corkboard up` starts, where, and what it leaves behind; with stand-ins that start at once."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

import corkboard.stack.start
from corkboard.stack import record, standing
from corkboard.stack.processes import TOKEN, alive, marked
from corkboard.stack.services import Service
from corkboard.stack.start import bring_up, take_down
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


def _port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _stand_in(name: str, path: str, code: str = SERVER) -> Callable[[int], Service]:
    def made(port: int) -> Service:
        command = (sys.executable, "-c", code, str(port))
        address = f"http://127.0.0.1:{port}{path}"
        return Service(name, command, address, port, f"--{name}-port", lambda: _listens(port))

    return made


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def _nothing() -> None: ...


@pytest.fixture
def ports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[int, int]]:
    """Free ports for the stand-ins of Prefect and MLflow; what they started is gone afterwards."""
    for name in list(os.environ):
        if name.startswith("PREFECT_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("CORKBOARD_HOME", str(tmp_path))
    monkeypatch.setenv("PREFECT_API_URL", "")
    monkeypatch.setattr(corkboard.stack.start, "prefect", _stand_in("prefect", "/api"))
    monkeypatch.setattr(corkboard.stack.start, "mlflow", _stand_in("mlflow", ""))
    command = (sys.executable, "-c", SERVER)
    monkeypatch.setattr(
        corkboard.stack.start, "worker", lambda url: Service("worker", command, None, None, None, lambda: True)
    )
    monkeypatch.setattr(corkboard.stack.start, "install", _nothing)
    yield _port(), _port()
    take_down()


def _up(prefect: int | None = None, mlflow: int | None = None) -> record.Record:
    return bring_up(prefect, mlflow, 10, lambda line: None)


def _kill(part: record.Part) -> None:
    """The leader alone, as a crash would."""
    process = psutil.Process(part.pid)
    process.kill()
    process.wait(5)


def _addresses(found: record.Record) -> tuple[str | None, str | None]:
    return found.parts["prefect"].address, found.parts["mlflow"].address


def test_what_died_comes_back_where_it_was(ports: tuple[int, int]) -> None:
    before = _up(*ports)
    _kill(before.parts["prefect"])
    _kill(before.parts["mlflow"])
    after = _up()
    assert _addresses(after) == _addresses(before)
    assert after.parts["worker"] == before.parts["worker"]
    assert all(alive(part) for part in after.parts.values())
    with pytest.raises(UserError, match=f"prefect is on port {ports[0]} .*`corkboard down` first"):
        _up(_port())


def test_a_restart_that_fails_keeps_what_runs_and_what_is_known(
    ports: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _up(*ports)
    _kill(before.parts["prefect"])
    with monkeypatch.context() as patch:
        patch.setattr(corkboard.stack.start, "prefect", _stand_in("prefect", "/api", BROKEN))
        with pytest.raises(UserError, match="prefect ended before it was ready"):
            _up()
    states = {name: part["state"] for name, part in standing.standing()["parts"].items()}
    assert states == {"prefect": "stopped", "mlflow": "healthy", "worker": "running"}
    carrying = {os.getpgid(process.pid) for process in marked(before.token)}
    assert carrying == {before.parts["mlflow"].pid, before.parts["worker"].pid}  # no orphan of what failed
    assert _addresses(_up()) == _addresses(before)


def test_a_first_start_that_fails_leaves_nothing(ports: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corkboard.stack.start, "mlflow", _stand_in("mlflow", "", BROKEN))
    with pytest.raises(UserError, match="mlflow ended before it was ready"):
        _up(*ports)
    assert record.load() is None
    assert [process for process in psutil.process_iter() if _of(process, str(record.path().parent))] == []


def _of(process: psutil.Process, home: str) -> bool:
    try:
        return process.environ().get("CORKBOARD_HOME") == home and TOKEN in process.environ()
    except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
        return False


def test_a_pid_that_another_process_has_by_now_is_left_alone(ports: tuple[int, int]) -> None:
    other = subprocess.Popen(["sleep", "60"], start_new_session=True)  # noqa: S607
    try:
        part = record.Part(pid=other.pid, started=time.time() - 3600, address=None, log="")
        assert not alive(part)
        record.save(record.Record(token="none of ours", parts={"prefect": part}))
        assert take_down() == ([], 0)
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()
