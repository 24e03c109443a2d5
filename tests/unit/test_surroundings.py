"""What a machine may be like: proxies, users without a name, paths that look like addresses, merges left open."""

import getpass
import os
from importlib.machinery import ModuleSpec
from pathlib import Path

import httpx
import pytest

from components import settings
from components.lifecycle import tracking
from components.lifecycle.faults import foreseen
from data.documents import read_yaml
from data.environment import set_environment
from data.errors import UserError
from data.project import home
from data.versioned import reproduce


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """An environment of its own, restored in the end."""
    monkeypatch.setattr(os, "environ", os.environ.copy())
    for name in ("no_proxy", "http_proxy", "https_proxy", "all_proxy", "LOGNAME", "USER", "LNAME", "USERNAME", "HOME"):
        for spelt in (name, name.upper()):
            os.environ.pop(spelt, None)
    os.environ["CORKBOARD_HOME"] = str(tmp_path)
    return monkeypatch


@pytest.mark.parametrize(
    "given",
    [
        {"http_proxy": "http://127.0.0.1:9"},
        {"ALL_PROXY": "socks5://127.0.0.1:9"},
        {"http_proxy": "http://127.0.0.1:9", "NO_PROXY": "*.example.org, ::1/128,fd00::/8,[fe80::1],10.0.0.0/8"},
        {"no_proxy": "::1/128"},
    ],
)
def test_this_machine_is_never_reached_through_a_proxy(bare: pytest.MonkeyPatch, given: dict[str, str]) -> None:
    os.environ.update(given)
    set_environment()
    os.environ.pop("HOME", None)
    with httpx.Client() as client:
        for host in ("127.0.0.1", "localhost", "[::1]"):
            assert client._transport_for_url(httpx.URL(f"http://{host}:1/")) is client._transport
        proxied = client._transport_for_url(httpx.URL("http://example.com/")) is not client._transport
    assert proxied == any("_proxy" in name.lower() and "no_" not in name.lower() for name in given)
    kept = os.environ["no_proxy"].split(",")
    assert kept[-3:] == ["localhost", "127.0.0.1", "::1"]
    assert set(kept[:-3]) <= {"*.example.org", "fe80::1", "10.0.0.0/8"}


def test_without_proxies_nothing_is_set(bare: pytest.MonkeyPatch) -> None:
    set_environment()
    assert "no_proxy" not in os.environ


def test_a_user_without_a_name_gets_one(bare: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bare.setattr(os, "getuid", lambda: 3_999_999_999)
    set_environment()
    assert getpass.getuser() == "corkboard"
    assert Path.home() == tmp_path


def test_a_state_folder_that_ends_in_an_address_is_refused_at_once(bare: pytest.MonkeyPatch) -> None:
    os.environ["CORKBOARD_HOME"] = "/tmp/what?"
    with pytest.raises(UserError, match=r"has a \?; set CORKBOARD_HOME to one without"):
        home()
    os.environ["CORKBOARD_HOME"] = "/tmp/a b#c%2Fd"
    assert home() == Path("/tmp/a b#c%2Fd")


def test_an_environment_that_mlflow_cannot_work_in_is_named(bare: pytest.MonkeyPatch) -> None:
    bare.setattr(tracking, "find_spec", lambda _: ModuleSpec("mlflow", None, origin="/opt/a%2Fb/mlflow/__init__.py"))
    with pytest.raises(UserError, match="MLflow is installed in /opt/a%2Fb/mlflow and cannot make its tables"):
        tracking.check()


def test_a_state_folder_that_cannot_be_written_is_one_sentence() -> None:
    error = OSError(30, "Read-only file system", "/mnt/state/locks")
    assert str(foreseen(error)).startswith("/mnt/state/locks cannot be read or written (Read-only file system); check")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            b"a: 1\n<<<<<<< HEAD\nb: 2\n=======\nb: 3\n>>>>>>> other\n",
            "line 2 has a mark of a conflict, <<<<<<<; resolve",
        ),
        (b"a: |\n  x\n=======\n", "line 3 has a mark of a conflict"),
        (b"a: [1\nb: 2\n", "line 2 is not YAML: .*; correct it"),
        (b"a: \x07\n", "is not YAML"),
        (b"a: caf\xe9\n", "is not UTF-8"),
    ],
)
def test_a_file_of_yaml_that_cannot_be_read_names_its_line(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "params.yaml").write_bytes(content)
    with pytest.raises(UserError, match=said):
        read_yaml(tmp_path / "params.yaml")


MERGING = "<<<<<<< HEAD\na: 1\n=======\na: 2\n>>>>>>> other\n"
SAID = "line 1 has a mark of a conflict, <<<<<<<; resolve the merge"


def test_the_settings_of_a_system_name_their_line_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "_places", lambda: [str(tmp_path)])
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "params.yaml").write_text(MERGING)
    with pytest.raises(UserError, match=f"mine/params.yaml {SAID}"):
        settings.system_settings("mine")


def test_the_stages_name_their_line_before_dvc_reads_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.csv").write_text("user,item\nu,i\n")
    given = "datasets: {mine: {source: event_log, licence: own, path: mine.csv}}\n"
    (tmp_path / "params.yaml").write_text(given)
    (tmp_path / "dvc.yaml").write_text(MERGING)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=f"dvc.yaml {SAID}"):
        reproduce("mine")
