"""`corkboard up`: Prefect, MLflow, a worker and the service on this machine."""

import sys
from typing import Annotated

import typer

from corkboard.options import AsJson

__all__ = ["up"]

KEPT = "by default the one it had before it died, else"


def up(
    prefect_port: Annotated[
        int | None, typer.Option(min=1, max=65535, help=f"Port of Prefect's server and UI; {KEPT} 4200.")
    ] = None,
    mlflow_port: Annotated[
        int | None, typer.Option(min=1, max=65535, help=f"Port of MLflow's server and UI; {KEPT} 5000.")
    ] = None,
    discovery_port: Annotated[
        int | None, typer.Option(min=1, max=65535, help=f"Port of discovery and its page; {KEPT} 3000.")
    ] = None,
    host: Annotated[
        str | None,
        typer.Option(
            help="Interface to listen on; beyond the loopback CORKBOARD_PASSWORD is needed. Default 127.0.0.1."
        ),
    ] = None,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds that each part has to get ready.")] = 120,
    as_json: AsJson = False,
) -> None:
    """Start Prefect, MLflow, a worker and discovery on this machine; what dies is started again."""
    from corkboard.output import answering
    from corkboard.stack.standing import standing
    from corkboard.stack.start import bring_up, changing
    from data.environment import set_environment

    with answering(as_json) as answer, changing():
        set_environment()
        ports = {"prefect": prefect_port, "mlflow": mlflow_port, "discovery": discovery_port}
        record = bring_up(ports, timeout, lambda line: print(line, file=sys.stderr), host)  # noqa: T201
        report = standing()
        answer.document(report)
        api = record.parts["prefect"].address or ""
        answer.text(f"Prefect  {api.removesuffix('/api')}")
        answer.text(f"MLflow   {record.parts['mlflow'].address}")
        answer.text("Worker   on the work pool `local`")
        served = report["parts"]["discovery"]
        page = "begins with the first release" if served["state"] == "waiting" else served["address"]
        answer.text(f"Service  {page}")
        answer.text(f"Deploy with: PREFECT_API_URL={api} prefect deploy --all; stop with: corkboard down")
