"""Commands that the lifecycle starts: their answer, and how they are ended."""

import sys
import time
from pathlib import Path

import pytest

from components.lifecycle import command
from data.errors import UserError

TIDY = """
import signal, sys, time
from pathlib import Path

def end(*_):
    Path(sys.argv[1]).write_text("stopped what it had started")
    sys.exit(143)

signal.signal(signal.SIGTERM, end)
Path(sys.argv[1]).write_text("started")
time.sleep(60)
"""
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"


def test_a_command_that_takes_too_long_may_stop_what_it_had_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "TIMEOUT_S", 2.0)
    trace = tmp_path / "trace"
    with pytest.raises(UserError, match="proving was not done after 2 s"):
        command.answer((sys.executable, "-c", TIDY, str(trace)), "proving")
    assert trace.read_text() == "stopped what it had started"


def test_a_command_that_will_not_end_is_made_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "TIMEOUT_S", 1.0)
    monkeypatch.setattr(command, "STOP_S", 0.5)
    started = time.monotonic()
    with pytest.raises(UserError, match="was not done"):
        command.answer((sys.executable, "-c", STUBBORN), "proving")
    assert time.monotonic() - started < 10
