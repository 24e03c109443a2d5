"""The command line: quick help, one sentence for what is wrong, one JSON document where asked for."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from corkboard.checks import tracking_store
from corkboard.faults import sentence
from corkboard.main import main
from data.errors import UserError

PARAMS = Path(__file__).resolve().parents[2] / "params.yaml"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project; state in it."""
    (tmp_path / "params.yaml").write_text(PARAMS.read_text())
    (tmp_path / "dvc.yaml").write_text("stages: {}\n")
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith(("PREFECT_", "MLFLOW_", "CORKBOARD_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("CORKBOARD_HOME", str(tmp_path / "home"))
    for name in ("PREFECT_HOME", "PREFECT_LOCAL_STORAGE_PATH", "BENTOML_HOME", "DVC_SITE_CACHE_DIR"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    return tmp_path


def _fails(capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command that has to fail."""
    with pytest.raises(SystemExit) as end:
        main(list(arguments))
    out, err = capfd.readouterr()
    assert end.value.code not in (0, None)
    return int(str(end.value.code)), out, err


def test_help_imports_nothing_slow() -> None:
    command = [sys.executable, "-X", "importtime", "-m", "corkboard", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "rollback" in done.stdout
    imported = {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in done.stderr.splitlines() if "|" in line}
    assert "typer" in imported
    assert not imported & {
        "pydantic",
        "rich",
        "yaml",
        "numpy",
        "torch",
        "prefect",
        "mlflow",
        "bentoml",
        "httpx",
        "psutil",
    }


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["run", "vizual-search"], "unknown system 'vizual-search'; did you mean 'visual-search'?"),
        (["run", "visual-search", "--dataset", "wrold"], "unknown data set 'wrold'; did you mean 'world'?"),
        (["run", "visual-search", "--set", "trainin.epochs=3"], "trainin"),
        (["run", "visual-search", "--set", "training.epochs=many"], "training.epochs"),
        (["run", "visual-search", "--set", "epochs"], "--set takes KEY=VALUE"),
        (["run", "visual-search", "--set", "training.epochs=[1"], "the value of training.epochs is '[1', which is not"),
        (["run", "visual-search", "--baselines", "all"], "visual-search is measured beside no baselines"),
        (["run", "user-sequence", "--baselines", "sasrec,sasrek"], "evaluation.baselines.1"),
        (["data", "get", "cloting"], "unknown data set 'cloting'; did you mean 'clothing'?"),
        (["data", "validate", "fotos"], "unknown data set 'fotos'"),
        (["models", "visual"], "unknown system 'visual'"),
        (["diff", "visual", "1", "2"], "unknown system 'visual'"),
        (["promote", "visual", "1"], "unknown system 'visual'"),
        (["rollback", "visual"], "unknown system 'visual'"),
        (["serve", "visual"], "unknown system 'visual'"),
        (["serve", "discovery", "--host", "192.0.2.7"], "on 192.0.2.7 every caller needs an API key and there"),
        (["image", "vizual-search"], "unknown system 'vizual-search'; did you mean 'visual-search'?"),
        (["image", "discovery", "--version", "2"], "discovery packages the present champions; leave --version out"),
        (["bench", "nothing"], "unknown benchmark 'nothing'"),
        (["experiment", "start", "design.yaml"], "design.yaml is no file; give the design of an experiment as YAML"),
        (["experiment", "stop", "one"], "no experiment was started yet"),
        (["experiment", "report"], "give the name of an experiment, or --demo"),
        (["experiment", "offpolicy", "log.parquet"], "log.parquet is no file; give a log as Parquet"),
    ],
)
def test_what_is_unknown_is_one_sentence(
    project: Path, capfd: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    code, out, err = _fails(capfd, *arguments)
    assert (code, out) == (1, "")
    assert told in err
    assert err.count("\n") == 1
    if arguments[0] != "serve":
        code, out, err = _fails(capfd, *arguments, "--json")
        assert (code, err.count("\n")) == (1, 1)
        assert told in json.loads(out)["error"]
    assert not (project / "home" / "mlflow.db").exists()


def test_an_unreachable_tracking_server_is_one_sentence(
    project: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{port}")
    for arguments in (["run", "visual-search"], ["models"]):
        code, out, err = _fails(capfd, *arguments)
        assert (code, out, err.count("\n")) == (1, "", 1)
        assert f"127.0.0.1:{port} does not answer" in err


def test_a_wrong_prefect_address_is_one_sentence(
    project: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    for address, told in (
        (f"http://somebody:secret@127.0.0.1:{port}/api", f"the Prefect server at http://127.0.0.1:{port}/api does not"),
        ("127.0.0.1:4200", "PREFECT_API_URL is no address"),
    ):
        monkeypatch.setenv("PREFECT_API_URL", address)
        code, _, err = _fails(capfd, "run", "visual-search")
        assert (code, err.count("\n")) == (1, 1)
        assert told in err
        assert "secret" not in err
    assert not (project / "home" / "mlflow.db").exists()


def test_one_benchmark_that_fails_keeps_the_rows_of_the_others(
    project: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import corkboard.bench.search
    import corkboard.bench.serving
    import corkboard.commands.bench as command
    from corkboard.bench._row import Row

    told = dict(zip(command.COLUMNS, ("search", "throughput", 9.0, 10.0, "FAISS", 0.9, "queries/s"), strict=True))

    def without_champion() -> None:
        raise UserError("visual-search has no champion to measure; run it first")

    both = {name: f"corkboard.bench.{name}" for name in ("search", "serving")}
    monkeypatch.setattr(command, "benches", lambda: both)
    monkeypatch.setattr(corkboard.bench.search, "run", lambda: [Row("throughput", 9, 10, "queries/s", "FAISS")])
    monkeypatch.setattr(corkboard.bench.serving, "run", without_champion)
    code, out, err = _fails(capfd, "bench", "--json")
    assert (code, json.loads(out)) == (1, [told])
    assert "corkboard: serving: visual-search has no champion to measure; run it first\n" in err
    code, out, _ = _fails(capfd, "bench", "serving", "--json")
    assert "no champion" in json.loads(out)["error"]


def test_doctor_goes_on_when_a_check_fails_in_itself(
    project: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import corkboard.checks

    def broken() -> Iterator[corkboard.checks.Finding]:
        raise requests.ConnectionError("the store of artifacts hung up")

    monkeypatch.setattr(corkboard.checks, "CHECKS", (broken, corkboard.checks._python))
    code, out, _ = _fails(capfd, "doctor", "--json")
    found = json.loads(out)["checks"]
    assert code == 1
    assert [check["state"] for check in found] == ["critical", "good"]
    assert "the store of artifacts hung up; mend that" in found[0]["message"]


@pytest.mark.parametrize("option", ["--prefect-port", "--mlflow-port"])
def test_a_port_in_use_is_named_and_nothing_is_left(
    project: Path, capfd: pytest.CaptureFixture[str], option: str
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, _, err = _fails(capfd, "up", "--prefect-port", "65001", "--mlflow-port", "65002", option, str(port))
    assert code == 1
    assert f"port {port} is in use" in err
    assert option in err
    assert err.count("\n") == 1
    assert not (project / "home" / "stack.json").exists()


def test_status_and_down_of_nothing(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for arguments, expected in ((["status", "--json"], "stopped"), (["down", "--json"], [])):
        with pytest.raises(SystemExit) as end:
            main(arguments)
        assert end.value.code == 0
        found = json.loads(capfd.readouterr().out)
        assert found.get("state", found.get("stopped")) == expected


def test_doctor_names_what_is_wrong(
    project: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORKBOARD_MIRROR", str(project / "nowhere"))
    code, out, _ = _fails(capfd, "doctor", "--json")
    found = json.loads(out)
    assert (code, found["healthy"]) == (1, False)
    states = {check["name"]: check["state"] for check in found["checks"]}
    assert states["mirror"] == "critical"
    assert states["python"] == states["tracking"] == "good"
    monkeypatch.delenv("CORKBOARD_MIRROR")
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"postgresql://me:secret@127.0.0.1:{listening.getsockname()[1]}/m")
        (tracking,) = tracking_store()
    assert tracking.message.startswith("postgresql://127.0.0.1")
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    with pytest.raises(SystemExit) as end:
        main(["doctor"])
    assert end.value.code == 0


def test_data_list_says_what_is_here(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["data", "list", "--json"])
    assert end.value.code == 0
    found = {entry["name"]: entry for entry in json.loads(capfd.readouterr().out)}
    assert (found["world"]["source"], found["world"]["prepared"], found["world"]["rows"]) == ("world", False, None)
    assert {"data_version", "simulated", "path", "licence"} < set(found["world"])


def test_wrong_usage_ends_with_2(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert _fails(capfd, "run")[0] == 2
    assert _fails(capfd, "promote", "visual-search", "first")[0] == 2


def test_a_traceback_only_for_who_asks(
    project: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import corkboard.stack.standing

    def broken() -> None:
        raise ZeroDivisionError("a fault of ours")

    monkeypatch.setattr(corkboard.stack.standing, "standing", broken)
    code, _, err = _fails(capfd, "status")
    assert code == 1
    assert (
        err == "corkboard: unexpected ZeroDivisionError: a fault of ours (run again with --debug for the traceback)\n"
    )
    with pytest.raises(ZeroDivisionError):
        main(["status", "--debug"])


def test_what_tools_print_stays_off_stdout(capfd: pytest.CaptureFixture[str]) -> None:
    from corkboard.output import answering

    with answering(as_json=True) as answer:
        os.write(1, b"chatter of a library\n")
        subprocess.run(["echo", "chatter of a child"], check=True)  # noqa: S607
        answer.document({"answer": 42})
        answer.text("for people")
    out, err = capfd.readouterr()
    assert json.loads(out) == {"answer": 42}
    assert "library" in err
    assert "child" in err


def test_sentences() -> None:
    from mlflow.exceptions import MlflowException

    assert sentence(UserError("two\n  lines")) == "two lines"
    assert "the disk or quota of /x is full" in sentence(OSError(28, "No space left on device", "/x"))
    assert sentence(MlflowException("no such run\ntrace")).startswith("MLflow at sqlite:///")
    assert "404" in sentence(requests.HTTPError("404 of an artifact"))
    assert "unexpected" not in sentence(requests.HTTPError("404 of an artifact"))
    assert sentence(ValueError("")).startswith("unexpected ValueError (run")
