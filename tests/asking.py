"""Generated requests, valid and not, for each operation of an API, and whether its document holds for the answers."""

from typing import Any

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

__all__ = ["ask_every_operation"]

NOTHING_TAKEN = ("/v1/health", "/v1/campaigns", "/v1/notifications/key")
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


def ask_every_operation(
    address: str, mode: GenerationMode, item_id: str, examples: int, seed: int | None = None
) -> int:
    """Ask each operation what is generated for it; how many requests that were.

    item_id: of an item that is there, for half of the requests that name one: nearly everything else is a 404.
    examples: for each operation. seed: None: always the same requests.
    """
    from hypothesis import seed as seeded

    healthy = settings(
        max_examples=examples,
        deadline=None,
        derandomize=seed is None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    schema = schemathesis.openapi.from_dict(httpx.get(f"{address}/v1/openapi.json").json())
    asked = 0
    for found in schema.get_all_operations():
        operation = found.ok()

        @healthy
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: Any) -> None:
            nonlocal asked
            path = case.path_parameters
            if path and "item_id" in path and len(str(path["item_id"])) % 2:
                path["item_id"] = item_id
            case.call_and_validate(base_url=address, checks=CHECKS, timeout=30)
            asked += 1

        try:
            (ask if seed is None else seeded(seed)(ask))()
        except Unsatisfiable:  # nothing can be wrong with what takes nothing
            assert mode is GenerationMode.NEGATIVE, operation.label
            assert operation.path in NOTHING_TAKEN
    return asked
