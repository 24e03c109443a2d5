"""Access to MLflow: its address, a check that it answers, and one client.

Without `MLFLOW_TRACKING_URI` everything lies in the state folder: SQLite and local artifacts. MLflow takes seconds to
import, so nothing here does it before `client` is called.
"""

import functools
import gc
import logging
import os
import socket
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from components.lifecycle.artifacts import artifacts_url
from components.system import load_system
from data.database import URL, database_url
from data.errors import UserError
from data.locks import locked
from data.project import home

if TYPE_CHECKING:
    from mlflow import MlflowClient

__all__ = [
    "LANGUAGE",
    "check",
    "client",
    "experiment",
    "experiment_named",
    "is_registry_empty",
    "is_shared",
    "location",
    "tracking_uri",
]

ADDRESS = "MLFLOW_TRACKING_URI"
KIND = "mlflow.experimentKind"  # which pages MLflow shows first
MODELS, LANGUAGE = "custom_model_development", "genai_development"  # runs and charts; traces of language models
NOTE = "mlflow.note.content"
DEFAULT = "0"
PORTS = {"http": 80, "https": 443, "postgresql": 5432, "mysql": 3306}
ANSWER_S = 5.0
SETTINGS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",  # the default waits for minutes
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
}


def tracking_uri() -> str:
    """`MLFLOW_TRACKING_URI`, by default PostgreSQL if there is one, else SQLite in the state folder."""
    return os.environ.get(ADDRESS) or _own()


def _own() -> str:
    return database_url("mlflow", "+pg8000") or f"sqlite:///{home() / 'mlflow.db'}"


def is_shared() -> bool:
    """Whether other machines may use the same store: it is not the one in the state folder."""
    return tracking_uri() != _own()


def is_registry_empty() -> bool:
    """Whether nothing was ever registered here; does not import MLflow, which takes seconds."""
    uri = tracking_uri()
    return uri.startswith("sqlite:///") and not Path(uri.removeprefix("sqlite:///")).is_file()


def location() -> str:
    """`tracking_uri` without a password, for people."""
    uri = tracking_uri()
    host = urlsplit(uri).netloc
    return uri.replace(host, host.rpartition("@")[2], 1) if "@" in host else uri


def check() -> None:
    """Raise `UserError` within seconds if the tracking server does not answer, or MLflow cannot work where it lies."""
    found = find_spec("mlflow")
    if found and found.origin and "%" in found.origin:
        raise UserError(
            f"MLflow is installed in {Path(found.origin).parent} and cannot make its tables from a path with a %; "
            f"make the environment in a folder without one"
        )
    uri = tracking_uri()
    parts = urlsplit(uri)
    scheme = parts.scheme.split("+")[0]
    if scheme in ("", "file"):
        raise UserError(
            f"{ADDRESS} is {uri!r}, but MLflow keeps no registry in plain folders; "
            f"give sqlite:///<path> or a server's address, or unset it"
        )
    if scheme not in PORTS:
        return
    try:
        address = (parts.hostname or "", parts.port or PORTS[scheme])
    except ValueError:
        raise UserError(f"{ADDRESS} is {uri!r}, which is no address; correct or unset it") from None
    try:
        socket.create_connection(address, timeout=ANSWER_S).close()
    except OSError as error:
        raise UserError(
            f"the tracking server at {address[0]}:{address[1]} does not answer ({error.strerror or error}); "
            f"start it, or correct or unset {ADDRESS if os.environ.get(ADDRESS) else URL}"
        ) from None


def client() -> "MlflowClient":
    """A client of the tracking store and registry. MLflow's global address is set to the same place.

    Raises:
        UserError: the server does not answer.
    """
    check()
    return _client(tracking_uri())


@functools.cache
def _client(uri: str) -> "MlflowClient":
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    os.environ["MLFLOW_ALLOW_PICKLE_DESERIALIZATION"] = "false"
    with _uncollected(), warnings.catch_warnings():  # MLflow's own, from its import and its first look at the database
        warnings.simplefilter("ignore")
        import mlflow

        for name in ("alembic", "mlflow"):
            logging.getLogger(name).setLevel(logging.ERROR)
        mlflow.set_tracking_uri(uri)
        mlflow.set_registry_uri(uri)
        with locked(home() / "locks" / "mlflow.lock", lambda: None):  # two that create the tables at once both fail
            made = mlflow.MlflowClient(uri, uri)
            made.search_experiments(max_results=1)
            if not is_shared():
                _hide_default(made)
        return made


@contextmanager
def _uncollected() -> Iterator[None]:
    """What an import makes stays; looking for garbage among it takes a quarter of MLflow's."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()


def experiment(system: str) -> str:
    """The id of the experiment of a system."""
    return experiment_named(system, load_system(system).purpose, MODELS)


def experiment_named(name: str, purpose: str, kind: str) -> str:
    """The id of the experiment of that name, with its kind and a description; created if it is missing."""
    tracker = client()
    tags = {KIND: kind, NOTE: purpose}
    existing = tracker.get_experiment_by_name(name)
    if existing is None:
        remote = tracking_uri().startswith("http")
        place = None if remote else f"{artifacts_url()}/{quote(name)}"
        return str(tracker.create_experiment(name, artifact_location=place, tags=tags))
    if existing.lifecycle_stage != "active":
        tracker.restore_experiment(existing.experiment_id)
    for tag, value in tags.items():
        if existing.tags.get(tag) != value and (tag != NOTE or tag not in existing.tags):  # what a person wrote stays
            tracker.set_experiment_tag(existing.experiment_id, tag, value)
    return str(existing.experiment_id)


def _hide_default(tracker: "MlflowClient") -> None:
    """Delete the experiment `Default`, which MLflow makes in every store, unless somebody has used it."""
    default = tracker.get_experiment(DEFAULT)
    if default.lifecycle_stage == "active" and not tracker.search_runs([DEFAULT], max_results=1):
        tracker.delete_experiment(DEFAULT)
