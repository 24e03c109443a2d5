"""Environment variables of the tools: no telemetry, and all state under one folder."""

import os

from data.project import home

__all__ = ["set_environment", "variables"]


def variables() -> dict[str, str]:
    """The variables that the tools read, with our values."""
    state = home()
    return {
        "BENTOML_DO_NOT_TRACK": "True",
        "BENTOML_HOME": str(state / "bentoml"),
        "CORKBOARD_HOME": str(state),
        "DO_NOT_TRACK": "true",
        "DVC_NO_ANALYTICS": "1",
        "DVC_SITE_CACHE_DIR": str(state / "dvc"),  # DVC unpickles what lies there, so it has to be ours alone
        "GX_ANALYTICS_ENABLED": "false",
        "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",  # seconds; see corkboard/stack/automation.py
        "PREFECT_HOME": str(state / "prefect"),
        "PREFECT_LOCAL_STORAGE_PATH": str(state / "prefect" / "results"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_CLI_PROMPT": "false",
    }


def set_environment() -> None:
    """Set the variables that are not set yet.

    Call this before Prefect, MLflow, Great Expectations, DVC or BentoML is imported.
    """
    for name, value in variables().items():
        os.environ.setdefault(name, value)
