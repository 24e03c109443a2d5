"""One password for both servers, and none of them open to other machines without it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from corkboard.ports import check_exposed
from corkboard.stack.part import BEGIN
from data.authentication import PASSWORD, password
from data.environment import variables
from data.errors import UserError

ASK = """
import os
from corkboard.stack.part import BEGIN
BEGIN["mlflow"]("127.0.0.1", "5000")
os.environ |= {"_MLFLOW_SGI_NAME": "uvicorn", "_MLFLOW_SERVER_FILE_STORE": os.environ["MLFLOW_BACKEND_STORE_URI"]}
from corkboard.stack.mlflow_page import agree, create
from starlette.testclient import TestClient
client = TestClient(create(), base_url="http://127.0.0.1:5000")
agree("correct horse battery")
words = (None, "former horse battery", "correct horse battery")
for path in ("/health", "/", "/api/2.0/mlflow/experiments/search?max_results=9"):
    answers = [client.get(path, auth=("corkboard", word) if word else None) for word in words]
    print(*(answer.status_code for answer in answers))
print("machine_learning" in client.get("/", auth=("corkboard", "correct horse battery")).text)
"""


@pytest.mark.parametrize("given", ["short", "with a line\nbreak in it", "ümläute are none of it"])
def test_a_password_that_the_servers_would_refuse_is_told(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv(PASSWORD, given)
    with pytest.raises(UserError, match="12 characters or more, all printable ASCII"):
        password()


def test_nothing_is_open_to_other_machines_without_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PASSWORD, raising=False)
    for host in ("127.0.0.1", "localhost", "::1"):
        check_exposed(host)
    for host in ("0.0.0.0", "::"):  # noqa: S104
        with pytest.raises(UserError, match="can be reached from other machines, and neither server"):
            check_exposed(host)
    monkeypatch.setenv(PASSWORD, "correct horse battery")
    check_exposed("0.0.0.0")  # noqa: S104


def test_prefect_and_its_clients_are_given_the_same(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CORKBOARD_HOME", str(tmp_path))
    monkeypatch.setenv(PASSWORD, "correct horse battery")
    for name in ("PREFECT_SERVER_API_AUTH_STRING", "PREFECT_SERVER_UI_API_URL"):
        monkeypatch.setenv(name, "")
    BEGIN["prefect"]("127.0.0.1", "4200")
    assert os.environ["PREFECT_SERVER_API_AUTH_STRING"] == variables()["PREFECT_API_AUTH_STRING"]


def test_mlflow_asks_and_takes_a_changed_password(tmp_path: Path, database: Path) -> None:
    shutil.copyfile(database, tmp_path / "mlflow.db")
    environment = {**os.environ, PASSWORD: "former horse battery", "CORKBOARD_HOME": str(tmp_path)}
    environment |= {"PYTHONWARNINGS": "ignore", "MLFLOW_TRACKING_URI": ""}
    done = subprocess.run([sys.executable, "-c", ASK], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == ["200 200 200", "401 401 200", "401 401 200", "True"], done.stderr
    assert (tmp_path / "mlflow-access.ini").stat().st_mode & 0o777 == 0o600
