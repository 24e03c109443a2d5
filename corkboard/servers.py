"""The servers that a run in this process reports to: Prefect's, and MLflow's where it has pages."""

import os
import sys
import warnings

from components.lifecycle.tracking import check
from corkboard.stack.standing import mlflow_url, prefect_url
from flows.server import check_server

__all__ = ["servers"]


def servers() -> tuple[str | None, str | None]:
    """Prefect's API, None for a temporary one, and the address of MLflow's pages where they are served.

    Raises:
        UserError: a server that the environment names does not answer.
    """
    check()
    if "--debug" not in sys.argv:
        warnings.simplefilter("ignore")  # warnings of libraries are for their developers
    given = os.environ.get("PREFECT_API_URL")
    if given:
        check_server(given)
    pages = mlflow_url()
    if pages:
        os.environ.setdefault("CORKBOARD_MLFLOW_UI", pages)
    return given or prefect_url(), pages
