"""The lock of a release, held by processes that share a tracking store and nothing else."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from components.lifecycle import lease
from components.lifecycle.lease import held
from components.lifecycle.tracking import client, is_shared

CHECKOUT = Path(__file__).resolve().parents[2]
HOLD = """
import sys, time
import components.systems
from components.lifecycle import lease
components.systems.__path__.append(sys.argv[1])
lease.LEASE_S = float(sys.argv[2])
with lease.held("centroid", "release", lambda sentence: print(sentence, flush=True)):
    print("held", time.time(), flush=True)
    sys.stdin.readline()
    print("left", time.time(), flush=True)
"""
Start = Callable[[str, float], "subprocess.Popen[str]"]


@pytest.fixture
def start(project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Starts a holder with a state folder of its own, on the store of `project`. It holds until it reads a line."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{project.home / 'mlflow.db'}")
    monkeypatch.setenv("PYTHONPATH", str(CHECKOUT))
    started: list[subprocess.Popen[str]] = []

    def start(machine: str, lease_s: float) -> "subprocess.Popen[str]":
        with monkeypatch.context() as patch:
            patch.setenv("CORKBOARD_HOME", str(tmp_path / machine))
            process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-c", HOLD, str(Path(__file__).parent / "systems"), str(lease_s)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def says(process: "subprocess.Popen[str]") -> list[str]:
    assert process.stdout is not None
    return process.stdout.readline().split()


def let_go(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def test_a_second_machine_waits_until_the_first_has_ended(start: Start) -> None:
    first = start("a", 60)
    assert says(first)[0] == "held"
    second = start("b", 60)
    assert " ".join(says(second)).startswith("the release of centroid is under way on ")
    let_go(first)
    left, entered = says(first), says(second)
    assert (left[0], entered[0]) == ("left", "held")
    assert float(entered[1]) >= float(left[1])


def test_two_that_start_at_once_hold_one_after_the_other(start: Start) -> None:
    both = [start("a", 60), start("b", 60)]
    for process in both:
        let_go(process)
    spans = []
    for process in both:
        lines = process.communicate(timeout=120)[0].splitlines()
        spans.append(tuple(float(line.split()[1]) for line in lines if line.startswith(("held", "left"))))
    (_, left), (entered, _) = sorted(spans)
    assert entered >= left


def test_the_claim_of_a_dead_machine_expires_and_that_of_a_living_one_does_not(start: Start) -> None:
    first = start("a", 3)
    assert says(first)[0] == "held"
    second = start("b", 3)
    assert says(second)[0] == "the"
    time.sleep(5)  # longer than the lease: the first renews its claim
    first.kill()
    killed = time.time()
    entered = says(second)
    assert entered[0] == "held"
    assert float(entered[1]) > killed


def test_a_machine_takes_up_its_own_dead_claim_at_once(start: Start) -> None:
    first = start("a", 60)
    assert says(first)[0] == "held"
    first.kill()
    first.wait()
    assert says(start("a", 60))[0] == "held"


def test_a_store_of_ones_own_is_never_asked(project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "client", None)  # a call would fail
    with held("centroid", "release"):
        assert not is_shared()


def test_a_store_of_ones_own_stays_one_when_mlflow_has_been_told_of_it(project) -> None:
    client()  # MLflow writes its address into the environment
    assert not is_shared()


def test_nothing_is_left_in_the_experiment(project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{project.home / 'mlflow.db'}")
    monkeypatch.setenv("CORKBOARD_HOME", str(tmp_path / "other"))

    def claims() -> list[str]:
        return [name for name in client().get_experiment_by_name("centroid").tags if name.startswith(lease.PREFIX)]

    with held("centroid", "release"):
        assert len(claims()) == 1
    assert claims() == []
