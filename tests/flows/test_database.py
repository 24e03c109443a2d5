"""One PostgreSQL server for MLflow, Prefect and the state; a real one that the test starts."""

import asyncio
import ssl
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError

from components.lifecycle.faults import foreseen
from components.lifecycle.tracking import client, tracking_uri
from corkboard.stack.databases import create_databases
from corkboard.wanted import champions_now
from data.database import URL, authority, database_url, encryption
from data.errors import UserError
from serving.process import free_port
from tests.databases import certify, postgres_server

ENCRYPTED = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"


def test_one_setting_brings_the_databases_of_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mlflow.exceptions import MlflowException

    monkeypatch.setenv("CORKBOARD_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "")
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
        client().create_registered_model("dots")
        client().create_model_version("dots", "file:///nowhere", tags={"bento": "dots:1"})
        assert champions_now("dots") == {}
        client().set_registered_model_alias("dots", "champion", "1")
        assert champions_now("dots") == champions_now("discovery") == {"dots": (1, "dots:1", None)}
        monkeypatch.setenv(URL, f"{url.rpartition('/')[0]}/nowhere")
        with pytest.raises(UserError, match=r'refused: database "nowhere" does not exist; correct CORKBOARD_DATABASE'):
            create_databases()
        with pytest.raises(DBAPIError) as caught:
            create_engine(str(database_url("mlflow", "+pg8000"))).connect()
        assert 'failed: database "nowhere_mlflow" does not exist; mend that' in str(foreseen(caught.value))


@pytest.mark.parametrize("wrong", ["mysql://me@host/name", "postgresql://host", "postgresql:///name", "nonsense"])
def test_a_wrong_address_is_told(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    monkeypatch.setenv(URL, wrong)
    with pytest.raises(UserError, match="CORKBOARD_DATABASE_URL is no address such as postgresql://"):
        database_url()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("sslmode=prefer", "sslmode is 'prefer'; write disable, require, verify-ca or verify-full"),
        ("application_name=x", "has the option application_name"),
        ("sslmode=verify-full", "needs sslrootcert=FILE"),
    ],
)
def test_options_are_refused_and_not_lost(monkeypatch: pytest.MonkeyPatch, options: str, told: str) -> None:
    monkeypatch.setenv(URL, f"postgresql://me@127.0.0.1/name?{options}")
    with pytest.raises(UserError, match=told):
        database_url("prefect", "+asyncpg")


@pytest.mark.parametrize("mode", ["verify-ca", "verify-full"])
def test_the_named_authority_alone_is_trusted(tmp_path: Path, mode: str) -> None:
    certify(tmp_path, None)
    context = encryption(f"postgresql://me@db/name?sslmode={mode}&sslrootcert={tmp_path}/server.crt")
    assert isinstance(context, ssl.SSLContext)
    assert [one["serialNumber"] for one in context.get_ca_certs()] == ["01"]
    assert context.verify_mode == ssl.CERT_REQUIRED
    with pytest.raises(UserError, match="holds no certificate that can be read"):
        encryption(f"postgresql://me@db/name?sslmode={mode}&sslrootcert={tmp_path}/none.crt")


def test_all_parts_connect_by_tls_and_verify(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sqlalchemy
    from sqlalchemy.ext.asyncio import create_async_engine

    from serving.state.postgres import postgres_database

    folder = tmp_path / "cluster"
    folder.mkdir()
    with postgres_server(folder, tls=True) as url:
        for mode in ("require", f"verify-full&sslrootcert={folder}/server.crt"):
            monkeypatch.setenv(URL, f"{url}?sslmode={mode}")
            create_databases()
            engine = sqlalchemy.create_engine(database_url("mlflow", "+pg8000") or "")
            with engine.connect() as connection:
                assert connection.scalar(sqlalchemy.text(ENCRYPTED)) is True
            engine.dispose()
            database = postgres_database(database_url() or "")
            with database.transaction() as state:
                assert list(state.run(ENCRYPTED)) == [[True]]
            database.close()

            async def ask() -> object:
                monkeypatch.setenv("PGSSLROOTCERT", authority() or "")
                engine = create_async_engine(database_url("prefect", "+asyncpg") or "")
                async with engine.connect() as connection:
                    found = await connection.scalar(sqlalchemy.text(ENCRYPTED))
                await engine.dispose()
                return found

            assert asyncio.run(ask()) is True
        monkeypatch.setenv(URL, f"{url}?sslmode=disable")
        with pytest.raises(UserError, match="no encryption"):
            create_databases()
        certify(tmp_path, None)
        monkeypatch.setenv(URL, f"{url}?sslmode=verify-full&sslrootcert={tmp_path}/server.crt")
        with pytest.raises(UserError, match="certificate verify failed"):
            create_databases()


def test_a_server_that_is_away_is_told_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(URL, f"postgresql://me:secret@127.0.0.1:{free_port()}/name")
    with pytest.raises(
        UserError, match=r"PostgreSQL at 127\.0\.0\.1:[0-9]+ refused: Connection refused; correct"
    ) as told:
        create_databases()
    assert "secret" not in str(told.value)
