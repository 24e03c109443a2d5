"""The service of a bundle of role `make`, as the composed service runs it, for the load of its benchmark.

Run as `python -m corkboard.bench._maker SYSTEM BUNDLE PORT`.
"""

import re
import sys
from pathlib import Path

import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from components.system import load_system
from serving.discovery.make_role import make_make_app
from serving.limits import threads
from serving.metrics import RequestMetrics

__all__ = ["main"]


def main(system_name: str, bundle: Path, port: int) -> None:
    system = load_system(system_name)
    app = make_make_app(RequestMetrics(system_name, "bench"), system.open_role(bundle), system, threads())

    async def ready(_: Request) -> Response:
        return PlainTextResponse("")

    async def memory(_: Request) -> Response:
        """Resident memory in MB."""
        found = re.search(r"VmRSS:\s+(\d+)", Path("/proc/self/status").read_text())
        assert found
        return PlainTextResponse(str(int(found[1]) / 1024))

    app.add_route("/readyz", ready)
    app.add_route("/memory", memory)
    uvicorn.run(app, host="127.0.0.1", port=port, loop="uvloop", log_level="warning", access_log=False)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
