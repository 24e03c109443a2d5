"""The servers that a run in this process reports to: Prefect's, and MLflow's where it has pages."""

import os
import sys
import warnings

from components.lifecycle.artifacts import check_artifacts
from components.lifecycle.tracking import check, tracking_uri
from corkboard.stack.standing import mlflow_url, prefect_url
from flows.server import check_server

__all__ = ["servers"]


def servers() -> tuple[str | None, str | None]:
    """Prefect's API, None for a temporary one, and the address of MLflow's pages where they are served.

    Raises:
        UserError: a server or a bucket that the environment names does not answer.
    """
    check()
    if not tracking_uri().startswith("http"):  # an MLflow server hands files on by itself
        check_artifacts()
    if "--debug" not in sys.argv:
        warnings.simplefilter("ignore")  # warnings of libraries are for their developers
    given = os.environ.get("PREFECT_API_URL")
    if given:
        check_server(given)
    pages = mlflow_url()
    if pages:
        os.environ.setdefault("CORKBOARD_MLFLOW_UI", pages)
    return given or prefect_url(), pages
