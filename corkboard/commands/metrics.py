"""`corkboard metrics`: tells Prometheus of flows, the worker, the monitor and challengers."""

from typing import Annotated

import typer

__all__ = ["metrics"]


def metrics(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on 127.0.0.1.")] = 9464,
) -> None:
    """Answer Prometheus at /metrics until Ctrl-C; what discovery has to tell is at its own /metrics."""
    import os
    import sys

    from prometheus_client import CollectorRegistry, start_http_server

    from corkboard.exporter import Exporter
    from corkboard.ports import check_port
    from corkboard.stack.standing import prefect_url
    from data.environment import set_environment

    set_environment()
    check_port("127.0.0.1", port, "metrics", "--port")
    registry = CollectorRegistry()
    registry.register(Exporter(os.environ.get("PREFECT_API_URL") or prefect_url()))
    _, thread = start_http_server(port, "127.0.0.1", registry)
    print(f"metrics at http://127.0.0.1:{port}/metrics", file=sys.stderr, flush=True)  # noqa: T201
    thread.join()
