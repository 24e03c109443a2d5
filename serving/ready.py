"""Waits until a service is ready: the systems of a composed one may start after the service itself."""

import json
import time
from typing import Any

from data.errors import UserError

__all__ = ["ready"]

READY_S = 60.0
EVERY_S = 0.1


def ready(address: str, limit_s: float | None = None) -> dict[str, Any]:
    """The service's `/v1/health`, once none of its systems fails; a system that it does not have is no failure.

    Raises:
        UserError: it does not say so within `limit_s`, by default `READY_S`; the message holds its last answer.
    """
    import httpx

    limit_s = READY_S if limit_s is None else limit_s
    until = time.monotonic() + limit_s
    with httpx.Client(timeout=10) as client:
        while True:
            try:
                answer = client.get(f"{address}/v1/health")
                health: dict[str, Any] = answer.json()
                failing = {
                    name: system["reason"]
                    for name, system in health.get("systems", {}).items()
                    if system["status"] == "failing"
                }
                if answer.status_code == 200 and not failing:
                    return health
                wrong = "; ".join(f"{name} does not answer: {reason}" for name, reason in failing.items())
                wrong = wrong or f"HTTP {answer.status_code}, {answer.text[:200]}"
            except httpx.TransportError as error:
                wrong = f"it does not answer ({type(error).__name__})"
            except json.JSONDecodeError:
                wrong = f"HTTP {answer.status_code} without JSON"
            if time.monotonic() > until:
                raise UserError(f"the service is not ready after {limit_s:g} s: {wrong}; see its log")
            time.sleep(EVERY_S)
