"""One PostgreSQL server for MLflow, Prefect and the state; a real one that the test starts."""

from pathlib import Path

import pytest

from components.lifecycle.tracking import client, tracking_uri
from corkboard.stack.databases import create_databases
from data.database import URL, database_url
from data.errors import UserError
from serving.process import free_port
from tests.databases import postgres_server


def test_one_setting_brings_the_databases_of_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mlflow.exceptions import MlflowException

    monkeypatch.setenv("CORKBOARD_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    folder = tmp_path / "cluster"
    folder.mkdir()
    with postgres_server(folder) as url:
        monkeypatch.setenv(URL, url)
        create_databases()
        create_databases()  # those that are there stay
        assert database_url() == url
        assert database_url("prefect", "+asyncpg") == url.replace("postgresql:", "postgresql+asyncpg:") + "_prefect"
        assert tracking_uri().startswith("postgresql+pg8000://")
        assert [one.name for one in client().search_experiments()] == []  # no empty Default
        number = client().create_experiment("dots")
        assert client().get_experiment(number).name == "dots"
        with pytest.raises(MlflowException, match="already exists"):
            client().create_experiment("dots")
        monkeypatch.setenv(URL, f"{url.rpartition('/')[0]}/nowhere")
        with pytest.raises(UserError, match=r'refused: database "nowhere" does not exist; correct CORKBOARD_DATABASE'):
            create_databases()


@pytest.mark.parametrize("wrong", ["mysql://me@host/name", "postgresql://host", "postgresql:///name", "nonsense"])
def test_a_wrong_address_is_told(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    monkeypatch.setenv(URL, wrong)
    with pytest.raises(UserError, match="CORKBOARD_DATABASE_URL is no address such as postgresql://"):
        database_url()


def test_options_are_refused_and_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(URL, "postgresql://me@127.0.0.1/name?sslmode=require")
    with pytest.raises(UserError, match=r"has options after a \?"):
        database_url("prefect", "+asyncpg")


def test_a_server_that_is_away_is_told_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(URL, f"postgresql://me:secret@127.0.0.1:{free_port()}/name")
    with pytest.raises(UserError, match=r"PostgreSQL at 127\.0\.0\.1:[0-9]+ refused") as told:
        create_databases()
    assert "secret" not in str(told.value)
