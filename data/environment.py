"""Environment variables of the tools: no telemetry, and all state under one folder."""

import os
import pwd

from data.authentication import USER, password
from data.project import home

__all__ = ["set_environment", "variables"]

LOOPBACK = ("localhost", "127.0.0.1", "::1")
PROXIES = ("no_proxy", "http_proxy", "https_proxy", "all_proxy")


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
        # Threads that wait for each other sleep: in loops they take the processor from the very thread that they wait
        # for, where others work on the machine too (docs/LOG.md). Results stay the same, byte by byte.
        "OMP_WAIT_POLICY": "passive",
        "OPENBLAS_THREAD_TIMEOUT": "4",  # the least; 2 to this power, in ticks of the processor
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",  # seconds; see flows/automations.py
        "PREFECT_HOME": str(state / "prefect"),
        "PREFECT_LOCAL_STORAGE_PATH": str(state / "prefect" / "results"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_CLI_PROMPT": "false",
        **_user(),
        **_credentials(),
    }


def _user() -> dict[str, str]:
    """A name and a home where the system knows none, as in a container that runs as any number."""
    try:
        pwd.getpwuid(os.getuid())
    except KeyError:
        return {"LOGNAME": "corkboard", "USER": "corkboard", "HOME": str(home())}
    return {}


def _credentials() -> dict[str, str]:
    """What the clients of both servers read, if these ask for a password."""
    known = password()
    if known is None:
        return {}
    return {
        "PREFECT_API_AUTH_STRING": f"{USER}:{known}",
        "MLFLOW_TRACKING_USERNAME": USER,
        "MLFLOW_TRACKING_PASSWORD": known,
    }


def set_environment() -> None:
    """Set the variables that are not set yet.

    Nothing on this machine is reached through a proxy, by child processes either. Call this before Prefect, MLflow,
    Great Expectations, DVC, BentoML, NumPy or torch is imported.
    """
    for name, value in variables().items():
        os.environ.setdefault(name, value)
    if any(os.environ.get(name) or os.environ.get(name.upper()) for name in PROXIES):
        hosts = _direct(os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or "")
        os.environ.update(no_proxy=hosts, NO_PROXY=hosts)


def _direct(given: str) -> str:
    """The hosts that are reached without a proxy: those given, and this machine.

    Ranges of IPv6 are left out: none of our tools understands them, and httpx fails on them.
    """
    hosts = [host.strip().strip("[]") for host in given.split(",")]
    known = [host for host in hosts if host and not (host.count(":") > 1 and "/" in host)]
    return ",".join(dict.fromkeys([*known, *LOOPBACK]))
