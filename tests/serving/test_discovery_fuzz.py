"""The whole API under generated requests, valid and not: what it answers is what its OpenAPI document says."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
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

from serving.process import free_port
from tests.discoveries import entry_app, listening

EXAMPLES = 12  # an operation and mode
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
HEALTHY = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def served(catalogue: Path, state: Path, addresses: dict[str, str]) -> Iterator[str]:
    port = free_port()
    with listening(entry_app(catalogue, state, addresses), port) as (address, _):
        yield address


@pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies")  # the service's thread does
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_answers_are_as_described(served: str, mode: GenerationMode) -> None:
    asked = every_operation(served, mode, "bar-train-000")
    assert asked > 18 * EXAMPLES / 2
    assert httpx.get(f"{served}/v1/health").json()["status"] == "ok"


def every_operation(address: str, mode: GenerationMode, item_id: str) -> int:
    """Ask each operation what is generated for it; how many requests that were."""
    schema = schemathesis.openapi.from_dict(httpx.get(f"{address}/v1/openapi.json").json())
    asked = 0
    for found in schema.get_all_operations():
        operation = found.ok()

        @HEALTHY
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: Any) -> None:
            nonlocal asked
            path = case.path_parameters
            if path and "item_id" in path and len(str(path["item_id"])) % 2:
                path["item_id"] = item_id  # otherwise nearly everything is a 404
            case.call_and_validate(base_url=address, checks=CHECKS, timeout=30)
            asked += 1

        try:
            ask()
        except Unsatisfiable:  # nothing can be wrong with what takes nothing
            assert mode is GenerationMode.NEGATIVE, operation.label
            assert operation.path in ("/v1/filters", "/v1/health")
    return asked
